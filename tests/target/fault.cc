#include "target/fault.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/units.h"
#include "target/hostility.h"

namespace laneway::fake {

namespace {

constexpr std::array kKindNames = std::to_array<std::pair<std::string_view, FaultKind>>({
    {"drop-in", FaultKind::drop_in},
    {"drop-out", FaultKind::drop_out},
    {"refuse", FaultKind::refuse},
    {"redirect", FaultKind::redirect},
    {"login-refuse", FaultKind::login_refuse},
    {"login-silent", FaultKind::login_silent},
    {"drop", FaultKind::drop},
    {"silent", FaultKind::silent},
    {"reject", FaultKind::reject},
    {"status", FaultKind::status},
    {"sense", FaultKind::sense},
    {"unit-attention", FaultKind::unit_attention},
    {"delay", FaultKind::delay},
    {"late-write", FaultKind::late_write},
    {"forget-write", FaultKind::forget_write},
    {"short-read", FaultKind::short_read},
    {"lie", FaultKind::lie},
    {"bad-header-digest", FaultKind::bad_header_digest},
    {"bad-payload-digest", FaultKind::bad_payload_digest},
    {"wrong-tag", FaultKind::wrong_tag},
    {"wrong-offset", FaultKind::wrong_offset},
    {"oversized", FaultKind::oversized},
    {"split", FaultKind::split},
    {"ignore-fence", FaultKind::ignore_fence},
    {"refuse-fence", FaultKind::refuse_fence},
    {"silent-fence", FaultKind::silent_fence},
    {"mute-nop", FaultKind::mute_nop},
});

constexpr std::array kOpNames = std::to_array<std::pair<std::string_view, OpFilter>>({
    {"any", OpFilter::any},
    {"read", OpFilter::read},
    {"write", OpFilter::write},
    {"flush", OpFilter::flush},
    {"inquiry", OpFilter::inquiry},
    {"discard", OpFilter::discard},
    {"other", OpFilter::other},
});

constexpr std::array kSuffixes = std::to_array<std::pair<std::string_view, uint64_t>>({
    {"us", kMicrosecond},
    {"ms", kMillisecond},
    {"s", kSecond},
    {"k", kKiB},
    {"m", kMiB},
    {"", 1},
});

template <typename Table>
auto find_name(const Table& table, std::string_view name) -> std::optional<decltype(table[0].second)> {
  for (const auto& [known, value] : table) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::optional<uint64_t> read_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view suffix = text.substr(static_cast<size_t>(end - text.data()));
  const std::optional<uint64_t> factor = find_name(kSuffixes, suffix);
  if (!factor) return std::nullopt;
  return number * *factor;
}

bool set_key(Fault& fault, std::string_view key, std::string_view value) {
  if (key == "text") {
    fault.text = value;
    return true;
  }
  if (key == "op") {
    const std::optional<OpFilter> op = find_name(kOpNames, value);
    if (op) fault.op = *op;
    return op.has_value();
  }
  const std::optional<uint64_t> number = read_number(value);
  if (!number) return false;
  if (key == "value") fault.value = *number;
  if (key == "after") fault.after = static_cast<uint32_t>(*number);
  if (key == "count") fault.count = static_cast<uint32_t>(*number);
  return key == "value" || key == "after" || key == "count";
}

}  // namespace

Result<Fault> read_fault(std::string_view spec) {
  const size_t colon = spec.find(':');
  const std::optional<FaultKind> kind = find_name(kKindNames, spec.substr(0, colon));
  if (!kind) return fail(ErrorCode::invalid_argument, "fault '{}' is not known", spec.substr(0, colon));
  Fault fault;
  fault.kind = *kind;
  std::string_view rest = colon == std::string_view::npos ? std::string_view{} : spec.substr(colon + 1);
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    const std::string_view pair = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !set_key(fault, pair.substr(0, equals), pair.substr(equals + 1))) {
      return fail(ErrorCode::invalid_argument, "fault '{}': '{}' is not understood", spec, pair);
    }
  }
  if (fault.kind == FaultKind::lie && !is_known_lie(fault.text)) {
    return fail(ErrorCode::invalid_argument, "fault '{}': there is no such lie", spec);
  }
  return fault;
}

std::optional<Fault> FaultScript::fire(FaultKind kind, OpFilter op) {
  for (size_t i = 0; i < faults_.size(); ++i) {
    Fault& fault = faults_[i];
    if (fault.kind != kind || (fault.op != OpFilter::any && fault.op != op)) continue;
    if (fault.after > 0) {
      --fault.after;
      continue;
    }
    const Fault shown = fault;
    ++fired_;
    if (fault.count > 0 && --fault.count == 0) faults_.erase(faults_.begin() + static_cast<std::ptrdiff_t>(i));
    return shown;
  }
  return std::nullopt;
}

}  // namespace laneway::fake
