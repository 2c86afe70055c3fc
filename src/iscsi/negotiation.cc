#include "iscsi/negotiation.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace laneway::iscsi {

// A key whose outcome is the smaller or the larger of two numbers.
struct Negotiation::NumberKey {
  std::string_view name;
  uint32_t low;  // legal range
  uint32_t high;
  bool is_larger_chosen;
  bool is_normal_only;  // not for discovery sessions
  uint32_t (*wanted)(const SessionOptions&);
  void (*settle)(SessionLimits&, uint32_t);
};

// A key whose outcome is the AND or the OR of two booleans.
struct Negotiation::FlagKey {
  std::string_view name;
  bool is_or;
  bool (*wanted)(const SessionOptions&);
  void (*settle)(SessionLimits&, bool);
};

namespace {

constexpr uint32_t kBurstMax = (1u << 24) - 1;

constexpr uint32_t kHeaderDigestBit = 1u << 24;
constexpr uint32_t kDataDigestBit = 1u << 25;
constexpr uint32_t kSegmentLengthBit = 1u << 26;
constexpr uint32_t kFlagBit = 1u << 16;  // of the first flag key

std::string_view digest_offer(DigestPolicy policy) {
  switch (policy) {
    case DigestPolicy::none:
      return "None";
    case DigestPolicy::crc32c:
      return "CRC32C";
    case DigestPolicy::prefer_crc32c:
      return "CRC32C,None";
    case DigestPolicy::prefer_none:
      return "None,CRC32C";
  }
  return "None";
}

// Answers that stand for "no value was agreed on" (RFC 7143 6.2); the default stays.
bool is_no_answer(std::string_view value) { return value == "NotUnderstood" || value == "Irrelevant"; }

// Keys that a target only declares; nothing is answered.
bool is_declaration(std::string_view name) {
  return name == "TargetAlias" || name == "TargetPortalGroupTag" || name == "TargetAddress" || name == "TargetName";
}

}  // namespace

const Negotiation::NumberKey Negotiation::kNumberKeys[] = {
    {"MaxConnections", 1, 65535, false, true, [](const SessionOptions&) { return 1u; },
     [](SessionLimits&, uint32_t) {}},
    {"MaxBurstLength", 512, kBurstMax, false, true, [](const SessionOptions& o) { return o.max_burst_bytes; },
     [](SessionLimits& l, uint32_t value) { l.max_burst_bytes = value; }},
    {"FirstBurstLength", 512, kBurstMax, false, true, [](const SessionOptions& o) { return o.first_burst_bytes; },
     [](SessionLimits& l, uint32_t value) { l.first_burst_bytes = value; }},
    {"DefaultTime2Wait", 0, 3600, true, false, [](const SessionOptions&) { return 2u; },
     [](SessionLimits& l, uint32_t value) { l.time_to_wait_s = static_cast<uint16_t>(value); }},
    // 0: nothing of a lost session is to be kept for us; the next login starts afresh.
    {"DefaultTime2Retain", 0, 3600, false, false, [](const SessionOptions&) { return 0u; },
     [](SessionLimits& l, uint32_t value) { l.time_to_retain_s = static_cast<uint16_t>(value); }},
    {"MaxOutstandingR2T", 1, 65535, false, true, [](const SessionOptions& o) { return o.max_outstanding_r2t; },
     [](SessionLimits& l, uint32_t value) { l.max_outstanding_r2t = value; }},
    {"ErrorRecoveryLevel", 0, 2, false, false, [](const SessionOptions&) { return 0u; },
     [](SessionLimits&, uint32_t) {}},
};

const Negotiation::FlagKey Negotiation::kFlagKeys[] = {
    {"InitialR2T", true, [](const SessionOptions& o) { return o.is_initial_r2t_wanted; },
     [](SessionLimits& l, bool value) { l.is_initial_r2t = value; }},
    {"ImmediateData", false, [](const SessionOptions& o) { return o.is_immediate_data_wanted; },
     [](SessionLimits& l, bool value) { l.has_immediate_data = value; }},
    // In order only: the session counts on it to see every byte of a read exactly once.
    {"DataPDUInOrder", true, [](const SessionOptions&) { return true; }, [](SessionLimits&, bool) {}},
    {"DataSequenceInOrder", true, [](const SessionOptions&) { return true; }, [](SessionLimits&, bool) {}},
};

void Negotiation::offer(std::string& text) {
  const bool is_normal = options_.kind == SessionKind::normal;
  append_key(text, "HeaderDigest", digest_offer(options_.header_digest));
  append_key(text, "DataDigest", digest_offer(options_.data_digest));
  append_key(text, "MaxRecvDataSegmentLength", options_.max_receive_segment_bytes);
  limits_.max_receive_segment_bytes = options_.max_receive_segment_bytes;
  for (const NumberKey& entry : kNumberKeys) {
    if (is_normal || !entry.is_normal_only) append_key(text, entry.name, entry.wanted(options_));
  }
  if (!is_normal) return;
  for (const FlagKey& entry : kFlagKeys) append_key(text, entry.name, entry.wanted(options_) ? "Yes" : "No");
}

bool Negotiation::mark_seen(uint32_t bit) {
  const bool is_new = (seen_ & bit) == 0;
  seen_ |= bit;
  return is_new;
}

Result<void> Negotiation::take(const TextKey& key, std::string& reply) {
  uint32_t bit = 0;
  if (key.name == "HeaderDigest") bit = kHeaderDigestBit;
  if (key.name == "DataDigest") bit = kDataDigestBit;
  if (key.name == "MaxRecvDataSegmentLength") bit = kSegmentLengthBit;
  const auto number = std::find_if(std::begin(kNumberKeys), std::end(kNumberKeys),
                                   [&key](const NumberKey& entry) { return entry.name == key.name; });
  const auto flag = std::find_if(std::begin(kFlagKeys), std::end(kFlagKeys),
                                 [&key](const FlagKey& entry) { return entry.name == key.name; });
  if (number != std::end(kNumberKeys)) bit = 1u << (number - kNumberKeys);
  if (flag != std::end(kFlagKeys)) bit = kFlagBit << (flag - kFlagKeys);

  if (bit == 0) {
    if (!is_declaration(key.name) && !is_no_answer(key.value)) append_key(reply, key.name, "NotUnderstood");
    return {};
  }
  if (!mark_seen(bit) && bit != kSegmentLengthBit)
    return fail(ErrorCode::protocol, "the target answered {} twice during login", key.name);
  if (bit == kSegmentLengthBit) return take_segment_length(key);
  if (bit == kHeaderDigestBit) return take_digest(options_.header_digest, key, limits_.has_header_digest);
  if (bit == kDataDigestBit) return take_digest(options_.data_digest, key, limits_.has_data_digest);
  if (flag != std::end(kFlagKeys)) return take_flag(*flag, key);
  return take_number(*number, key);
}

Result<void> Negotiation::take_number(const NumberKey& entry, const TextKey& key) {
  if (is_no_answer(key.value)) return {};
  const std::optional<uint64_t> answer = decode_number(key.value);
  const uint32_t wanted = entry.wanted(options_);
  const bool is_legal = answer && *answer >= entry.low && *answer <= entry.high;
  // The responder computes the outcome, so that an answer beyond our offer is not one (RFC 7143 6.2.2).
  if (!is_legal || (entry.is_larger_chosen ? *answer < wanted : *answer > wanted)) {
    return fail(ErrorCode::protocol, "the target answered {}={} to our {} during login", key.name, printable(key.value),
                wanted);
  }
  entry.settle(limits_, static_cast<uint32_t>(*answer));
  return {};
}

Result<void> Negotiation::take_flag(const FlagKey& entry, const TextKey& key) {
  if (is_no_answer(key.value)) return {};
  const std::optional<bool> answer = decode_yes_no(key.value);
  const bool wanted = entry.wanted(options_);
  const bool is_legal = answer && (entry.is_or ? *answer || !wanted : !*answer || wanted);
  if (!is_legal) {
    return fail(ErrorCode::protocol, "the target answered {}={} to our {} during login", key.name, printable(key.value),
                wanted ? "Yes" : "No");
  }
  entry.settle(limits_, *answer);
  return {};
}

Result<void> Negotiation::take_digest(DigestPolicy policy, const TextKey& key, bool& has_digest) {
  if (key.value == "None" && policy != DigestPolicy::crc32c) return {};
  if (key.value == "CRC32C" && policy != DigestPolicy::none) {
    has_digest = true;
    return {};
  }
  if (policy == DigestPolicy::none && (key.value == "CRC32C" || key.value == "Reject")) {
    return fail(ErrorCode::refused, "the target insists on {}; set it to crc32c for this target", key.name);
  }
  if (policy == DigestPolicy::crc32c && (key.value == "None" || key.value == "Reject")) {
    return fail(ErrorCode::refused, "the target has no {} with CRC32C; set it to none for this target", key.name);
  }
  return fail(ErrorCode::protocol, "the target answered {}={} during login", key.name, printable(key.value));
}

Result<void> Negotiation::take_segment_length(const TextKey& key) {
  const std::optional<uint64_t> length = decode_number(key.value);
  if (!length || *length < 512 || *length > kBurstMax) {
    return fail(ErrorCode::protocol, "the target declared {}={} during login", key.name, printable(key.value));
  }
  limits_.max_send_segment_bytes = static_cast<uint32_t>(*length);
  return {};
}

Result<SessionLimits> Negotiation::finish() const {
  SessionLimits limits = limits_;
  const bool has_header_answer = (seen_ & kHeaderDigestBit) != 0;
  const bool has_data_answer = (seen_ & kDataDigestBit) != 0;
  if ((options_.header_digest == DigestPolicy::crc32c && !has_header_answer) ||
      (options_.data_digest == DigestPolicy::crc32c && !has_data_answer)) {
    return fail(ErrorCode::refused,
                "the target does not answer the offer of digests; set them to none for this target");
  }
  // A target that gives no answer keeps to the defaults, and we to the smaller of them and our own wishes.
  limits.max_burst_bytes = std::min(limits.max_burst_bytes, options_.max_burst_bytes);
  limits.first_burst_bytes = std::min({limits.first_burst_bytes, options_.first_burst_bytes, limits.max_burst_bytes});
  limits.max_outstanding_r2t = std::min(limits.max_outstanding_r2t, options_.max_outstanding_r2t);
  return limits;
}

}  // namespace laneway::iscsi
