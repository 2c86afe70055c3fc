#include "backend/file_io.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace laneway {

namespace {

constexpr uint8_t kInterruptionsMax = 100;  // of one request, before they count as an error

Status status_of_errno(int32_t result) {
  switch (-result) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Status::no_space;
    case ENODEV:
    case ENXIO:
      return Status::device_gone;
    case ENODATA:
      return Status::medium_error;
    case EBADE:
      return Status::reservation_conflict;
    case EOPNOTSUPP:
      return Status::unsupported;
    case ETIMEDOUT:
      return Status::timed_out;
    case ECANCELED:
      return Status::aborted;
    default:
      return Status::io_error;
  }
}

bool is_aligned(const iovec& segment, uint32_t address_bytes, uint32_t length_bytes) {
  return std::bit_cast<uintptr_t>(segment.iov_base) % address_bytes == 0 && segment.iov_len % length_bytes == 0;
}

}  // namespace

bool needs_bounce(const OpenFile& file, const BlockRequest& request) {
  if (!file.is_direct || (request.op != BlockOp::read && request.op != BlockOp::write)) return false;
  return std::any_of(request.segments.begin(), request.segments.end(), [&file](const iovec& segment) {
    return !is_aligned(segment, file.memory_alignment_bytes, file.length_alignment_bytes);
  });
}

void FileIo::start(FileIoOwner& owner, BlockRequest& request, uint8_t* bounce) {
  owner_ = &owner;
  request_ = &request;
  bounce_ = bounce;
  cursor_ = SegmentCursor(request.segments);
  done_bytes_ = 0;
  interruptions_ = 0;
  step_ = first_step();
  start_step();
}

FileIo::Step FileIo::first_step() const {
  switch (request_->op) {
    case BlockOp::read:
    case BlockOp::write:
      return Step::transfer;
    case BlockOp::flush:
      return Step::sync;
    case BlockOp::discard:
      return Step::punch;
    case BlockOp::write_zeroes:
      break;
  }
  if (request_->may_unmap && !owner_->lacks_punch && owner_->file->can_punch) return Step::punch;
  return owner_->lacks_zero_range ? Step::write_zeroes : Step::zero_range;
}

void FileIo::start_step() {
  const int fd = owner_->file->fd.get();
  const uint64_t offset = request_->offset_bytes + done_bytes_;
  const uint64_t length = request_->length_bytes - done_bytes_;
  switch (step_) {
    case Step::transfer:
      start_transfer();
      return;
    case Step::sync:
      owner_->kernel->fsync(op_, fd);
      return;
    case Step::punch:
      owner_->kernel->fallocate(op_, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
      return;
    case Step::zero_range:
      owner_->kernel->fallocate(op_, fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, offset, length);
      return;
    case Step::write_zeroes:
      start_zero_write();
      return;
  }
}

void FileIo::start_transfer() {
  const int fd = owner_->file->fd.get();
  const uint64_t offset = request_->offset_bytes + done_bytes_;
  std::span<const iovec> vectors = cursor_.remaining(vectors_);
  if (bounce_ != nullptr) {
    const uint64_t length = std::min<uint64_t>(request_->length_bytes - done_bytes_, AlignedBuffers::kBufferBytes);
    if (request_->op == BlockOp::write) cursor_.copy_to({bounce_, length});
    vectors_[0] = {bounce_, length};
    vectors = std::span(vectors_).first(1);
  }
  const IoVectors pieces{vectors.data(), static_cast<uint32_t>(vectors.size())};
  if (request_->op == BlockOp::read) {
    owner_->kernel->read(op_, fd, pieces, offset);
  } else {
    owner_->kernel->write(op_, fd, pieces, offset, request_->is_fua ? RWF_DSYNC : 0);
  }
}

void FileIo::start_zero_write() {
  uint64_t left = request_->length_bytes - done_bytes_;
  uint32_t count = 0;
  for (; count < vectors_.size() && left > 0; ++count) {
    const uint64_t length = std::min<uint64_t>(left, AlignedBuffers::kBufferBytes);
    vectors_[count] = {owner_->buffers->zeroes(), length};
    left -= length;
  }
  const uint64_t offset = request_->offset_bytes + done_bytes_;
  owner_->kernel->write(op_, owner_->file->fd.get(), {vectors_.data(), count}, offset, 0);
}

// A refused way of zeroing is followed by the next one; true where that was started.
bool FileIo::starts_fall_back(int32_t result) {
  if (result != -EOPNOTSUPP && result != -EINVAL && result != -ENOSYS) return false;
  if (request_->op != BlockOp::write_zeroes) return false;
  if (step_ == Step::punch) {
    owner_->lacks_punch = true;
    step_ = owner_->lacks_zero_range ? Step::write_zeroes : Step::zero_range;
  } else if (step_ == Step::zero_range) {
    owner_->lacks_zero_range = true;
    step_ = Step::write_zeroes;
  } else {
    return false;
  }
  start_step();
  return true;
}

void FileIo::moved(uint64_t bytes) {
  if (step_ == Step::transfer) {
    if (bounce_ != nullptr && request_->op == BlockOp::read) cursor_.copy_from({bounce_, bytes});
    cursor_.advance(bytes);
  }
  done_bytes_ += bytes;
}

// Forced writes are on the disk by their own flag; zeroing has none.
void FileIo::end_or_sync() {
  if (request_->op != BlockOp::write_zeroes || !request_->is_fua) return owner_->finish_io(*this, Status::ok);
  step_ = Step::sync;
  start_step();
}

void FileIo::step_ended(int32_t result) {
  const bool is_interrupted = result == -EINTR || result == -EAGAIN;
  if (is_interrupted && ++interruptions_ < kInterruptionsMax) return start_step();
  if (result < 0) {
    if (!starts_fall_back(result)) owner_->finish_io(*this, status_of_errno(result));
    return;
  }
  if (step_ == Step::sync) return owner_->finish_io(*this, Status::ok);
  if (step_ == Step::punch || step_ == Step::zero_range) return end_or_sync();
  // Nothing moved: the file ends here, so somebody made it shorter than the disk.
  if (result == 0) return owner_->finish_io(*this, Status::io_error);
  moved(static_cast<uint64_t>(result));
  if (done_bytes_ == request_->length_bytes) return end_or_sync();
  if (owner_->is_draining()) return owner_->finish_io(*this, Status::aborted);
  start_step();
}

}  // namespace laneway
