#pragma once
// The target of a request (RFC 9112 section 3.2) as path and query, decoded (RFC 3986; the query as HTML forms write
// it). What could be read in two ways is refused: encoded slashes, dot segments, empty segments, bytes that are no
// UTF-8, control characters. Any thread.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace laneway {

constexpr size_t kTargetBytesMax = 8 * 1024;
constexpr size_t kParametersMax = 64;

struct RequestTarget {
  std::string path;  // begins with '/'; "*" for a request that is about the server
  std::vector<std::pair<std::string, std::string>> parameters;
};

Result<RequestTarget> decode_target(std::string_view target);

// For a path segment, or a parameter's name or value: what decode_target gives back.
std::string encode_component(std::string_view text);

}  // namespace laneway
