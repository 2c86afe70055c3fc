// The desired-state file: whatever is read is written and read again unchanged.
#include "base/bytes.h"
#include "engine/desired_state.h"

using namespace laneway;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Result<DesiredState> state = decode_desired_state(text_of(ByteView(data, size)));
  if (!state) return 0;
  const std::string text = encode_desired_state(*state);
  const Result<DesiredState> again = decode_desired_state(text);
  LW_ASSERT(again.has_value());
  LW_ASSERT(encode_desired_state(*again) == text);
  return 0;
}
