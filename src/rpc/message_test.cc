#include "rpc/message.h"

#include <gtest/gtest.h>

#include "rpc/error_kind.h"

namespace laneway {
namespace {

TEST(DecodeRequest, ReadsACall) {
  const auto request = decode_request(R"({"jsonrpc":"2.0","id":7,"method":"vf.list","params":{"name":"a"}})");
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->id, Json(7));
  EXPECT_EQ(request->method, "vf.list");
  EXPECT_EQ(text_at(request->params, "name"), "a");
}

TEST(DecodeRequest, TakesAbsentParamsAsNone) {
  const auto request = decode_request(R"({"jsonrpc":"2.0","id":"x","method":"engine.status"})");
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->params, Json::object());
}

struct BadRequest {
  const char* line;
  int number;
  const char* part;
};

TEST(DecodeRequest, RefusesEachMalformedCallWithItsOwnReason) {
  const BadRequest cases[] = {
      {"{", kRpcParseError, "not valid JSON"},
      {"[]", kRpcInvalidRequest, "no batches"},
      {"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}]", kRpcInvalidRequest, "no batches"},
      {R"({"jsonrpc":"2.0","method":"a"})", kRpcInvalidRequest, "no usable id"},
      {R"({"jsonrpc":"2.0","id":null,"method":"a"})", kRpcInvalidRequest, "no usable id"},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"a"})", kRpcInvalidRequest, "no usable id"},
      {R"({"jsonrpc":"2.0","id":{},"method":"a"})", kRpcInvalidRequest, "no usable id"},
      {R"({"id":1,"method":"a"})", kRpcInvalidRequest, "jsonrpc"},
      {R"({"jsonrpc":"1.0","id":1,"method":"a"})", kRpcInvalidRequest, "jsonrpc"},
      {R"({"jsonrpc":"2.0","id":1})", kRpcInvalidRequest, "no usable method"},
      {R"({"jsonrpc":"2.0","id":1,"method":5})", kRpcInvalidRequest, "no usable method"},
      {R"({"jsonrpc":"2.0","id":1,"method":"a","params":[1]})", kRpcInvalidRequest, "no object"},
      {R"({"jsonrpc":"2.0","id":1,"method":"a","params":"x"})", kRpcInvalidRequest, "no object"},
  };
  for (const BadRequest& bad : cases) {
    const auto request = decode_request(bad.line);
    ASSERT_FALSE(request.has_value()) << bad.line;
    EXPECT_EQ(request.error().number, bad.number) << bad.line;
    EXPECT_NE(request.error().error.message.find(bad.part), std::string::npos) << request.error().error.message;
  }
}

TEST(DecodeRequest, BoundsMethodIdAndLine) {
  const std::string long_name(kRpcMethodMaxBytes + 1, 'm');
  EXPECT_FALSE(decode_request(R"({"jsonrpc":"2.0","id":1,"method":")" + long_name + "\"}").has_value());
  const std::string long_id(kRpcIdMaxBytes + 1, 'i');
  EXPECT_FALSE(decode_request(R"({"jsonrpc":"2.0","id":")" + long_id + R"(","method":"a"})").has_value());
  const std::string filler(kRpcRequestMaxBytes, ' ');
  EXPECT_FALSE(decode_request(R"({"jsonrpc":"2.0","id":1,"method":"a"})" + filler).has_value());
}

TEST(RpcMessages, CarryACallAndItsResultThereAndBack) {
  const std::string line = encode_request(3, "vf.show", {{"name", "vm1"}});
  ASSERT_EQ(line.back(), '\n');
  const auto request = decode_request(line);
  ASSERT_TRUE(request.has_value());
  const Result<Json> result = decode_answer(encode_result(request->id, {{"state", "serving"}}), 3);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(text_at(*result, "state"), "serving");
}

TEST(RpcMessages, CarryEveryErrorCodeThereAndBack) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    const RpcRefusal refusal{1, rpc_number(ErrorCode(code)), Error{ErrorCode(code), "A reason."}};
    const Result<Json> result = decode_answer(encode_refusal(refusal), 1);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode(code));
    EXPECT_EQ(result.error().message, "A reason.");
    EXPECT_EQ(number_at(member(*parse_json(encode_refusal(refusal), 1000), "error"), "code", 1), 1u);  // negative
  }
}

TEST(DecodeAnswer, RefusesAnswersToAnotherCallAndOtherTalk) {
  for (const char* line : {R"({"jsonrpc":"2.0","id":2,"result":{}})", R"({"jsonrpc":"2.0","id":1})", "[]", "hello", "5",
                           R"({"id":1,"error":"text"})"}) {
    const Result<Json> result = decode_answer(line, 1);
    ASSERT_FALSE(result.has_value()) << line;
    EXPECT_EQ(result.error().code, ErrorCode::protocol) << line;
  }
}

}  // namespace
}  // namespace laneway
