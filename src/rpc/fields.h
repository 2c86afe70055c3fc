#pragma once
// FieldReader reads the named fields of one JSON object (RPC params, an entry of the state file) into typed values. The
// first wrong field is kept as an error that names it and says what to give; fields nobody asked for are errors too, so
// that a misspelt option is never ignored. Lives for one reading. One thread.

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/json.h"

namespace laneway {

struct NumberRange {
  uint64_t least = 0;
  uint64_t most = UINT64_MAX;
};

class FieldReader {
 public:
  static constexpr size_t kTextMaxBytes = 4096;
  static constexpr size_t kListMax = 64;

  // `object` outlives the reader. `subject` begins each message: "vf.create", "functions[3]".
  FieldReader(const Json& object, std::string subject);

  // After the first error every reader gives its fallback or an empty value. An absent or null field is the fallback.
  std::string text(std::string_view key);  // must be there and not be empty
  std::string text_or(std::string_view key, std::string_view fallback);
  std::string choice(std::string_view key, std::initializer_list<std::string_view> choices, std::string_view fallback);
  std::vector<std::string> texts(std::string_view key);  // a list of non-empty strings; empty where absent
  uint64_t number(std::string_view key, NumberRange range);
  uint64_t number_or(std::string_view key, NumberRange range, uint64_t fallback);
  bool flag_or(std::string_view key, bool fallback);
  const Json& list(std::string_view key);  // an array; an empty one where absent
  // A nested object as it is, a null value where absent.
  const Json& object(std::string_view key);
  bool has(std::string_view key) const { return !member(object_, key).is_null(); }

  // Keeps an error of the caller's own check; the first one wins.
  void refuse(std::string_view key, std::string_view why_and_remedy);
  // The first error; else an error for a field that no reader asked for.
  Result<void> finish();

 private:
  const Json& take(std::string_view key);
  std::string checked_text(std::string_view key, const Json& value);

  // Fixed after construction
  const Json& object_;
  const std::string subject_;
  // Owner's thread only
  std::vector<std::string> asked_;
  std::string first_error_;
};

}  // namespace laneway
