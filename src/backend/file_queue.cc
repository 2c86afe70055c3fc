#include "backend/file_queue.h"

namespace laneway {

namespace {

constexpr uint32_t kOperationsMax = 128;  // under way at a time
constexpr uint32_t kBouncesMax = 32;

}  // namespace

Result<std::unique_ptr<BlockQueue>> FileQueue::open(Reactor& reactor, const OpenFile& opened) {
  auto bounces = AlignedBuffers::reserve(kBouncesMax);
  if (!bounces) return pass_on(bounces);
  return std::make_unique<FileQueue>(reactor, opened, std::move(*bounces));
}

FileQueue::FileQueue(Reactor& reactor, const OpenFile& opened, AlignedBuffers bounces)
    : reactor_(reactor),
      buffers_(std::move(bounces)),
      pool_(kOperationsMax),
      deadline_timer_(this, fire_by<&FileQueue::expire_waiting>) {
  kernel = &reactor.kernel();
  file = &opened;
  buffers = &buffers_;
}

FileQueue::~FileQueue() {
  LW_ASSERT(is_drained());
  reactor_.cancel(deadline_timer_);
  TurnEnd::unlink();
}

void FileQueue::submit(std::span<BlockRequest* const> batch) {
  unfinished_ += static_cast<uint32_t>(batch.size());
  for (BlockRequest* request : batch) waiting_.push_back(*request);
  start_waiting();
}

void FileQueue::start_waiting() {
  while (!is_draining_) {
    BlockRequest* request = waiting_.front();
    if (request == nullptr) break;
    const bool wants_bounce = needs_bounce(*file, *request);
    if (pool_.free_count() == 0) break;
    uint8_t* bounce = wants_bounce ? buffers_.take() : nullptr;
    if (wants_bounce && bounce == nullptr) break;
    waiting_.pop_front();
    pool_.take()->start(*this, *request, bounce);
  }
  watch_deadline();
}

// A guest's requests get their deadlines in order of arrival, so the first one waiting has the earliest.
void FileQueue::watch_deadline() {
  BlockRequest* first = waiting_.front();
  if (first == nullptr || first->deadline_ns == kNever) return reactor_.cancel(deadline_timer_);
  if (deadline_timer_.is_armed() && deadline_timer_.deadline_ns() == first->deadline_ns) return;
  reactor_.arm(deadline_timer_, first->deadline_ns);
}

void FileQueue::expire_waiting() {
  while (BlockRequest* request = waiting_.front()) {
    if (request->deadline_ns > reactor_.now_ns()) break;
    waiting_.pop_front();
    finish(*request, Status::timed_out);
  }
  watch_deadline();
}

void FileQueue::finish_io(FileIo& io, Status status) {
  BlockRequest& request = io.request();
  if (io.bounce() != nullptr) buffers_.give_back(io.bounce());
  pool_.give_back(io);
  finish(request, status);
  if (!waiting_.empty()) reactor_.at_turn_end(*this);
}

void FileQueue::finish(BlockRequest& request, Status status) {
  --unfinished_;
  if (unfinished_ == 0) is_draining_ = false;
  request.owner->finish(request, status);
}

void FileQueue::drain() {
  if (unfinished_ == 0) return;
  is_draining_ = true;
  if (!waiting_.empty()) reactor_.at_turn_end(*this);
}

void FileQueue::end_turn(uint64_t /*now_ns*/) {
  if (!is_draining_) return start_waiting();
  while (BlockRequest* request = waiting_.pop_front()) finish(*request, Status::aborted);
  reactor_.cancel(deadline_timer_);
}

}  // namespace laneway
