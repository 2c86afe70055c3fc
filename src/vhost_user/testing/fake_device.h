#pragma once
// FakeDevice is a VhostUserDevice without a disk: it notes what the machine asks, and a test says when a ring is idle.
// One thread.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "vhost_user/device.h"

namespace laneway {

class FakeDevice final : public VhostUserDevice {
 public:
  uint64_t offered = 1ull << 32 | 1ull << 29 | 1ull << 28 | 1ull << 11;
  std::set<uint32_t> running;
  std::set<uint32_t> held;
  std::set<uint32_t> busy;            // hold_ring() is false for these
  std::set<uint32_t> noisy;           // quiesce_descriptors() is false for these
  std::map<uint32_t, uint16_t> base;  // what stop_ring() returns
  std::vector<std::string> refusals;
  uint32_t stops = 0;  // refusals that stop the device
  uint32_t resets = 0;
  uint32_t memory_changes = 0;
  uint32_t closed = 0;
  uint8_t written_config = 0xff;

  uint64_t offered_features() const override { return offered; }
  void read_config(ByteSpan out) const override {
    for (size_t i = 0; i < 96; ++i) out[i] = static_cast<uint8_t>(i);
  }
  void write_config(uint32_t offset, ByteView bytes) override {
    if (offset == 32 && !bytes.empty()) written_config = bytes[0];
  }
  void settings_changed() override {}
  void reset() override { ++resets; }
  bool is_running(uint32_t ring) const override { return running.contains(ring); }
  void start_ring(uint32_t ring) override { running.insert(ring); }
  bool hold_ring(uint32_t ring) override {
    held.insert(ring);
    return !busy.contains(ring);
  }
  uint16_t stop_ring(uint32_t ring) override {
    running.erase(ring);
    return base[ring];
  }
  void release_rings(bool has_memory_changed) override {
    held.clear();
    memory_changes += has_memory_changed ? 1 : 0;
  }
  bool quiesce_descriptors(uint32_t ring) override { return !noisy.contains(ring); }
  void descriptors_changed(uint32_t /*ring*/) override {}
  bool quiesce_backend_channel() override { return true; }
  void close_descriptor(UniqueFd fd) override {
    ++closed;
    fd.reset();
  }
  void message_refused(const Error& error, bool stops_device) override {
    refusals.push_back(error.message);
    stops += stops_device ? 1 : 0;
  }
};

}  // namespace laneway
