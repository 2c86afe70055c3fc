#include "vhost_user/message.h"

namespace laneway {

Result<MessageHeaderWire> decode_message_header(ByteView bytes) {
  MessageHeaderWire header;
  if (!copy_out(bytes, 0, header)) return fail(ErrorCode::protocol, "a message without a complete header");
  if ((header.flags & kMessageVersionMask) != kMessageVersion) {
    return fail(ErrorCode::protocol, "a message of version {}, this is version {}", header.flags & kMessageVersionMask,
                kMessageVersion);
  }
  if ((header.flags & kMessageReply) != 0) {
    return fail(ErrorCode::protocol, "an answer to request {} that nobody asked", header.request);
  }
  if (header.payload_bytes > kMessagePayloadMax) {
    return fail(ErrorCode::protocol, "request {} announces {} bytes, the longest message has {}", header.request,
                header.payload_bytes, kMessagePayloadMax);
  }
  return header;
}

GuestRegion decode_region(const MemoryRegionWire& wire) {
  return {GuestAddr{wire.guest_address}, wire.size_bytes, UserAddr{wire.user_address}, wire.mmap_offset_bytes};
}

const char* request_name(uint32_t request) {
  switch (static_cast<VhostUserRequest>(request)) {
    case VhostUserRequest::get_features:
      return "GET_FEATURES";
    case VhostUserRequest::set_features:
      return "SET_FEATURES";
    case VhostUserRequest::set_owner:
      return "SET_OWNER";
    case VhostUserRequest::reset_owner:
      return "RESET_OWNER";
    case VhostUserRequest::set_mem_table:
      return "SET_MEM_TABLE";
    case VhostUserRequest::set_vring_num:
      return "SET_VRING_NUM";
    case VhostUserRequest::set_vring_addr:
      return "SET_VRING_ADDR";
    case VhostUserRequest::set_vring_base:
      return "SET_VRING_BASE";
    case VhostUserRequest::get_vring_base:
      return "GET_VRING_BASE";
    case VhostUserRequest::set_vring_kick:
      return "SET_VRING_KICK";
    case VhostUserRequest::set_vring_call:
      return "SET_VRING_CALL";
    case VhostUserRequest::set_vring_err:
      return "SET_VRING_ERR";
    case VhostUserRequest::get_protocol_features:
      return "GET_PROTOCOL_FEATURES";
    case VhostUserRequest::set_protocol_features:
      return "SET_PROTOCOL_FEATURES";
    case VhostUserRequest::get_queue_num:
      return "GET_QUEUE_NUM";
    case VhostUserRequest::set_vring_enable:
      return "SET_VRING_ENABLE";
    case VhostUserRequest::set_backend_req_fd:
      return "SET_BACKEND_REQ_FD";
    case VhostUserRequest::get_config:
      return "GET_CONFIG";
    case VhostUserRequest::set_config:
      return "SET_CONFIG";
    case VhostUserRequest::get_inflight_fd:
      return "GET_INFLIGHT_FD";
    case VhostUserRequest::set_inflight_fd:
      return "SET_INFLIGHT_FD";
    case VhostUserRequest::reset_device:
      return "RESET_DEVICE";
    case VhostUserRequest::get_max_mem_slots:
      return "GET_MAX_MEM_SLOTS";
    case VhostUserRequest::add_mem_reg:
      return "ADD_MEM_REG";
    case VhostUserRequest::rem_mem_reg:
      return "REM_MEM_REG";
    case VhostUserRequest::set_status:
      return "SET_STATUS";
    case VhostUserRequest::get_status:
      return "GET_STATUS";
  }
  return "an unknown request";
}

}  // namespace laneway
