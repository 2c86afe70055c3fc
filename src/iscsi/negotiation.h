#pragma once
// Negotiation of the operational keys of a login (RFC 7143 13): what we offer, what the target's answers make of it,
// and what we answer to keys that the target brings up. Lives in one Login.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "iscsi/options.h"
#include "iscsi/session_limits.h"
#include "iscsi/text.h"

namespace laneway::iscsi {

class Negotiation {
 public:
  explicit Negotiation(const SessionOptions& options) : options_(options) {}

  // Appends all our keys.
  void offer(std::string& text);
  // One operational key of the target: an answer to ours, a declaration, or an offer of its own that is answered in
  // `reply`.
  Result<void> take(const TextKey& key, std::string& reply);
  // When the operational stage ends: what holds from here on.
  Result<SessionLimits> finish() const;

 private:
  struct NumberKey;
  struct FlagKey;
  static const NumberKey kNumberKeys[];
  static const FlagKey kFlagKeys[];
  bool mark_seen(uint32_t bit);  // false where it was seen before
  Result<void> take_number(const NumberKey& entry, const TextKey& key);
  Result<void> take_flag(const FlagKey& entry, const TextKey& key);
  Result<void> take_digest(DigestPolicy policy, const TextKey& key, bool& has_digest);
  Result<void> take_segment_length(const TextKey& key);

  // Fixed after construction
  const SessionOptions& options_;
  // One thread
  SessionLimits limits_;
  uint32_t seen_ = 0;  // one bit a key of the tables, then the digests and the segment length
};

}  // namespace laneway::iscsi
