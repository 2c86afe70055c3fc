#pragma once
// SessionLimits is what login settled on (RFC 7143 13): the values that both sides keep to from full feature on. Before
// that they are the RFC's defaults. A plain value, any thread.

#include <cstdint>

namespace laneway::iscsi {

struct SessionLimits {
  bool has_header_digest = false;
  bool has_data_digest = false;
  bool is_initial_r2t = true;
  bool has_immediate_data = true;
  uint32_t max_send_segment_bytes = 8192;     // the target's MaxRecvDataSegmentLength
  uint32_t max_receive_segment_bytes = 8192;  // ours
  uint32_t first_burst_bytes = 65536;
  uint32_t max_burst_bytes = 262144;
  uint32_t max_outstanding_r2t = 1;
  uint16_t time_to_wait_s = 2;     // DefaultTime2Wait: pause before the next login after an unexpected end
  uint16_t time_to_retain_s = 20;  // DefaultTime2Retain
  uint16_t tsih = 0;
  uint16_t portal_group_tag = 0;  // TargetPortalGroupTag; 0 where the target does not say
};

}  // namespace laneway::iscsi
