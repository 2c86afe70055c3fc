#pragma once
// Lab is one function on a LUN of a fake target, over a simulated network in simulated time: the backend's own code,
// everything around it scripted. One thread.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "backend/iscsi_device.h"
#include "backend/iscsi_probe.h"
#include "backend/testing/test_bench.h"
#include "backend/testing/test_request.h"
#include "sim/sim_kernel.h"
#include "target/fake_target.h"

namespace laneway {

class Lab {
 public:
  explicit Lab(const fake::TargetOptions& options = {}, uint64_t seed = 1);
  ~Lab();

  // Settings to be changed before the first device is made.
  IscsiTargetSettings settings;

  // A device from a probe, or the error. The first one makes the target from the settings.
  Result<std::unique_ptr<IscsiDevice>> make_device(bool has_predecessor = false,
                                                   const std::string& function = "vm1-disk0");
  // One device with one queue, open.
  void open(bool has_predecessor = false);
  void close();

  Status write(uint64_t offset_bytes, const std::vector<uint8_t>& bytes) {
    return write_bytes(bench, *queue, offset_bytes, bytes);
  }
  std::vector<uint8_t> read(uint64_t offset_bytes, size_t length_bytes) {
    return read_bytes(bench, *queue, offset_bytes, length_bytes);
  }
  // A write that is submitted and not waited for.
  std::unique_ptr<TestRequest> start_write(uint64_t offset_bytes, const std::vector<uint8_t>& bytes,
                                           uint64_t timeout_ns = 100 * kSecond);
  bool finishes(TestRequest& request, uint64_t limit_ns = 1000 * kSecond) {
    return bench.turn_until([&request] { return request.is_finished(); }, limit_ns);
  }
  // The disk's present content, past the initiator.
  std::vector<uint8_t> content(uint64_t offset_bytes, size_t length_bytes);
  IscsiSessionReport report() { return device->sessions().at(0); }
  void fault(const std::string& spec);

  fake::FakeTarget fake;
  sim::SimKernel kernel;
  TestBench bench;
  std::unique_ptr<IscsiTarget> target;
  std::unique_ptr<IscsiDevice> device;
  BlockQueue* queue = nullptr;
};

}  // namespace laneway
