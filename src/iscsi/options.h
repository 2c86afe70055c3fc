#pragma once
// What a session is asked to do: names, credentials, negotiation wishes and timeouts, under open-iscsi's names where
// those exist (in the comments). Plain values, copied into the Session. Secrets are never printed. Any thread.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/units.h"

namespace laneway::iscsi {

// The initiator's session identifier (RFC 7143 11.12.5): with the initiator name it names one nexus of ours, and a
// login with the same one replaces the session before.
using Isid = std::array<uint8_t, 6>;

// An ISID of the "random" format (type 10b): 24 bits that are ours and a qualifier that tells our sessions apart.
constexpr Isid make_isid(uint32_t random_24_bits, uint16_t qualifier) {
  return {0x80,
          static_cast<uint8_t>(random_24_bits >> 16),
          static_cast<uint8_t>(random_24_bits >> 8),
          static_cast<uint8_t>(random_24_bits),
          static_cast<uint8_t>(qualifier >> 8),
          static_cast<uint8_t>(qualifier)};
}

enum class SessionKind : uint8_t {
  normal,
  discovery,  // SendTargets only; target_name stays empty
};

// The numbers that CHAP_A carries. Targets differ in what they mean by 7: it is SHA-256 by IANA's registry, SHA-1 is 6.
enum class ChapAlgorithm : uint8_t { md5 = 5, sha1 = 6, sha256 = 7 };

struct ChapCredentials {
  std::string user;
  std::string secret;  // up to kChapSecretBytesMax; RFC 7143 12.1.3 asks for at least 12
  bool empty() const { return user.empty() && secret.empty(); }
};
constexpr size_t kChapSecretBytesMax = 255;

struct ChapOptions {
  ChapCredentials initiator;  // node.session.auth.username/password; empty: no authentication is offered
  ChapCredentials target;     // node.session.auth.username_in/password_in; not empty: the target must prove itself
  // node.session.auth.chap_algs, most wanted first. Older targets break off at a list they do not know, hence the
  // default.
  std::vector<ChapAlgorithm> algorithms{ChapAlgorithm::md5};
  // Where challenges come from; tests put their own here.
  void (*fill_challenge)(ByteSpan) = &fill_secret;
};

// node.conn[0].iscsi.HeaderDigest, .DataDigest
enum class DigestPolicy : uint8_t {
  none,           // "None": refuse digests
  crc32c,         // "CRC32C": refuse a target that does not have them
  prefer_crc32c,  // "CRC32C,None"
  prefer_none,    // "None,CRC32C"
};

struct SessionOptions {
  std::string initiator_name;  // iqn., eui. or naa.
  std::string target_name;     // likewise; empty for discovery
  SessionKind kind = SessionKind::normal;
  Isid isid{};
  ChapOptions chap;

  DigestPolicy header_digest = DigestPolicy::none;
  DigestPolicy data_digest = DigestPolicy::none;

  // Tasks that may be with the target at once; further ones wait inside the session. 1 to kQueueDepthMax.
  uint32_t queue_depth = 128;               // node.session.queue_depth
  bool is_initial_r2t_wanted = false;       // node.session.iscsi.InitialR2T (false allows unsolicited Data-Out)
  bool is_immediate_data_wanted = true;     // node.session.iscsi.ImmediateData
  uint32_t first_burst_bytes = 256 * 1024;  // node.session.iscsi.FirstBurstLength
  uint32_t max_burst_bytes = 16 * 1024 * 1024 - 1024;  // node.session.iscsi.MaxBurstLength
  uint32_t max_receive_segment_bytes = 256 * 1024;     // node.conn[0].iscsi.MaxRecvDataSegmentLength
  uint32_t max_outstanding_r2t = 1;                    // node.session.iscsi.MaxOutstandingR2T, 1 to kOutstandingR2tMax

  uint64_t login_timeout_ns = 15 * kSecond;   // node.conn[0].timeo.login_timeout: from start() to full feature
  uint64_t logout_timeout_ns = 15 * kSecond;  // node.conn[0].timeo.logout_timeout
  uint64_t noop_interval_ns = 5 * kSecond;  // node.conn[0].timeo.noop_out_interval: silence before a ping; 0: no pings
  uint64_t noop_timeout_ns =
      5 * kSecond;  // node.conn[0].timeo.noop_out_timeout: silence after it before the session fails

  // node.session.err_timeo.lu_reset_timeout, of every task management function: the session fails when it passes.
  uint64_t management_timeout_ns = 30 * kSecond;

  // Size of the receive buffer; at least max_receive_segment_bytes is made available whatever this says.
  uint32_t receive_buffer_bytes = 256 * 1024;
  // Read payload of which at least this much is still to come is received straight into the task's memory; less goes
  // through the cache-warm receive buffer, so that one receive brings many PDUs. UINT32_MAX: always through the buffer.
  uint32_t direct_receive_bytes_min = 32 * 1024;
};

constexpr uint32_t kQueueDepthMax = 1024;
constexpr uint32_t kOutstandingR2tMax = 8;

// Refuses what no session can start with: malformed or overlong names, numbers out of the ranges of RFC 7143 13, CHAP
// halves.
Result<void> check_options(const SessionOptions& options);

}  // namespace laneway::iscsi
