#include "rpc/fields.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace laneway {

namespace {

// Control characters have no place in a name, a path or a serial, and would forge lines of a log.
bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

FieldReader::FieldReader(const Json& object, std::string subject) : object_(object), subject_(std::move(subject)) {
  if (!object.is_object()) first_error_ = fmt::format("{} is no JSON object; give named fields.", subject_);
}

void FieldReader::refuse(std::string_view key, std::string_view why_and_remedy) {
  if (!first_error_.empty()) return;
  const bool is_sentence = why_and_remedy.ends_with('.');
  first_error_ = fmt::format("{}: field '{}' {}{}", subject_, key, why_and_remedy, is_sentence ? "" : ".");
}

const Json& FieldReader::take(std::string_view key) {
  asked_.emplace_back(key);
  return member(object_, key);
}

std::string FieldReader::checked_text(std::string_view key, const Json& value) {
  if (!value.is_string()) {
    refuse(key, "is no string; give text in quotes");
    return {};
  }
  const std::string& text = *value.get_ptr<const std::string*>();
  if (text.size() > kTextMaxBytes) {
    refuse(key, fmt::format("is {} bytes long; give at most {}", text.size(), kTextMaxBytes));
    return {};
  }
  if (has_control_characters(text)) {
    refuse(key, "contains control characters; give plain text");
    return {};
  }
  return text;
}

std::string FieldReader::text(std::string_view key) {
  const Json& value = take(key);
  if (value.is_null() || value == Json("")) {
    refuse(key, "is missing or empty; give it as a string");
    return {};
  }
  return checked_text(key, value);
}

std::string FieldReader::text_or(std::string_view key, std::string_view fallback) {
  const Json& value = take(key);
  return value.is_null() ? std::string(fallback) : checked_text(key, value);
}

std::string FieldReader::choice(std::string_view key, std::initializer_list<std::string_view> choices,
                                std::string_view fallback) {
  std::string chosen = text_or(key, fallback);
  if (std::find(choices.begin(), choices.end(), chosen) == choices.end()) {
    refuse(key, fmt::format("is '{}'; give one of {}", chosen, fmt::join(choices, ", ")));
    return std::string(fallback);
  }
  return chosen;
}

std::vector<std::string> FieldReader::texts(std::string_view key) {
  std::vector<std::string> result;
  const Json& values = list(key);
  if (values.size() > kListMax) {
    refuse(key, fmt::format("has {} entries; give at most {}", values.size(), kListMax));
    return result;
  }
  for (const Json& value : values) result.push_back(checked_text(key, value));
  return result;
}

uint64_t FieldReader::number(std::string_view key, NumberRange range) {
  if (!has(key)) {
    take(key);
    refuse(key, "is missing; give it as a number");
    return range.least;
  }
  return number_or(key, range, range.least);
}

uint64_t FieldReader::number_or(std::string_view key, NumberRange range, uint64_t fallback) {
  const Json& value = take(key);
  if (value.is_null()) return fallback;
  if (!is_natural(value)) {
    refuse(key, fmt::format("is no whole number; give one from {} to {}", range.least, range.most));
    return fallback;
  }
  const uint64_t number = value.get<uint64_t>();
  if (number < range.least || number > range.most) {
    refuse(key, fmt::format("is {}; give a number from {} to {}", number, range.least, range.most));
    return fallback;
  }
  return number;
}

bool FieldReader::flag_or(std::string_view key, bool fallback) {
  const Json& value = take(key);
  if (value.is_null()) return fallback;
  if (!value.is_boolean()) {
    refuse(key, "is neither true nor false; give one of them");
    return fallback;
  }
  return *value.get_ptr<const bool*>();
}

const Json& FieldReader::list(std::string_view key) {
  static const Json kEmpty = Json::array();
  const Json& value = take(key);
  if (value.is_null()) return kEmpty;
  if (!value.is_array()) {
    refuse(key, "is no list; give values in square brackets");
    return kEmpty;
  }
  return value;
}

const Json& FieldReader::object(std::string_view key) {
  static const Json kNone;
  const Json& value = take(key);
  if (value.is_null() || value.is_object()) return value;
  refuse(key, "is no object; give named fields in braces");
  return kNone;
}

Result<void> FieldReader::finish() {
  if (first_error_.empty()) {
    for (const auto& [key, value] : object_.items()) {
      if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
        refuse(key.substr(0, 64), "is not known; check its spelling or leave it out");
      }
    }
  }
  if (first_error_.empty()) return {};
  return tl::unexpected<Error>(Error{ErrorCode::invalid_argument, std::move(first_error_)});
}

}  // namespace laneway
