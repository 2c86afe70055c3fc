#include "frontend/request_pool.h"

#include <algorithm>
#include <tuple>

#include "reactor/reactor.h"

namespace laneway {

RequestPool::RequestPool(Reactor& reactor, const Options& options)
    : reactor_(reactor),
      slots_(options.slots),
      medium_(options.medium_blocks),
      large_(options.large_blocks),
      turns_(reactor.kernel().clock()) {}

void RequestPool::leave(const PoolShare& share) {
  LW_ASSERT(share.slots == 0 && share.medium_blocks == 0 && share.large_blocks == 0 && members_ > 0);
  --members_;
}

template <typename T>
T* RequestPool::take_fairly(SlotPool<T>& pool, uint32_t& taken) const {
  const bool is_plentiful = pool.free_count() > pool.capacity() / 2;
  if (!is_plentiful && taken >= std::max(1u, pool.capacity() / std::max(1u, members_))) return nullptr;
  T* object = pool.take();
  if (object != nullptr) ++taken;
  return object;
}

BlkSlot* RequestPool::take(PoolShare& share) { return take_fairly(slots_, share.slots); }

bool RequestPool::store_segments(std::span<const iovec> segments, PoolShare& share, BlkSlot& slot) {
  iovec* place = slot.own_segments.data();
  LW_ASSERT(segments.size() <= ChainSegments::kMax);
  if (segments.size() > std::tuple_size_v<decltype(MediumBlock::list)>) {
    slot.large = take_fairly(large_, share.large_blocks);
    if (slot.large == nullptr) return false;
    place = slot.large->list.data();
  } else if (segments.size() > slot.own_segments.size()) {
    slot.medium = take_fairly(medium_, share.medium_blocks);
    if (slot.medium == nullptr) return false;
    place = slot.medium->list.data();
  }
  std::copy(segments.begin(), segments.end(), place);
  slot.segments = {place, segments.size()};
  return true;
}

void RequestPool::give_back(BlkSlot& slot, PoolShare& share) {
  if (slot.medium != nullptr) {
    medium_.give_back(*slot.medium);
    slot.medium = nullptr;
    --share.medium_blocks;
  }
  if (slot.large != nullptr) {
    large_.give_back(*slot.large);
    slot.large = nullptr;
    --share.large_blocks;
  }
  slots_.give_back(slot);
  --share.slots;
}

}  // namespace laneway
