// Requests of the broker and its answers as bytes.
#include "keeper/broker_request.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace laneway {
namespace {

TEST(BrokerRequest, IsDecodedAsItWasEncoded) {
  const BrokerRequest renaming{BrokerCall::rename, 0, "/a/b", "/c"};
  const Result<BrokerRequest> decoded = decode_broker_request(encode_broker_request(renaming));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->call, BrokerCall::rename);
  EXPECT_EQ(decoded->path, "/a/b");
  EXPECT_EQ(decoded->second, "/c");
}

TEST(BrokerRequest, RefusesWhatMakesNoSense) {
  const std::vector<uint8_t> whole = encode_broker_request({BrokerCall::open, O_RDONLY, "/a"});
  ASSERT_TRUE(decode_broker_request(whole).has_value());
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode_broker_request(ByteView(whole).first(length)).has_value());
  }
  const BrokerRequest bad[] = {
      {BrokerCall::open, O_TMPFILE, "/a"},
      {BrokerCall::open, O_APPEND, "/a"},
      {BrokerCall::open, O_RDONLY, "a"},
      {BrokerCall::open, O_RDONLY, ""},
      {BrokerCall::open, 0, std::string(5000, '/')},
      {BrokerCall::rename, 0, "/a", ""},
      {BrokerCall::listen, 04777, "/a"},
      {BrokerCall::resolve, 70000, "host"},
      {BrokerCall::resolve, 1, ""},
      {static_cast<BrokerCall>(9), 0, "/a"},
  };
  for (const BrokerRequest& each : bad) EXPECT_FALSE(decode_broker_request(encode_broker_request(each)).has_value());
}

TEST(BrokerRequest, RefusesAddressesThatMakeNoSense) {
  std::vector<HostAddress> two(2);
  for (HostAddress& each : two) each.length = 16;
  const std::string text = encode_addresses(two);
  ASSERT_TRUE(decode_addresses(text).has_value());
  EXPECT_EQ(decode_addresses(text)->size(), 2u);
  for (size_t length = 1; length < text.size(); ++length) {
    EXPECT_EQ(decode_addresses(text.substr(0, length)).has_value(), length == text.size() / 2) << length;
  }
  EXPECT_FALSE(decode_addresses(std::string(1, '\xff') + std::string(300, 'x')).has_value());
}

TEST(Answer, BringsATextOrAnError) {
  Packet packet;
  packet.bytes = encode_answer(Answer{"text"});
  EXPECT_EQ(decode_answer(std::move(packet))->text, "text");
  Packet error;
  error.bytes = encode_answer(fail(ErrorCode::in_use, "why"));
  const Result<Answer> refused = decode_answer(std::move(error));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::in_use);
  EXPECT_EQ(refused.error().message, "why");
  EXPECT_FALSE(decode_answer(Packet()).has_value());
  Packet later;
  later.bytes = {200, 'x'};
  EXPECT_EQ(decode_answer(std::move(later)).error().code, ErrorCode::internal);
}

}  // namespace
}  // namespace laneway
