#pragma once
// What a fake target is like: its name, LUNs, credentials, what it negotiates and how it behaves where the standard or
// real targets leave room. Plain values, copied at construction. Any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"

namespace laneway::fake {

struct ChapOptions {
  std::string user;  // empty: the target asks for no authentication
  std::string secret;
  std::string mutual_user;  // what the target answers with when the initiator challenges it
  std::string mutual_secret;
  std::vector<int> algorithms = {7, 6, 5};  // CHAP_A taken, the best first: 5 MD5, 6 SHA-1, 7 SHA-256
};

struct LunOptions {
  uint64_t number = 0;
  uint64_t capacity_bytes = 16 * kMiB;
  uint32_t block_bytes = 512;
  std::string serial = "FAKE0001";
  uint64_t naa_high = 0x6001405000000001;  // VPD 0x83: NAA 6, 16 bytes
  uint64_t naa_low = 0x0000000000000001;
  bool has_write_cache = true;
  bool loses_cache = false;      // keeps what a power cut brings back; costs an allocation a written block
  bool lies_about_sync = false;  // a broken disk: a power cut takes back what was synced
  bool is_read_only = false;
  bool is_large_paged = false;  // asks for huge pages, for benchmarks
  bool can_unmap = true;
  bool can_write_same = true;
  uint32_t transfer_blocks_max = 0;  // 0: not told
  uint32_t unmap_blocks_max = 65536;
  uint32_t unmap_ranges_max = 16;
  uint64_t write_same_blocks_max = 65536;
};

struct TargetOptions {
  std::string name = "iqn.2026-11.test.laneway:fake";
  std::string portal = "127.0.0.1:3260";  // told by SendTargets
  uint16_t portal_group = 1;
  std::vector<LunOptions> luns = {LunOptions{}};
  ChapOptions chap;
  uint64_t seed = 1;

  // Negotiation: what the target takes or declares.
  bool takes_header_digest = true;  // CRC32C where the initiator offers it
  bool takes_payload_digest = true;
  bool demands_digests = false;  // takes no login without both
  bool initial_r2t = false;      // the target's own value; the result is an OR
  bool immediate_data = true;    // AND
  uint32_t receive_segment_max = 262144;
  uint32_t burst_max = 1048576;
  uint32_t first_burst_max = 262144;
  uint32_t outstanding_r2t_max = 4;
  uint32_t time_to_wait_s = 2;
  uint32_t time_to_retain_s = 20;
  uint32_t login_reply_text_max = 8192;   // longer login answers come in several PDUs (C bit)
  std::vector<uint8_t> extra_login_text;  // appended to the operational answer as it is: hostile keys

  // Behaviour
  // Whole reads and writes with immediate data are answered as they arrive, reads straight from the medium: for
  // benchmarks. Only where nothing else here, no script and no digest has a say.
  bool answers_at_once = false;
  uint32_t command_window = 64;  // MaxCmdSN - ExpCmdSN + 1 where nothing is running
  uint64_t latency_min_ns = 0;   // from a command's acceptance to its effect; 0 and 0: at once
  uint64_t latency_max_ns = 0;
  uint32_t r2t_bytes_max = 0;    // asks for at most this much at once; 0: MaxBurstLength
  bool collapses_status = true;  // good status rides on the last Data-In
  bool interleaves = false;      // Data-In PDUs of several commands in random turns
  bool tears_writes = false;     // a write lands in several pieces over its latency
  bool fence_waits = false;      // LUN RESET and the like let running tasks end first instead of killing them
  bool uses_descriptor_sense = false;
  bool hides_power_cuts = false;        // a broken target: no unit attention after one
  bool attention_at_login = false;      // a new session finds 29h/00h on every LUN, as tgtd does
  bool attention_to_resetter = false;   // LUN RESET raises 29h/03h for the one that asked, too
  bool has_port_groups = false;         // ALUA: each port is a group of its own, with a state (set_port_state)
  bool ends_old_session_tasks = false;  // reinstatement kills the old session's accepted writes, as the standard says
};

}  // namespace laneway::fake
