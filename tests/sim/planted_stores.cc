#include "sim/planted_stores.h"

#include <algorithm>

#include "virtio/inflight.h"

namespace laneway::sim {

// Of the first ring.
template <typename Change>
void PlantedStores::change_record(Change change) const {
  if (!shelf_.record) return;
  const DeviceRecord device = shelf_.record->record_for_engine();
  const InflightRecord& inflight = device.inflight;
  if (!inflight.fd) return;
  const InflightRegion::Place place{inflight.mmap_size_bytes, inflight.mmap_offset_bytes, inflight.queues,
                                    inflight.queue_size};
  auto region = InflightRegion::map(inflight.fd.get(), place);
  if (!region) return;
  InflightRecordView record = *region->record(0);
  change(record);
}

void PlantedStores::stored(StoreStep step, uint16_t head, VhostGuest& guest) {
  if (step == StoreStep::list_headed) given_back_.push_back(head);
  if (step == StoreStep::request_done && plant_ == Plant::index_before_status) {
    guest.show_used_early(head, given_back_.size());
  }
  if (step == StoreStep::index_due && plant_ == Plant::cleared_before_index) {
    change_record([&](InflightRecordView& record) {
      for (const uint16_t each : given_back_) record.store_in_flight(each, false, std::memory_order_relaxed);
    });
  }
  if (step == StoreStep::index_stored) given_back_.clear();
}

void PlantedStores::engine_died() {
  given_back_.clear();
  if (plant_ != Plant::replay_is_out_of_order) return;
  change_record([](InflightRecordView& record) {
    uint64_t last = 0;
    for (uint16_t i = 0; i < record.entries(); ++i) last = std::max(last, record.counter(i));
    for (uint16_t i = 0; i < record.entries(); ++i) record.store_counter(i, last - record.counter(i));
  });
}

}  // namespace laneway::sim
