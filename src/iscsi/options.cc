#include "iscsi/options.h"

#include <string_view>

#include "iscsi/text.h"

namespace laneway::iscsi {
namespace {

constexpr size_t kChapUserBytesMax = 255;
constexpr uint32_t kLengthMin = 512;  // of bursts and segments, RFC 7143 13.12 to 13.14
constexpr uint32_t kLengthMax = (1u << 24) - 1;

Result<void> check_range(std::string_view name, uint32_t value, uint32_t low, uint32_t high) {
  if (value >= low && value <= high) return {};
  return fail(ErrorCode::invalid_argument, "{} is {}; choose a number from {} to {}", name, value, low, high);
}

Result<void> check_credentials(std::string_view whose, const ChapCredentials& credentials) {
  if (credentials.empty()) return {};
  if (credentials.user.empty() || credentials.secret.empty()) {
    return fail(ErrorCode::invalid_argument, "{} CHAP needs both a user and a secret; one of them is empty", whose);
  }
  const bool has_nul = credentials.user.find('\0') != std::string::npos;
  if (has_nul || credentials.user.size() > kChapUserBytesMax || credentials.secret.size() > kChapSecretBytesMax) {
    return fail(ErrorCode::invalid_argument, "{} CHAP user or secret is longer than {} bytes, or not text", whose,
                kChapSecretBytesMax);
  }
  return {};
}

Result<void> check_chap(const ChapOptions& chap) {
  if (auto checked = check_credentials("the initiator's", chap.initiator); !checked) return checked;
  if (auto checked = check_credentials("the target's (mutual)", chap.target); !checked) return checked;
  if (!chap.target.empty() && chap.initiator.empty()) {
    return fail(ErrorCode::invalid_argument, "mutual CHAP needs a CHAP user and secret for the initiator too");
  }
  // With one secret for both ways a target could have us compute its own proof (RFC 7143 12.1.3).
  if (!chap.target.empty() && chap.target.secret == chap.initiator.secret) {
    return fail(ErrorCode::invalid_argument, "the mutual CHAP secret must differ from the initiator's; choose another");
  }
  if (!chap.initiator.empty() && chap.algorithms.empty()) {
    return fail(ErrorCode::invalid_argument, "no CHAP algorithm is allowed; name at least one of md5, sha1, sha256");
  }
  return {};
}

Result<void> check_names(const SessionOptions& options) {
  if (!is_iscsi_name(options.initiator_name)) {
    return fail(ErrorCode::invalid_argument,
                "the initiator name \"{}\" is malformed; it looks like iqn.2026-01.com.example:host",
                printable(options.initiator_name));
  }
  const bool is_discovery = options.kind == SessionKind::discovery;
  if (is_discovery ? options.target_name.empty() : is_iscsi_name(options.target_name)) return {};
  return fail(ErrorCode::invalid_argument,
              "the target name \"{}\" is malformed; it looks like iqn.2026-01.com.example:disk",
              printable(options.target_name));
}

}  // namespace

Result<void> check_options(const SessionOptions& options) {
  if (auto checked = check_names(options); !checked) return checked;
  if (auto checked = check_chap(options.chap); !checked) return checked;
  const struct {
    std::string_view name;
    uint32_t value;
    uint32_t low;
    uint32_t high;
  } numbers[] = {
      {"queue_depth", options.queue_depth, 1, kQueueDepthMax},
      {"FirstBurstLength", options.first_burst_bytes, kLengthMin, kLengthMax},
      {"MaxBurstLength", options.max_burst_bytes, kLengthMin, kLengthMax},
      {"FirstBurstLength", options.first_burst_bytes, kLengthMin, options.max_burst_bytes},
      {"MaxRecvDataSegmentLength", options.max_receive_segment_bytes, kLengthMin, kLengthMax},
      {"MaxOutstandingR2T", options.max_outstanding_r2t, 1, kOutstandingR2tMax},
      {"receive_buffer_bytes", options.receive_buffer_bytes, 0, 64 * 1024 * 1024},
  };
  for (const auto& number : numbers) {
    if (auto checked = check_range(number.name, number.value, number.low, number.high); !checked) return checked;
  }
  return {};
}

}  // namespace laneway::iscsi
