// What a VhostGuest says to its device: set-up, stop and restart of rings, resets and reconnects.
#include <fcntl.h>
#include <sys/eventfd.h>

#include <cmath>

#include "sim/vhost_guest.h"
#include "vhost_user/message.h"
#include "virtio/blk.h"

namespace laneway::sim {

namespace {

constexpr uint64_t kProtocolFeatures = vhost_protocol::kMultiQueue | vhost_protocol::kReplyAck |
                                       vhost_protocol::kBackendRequest | vhost_protocol::kConfig |
                                       vhost_protocol::kMemorySlots;
constexpr uint32_t kConfigBytes = 60;

UniqueFd duplicate(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  LW_ASSERT(copy);
  return copy;
}

UniqueFd make_event() {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  LW_ASSERT(fd);
  return fd;
}

bool is_request(const FakeMessage& message, VhostUserRequest request) {
  return message.request() == static_cast<uint32_t>(request);
}

}  // namespace

uint64_t VhostGuest::wanted_features() const {
  uint64_t features = vhost_feature::kProtocolFeatures | virtio_feature::kVersion1 | blk_feature::kSegMax |
                      blk_feature::kBlkSize | blk_feature::kTopology;
  if (scenario_.is_indirect) features |= virtio_feature::kIndirectDescriptors;
  if (scenario_.has_event_index) features |= virtio_feature::kEventIndex;
  if (scenario_.queues > 1) features |= blk_feature::kMultiQueue;
  if (scenario_.workload.can_discard) features |= blk_feature::kDiscard;
  if (scenario_.workload.can_write_zeroes) features |= blk_feature::kWriteZeroes;
  // Without FLUSH the device has to write through.
  if (!scenario_.is_durable) features |= blk_feature::kFlush | blk_feature::kConfigWce;
  return features;
}

void VhostGuest::connect(uint64_t now_ns) {
  next_ns_ = now_ns + 10 * kMillisecond;
  if (!talk_.connect(path_)) return;
  phase_ = Phase::greeting;
  greet();
  talk(now_ns);
}

// In QEMU's order.
void VhostGuest::greet() {
  const uint64_t inflight = scenario_.has_own_inflight ? vhost_protocol::kInflight : 0;
  talk_.say(FakeFrontend::get_features(), true);
  talk_.say(FakeFrontend::get_protocol_features(), true);
  talk_.say(FakeFrontend::set_protocol_features(kProtocolFeatures | inflight));
  talk_.say(FakeFrontend::get_queue_num(), true);
  talk_.say(FakeFrontend::set_backend_req_fd(talk_.make_backend_channel()));
  talk_.say(FakeFrontend::set_owner());
  ask_for_capacity();
  const auto queues = static_cast<uint16_t>(scenario_.queues);
  const auto size = static_cast<uint16_t>(scenario_.queue_size);
  if (scenario_.has_own_inflight && !inflight_) {
    talk_.say(FakeFrontend::get_inflight_fd(queues, size), true);
    return;  // the rest follows when the region is here
  }
  if (inflight_) {
    talk_.say(
        FakeFrontend::set_inflight_fd(inflight_bytes_, inflight_offset_, queues, size, duplicate(inflight_.get())));
  }
  talk_.say(FakeFrontend::set_features(wanted_features()));
  set_up_memory();
  for (uint32_t i = 0; i < scenario_.queues; ++i) set_up_ring(i);
}

void VhostGuest::set_up_memory() {
  std::vector<GuestRegion> regions;
  std::vector<UniqueFd> fds;
  for (size_t i = 0; i < guest_->region_count(); ++i) {
    regions.push_back(guest_->region(i));
    fds.push_back(guest_->duplicate_fd(i));
  }
  if (random_.one_in(2)) return talk_.say(FakeFrontend::set_mem_table(regions, std::move(fds)));
  for (size_t i = 0; i < regions.size(); ++i) talk_.say(FakeFrontend::add_mem_reg(regions[i], std::move(fds[i])));
}

void VhostGuest::set_up_ring(uint32_t index) {
  Queue& queue = queues_[index];
  queue.kick = make_event();
  queue.call = make_event();
  FakeRingAddresses addresses;
  addresses.descriptors = FakeGuest::user(queue.driver->descriptors());
  addresses.available = FakeGuest::user(queue.driver->available());
  addresses.used = FakeGuest::user(queue.driver->used());
  talk_.say(FakeFrontend::set_vring_num(index, scenario_.queue_size));
  talk_.say(FakeFrontend::set_vring_base(index, queue.base));
  talk_.say(FakeFrontend::set_vring_addr(index, addresses));
  talk_.say(FakeFrontend::set_vring_kick(index, duplicate(queue.kick.get())));
  talk_.say(FakeFrontend::set_vring_call(index, duplicate(queue.call.get())));
  talk_.say(FakeFrontend::set_vring_enable(index, true, FakeFrontend::kNeedReply), true);
}

void VhostGuest::ask_for_capacity() {
  is_asking_capacity_ = true;
  talk_.say(FakeFrontend::get_config(0, kConfigBytes), true);
}

void VhostGuest::talk(uint64_t now_ns) {
  if (!talk_.pump()) {
    if (!is_end_excused_) referee_.model().add_fault("the device closed the vhost-user connection");
    return lose_connection(now_ns);
  }
  if (talk_.take_config_change() && phase_ == Phase::running) ask_for_capacity();
  take_answers();
  if (!talk_.pump()) return lose_connection(now_ns);
  if (!talk_.is_through()) return;
  if (phase_ == Phase::greeting) greeted(now_ns);
  if (phase_ == Phase::stopped && now_ns >= next_ns_) {
    if (restarts_fresh_) restart_machine();
    phase_ = Phase::greeting;
    for (uint32_t i = 0; i < scenario_.queues; ++i) set_up_ring(i);
    talk_.pump();
  }
}

void VhostGuest::take_answers() {
  while (auto answer = talk_.take_answer()) {
    if (!talk_.was_awaited(*answer)) referee_.model().add_fault("the device gives an answer that nobody waits for");
    if (is_request(*answer, VhostUserRequest::get_inflight_fd)) {
      LW_ASSERT(answer->descriptors.size() == 1);
      inflight_bytes_ = load_le<uint64_t>(answer->payload(), 0);
      inflight_offset_ = load_le<uint64_t>(answer->payload(), 8);
      inflight_ = std::move(answer->descriptors[0]);
      talk_.say(FakeFrontend::set_inflight_fd(inflight_bytes_, inflight_offset_,
                                              static_cast<uint16_t>(scenario_.queues),
                                              static_cast<uint16_t>(scenario_.queue_size), duplicate(inflight_.get())));
      talk_.say(FakeFrontend::set_features(wanted_features()));
      set_up_memory();
      for (uint32_t i = 0; i < scenario_.queues; ++i) set_up_ring(i);
      continue;
    }
    take_answer(*answer);
  }
}

void VhostGuest::take_answer(const FakeMessage& answer) {
  DiskModel& model = referee_.model();
  if (is_request(answer, VhostUserRequest::get_features) &&
      (answer.number() & wanted_features()) != wanted_features()) {
    model.add_fault(fmt::format("the device offers features {:x} instead of {:x}", answer.number(), wanted_features()));
  }
  if (is_request(answer, VhostUserRequest::get_config)) {
    known_sectors_ = load_le<uint64_t>(answer.payload(), sizeof(ConfigWire));
    is_asking_capacity_ = false;
    if (known_sectors_ > model.sectors()) model.add_fault("the device tells more sectors than it has");
  }
  if (is_request(answer, VhostUserRequest::set_vring_enable) && answer.number() != 0) {
    model.add_fault("the device refuses to enable a ring");
  }
  if (!is_request(answer, VhostUserRequest::get_vring_base)) return;
  const uint32_t ring = load_le<uint32_t>(answer.payload(), 0);
  Queue& queue = queues_[ring];
  queue.base = static_cast<uint16_t>(load_le<uint32_t>(answer.payload(), 4));
  take_finished(queue, clock_.now_ns());
  check_base(ring);
  if (--stopping_ > 0) return;
  phase_ = Phase::stopped;
  next_ns_ = clock_.now_ns() + random_.below(5 * kMillisecond);
}

// A ring may stop before what is available was taken: the base says where that begins. What was taken is finished.
void VhostGuest::check_base(uint32_t ring) {
  Queue& queue = queues_[ring];
  const Vring& vring = queue.driver->vring();
  const uint16_t used = vring.used_index(std::memory_order_acquire);
  const uint16_t available = vring.available_index(std::memory_order_acquire);
  const auto untaken = static_cast<uint16_t>(available - queue.base);
  if (queue.base == used && untaken == queue.blk->in_flight()) return;
  referee_.model().add_fault(fmt::format(
      "ring {} was stopped with {} requests unfinished: its base is {}, its used index {}, its available index {}",
      ring, queue.blk->in_flight(), queue.base, used, available));
}

void VhostGuest::greeted(uint64_t now_ns) {
  phase_ = Phase::running;
  next_ns_ = now_ns;
  for (Queue& queue : queues_) {
    // Their deadlines begin again
    for (Request& request : queue.requests) request.began_ns = request.first_began_ns = now_ns;
    publish(queue);
    ::eventfd_write(queue.kick.get(), 1);
  }
  const double rate = scenario_.troubles.guest_resets;
  if (rate <= 0 || sweep_ > 0 || left_ == 0) return;
  const double uniform = (static_cast<double>(random_.below(1000000)) + 1) / 1000001.0;
  trouble_ns_ = now_ns + static_cast<uint64_t>(-std::log(uniform) / rate * static_cast<double>(kSecond));
}

// One of the things that a guest or its hypervisor may do at any time.
void VhostGuest::disturb(uint64_t now_ns) {
  trouble_ns_ = kNever;
  if (left_ == 0) return;
  switch (random_.below(4)) {
    case 0:  // the hypervisor dies, or its connection
      if (!scenario_.has_own_inflight) {
        forget_requests();
        restarts_fresh_ = true;
      }
      return lose_connection(now_ns);
    case 1:
      restarts_fresh_ = true;
      break;  // the guest boots again, once its rings are drained
    default:
      restarts_fresh_ = false;
      break;
  }
  stop_rings();
}

void VhostGuest::stop_rings() {
  phase_ = Phase::stopping;
  stopping_ = scenario_.queues;
  for (uint32_t i = 0; i < scenario_.queues; ++i) talk_.say(FakeFrontend::get_vring_base(i), true);
  talk_.pump();
}

void VhostGuest::restart_machine() {
  restarts_fresh_ = false;
  forget_requests();
  make_rings();
}

void VhostGuest::lose_connection(uint64_t now_ns) {
  talk_.disconnect();
  is_end_excused_ = false;
  phase_ = Phase::away;
  next_ns_ = now_ns + random_.below(20 * kMillisecond);
  if (restarts_fresh_ || !scenario_.has_own_inflight) {
    forget_requests();
    inflight_.reset();
    for (Queue& queue : queues_) queue = Queue{};
    guest_.reset();  // its memory is gone, while the device may still write to it
    restart_machine();
    return;
  }
  // As QEMU does: on from the used index.
  for (Queue& queue : queues_) queue.base = queue.driver->vring().used_index(std::memory_order_acquire);
}

}  // namespace laneway::sim
