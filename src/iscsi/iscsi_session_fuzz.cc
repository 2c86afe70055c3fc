// A session against a target that sends anything: no byte is written outside a task's memory, every task comes back
// once, nothing grows without bound. The input is a script: one byte of options, then steps that each begin with a
// byte.
#include "base/testing/accepted_inputs.h"
#include "iscsi/testing/session_bench.h"

namespace {

using namespace laneway;
using namespace laneway::iscsi;
using laneway::iscsi::testing::BenchTask;
using laneway::iscsi::testing::SessionBench;
using laneway::iscsi::testing::TargetPdu;

class Script {
 public:
  explicit Script(ByteView bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }
  uint8_t take8() { return take(1)[0]; }
  uint32_t take32() { return load_le<uint32_t>(take(4), 0); }
  // As many bytes as asked for, zeros where the script ends early.
  std::vector<uint8_t> take(size_t count) {
    std::vector<uint8_t> bytes(count);
    const size_t run = std::min(count, rest_.size());
    std::copy_n(rest_.begin(), run, bytes.begin());
    rest_ = rest_.subspan(run);
    return bytes;
  }

 private:
  ByteView rest_;
};

// Memory with a guard on both sides of every piece.
struct GuardedTask : ScsiTask {
  static constexpr size_t kGuard = 16;
  static constexpr size_t kPieces = 3;
  std::array<std::vector<uint8_t>, kPieces> memory;
  std::array<iovec, kPieces> pieces{};

  void prepare(DataDirection data_direction, uint32_t bytes) {
    direction = data_direction;
    data_bytes = bytes;
    const size_t sizes[kPieces] = {bytes / 3, bytes / 2, bytes - bytes / 3 - bytes / 2};
    for (size_t i = 0; i < kPieces; ++i) {
      memory[i].assign(sizes[i] + 2 * kGuard, 0xcc);
      pieces[i] = {memory[i].data() + kGuard, sizes[i]};
    }
    data = pieces;
  }
  void check() const {
    for (const auto& block : memory) {
      for (size_t i = 0; i < kGuard && !block.empty(); ++i) {
        LW_ASSERT(block[i] == 0xcc && block[block.size() - 1 - i] == 0xcc);
      }
    }
    LW_ASSERT(transferred_bytes <= data_bytes && sense_bytes <= sense_storage.size());
  }
};

constexpr size_t kTasks = 8;

struct Scene {
  std::array<GuardedTask, kTasks> tasks;
  std::array<bool, kTasks> is_out{};
  TaskManagement function;
  bool is_function_out = false;
  std::unique_ptr<SessionBench> bench;
  uint32_t last_tag = 0;
  bool has_fed = false;  // a whole PDU

  void submit(uint8_t choice) {
    GuardedTask& task = tasks[choice % kTasks];
    if (is_out[choice % kTasks]) return;
    is_out[choice % kTasks] = true;
    const DataDirection directions[] = {DataDirection::none, DataDirection::from_target, DataDirection::to_target,
                                        DataDirection::from_target};
    task.prepare(directions[choice >> 6], uint32_t{choice} * 977);
    bench->session->submit(task);
  }
  void submit_function(uint8_t choice) {
    if (is_function_out) return;
    is_function_out = true;
    function.function = choice % 2 == 0 ? TaskFunction::logical_unit_reset : TaskFunction::abort_task;
    const size_t victim = choice / 2 % kTasks;
    if (function.function == TaskFunction::abort_task && !is_out[victim])
      function.function = TaskFunction::clear_task_set;
    function.task = &tasks[victim];
    bench->session->submit(function);
  }
  void take_back(ScsiTask* task) {
    for (size_t i = 0; i < kTasks; ++i) {
      if (task != &tasks[i]) continue;
      LW_ASSERT(is_out[i] && task->outcome != TaskOutcome::pending);
      is_out[i] = false;
      tasks[i].check();
      return;
    }
    LW_ASSERT(false);
  }
  void take_back_finished() {
    while (ScsiTask* task = bench->session->take_finished()) take_back(task);
    if (bench->session->take_finished_management() != nullptr) is_function_out = false;
  }
  void end() {
    take_back_finished();
    while (ScsiTask* task = bench->session->abandon()) take_back(task);
    if (bench->session->abandon_management() != nullptr) is_function_out = false;
    for (const bool out : is_out) LW_ASSERT(!out);
    LW_ASSERT(!is_function_out && bench->session->task_count() == 0);
  }
};

// A PDU that is nearly right: numbers that are next, the tag of a task, and the script's bytes over parts of it.
void feed_likely(Scene& scene, Script& script, size_t chunk) {
  const Opcode opcodes[] = {
      Opcode::data_in,       Opcode::scsi_response, Opcode::r2t,   Opcode::nop_in, Opcode::task_management_response,
      Opcode::text_response, Opcode::async_message, Opcode::reject};
  const uint8_t choice = script.take8();
  const Opcode opcode = opcodes[choice & 7];
  const bool has_status = (choice & 8) != 0;
  SessionBench& bench = *scene.bench;
  const bool uses_stat_sn = opcode == Opcode::data_in ? has_status : opcode != Opcode::r2t && opcode != Opcode::nop_in;
  TargetPdu pdu = bench.numbered(opcode, has_status ? 0x81 : 0x80, uses_stat_sn);
  pdu.set32(16, (choice & 16) != 0 ? scene.last_tag : scene.tasks[script.take8() % kTasks].task_tag);
  if (opcode == Opcode::data_in || opcode == Opcode::r2t) {
    pdu.set32(20, 0x31)
        .set32(36, script.take8())
        .set32(40, script.take32() & 0x3ffff)
        .set32(44, script.take32() & 0x3ffff);
  }
  if ((choice & 32) != 0) pdu.set8(script.take8() % kBhsBytes, script.take8());
  if ((choice & 64) != 0) pdu.set_ahs(script.take8() & 0x3c);
  bench.max_cmd_sn += choice >> 7;
  const size_t data_bytes = uint32_t{script.take8()} * 19;
  std::vector<uint8_t> data = script.take(std::min<size_t>(data_bytes, 64));
  data.resize(data_bytes);
  scene.has_fed = true;
  bench.feed(bench.encode(pdu.set_data(data)), chunk);
}

void step(Scene& scene, Script& script, size_t chunk) {
  SessionBench& bench = *scene.bench;
  const uint8_t kind = script.take8();
  switch (kind & 7) {
    case 0:
      return scene.submit(script.take8());
    case 1: {
      for (const auto& pdu : bench.collect(chunk * 3)) scene.last_tag = pdu.tag();
      return;
    }
    case 2:
      return bench.feed(script.take(kind >> 3), chunk);
    case 3:
      return scene.submit_function(script.take8());
    case 4:
      bench.now_ns += uint64_t{script.take8()} * kSecond / 16;
      return bench.session->on_time(bench.now_ns);
    case 5:
      if (kind >= 0xf0) bench.session->logout(bench.now_ns);
      if (kind < 0x10 && !bench.session->is_text_pending()) bench.session->request_text("SendTargets=All");
      (void)bench.session->take_text();
      return;
    default:
      return feed_likely(scene, script, chunk);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  Script script(ByteView(data, size));
  const uint8_t flags = script.take8();
  const size_t chunk = (flags & 1) != 0 ? size_t{1} + script.take8() : SIZE_MAX / 4;
  SessionOptions options = laneway::iscsi::testing::bench_options();
  options.queue_depth = 4;
  options.max_receive_segment_bytes = 8192;
  options.receive_buffer_bytes = 0;
  options.max_outstanding_r2t = 2;
  options.direct_receive_bytes_min = (flags & 2) != 0 ? 1 : 2048;
  std::string keys = laneway::iscsi::testing::obliging_keys();
  if ((flags & 4) != 0) {
    options.header_digest = options.data_digest = DigestPolicy::prefer_crc32c;
    for (size_t at = keys.find("=None"); at != std::string::npos; at = keys.find("=None"))
      keys.replace(at, 5, "=CRC32C");
  }
  Scene scene;
  scene.bench = std::make_unique<SessionBench>(options);
  const bool is_logging_in = (flags & 8) != 0;
  if (is_logging_in) {
    scene.bench->session->start(scene.bench->now_ns);
    (void)scene.bench->collect();
  } else {
    LW_ASSERT(scene.bench->log_in(keys));
  }
  bool is_accepted = false;
  for (int steps = 0; steps < 200 && !script.empty(); ++steps) {
    step(scene, script, chunk);
    scene.take_back_finished();
    is_accepted |= scene.has_fed && !is_ended(scene.bench->session->state());
  }
  if (is_accepted) laneway::testing::AcceptedInputs::count();
  scene.end();
  return 0;
}
