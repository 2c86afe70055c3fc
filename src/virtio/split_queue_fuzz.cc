// A hostile guest: the input is written over a ring's three parts and the buffers behind it, and the device's side
// works on it for a few rounds. Whatever the bytes say, every access stays inside the guest's memory and every loop
// ends.
#include <algorithm>
#include <array>

#include "base/testing/accepted_inputs.h"
#include "virtio/blk.h"
#include "virtio/inflight.h"
#include "virtio/split_queue.h"
#include "virtio/testing/fake_driver.h"

namespace {

using namespace laneway;

struct World {
  World() : guest({64 * 1024, 64 * 1024}), memory(guest.map_for_device()) {
    const uint64_t bytes = InflightRegion::bytes_for(1, 16);
    record_fd = std::move(*InflightRegion::create_file(bytes));
    region = std::move(*InflightRegion::map(record_fd.get(), {bytes, 0, 1, 16}));
  }
  FakeGuest guest;
  GuestMemory memory;
  UniqueFd record_fd;
  InflightRegion region;
};

// True where a chain was taken.
bool serve(SplitQueue& queue, ChainSegments& segments) {
  std::array<Chain, 4> held;
  bool has_taken = false;
  for (uint32_t i = 0; i < 64 && queue.available() > 0; ++i) {
    Chain chain;
    if (queue.take(chain, segments) != RingFault::none) break;
    has_taken = true;
    BlkRequestView view;
    if (decode_blk_request(segments, view) == RingFault::none) {
      *view.status = 0;
      BlkRangeWire range;
      (void)decode_blk_range(view.to_device, view.to_device_bytes, range);
      std::array<uint8_t, kBlkIdBytes> id{1};
      scatter_bytes(id, view.from_device);
    }
    Chain& slot = held[i % held.size()];
    if (!slot.is_spent()) queue.push(std::move(slot), i);
    slot = std::move(chain);
    if (i % 5 == 4) (void)queue.publish();
  }
  for (Chain& chain : held) {
    if (!chain.is_spent()) queue.push(std::move(chain), 1);
  }
  (void)queue.publish();
  (void)queue.request_kicks();
  queue.suppress_kicks();
  return has_taken;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  static ChainSegments segments;
  const GuestAddr base{FakeGuest::kFirstAddress};
  const uint32_t entries = 16;
  const ByteSpan memory = world.guest.bytes(base, 64 * 1024);
  std::fill(memory.begin(), memory.end(), uint8_t{0});
  const ByteView input(data, size);
  std::copy_n(input.begin(), std::min(input.size(), memory.size()), memory.begin());
  const auto ring =
      Vring::at(entries, memory.subspan(0, descriptor_table_bytes(entries)),
                memory.subspan(256, available_ring_bytes(entries)), memory.subspan(512, used_ring_bytes(entries)));
  // Also the in-flight record is foreign: its last bytes come from the input.
  InflightRecordView record = *world.region.record(0);
  for (uint16_t i = 0; i < entries; ++i) {
    record.store_in_flight(i, size > 1024u + i && data[1024 + i] == 1, std::memory_order_relaxed);
    record.store_next(i, size > 1100u + i ? data[1100 + i] : uint16_t{0});
    record.store_counter(i, size > 1200u + i ? data[1200 + i] : 0);
  }
  record.store_used_index(size > 1300 ? data[1300] : uint16_t{0}, std::memory_order_relaxed);
  record.store_last_batch_head(size > 1301 ? data[1301] : uint16_t{0});
  SplitQueue queue;
  SplitQueue::Setup setup;
  setup.ring = *ring;
  setup.record = record;
  setup.memory = &world.memory;
  setup.has_indirect = size > 0 && (data[size - 1] & 1) != 0;
  setup.has_event_index = size > 0 && (data[size - 1] & 2) != 0;
  if (size > 0 && (data[size - 1] & 4) != 0) setup.base = 0;
  if (queue.start(setup) == RingFault::none && serve(queue, segments)) laneway::testing::AcceptedInputs::count();
  return 0;
}
