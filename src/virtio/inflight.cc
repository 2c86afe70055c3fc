#include "virtio/inflight.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace laneway {

namespace {

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kAlignment = 64;  // of one queue's record, a cache line

uint64_t record_bytes(uint16_t queue_size) {
  const uint64_t bytes = InflightRecordView::kHeaderBytes + uint64_t{queue_size} * InflightRecordView::kEntryBytes;
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

InflightRegion::InflightRegion(InflightRegion&& other) noexcept
    : mapping_(std::move(other.mapping_)),
      base_(std::exchange(other.base_, nullptr)),
      place_(std::exchange(other.place_, {})) {}

InflightRegion& InflightRegion::operator=(InflightRegion&& other) noexcept {
  mapping_ = std::move(other.mapping_);
  base_ = std::exchange(other.base_, nullptr);
  place_ = std::exchange(other.place_, {});
  return *this;
}

uint64_t InflightRegion::bytes_for(uint16_t queues, uint16_t queue_size) { return queues * record_bytes(queue_size); }

Result<UniqueFd> InflightRegion::create_file(uint64_t bytes) {
  UniqueFd fd(::memfd_create("laneway-inflight", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return fail(ErrorCode::io, "cannot create a memory file for the in-flight record: {}", errno_text(errno));
  if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return fail(ErrorCode::io, "cannot size a memory file for the in-flight record: {}", errno_text(errno));
  }
  return fd;
}

Result<InflightRegion> InflightRegion::map(int fd, const Place& place) {
  if (place.queues == 0 || place.queues > kQueuesMax || place.queue_size == 0 || place.queue_size > kQueueSizeMax ||
      place.bytes < bytes_for(place.queues, place.queue_size)) {
    return fail(ErrorCode::invalid_argument, "an in-flight region of {} bytes does not hold {} queues of {} entries",
                place.bytes, place.queues, place.queue_size);
  }
  struct stat file {};
  if (::fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
    return fail(ErrorCode::invalid_argument, "the in-flight region's descriptor is not a file");
  }
  const auto file_bytes = static_cast<uint64_t>(file.st_size);
  if (place.offset_bytes % 8 != 0 || place.offset_bytes > file_bytes || place.bytes > file_bytes - place.offset_bytes) {
    return fail(ErrorCode::invalid_argument,
                "the in-flight region of {} bytes at {} is not inside its file of {} bytes", place.bytes,
                place.offset_bytes, file_bytes);
  }
  const uint64_t skipped = place.offset_bytes % kPageBytes;
  const uint64_t mapping_bytes = place.bytes + skipped;
  ForeignMapping mapping = ForeignMapping::map(fd, mapping_bytes, place.offset_bytes - skipped);
  if (!mapping.is_mapped()) return fail(ErrorCode::io, "cannot map the in-flight region: {}", errno_text(errno));
  uint8_t* const base = mapping.data() + skipped;
  return InflightRegion(std::move(mapping), base, place);
}

std::optional<InflightRecordView> InflightRegion::record(uint16_t queue) const {
  if (base_ == nullptr || queue >= place_.queues) return std::nullopt;
  const uint64_t each = record_bytes(place_.queue_size);
  return InflightRecordView::at(ByteSpan(base_ + queue * each, each), place_.queue_size);
}

}  // namespace laneway
