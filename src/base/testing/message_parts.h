#pragma once
// Checks a message for people: one sentence that contains all the parts the test names (what, why, what to do). Any
// thread.

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace laneway {

inline ::testing::AssertionResult has_parts(const std::string& message, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (message.find(part) == std::string::npos) {
      return ::testing::AssertionFailure() << "'" << part << "' is not in: " << message;
    }
  }
  if (message.empty() || message.back() != '.') {
    return ::testing::AssertionFailure() << "does not end as a sentence: " << message;
  }
  if (message.find('\n') != std::string::npos)
    return ::testing::AssertionFailure() << "more than one line: " << message;
  return ::testing::AssertionSuccess();
}

}  // namespace laneway
