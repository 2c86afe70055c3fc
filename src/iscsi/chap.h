#pragma once
// CHAP as iSCSI uses it (RFC 7143 12.1.3, RFC 1994): the initiator's side, one-way and mutual. ChapExchange lives in
// one Login. Secrets and responses are never part of an Error. Any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "iscsi/options.h"
#include "iscsi/text.h"

namespace laneway::iscsi {

constexpr size_t kChapBinaryBytesMax = 1024;

// The digest over identifier, secret and challenge.
Result<std::vector<uint8_t>> chap_response(ChapAlgorithm algorithm, uint8_t identifier, std::string_view secret,
                                           ByteView challenge);

class ChapExchange {
 public:
  explicit ChapExchange(const ChapOptions& options);

  // Appends CHAP_A, the list of what we can.
  void offer(std::string& reply) const;
  // One key of the target that begins with CHAP_. Others are not for this class.
  Result<void> take(const TextKey& key);
  // When a whole answer was taken: checks it and appends what is to be said next, if anything.
  Result<void> answer(std::string& reply);
  // True when everything was proved that the options ask for.
  bool is_done() const { return phase_ == Phase::done; }

 private:
  enum class Phase : uint8_t { offered, answered, done };
  Result<void> answer_challenge(std::string& reply);
  Result<void> check_target();

  // Fixed after construction
  const ChapOptions& options_;
  // One thread
  Phase phase_ = Phase::offered;
  ChapAlgorithm algorithm_ = ChapAlgorithm::md5;
  std::vector<uint8_t> our_challenge_;  // mutual: drawn before the target's is seen
  uint8_t our_identifier_ = 0;
  std::vector<uint8_t> our_response_;
  std::optional<uint64_t> their_algorithm_;
  std::optional<uint64_t> their_identifier_;
  std::vector<uint8_t> their_challenge_;
  std::string their_name_;
  std::vector<uint8_t> their_response_;
};

}  // namespace laneway::iscsi
