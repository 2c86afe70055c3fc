// Requests and answers of the RPC wire, and the reading of a call's fields.
#include <array>

#include "base/bytes.h"
#include "rpc/fields.h"
#include "rpc/message.h"

using namespace laneway;

namespace {

void read_fields(const Json& params) {
  FieldReader fields(params, "fuzz");
  (void)fields.text("name");
  (void)fields.text_or("serial", "");
  (void)fields.number_or("queues", {1, 64}, 4);
  (void)fields.flag_or("read_only", false);
  (void)fields.texts("algorithms");
  (void)fields.choice("cache", {"writeback", "writethrough"}, "writeback");
  (void)fields.object("chap");
  (void)fields.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view line = text_of(ByteView(data, size));
  if (const auto request = decode_request(line)) {
    read_fields(request->params);
    // What was understood is written and understood again.
    LW_ASSERT(
        decode_request(
            to_line(Json{
                {"jsonrpc", "2.0"}, {"id", request->id}, {"method", request->method}, {"params", request->params}}))
            .has_value());
  } else {
    LW_ASSERT(!encode_refusal(request.error()).empty());
  }
  (void)decode_answer(line, 1);
  return 0;
}
