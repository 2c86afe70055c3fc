#include "virtio/testing/fake_blk_driver.h"

#include <algorithm>

#include "virtio/blk.h"

namespace laneway {

FakeBlkDriver::FakeBlkDriver(FakeGuest& guest, FakeDriver& driver, const Options& options)
    : guest_(guest), driver_(driver), options_(options), id_of_head_(driver.size(), kNone) {
  for (uint32_t i = 0; i < options.requests; ++i) {
    buffers_.push_back({guest.allocate(sizeof(BlkHeaderWire), 16), guest.allocate(options.data_bytes_max, 512),
                        guest.allocate(1, 1), 0, 0, 0});
    free_.push_back(options.requests - 1 - i);
  }
}

std::optional<uint32_t> FakeBlkDriver::read(uint64_t sector, uint32_t bytes) {
  return request(static_cast<uint32_t>(BlkType::in), sector, {}, bytes);
}

std::optional<uint32_t> FakeBlkDriver::write(uint64_t sector, ByteView data) {
  return request(static_cast<uint32_t>(BlkType::out), sector, data, 0);
}

std::optional<uint32_t> FakeBlkDriver::flush() { return request(static_cast<uint32_t>(BlkType::flush), 0, {}, 0); }

std::optional<uint32_t> FakeBlkDriver::discard(uint64_t sector, uint32_t sectors, uint32_t flags) {
  const BlkRangeWire range{sector, sectors, flags};
  return request(static_cast<uint32_t>(BlkType::discard), 0, bytes_of(range), 0);
}

std::optional<uint32_t> FakeBlkDriver::write_zeroes(uint64_t sector, uint32_t sectors, bool may_unmap) {
  const BlkRangeWire range{sector, sectors, may_unmap ? kBlkRangeUnmap : 0};
  return request(static_cast<uint32_t>(BlkType::write_zeroes), 0, bytes_of(range), 0);
}

std::optional<uint32_t> FakeBlkDriver::get_id() {
  return request(static_cast<uint32_t>(BlkType::get_id), 0, {}, kBlkIdBytes);
}

std::optional<uint32_t> FakeBlkDriver::request(uint32_t type, uint64_t sector, ByteView to_device,
                                               uint32_t from_device_bytes) {
  if (free_.empty()) return std::nullopt;
  const uint32_t id = free_.back();
  Buffer& buffer = buffers_[id];
  const auto bytes = static_cast<uint32_t>(to_device.size()) + from_device_bytes;
  LW_ASSERT(bytes <= options_.data_bytes_max && (to_device.empty() || from_device_bytes == 0));
  const BlkHeaderWire header{type, 0, sector};
  const ByteView header_bytes = bytes_of(header);
  std::copy(header_bytes.begin(), header_bytes.end(), guest_.bytes(buffer.header, sizeof(header)).begin());
  if (!to_device.empty()) std::copy(to_device.begin(), to_device.end(), guest_.bytes(buffer.data, bytes).begin());
  guest_.bytes(buffer.status, 1)[0] = 0xff;

  std::vector<FakeBuffer> chain{{buffer.header, sizeof(BlkHeaderWire), false}};
  const uint32_t segments = std::max(1u, std::min(options_.segments, bytes));
  for (uint32_t i = 0; i < segments && bytes > 0; ++i) {
    const uint32_t from = static_cast<uint32_t>(uint64_t{bytes} * i / segments);
    const uint32_t to = static_cast<uint32_t>(uint64_t{bytes} * (i + 1) / segments);
    chain.push_back({buffer.data + from, to - from, from_device_bytes > 0});
  }
  chain.push_back({buffer.status, 1, true});
  const auto head = driver_.add(chain, options_.is_indirect);
  if (!head) return std::nullopt;
  free_.pop_back();
  buffer.type = type;
  buffer.sector = sector;
  buffer.data_bytes = bytes;
  id_of_head_[*head] = id;
  ++in_flight_;
  return id;
}

std::optional<FakeBlkDriver::Finished> FakeBlkDriver::take_finished() {
  const auto used = driver_.take_used();
  if (!used) return std::nullopt;
  const uint32_t id = std::exchange(id_of_head_[used->head], kNone);
  LW_ASSERT(id != kNone);
  const Buffer& buffer = buffers_[id];
  free_.push_back(id);
  --in_flight_;
  return Finished{id,
                  buffer.type,
                  buffer.sector,
                  guest_.bytes(buffer.status, 1)[0],
                  used->length,
                  guest_.bytes(buffer.data, buffer.data_bytes)};
}

}  // namespace laneway
