#pragma once
// VhostUserMachine is the back-end's side of one vhost-user connection without any I/O: bytes and descriptors in, bytes
// and descriptors out, and calls to the device in between. It keeps the device's record and maps its memory. Messages
// are taken one at a time; one whose answer must wait for rings to drain is looked at again from its beginning when
// pump() is called, so that nothing but the message itself has to be remembered. Owned by its connection. Home reactor
// only.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "guest/guest_memory.h"
#include "vhost_user/device.h"
#include "vhost_user/message.h"
#include "vhost_user/record.h"
#include "virtio/inflight.h"
#include "virtio/vring_layout.h"

namespace laneway {

class VhostUserMachine {
 public:
  static constexpr uint16_t kQueueSizeMax = 1024;
  static constexpr uint64_t kOfferedProtocolFeatures = vhost_protocol::kMultiQueue | vhost_protocol::kReplyAck |
                                                       vhost_protocol::kBackendRequest | vhost_protocol::kConfig |
                                                       vhost_protocol::kInflight | vhost_protocol::kResetDevice |
                                                       vhost_protocol::kMemorySlots | vhost_protocol::kStatus;

  VhostUserMachine(VhostUserDevice& device, uint32_t queues, bool is_writeback);

  // Continues from a record: maps memory and the in-flight region. The device then starts its rings and calls pump().
  Result<void> restore(DeviceRecord record);

  // How many bytes can be received next, at most; 0 while a message waits for rings or an answer is not wholly sent.
  size_t wanted_bytes() const;
  // How many of these bytes, the next ones from the front-end, belong to the message at hand.
  size_t count_of_message(ByteView next) const;
  // Takes what arrived, no more than count_of_message(), and the descriptors that came with it. An error ends the
  // connection.
  Result<void> received(ByteView bytes, std::vector<UniqueFd> descriptors);
  // Goes on where a message waited.
  Result<void> pump();
  bool is_waiting() const { return is_waiting_; }

  // Where a message changed the record, rings that may start now wait until that is kept.
  bool is_kept() const { return is_kept_; }
  void kept() { is_kept_ = true; }
  // What was received is not in the front-end's socket any more.
  void consumed();
  // The record as it can be kept now. `connection` is its socket. Borrows all descriptors, until the next message.
  EncodedRecord encode(int connection) const { return encode_record(record_, lent_parts(connection)); }

  // What is to be sent: descriptors go with the first byte.
  ByteView output() const { return record_.output; }
  std::span<const UniqueFd> output_descriptors() const { return record_.output_descriptors; }
  void sent(size_t bytes);

  // The message that tells the front-end to read the configuration space again.
  static std::vector<uint8_t> config_change_message();

  const DeviceRecord& record() const { return record_; }
  DeviceRecord& record() { return record_; }
  // A whole record with duplicates of all descriptors but the connection's, which the caller adds.
  Result<DeviceRecord> duplicate() const { return duplicate_record(record_, lent_parts(-1)); }

  const GuestMemory& memory() const { return memory_; }
  // The front-end cut off a file whose memory is in use here.
  bool has_lost_memory() const { return memory_.is_lost() || inflight_.is_lost(); }
  // The ring's parts in our memory map; nothing where they are not all inside it, or misaligned.
  std::optional<Vring> find_ring(uint32_t ring) const;
  // The ring's in-flight record; makes a region of our own where there is none.
  Result<InflightRecordView> find_inflight_record(uint32_t ring);
  // Set up, started and enabled.
  bool is_ready(uint32_t ring) const;
  bool has_protocol_feature(uint64_t mask) const { return (record_.protocol_features & mask) != 0; }

 private:
  enum class Step : uint8_t { done, wait };

  // machine.cc: taking messages and answering them
  LentParts lent_parts(int connection) const;
  bool has_whole_message() const;
  Result<void> take_message();
  Result<Step> dispatch();
  Result<Step> dispatch_ring_request();
  Result<void> refuse(const Error& error);
  void end_message();
  void answer(ByteView payload);
  void answer_number(uint64_t number) { answer(bytes_of(number)); }
  template <typename T>
  Result<T> payload_as() const;
  Result<UniqueFd> take_descriptor();
  ByteView payload() const { return ByteView(record_.input).subspan(sizeof(MessageHeaderWire)); }

  // machine_device.cc: features, configuration, status, in-flight region, reset
  Result<Step> set_features();
  Result<Step> set_protocol_features();
  Result<Step> get_config();
  Result<Step> set_config();
  Result<Step> set_backend_request_fd();
  Result<Step> get_inflight_fd();
  Result<Step> set_inflight_fd();
  Result<Step> set_status();
  Result<Step> reset_owner();
  Result<Step> reset_device();

  // machine_memory.cc
  Result<Step> set_mem_table();
  Result<Step> add_mem_reg();
  Result<Step> rem_mem_reg();
  bool hold_all_rings();

  // machine_ring.cc
  Result<Step> set_vring_num();
  Result<Step> set_vring_addr();
  Result<Step> set_vring_base();
  Result<Step> get_vring_base();
  enum class RingDescriptor : uint8_t { kick, call, error };
  Result<Step> set_vring_descriptor(RingDescriptor which);
  Result<Step> set_vring_enable();
  Result<uint32_t> ring_index(uint64_t number) const;
  void start_where_ready(uint32_t ring);
  void stop(uint32_t ring);
  void start_all_ready();

  // Fixed after construction
  VhostUserDevice& device_;
  const uint32_t queues_;
  const bool is_writeback_at_reset_;

  DeviceRecord record_;  // but for the regions, which memory_ has
  GuestMemory memory_;
  InflightRegion inflight_;
  MessageHeaderWire header_;  // of the message at hand
  bool has_answered_ = false;
  bool is_waiting_ = false;
  bool is_kept_ = true;
  size_t unconsumed_bytes_ = 0;  // of the input: they are still in the front-end's socket
  size_t unconsumed_descriptors_ = 0;
};

template <typename T>
Result<T> VhostUserMachine::payload_as() const {
  T value;
  if (payload().size() == sizeof(T) && copy_out(payload(), 0, value)) return value;
  return fail(ErrorCode::protocol, "{} with {} bytes of payload, it has {}", request_name(header_.request),
              payload().size(), sizeof(T));
}

}  // namespace laneway
