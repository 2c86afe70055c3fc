// Path and query of a request: what is understood says the same when it is written and read again.
#include "base/bytes.h"
#include "base/check.h"
#include "http/target.h"

using namespace laneway;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Result<RequestTarget> decoded = decode_target(text_of(ByteView(data, size)));
  if (!decoded || decoded->path == "*") return 0;
  LW_ASSERT(decoded->path.front() == '/' && decoded->path.find("/../") == std::string::npos &&
            decoded->path.find('\0') == std::string::npos && decoded->parameters.size() <= kParametersMax);
  std::string again;
  for (size_t begin = 1; begin <= decoded->path.size();) {
    const size_t end = std::min(decoded->path.find('/', begin), decoded->path.size());
    again += "/" + encode_component(std::string_view(decoded->path).substr(begin, end - begin));
    begin = end + 1;
  }
  char separator = '?';
  for (const auto& [name, value] : decoded->parameters) {
    again += separator + encode_component(name) + "=" + encode_component(value);
    separator = '&';
  }
  const Result<RequestTarget> same = decode_target(again);
  if (again.size() > kTargetBytesMax) return 0;
  LW_ASSERT(same && same->path == decoded->path && same->parameters == decoded->parameters);
  return 0;
}
