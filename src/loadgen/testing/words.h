#pragma once
// What tests of the load generator ask of a message: whether it says a thing. Messages are for people, so that a test
// names only the part that matters. Any thread.

#include <string>

namespace laneway {

inline bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace laneway
