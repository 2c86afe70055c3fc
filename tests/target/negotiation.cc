#include "target/negotiation.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace laneway::fake {

namespace {

std::optional<uint32_t> read_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool lists(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    if (list.substr(0, comma) == wanted) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

// One key on its way through the negotiation.
struct Key {
  std::string_view name;
  std::string_view value;
  Bytes& reply;

  bool answer(std::string_view text) const {
    append_text(reply, name, text);
    return true;
  }
};

bool agree_digest(const Key& key, bool is_taken, bool is_demanded, bool& outcome) {
  outcome = is_taken && lists(key.value, "CRC32C");
  if (outcome) return key.answer("CRC32C");
  if (is_demanded || !lists(key.value, "None")) return false;
  return key.answer("None");
}

bool agree_flag(const Key& key, bool outcome, bool& noted) {
  if (key.value != "Yes" && key.value != "No") return false;
  noted = outcome;
  return key.answer(outcome ? "Yes" : "No");
}

bool agree_least(const Key& key, uint32_t ours, uint32_t& noted) {
  const std::optional<uint32_t> theirs = read_number(key.value);
  if (!theirs) return false;
  noted = std::min(*theirs, ours);
  return key.answer(std::to_string(noted));
}

bool agree_digests_and_flags(const TargetOptions& options, const Key& key, SessionTerms& terms, bool& is_known) {
  const bool is_yes = key.value == "Yes";
  bool unused = false;
  if (key.name == "HeaderDigest") {
    return agree_digest(key, options.takes_header_digest, options.demands_digests, terms.digests.has_header);
  }
  if (key.name == "DataDigest") {
    return agree_digest(key, options.takes_payload_digest, options.demands_digests, terms.digests.has_payload);
  }
  if (key.name == "InitialR2T") return agree_flag(key, is_yes || options.initial_r2t, terms.initial_r2t);
  if (key.name == "ImmediateData") return agree_flag(key, is_yes && options.immediate_data, terms.immediate_data);
  if (key.name == "DataPDUInOrder" || key.name == "DataSequenceInOrder") return agree_flag(key, true, unused);
  is_known = false;
  return true;
}

bool agree_numbers(const TargetOptions& options, const Key& key, SessionTerms& terms, bool& is_known) {
  uint32_t unused = 0;
  if (key.name == "MaxBurstLength") return agree_least(key, options.burst_max, terms.burst_max);
  if (key.name == "FirstBurstLength") return agree_least(key, options.first_burst_max, terms.first_burst_max);
  if (key.name == "MaxOutstandingR2T") return agree_least(key, options.outstanding_r2t_max, terms.outstanding_r2t_max);
  if (key.name == "MaxConnections") return agree_least(key, 1, unused);
  if (key.name == "ErrorRecoveryLevel") return agree_least(key, 0, unused);
  if (key.name == "DefaultTime2Retain") return agree_least(key, options.time_to_retain_s, unused);
  if (key.name == "iSCSIProtocolLevel") return agree_least(key, 1, unused);
  const std::optional<uint32_t> number = read_number(key.value);
  if (key.name == "DefaultTime2Wait") {
    return number && key.answer(std::to_string(std::max(*number, options.time_to_wait_s)));
  }
  if (key.name == "MaxRecvDataSegmentLength") {  // declared, not negotiated
    if (!number || *number < 512) return false;
    terms.send_segment_max = *number;
    return true;
  }
  is_known = false;
  return true;
}

// Declarations of the initiator and keys of the security stage that need no answer here.
bool is_declaration(std::string_view name) {
  return name == "InitiatorName" || name == "InitiatorAlias" || name == "TargetName" || name == "SessionType" ||
         name == "AuthMethod";
}

bool agree(const TargetOptions& options, const Key& key, SessionTerms& terms) {
  if (is_declaration(key.name)) return true;
  bool is_known = true;
  if (!agree_digests_and_flags(options, key, terms, is_known)) return false;
  if (is_known) return true;
  is_known = true;
  if (!agree_numbers(options, key, terms, is_known)) return false;
  return is_known || key.answer("NotUnderstood");
}

}  // namespace

bool negotiate(const TargetOptions& options, const TextPairs& offered, Bytes& reply, SessionTerms& terms) {
  for (const auto& [name, value] : offered) {
    if (!agree(options, Key{name, value, reply}, terms)) return false;
  }
  terms.first_burst_max = std::min(terms.first_burst_max, terms.burst_max);
  return true;
}

}  // namespace laneway::fake
