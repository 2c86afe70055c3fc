#pragma once
// Where the parts of a split ring (virtio 1.2, 2.7) and of a vhost-user in-flight record lie in shared memory, and the
// single loads and stores on them. The memory changes under our hands: each access reads or writes once, atomically,
// and its value is foreign. Both sides of a ring are here, the driver's for fakes. Who may write what when:
// split_queue.h, inflight.h.

#include <atomic>
#include <bit>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace laneway {

static_assert(std::endian::native == std::endian::little, "rings are little endian and are accessed in place");

struct DescriptorWire {
  uint64_t address;
  uint32_t length;
  uint16_t flags;
  uint16_t next;
};
static_assert(sizeof(DescriptorWire) == 16);

inline constexpr uint16_t kDescriptorNext = 1;
inline constexpr uint16_t kDescriptorWrite = 2;
inline constexpr uint16_t kDescriptorIndirect = 4;
inline constexpr uint16_t kAvailableNoInterrupt = 1;
inline constexpr uint16_t kUsedNoNotify = 1;

struct UsedElementWire {
  uint32_t id;
  uint32_t length;
};
static_assert(sizeof(UsedElementWire) == 8);

constexpr uint64_t descriptor_table_bytes(uint32_t size) { return uint64_t{size} * 16; }
constexpr uint64_t available_ring_bytes(uint32_t size) { return 6 + uint64_t{size} * 2; }  // with used_event
constexpr uint64_t used_ring_bytes(uint32_t size) { return 6 + uint64_t{size} * 8; }       // with available_event

// True where a side that wants an event at `event` must get one for the step from `before` to `after`
// (virtio 1.2, 2.7.7.1). 16-bit arithmetic on purpose: the indexes wrap around.
constexpr bool needs_event(uint16_t event, uint16_t after, uint16_t before) {
  return static_cast<uint16_t>(after - event - 1) < static_cast<uint16_t>(after - before);
}

// One descriptor table: the ring's own or an indirect one. `bytes` is 16-byte aligned or not at all: the copies are by
// 64-bit words where aligned to 8.
class DescriptorTable {
 public:
  DescriptorTable() = default;
  explicit DescriptorTable(ByteSpan bytes) : base_(bytes.data()), count_(static_cast<uint32_t>(bytes.size() / 16)) {}
  uint32_t count() const { return count_; }
  // Copies a descriptor out, once. index < count().
  DescriptorWire copy(uint32_t index) const {
    DescriptorWire out;
    std::memcpy(&out, base_ + size_t{index} * 16, 16);
    // The compiler must take the fields from the copy from here on, never from the table again.
    asm volatile("" : "+m"(out) : : "memory");
    return out;
  }
  void prefetch(uint32_t index) const { __builtin_prefetch(base_ + size_t{index} * 16); }
  // The driver's side.
  void store(uint32_t index, const DescriptorWire& descriptor) {
    std::memcpy(base_ + size_t{index} * 16, &descriptor, 16);
  }

 private:
  uint8_t* base_ = nullptr;
  uint32_t count_ = 0;
};

// The three parts of one ring.
class Vring {
 public:
  Vring() = default;
  // Nothing where a part is too short for `size` entries or not aligned as 2.7 demands (16, 2 and 4 bytes).
  static std::optional<Vring> at(uint16_t size, ByteSpan descriptors, ByteSpan available, ByteSpan used);

  uint16_t size() const { return size_; }
  const DescriptorTable& descriptors() const { return descriptors_; }
  DescriptorTable& descriptors() { return descriptors_; }

  // The driver's part: we read.
  uint16_t available_flags() const { return available_[0].load(std::memory_order_relaxed); }
  uint16_t available_index(std::memory_order order) const { return available_[1].load(order); }
  uint16_t available_entry(uint16_t index) const {
    return available_[2 + (index & mask_)].load(std::memory_order_relaxed);
  }
  uint16_t used_event() const { return available_[2 + size_].load(std::memory_order_relaxed); }
  void prefetch_available(uint16_t index) const { __builtin_prefetch(&available_[2 + (index & mask_)]); }
  void prefetch_used(uint16_t index) const { __builtin_prefetch(&used_elements_[index & mask_], 1); }

  // The device's part: we write.
  void store_used_flags(uint16_t flags) { used_words_[0].store(flags, std::memory_order_relaxed); }
  void store_used_index(uint16_t index, std::memory_order order) { used_words_[1].store(index, order); }
  void store_used_element(uint16_t index, UsedElementWire element) {
    used_elements_[index & mask_].store(std::bit_cast<uint64_t>(element));
  }
  void store_available_event(uint16_t index) { used_words_[2 + 4 * size_].store(index, std::memory_order_relaxed); }
  // Also ours, but foreign when a ring starts: its memory was the guest's until then.
  uint16_t used_index(std::memory_order order) const { return used_words_[1].load(order); }

  // The driver's side, for fakes.
  void store_available_flags(uint16_t flags) { available_[0].store(flags, std::memory_order_relaxed); }
  void store_available_index(uint16_t index, std::memory_order order) { available_[1].store(index, order); }
  void store_available_entry(uint16_t index, uint16_t head) {
    available_[2 + (index & mask_)].store(head, std::memory_order_relaxed);
  }
  void store_used_event(uint16_t index) { available_[2 + size_].store(index, std::memory_order_relaxed); }
  uint16_t used_flags() const { return used_words_[0].load(std::memory_order_relaxed); }
  UsedElementWire used_element(uint16_t index) const {
    return std::bit_cast<UsedElementWire>(used_elements_[index & mask_].load());
  }
  uint16_t available_event() const { return used_words_[2 + 4 * size_].load(std::memory_order_relaxed); }

 private:
  // A used element is only 4-byte aligned: two halves, each stored once. The index that publishes it orders them.
  class UsedElementCell {
   public:
    void store(uint64_t value) {
      id_.store(static_cast<uint32_t>(value), std::memory_order_relaxed);
      length_.store(static_cast<uint32_t>(value >> 32), std::memory_order_relaxed);
    }
    uint64_t load() const {
      return id_.load(std::memory_order_relaxed) | uint64_t{length_.load(std::memory_order_relaxed)} << 32;
    }

   private:
    std::atomic<uint32_t> id_;
    std::atomic<uint32_t> length_;
  };
  using Word = std::atomic<uint16_t>;
  static_assert(sizeof(Word) == 2 && Word::is_always_lock_free && sizeof(UsedElementCell) == 8);

  DescriptorTable descriptors_;
  Word* available_ = nullptr;   // flags, index, entries, used_event
  Word* used_words_ = nullptr;  // flags, index, (elements), available_event
  UsedElementCell* used_elements_ = nullptr;
  uint16_t size_ = 0;
  uint16_t mask_ = 0;
};

// One queue's part of an in-flight region (vhost-user, "Inflight I/O tracking", split ring).
class InflightRecordView {
 public:
  static constexpr uint64_t kHeaderBytes = 16;
  static constexpr uint64_t kEntryBytes = 16;

  InflightRecordView() = default;
  // Nothing where the bytes are too few for `entries` or not 8-byte aligned.
  static std::optional<InflightRecordView> at(ByteSpan bytes, uint16_t entries);

  uint16_t entries() const { return entries_; }
  bool is_valid() const { return header_ != nullptr; }

  uint16_t version() const { return header_->version.load(std::memory_order_relaxed); }
  uint16_t last_batch_head() const { return header_->last_batch_head.load(std::memory_order_relaxed); }
  uint16_t used_index() const { return header_->used_index.load(std::memory_order_relaxed); }
  bool is_in_flight(uint16_t i) const { return entry_[i].is_in_flight.load(std::memory_order_relaxed) != 0; }
  uint16_t next(uint16_t i) const { return entry_[i].next.load(std::memory_order_relaxed); }
  uint64_t counter(uint16_t i) const { return entry_[i].counter.load(std::memory_order_relaxed); }

  void store_version(uint16_t version, uint16_t entries) {
    header_->descriptor_count.store(entries, std::memory_order_relaxed);
    header_->version.store(version, std::memory_order_relaxed);
  }
  void store_last_batch_head(uint16_t i) { header_->last_batch_head.store(i, std::memory_order_relaxed); }
  void store_used_index(uint16_t index, std::memory_order order) { header_->used_index.store(index, order); }
  void store_in_flight(uint16_t i, bool is_in_flight, std::memory_order order) {
    entry_[i].is_in_flight.store(is_in_flight ? 1 : 0, order);
  }
  void store_next(uint16_t i, uint16_t next) { entry_[i].next.store(next, std::memory_order_relaxed); }
  void store_counter(uint16_t i, uint64_t counter) { entry_[i].counter.store(counter, std::memory_order_relaxed); }
  void prefetch(uint16_t i) const { __builtin_prefetch(&entry_[i], 1); }

 private:
  struct HeaderWire {
    std::atomic<uint64_t> features;
    std::atomic<uint16_t> version;
    std::atomic<uint16_t> descriptor_count;
    std::atomic<uint16_t> last_batch_head;
    std::atomic<uint16_t> used_index;
  };
  struct EntryWire {
    std::atomic<uint8_t> is_in_flight;
    uint8_t padding[5];
    std::atomic<uint16_t> next;
    std::atomic<uint64_t> counter;
  };
  static_assert(sizeof(HeaderWire) == kHeaderBytes);
  static_assert(sizeof(EntryWire) == kEntryBytes);

  HeaderWire* header_ = nullptr;
  EntryWire* entry_ = nullptr;
  uint16_t entries_ = 0;
};

}  // namespace laneway
