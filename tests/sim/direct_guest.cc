#include "sim/direct_guest.h"

#include <fmt/format.h>

#include <algorithm>

namespace laneway::sim {

namespace {

constexpr uint32_t kBatchMax = 8;
constexpr uint32_t kSweepSectors = 128;

BlockOp block_op(ModelOp kind) {
  switch (kind) {
    case ModelOp::read:
      return BlockOp::read;
    case ModelOp::write:
      return BlockOp::write;
    case ModelOp::flush:
      return BlockOp::flush;
    case ModelOp::discard:
      return BlockOp::discard;
    case ModelOp::write_zeroes:
      return BlockOp::write_zeroes;
  }
  return BlockOp::read;
}

}  // namespace

DirectGuest::DirectGuest(const Options& options, Reactor& reactor, BlockDevice& device, Referee& referee,
                         Random& random)
    : options_(options),
      reactor_(reactor),
      device_(device),
      referee_(referee),
      random_(random),
      workload_(options.workload, random),
      timer_(this, fire_by<&DirectGuest::time_came>),
      left_(options.workload.operations) {
  for (uint32_t i = 0; i < options.workload.depth; ++i) ios_.push_back(std::make_unique<Io>());
}

DirectGuest::~DirectGuest() { LW_ASSERT(queue_ == nullptr); }

void DirectGuest::start() {
  auto queue = device_.open_queue(reactor_);
  LW_ASSERT(queue);
  queue_ = std::move(*queue);
  reactor_.add(*this);
}

void DirectGuest::leave() {
  is_leaving_ = true;
  left_ = 0;
  sweep_ = 0;
  queue_->drain();
}

void DirectGuest::read_everything() {
  sweep_ = referee_.model().sectors();
  next_ns_ = reactor_.now_ns();
  reactor_.arm(timer_, next_ns_);
}

uint32_t DirectGuest::poll(uint64_t now_ns) {
  uint32_t work = queue_->poll(now_ns);
  if (is_leaving_ && queue_->is_drained()) {
    reactor_.cancel(timer_);
    reactor_.remove(*this);
    queue_.reset();
    return 1;
  }
  if (!is_leaving_ && now_ns >= next_ns_) work += submit_some(now_ns);
  return work;
}

DirectGuest::Io* DirectGuest::free_io() {
  for (const auto& io : ios_) {
    if (!io->is_in_flight) return io.get();
  }
  return nullptr;
}

bool DirectGuest::next_wish(Wish& wish) {
  const uint64_t disk_sectors = referee_.model().sectors();
  if (sweep_ > 0) {
    const uint64_t start = disk_sectors - sweep_;
    wish = {ModelOp::read, {start, static_cast<uint32_t>(std::min<uint64_t>(sweep_, kSweepSectors))}};
    sweep_ -= wish.extent.sectors;
    return true;
  }
  if (left_ == 0) return false;
  --left_;
  wish = workload_.next(disk_sectors);
  return true;
}

uint32_t DirectGuest::submit_some(uint64_t now_ns) {
  std::array<BlockRequest*, kBatchMax> batch{};
  uint32_t count = 0;
  const uint64_t wanted = 1 + random_.below(kBatchMax);
  Wish wish;
  while (count < wanted) {
    Io* io = free_io();
    if (io == nullptr || !next_wish(wish)) break;
    prepare(*io, wish, now_ns);
    batch[count++] = &io->request;
  }
  next_ns_ = now_ns + workload_.think_ns();
  if ((left_ > 0 || sweep_ > 0) && free_io() != nullptr) reactor_.arm(timer_, next_ns_);
  if (count == 0) return 0;
  is_in_submit_ = true;
  queue_->submit({batch.data(), count});
  is_in_submit_ = false;
  return count;
}

void DirectGuest::prepare(Io& io, const Wish& wish, uint64_t now_ns) {
  const bool moves_data = wish.kind == ModelOp::read || wish.kind == ModelOp::write;
  const uint64_t length = uint64_t{wish.extent.sectors} * DiskModel::kSectorBytes;
  io.kind = wish.kind;
  io.began_ns = now_ns;
  io.is_in_flight = true;
  io.id = referee_.model().begin(wish.kind, wish.extent, options_.is_durable && wish.kind == ModelOp::write);
  io.bytes.assign(moves_data ? length : 0, 0xdb);
  if (wish.kind == ModelOp::write) referee_.model().fill(io.id, io.bytes);
  io.request.op = block_op(wish.kind);
  io.request.is_fua = options_.is_durable && wish.kind == ModelOp::write;
  io.request.may_unmap = random_.one_in(2);
  io.request.offset_bytes = wish.extent.sector * DiskModel::kSectorBytes;
  io.request.length_bytes = length;
  io.request.segments = {};
  io.request.deadline_ns = now_ns + options_.deadline_ns;
  io.request.owner = this;
  if (moves_data) cut_into_pieces(io);
  ++in_flight_;
}

// At any byte, as guests may.
void DirectGuest::cut_into_pieces(Io& io) {
  const uint64_t wanted = random_.one_in(2) ? 1 : 1 + random_.below(kPiecesMax);
  size_t at = 0;
  uint32_t count = 0;
  while (at < io.bytes.size()) {
    const size_t left = io.bytes.size() - at;
    const size_t length = count + 1 == wanted ? left : 1 + random_.below(left);
    io.pieces[count++] = {io.bytes.data() + at, length};
    at += length;
  }
  io.request.segments = {io.pieces.data(), count};
}

void DirectGuest::finish(BlockRequest& request, Status status) {
  DiskModel& model = referee_.model();
  if (is_in_submit_) model.add_fault("a request finished inside submit()");
  const auto found = std::find_if(ios_.begin(), ios_.end(), [&](const auto& io) { return &io->request == &request; });
  Io& io = **found;
  if (!io.is_in_flight) return model.add_fault(fmt::format("operation {} was finished twice", io.id));
  const bool is_planted = ++finished_ % 100 == 0;
  if (is_planted && options_.plant == Plant::completion_is_lost) return;
  const uint64_t age_ns = reactor_.now_ns() - io.began_ns;
  referee_.answered(io.kind, age_ns);
  if (status == Status::ok) {
    model.end_well(io.id, io.kind == ModelOp::read ? ByteView(io.bytes) : ByteView());
  } else {
    model.end_badly(io.id);
    if (!is_leaving_) referee_.failed(io.kind, age_ns, status_name(status));
  }
  if (is_planted && options_.plant == Plant::guest_counts_twice) model.end_well(io.id);
  std::fill(io.bytes.begin(), io.bytes.end(), uint8_t{0xdd});
  io.is_in_flight = false;
  --in_flight_;
  if (!is_leaving_ && (left_ > 0 || sweep_ > 0) && !timer_.is_armed()) reactor_.arm(timer_, next_ns_);
}

std::string DirectGuest::describe() const {
  std::string text = fmt::format("{} in flight, {} to submit", in_flight_, left_);
  for (const auto& io : ios_) {
    if (io->is_in_flight) text += fmt::format("; op {} kind {}", io->id, static_cast<int>(io->kind));
  }
  return text;
}

}  // namespace laneway::sim
