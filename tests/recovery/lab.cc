#include "recovery/lab.h"

namespace laneway {

namespace {

constexpr uint16_t kPort = 3260;

sim::KernelOptions calm_kernel() {
  sim::KernelOptions options;
  options.late_one_in = 0;
  return options;
}

}  // namespace

Lab::Lab(const fake::TargetOptions& options, uint64_t seed)
    : fake(options), kernel(calm_kernel(), {}, seed), bench(kernel) {
  kernel.network().add_server(kPort, fake);
  settings.name = "array";
  settings.target_name = options.name;
  settings.initiator_name = "iqn.2026-11.test.laneway:host";
  settings.portals = {{"127.0.0.1", kPort}};
}

Lab::~Lab() {
  close();
  target.reset();
  EXPECT_EQ(kernel.operations_in_flight(), 0u) << kernel.describe_operations();
  for (const std::string& violation : fake.violations()) ADD_FAILURE() << "the target found: " << violation;
}

Result<std::unique_ptr<IscsiDevice>> Lab::make_device(bool has_predecessor, const std::string& function) {
  if (target == nullptr) {
    target = std::make_unique<IscsiTarget>(settings);
    if (auto resolved = target->resolve(); !resolved) return pass_on(resolved);
  }
  IscsiProbe probe(bench.reactor(), *target, 0, 30 * kSecond);
  probe.start(nullptr);
  EXPECT_TRUE(bench.turn_until([&probe] { return probe.has_ended(); }));
  if (!probe.outcome()) return tl::unexpected<Error>(probe.outcome().error());
  IscsiDeviceOptions options;
  options.function = function;
  options.facts = probe.report().luns.at(0);
  options.has_predecessor = has_predecessor;
  return std::make_unique<IscsiDevice>(*target, bench.reactor(), options);
}

void Lab::open(bool has_predecessor) {
  auto made = make_device(has_predecessor);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  device = std::move(*made);
  queue = &bench.open_queue(*device);
}

void Lab::close() {
  bench.close_all();
  queue = nullptr;
  device.reset();
}

std::unique_ptr<TestRequest> Lab::start_write(uint64_t offset_bytes, const std::vector<uint8_t>& bytes,
                                              uint64_t timeout_ns) {
  auto request = TestRequest::transfer(BlockOp::write, offset_bytes, {bytes.size()});
  request->fill(bytes);
  request->request.deadline_ns = bench.now_ns() + timeout_ns;
  submit(*queue, {request.get()});
  return request;
}

std::vector<uint8_t> Lab::content(uint64_t offset_bytes, size_t length_bytes) {
  const ByteView bytes = fake.lun(0)->disk().read(offset_bytes, length_bytes);
  return {bytes.begin(), bytes.end()};
}

void Lab::fault(const std::string& spec) {
  auto read = fake::read_fault(spec);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  fake.script().add(*read);
}

}  // namespace laneway
