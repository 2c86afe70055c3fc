#include "vhost_user/machine.h"

#include <fcntl.h>

#include <algorithm>
#include <array>

namespace laneway {

VhostUserMachine::VhostUserMachine(VhostUserDevice& device, uint32_t queues, bool is_writeback)
    : device_(device), queues_(queues), is_writeback_at_reset_(is_writeback) {
  LW_ASSERT(queues > 0 && queues <= DeviceRecord::kRingsMax);
  record_.rings.resize(queues);
  record_.is_writeback = is_writeback;
}

Result<void> VhostUserMachine::restore(DeviceRecord record) {
  if (record.rings.size() > queues_) {
    return fail(ErrorCode::invalid_argument, "the record has {} rings, the function has {}", record.rings.size(),
                queues_);
  }
  record.rings.resize(queues_);
  for (RegionRecord& region : record.regions) {
    if (auto added = memory_.add(region.region, std::move(region.fd)); !added) return added;
  }
  record.regions.clear();
  if (record.inflight.fd) {
    const InflightRecord& saved = record.inflight;
    auto mapped = InflightRegion::map(saved.fd.get(),
                                      {saved.mmap_size_bytes, saved.mmap_offset_bytes, saved.queues, saved.queue_size});
    if (!mapped) return pass_on(mapped);
    inflight_ = std::move(*mapped);
  }
  record_ = std::move(record);
  ++record_.generation;
  record_.is_settled = false;
  is_kept_ = false;  // nothing is served before a next successor would know of it
  return {};
}

size_t VhostUserMachine::wanted_bytes() const {
  if (is_waiting_ || !record_.output.empty()) return 0;
  const size_t have = record_.input.size();
  if (have < sizeof(MessageHeaderWire)) return sizeof(MessageHeaderWire) - have;
  MessageHeaderWire header;
  LW_ASSERT(copy_out(record_.input, 0, header));
  return sizeof(MessageHeaderWire) + header.payload_bytes - have;
}

size_t VhostUserMachine::count_of_message(ByteView next) const {
  size_t wanted = wanted_bytes();
  if (record_.input.size() < sizeof(MessageHeaderWire) && wanted > 0 && next.size() > wanted) {
    std::array<uint8_t, sizeof(MessageHeaderWire)> bytes{};
    std::copy(record_.input.begin(), record_.input.end(), bytes.begin());
    std::copy_n(next.begin(), wanted, bytes.begin() + static_cast<std::ptrdiff_t>(record_.input.size()));
    MessageHeaderWire header;
    LW_ASSERT(copy_out(bytes, 0, header));
    wanted += std::min(header.payload_bytes, kMessagePayloadMax);
  }
  return std::min(wanted, next.size());
}

Result<void> VhostUserMachine::received(ByteView bytes, std::vector<UniqueFd> descriptors) {
  LW_ASSERT(bytes.size() <= count_of_message(bytes));
  unconsumed_bytes_ = bytes.size();
  unconsumed_descriptors_ = descriptors.size();
  record_.input.insert(record_.input.end(), bytes.begin(), bytes.end());
  for (UniqueFd& fd : descriptors) record_.input_descriptors.push_back(std::move(fd));
  if (record_.input_descriptors.size() > kMessageDescriptorsMax) {
    return fail(ErrorCode::protocol, "a message with more than {} descriptors", kMessageDescriptorsMax);
  }
  return pump();
}

bool VhostUserMachine::has_whole_message() const {
  return record_.input.size() >= sizeof(MessageHeaderWire) &&
         record_.input.size() == sizeof(MessageHeaderWire) + header_.payload_bytes;
}

Result<void> VhostUserMachine::pump() {
  // One message is in hand at most, and no new one comes before its answer is sent.
  if (!record_.output.empty() || record_.input.size() < sizeof(MessageHeaderWire)) return {};
  auto header = decode_message_header(ByteView(record_.input).first(sizeof(MessageHeaderWire)));
  if (!header) return pass_on(header);
  header_ = *header;
  if (!has_whole_message()) return {};
  return take_message();
}

Result<void> VhostUserMachine::take_message() {
  has_answered_ = is_kept_ = false;
  const auto step = dispatch();
  is_waiting_ = is_kept_ = step && *step == Step::wait;  // one that waits has had no effect yet
  if (is_waiting_) return {};
  if (!step) {
    if (auto refused = refuse(step.error()); !refused) return refused;
  }
  if (!has_answered_ && (header_.flags & kMessageNeedReply) != 0 && has_protocol_feature(vhost_protocol::kReplyAck)) {
    answer_number(step ? 0 : 1);
  }
  end_message();
  return {};
}

// A message that makes no sense ends the connection; one that cannot be done is answered so where the front-end asked
// for an answer, and stops the device where it did not.
Result<void> VhostUserMachine::refuse(const Error& error) {
  const bool tells_peer =
      (header_.flags & kMessageNeedReply) != 0 && has_protocol_feature(vhost_protocol::kReplyAck) && !has_answered_;
  const bool ends_connection =
      error.code == ErrorCode::protocol || (error.code == ErrorCode::unsupported && !tells_peer);
  if (ends_connection) return tl::unexpected<Error>(error);
  device_.release_rings(false);
  device_.message_refused(error, !tells_peer);
  return {};
}

void VhostUserMachine::end_message() {
  record_.input.clear();
  for (UniqueFd& fd : record_.input_descriptors) {
    if (fd) device_.close_descriptor(std::move(fd));
  }
  record_.input_descriptors.clear();
}

void VhostUserMachine::answer(ByteView payload) {
  const MessageHeaderWire header{header_.request, kMessageVersion | kMessageReply,
                                 static_cast<uint32_t>(payload.size())};
  const ByteView bytes = bytes_of(header);
  record_.output.assign(bytes.begin(), bytes.end());
  record_.output.insert(record_.output.end(), payload.begin(), payload.end());
  has_answered_ = true;
}

void VhostUserMachine::consumed() {
  unconsumed_bytes_ = unconsumed_descriptors_ = 0;
  record_.consume_bytes = 0;
}

LentParts VhostUserMachine::lent_parts(int connection) const {
  LentParts lent{connection, &memory_, 0, 0};
  if (record_.consume_bytes > 0) return lent;
  lent.unconsumed_bytes = unconsumed_bytes_;
  lent.unconsumed_descriptors = unconsumed_descriptors_;
  return lent;
}

void VhostUserMachine::sent(size_t bytes) {
  LW_ASSERT(bytes <= record_.output.size());
  if (bytes > 0) {
    for (UniqueFd& fd : record_.output_descriptors) device_.close_descriptor(std::move(fd));
    record_.output_descriptors.clear();
  }
  record_.output.erase(record_.output.begin(), record_.output.begin() + static_cast<std::ptrdiff_t>(bytes));
}

Result<UniqueFd> VhostUserMachine::take_descriptor() {
  if (record_.input_descriptors.empty() || !record_.input_descriptors.front()) {
    return fail(ErrorCode::protocol, "{} without its descriptor", request_name(header_.request));
  }
  return std::move(record_.input_descriptors.front());
}

Result<VhostUserMachine::Step> VhostUserMachine::dispatch() {
  switch (static_cast<VhostUserRequest>(header_.request)) {
    case VhostUserRequest::get_features:
      answer_number(device_.offered_features() | vhost_feature::kProtocolFeatures);
      return Step::done;
    case VhostUserRequest::set_features:
      return set_features();
    case VhostUserRequest::set_owner:
      record_.is_owned = true;
      return Step::done;
    case VhostUserRequest::reset_owner:
      return reset_owner();
    case VhostUserRequest::set_mem_table:
      return set_mem_table();
    case VhostUserRequest::get_protocol_features:
      answer_number(kOfferedProtocolFeatures);
      return Step::done;
    case VhostUserRequest::set_protocol_features:
      return set_protocol_features();
    case VhostUserRequest::get_queue_num:
      answer_number(queues_);
      return Step::done;
    case VhostUserRequest::set_backend_req_fd:
      return set_backend_request_fd();
    case VhostUserRequest::get_config:
      return get_config();
    case VhostUserRequest::set_config:
      return set_config();
    case VhostUserRequest::get_inflight_fd:
      return get_inflight_fd();
    case VhostUserRequest::set_inflight_fd:
      return set_inflight_fd();
    case VhostUserRequest::reset_device:
      return reset_device();
    case VhostUserRequest::get_max_mem_slots:
      answer_number(GuestMemory::kRegionsMax);
      return Step::done;
    case VhostUserRequest::add_mem_reg:
      return add_mem_reg();
    case VhostUserRequest::rem_mem_reg:
      return rem_mem_reg();
    case VhostUserRequest::set_status:
      return set_status();
    case VhostUserRequest::get_status:
      answer_number(record_.status);
      return Step::done;
    default:
      return dispatch_ring_request();
  }
}

Result<VhostUserMachine::Step> VhostUserMachine::dispatch_ring_request() {
  switch (static_cast<VhostUserRequest>(header_.request)) {
    case VhostUserRequest::set_vring_num:
      return set_vring_num();
    case VhostUserRequest::set_vring_addr:
      return set_vring_addr();
    case VhostUserRequest::set_vring_base:
      return set_vring_base();
    case VhostUserRequest::get_vring_base:
      return get_vring_base();
    case VhostUserRequest::set_vring_kick:
      return set_vring_descriptor(RingDescriptor::kick);
    case VhostUserRequest::set_vring_call:
      return set_vring_descriptor(RingDescriptor::call);
    case VhostUserRequest::set_vring_err:
      return set_vring_descriptor(RingDescriptor::error);
    case VhostUserRequest::set_vring_enable:
      return set_vring_enable();
    default:
      return fail(ErrorCode::unsupported, "request {}, which this device does not know", header_.request);
  }
}

std::vector<uint8_t> VhostUserMachine::config_change_message() {
  const MessageHeaderWire header{kBackendConfigChange, kMessageVersion, 0};
  const ByteView bytes = bytes_of(header);
  return {bytes.begin(), bytes.end()};
}

}  // namespace laneway
