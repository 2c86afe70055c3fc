#include "iscsi/chap.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace laneway::iscsi {
namespace {

constexpr size_t kOurChallengeBytes = 16;  // RFC 1994 asks for unpredictable and unique, not for a length

const EVP_MD* digest_of(ChapAlgorithm algorithm) {
  switch (algorithm) {
    case ChapAlgorithm::md5:
      return EVP_md5();
    case ChapAlgorithm::sha1:
      return EVP_sha1();
    case ChapAlgorithm::sha256:
      return EVP_sha256();
  }
  return nullptr;
}

bool is_equal_secretly(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

Result<std::vector<uint8_t>> chap_response(ChapAlgorithm algorithm, uint8_t identifier, std::string_view secret,
                                           ByteView challenge) {
  std::vector<uint8_t> input{identifier};
  const ByteView secret_bytes = bytes_of_text(secret);
  input.insert(input.end(), secret_bytes.begin(), secret_bytes.end());
  input.insert(input.end(), challenge.begin(), challenge.end());

  std::vector<uint8_t> digest(EVP_MAX_MD_SIZE);
  uint32_t digest_bytes = 0;
  const EVP_MD* kind = digest_of(algorithm);
  const bool is_made =
      kind != nullptr && EVP_Digest(input.data(), input.size(), digest.data(), &digest_bytes, kind, nullptr) == 1;
  OPENSSL_cleanse(input.data(), input.size());
  if (!is_made) {
    return fail(ErrorCode::unsupported,
                "this machine's OpenSSL refuses CHAP algorithm {}; choose another in the settings "
                "of the target",
                static_cast<int>(algorithm));
  }
  digest.resize(digest_bytes);
  return digest;
}

ChapExchange::ChapExchange(const ChapOptions& options) : options_(options) {
  if (options.target.empty()) return;
  our_challenge_.resize(kOurChallengeBytes);
  options.fill_challenge(our_challenge_);
  options.fill_challenge(ByteSpan(&our_identifier_, 1));
}

void ChapExchange::offer(std::string& reply) const {
  std::string list;
  for (const ChapAlgorithm algorithm : options_.algorithms) {
    if (!list.empty()) list.push_back(',');
    list += std::to_string(static_cast<int>(algorithm));
  }
  append_key(reply, "CHAP_A", list);
}

Result<void> ChapExchange::take(const TextKey& key) {
  if (key.name == "CHAP_A" && !their_algorithm_) {
    their_algorithm_ = decode_number(key.value);
    if (their_algorithm_) return {};
  }
  if (key.name == "CHAP_I" && !their_identifier_) {
    their_identifier_ = decode_number(key.value);
    if (their_identifier_ && *their_identifier_ <= 255) return {};
  }
  if (key.name == "CHAP_N" && their_name_.empty()) {
    their_name_ = key.value;
    return {};
  }
  const bool is_challenge = key.name == "CHAP_C" && their_challenge_.empty();
  const bool is_response = key.name == "CHAP_R" && their_response_.empty();
  std::optional<std::vector<uint8_t>> bytes;
  if (is_challenge || is_response) bytes = decode_binary(key.value, kChapBinaryBytesMax);
  if (!bytes) return fail(ErrorCode::protocol, "the target sent a malformed or repeated {} during CHAP", key.name);
  (is_challenge ? their_challenge_ : their_response_) = std::move(*bytes);
  return {};
}

Result<void> ChapExchange::answer(std::string& reply) {
  switch (phase_) {
    case Phase::offered:
      return answer_challenge(reply);
    case Phase::answered:
      return check_target();
    case Phase::done:
      return {};
  }
  return {};
}

Result<void> ChapExchange::answer_challenge(std::string& reply) {
  if (!their_algorithm_ || !their_identifier_ || their_challenge_.empty()) {
    return fail(ErrorCode::protocol, "the target's CHAP challenge lacks CHAP_A, CHAP_I or CHAP_C");
  }
  const auto chosen = std::find_if(options_.algorithms.begin(), options_.algorithms.end(),
                                   [this](ChapAlgorithm a) { return static_cast<uint64_t>(a) == *their_algorithm_; });
  if (chosen == options_.algorithms.end()) {
    return fail(ErrorCode::protocol, "the target chose CHAP algorithm {}, which was not offered", *their_algorithm_);
  }
  algorithm_ = *chosen;
  // A target that hands back a challenge of ours wants us to compute its own answer (RFC 7143 12.1.3).
  if (!our_challenge_.empty() && is_equal_secretly(our_challenge_, their_challenge_)) {
    return fail(ErrorCode::permission_denied, "the target reflected our CHAP challenge; it is not who it claims to be");
  }
  auto response =
      chap_response(algorithm_, static_cast<uint8_t>(*their_identifier_), options_.initiator.secret, their_challenge_);
  if (!response) return pass_on(response);
  our_response_ = std::move(*response);
  append_key(reply, "CHAP_N", options_.initiator.user);
  append_key(reply, "CHAP_R", encode_binary(our_response_));
  phase_ = options_.target.empty() ? Phase::done : Phase::answered;
  if (phase_ == Phase::done) return {};
  append_key(reply, "CHAP_I", our_identifier_);
  append_key(reply, "CHAP_C", encode_binary(our_challenge_));
  return {};
}

Result<void> ChapExchange::check_target() {
  if (their_response_.empty()) return {};  // it may come in a later answer; the login does not end without it
  auto expected = chap_response(algorithm_, our_identifier_, options_.target.secret, our_challenge_);
  if (!expected) return pass_on(expected);
  const bool is_reflected = is_equal_secretly(their_response_, our_response_);
  if (is_reflected || !is_equal_secretly(their_response_, *expected)) {
    return fail(ErrorCode::permission_denied,
                "the target did not prove its identity; check the mutual CHAP secret on both sides");
  }
  if (their_name_ != options_.target.user) {
    return fail(ErrorCode::permission_denied,
                "the target calls itself \"{}\" in mutual CHAP, not \"{}\"; check the mutual CHAP user on both sides",
                printable(their_name_), options_.target.user);
  }
  phase_ = Phase::done;
  return {};
}

}  // namespace laneway::iscsi
