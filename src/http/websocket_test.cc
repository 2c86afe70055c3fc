// WebSockets: frames in whatever pieces, the handshake and who may make it, and a tunnel between a client and a stream.
#include <sys/socket.h>

#include "http/testing/raw_peer.h"
#include "http/testing/script_handler.h"
#include "http/websocket_frames.h"
#include "http/websocket_handshake.h"

namespace laneway {
namespace {

// A client's frame, masked.
std::string client_frame(uint8_t first, std::string_view payload, std::string_view mask = "\x01\x02\x03\x7f") {
  std::string frame = encode_frame(WebSocketOpcode::binary, payload);
  const size_t head_bytes = frame.size() - payload.size();
  frame[0] = static_cast<char>(first);
  frame[1] = static_cast<char>(static_cast<uint8_t>(frame[1]) | 0x80);
  std::string out = frame.substr(0, head_bytes) + std::string(mask);
  for (size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

TEST(WebSocketReader, TakesMessagesApartWhateverTheirPieces) {
  std::string large(70000, 'x');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7);
  const std::string wire = client_frame(0x82, "one") + client_frame(0x02, "t") + client_frame(0x89, "are you?") +
                           client_frame(0x80, "wo") + client_frame(0x81, "") +
                           client_frame(0x82, std::string(200, 'y')) + client_frame(0x82, large);
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, size_t{4096}, wire.size()}) {
    WebSocketReader reader;
    std::string data;
    std::string pings;
    for (size_t at = 0; at < wire.size(); at += piece) {
      const auto taken = reader.take(std::string_view(wire).substr(at, piece));
      ASSERT_EQ(taken.refused, "");
      data += taken.data;
      pings += taken.pings;
    }
    EXPECT_EQ(data, "onetwo" + std::string(200, 'y') + large) << piece;
    EXPECT_EQ(pings, encode_frame(WebSocketOpcode::pong, "are you?")) << piece;
  }
}

TEST(WebSocketReader, RefusesWhatTheProtocolForbids) {
  const std::pair<std::string, const char*> wrongs[] = {
      {encode_frame(WebSocketOpcode::binary, "x"), "not masked"},
      {client_frame(0xc2, "x"), "reserved bit"},
      {client_frame(0x83, "x"), "does not exist"},
      {client_frame(0x80, "x"), "not begun"},
      {client_frame(0x02, "x") + client_frame(0x82, "x"), "inside another"},
      {client_frame(0x09, "x"), "in pieces"},
      {client_frame(0x89, std::string(126, 'x')), "too long"},
      {std::string("\x82\xfe\x00\x05....", 8), "not written as it should be"},
      {std::string("\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00....", 14), "not written as it should be"},
  };
  for (const auto& [wire, words] : wrongs) {
    WebSocketReader reader;
    const auto taken = reader.take(wire);
    EXPECT_NE(taken.refused.find(words), std::string_view::npos) << words << ": " << taken.refused;
  }
}

TEST(WebSocketReader, StopsWhereTheClientEnds) {
  WebSocketReader reader;
  const auto taken = reader.take(client_frame(0x82, "last") + client_frame(0x88, "\x03\xe8") + "whatever");
  EXPECT_EQ(taken.data, "last");
  EXPECT_TRUE(taken.is_closed);
}

TEST(WebSocketReader, AnswersNoFloodOfPings) {
  std::string wire;
  for (int i = 0; i < 5000; ++i) wire += client_frame(0x89, "12345678");
  WebSocketReader reader;
  EXPECT_LT(reader.take(wire).pings.size(), 5000u);
}

HttpRequest upgrade_request() {
  HttpRequest request;
  request.headers = {{"host", "host.example:8443"},
                     {"connection", "keep-alive, Upgrade"},
                     {"upgrade", "websocket"},
                     {"sec-websocket-version", "13"},
                     {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  return request;
}

void set_header(HttpRequest& request, const std::string& name, const std::string& value) {
  std::erase_if(request.headers, [&](const auto& header) { return header.first == name; });
  request.headers.emplace_back(name, value);
}

// RFC 6455 section 1.3 has this key and its answer.
TEST(WebSocketHandshake, AgreesAsTheRfcHasIt) {
  HttpRequest request = upgrade_request();
  EXPECT_EQ(fault_of_upgrade(request).status, 0u);
  const HttpResponse response = upgrade_response(request);
  EXPECT_EQ(response.status, 101u);
  const std::pair<std::string, std::string> accept = {"sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="};
  EXPECT_NE(std::find(response.headers.begin(), response.headers.end(), accept), response.headers.end());
  set_header(request, "sec-websocket-protocol", "chat, binary");
  EXPECT_EQ(upgrade_response(request).headers.back().second, "binary");
}

TEST(WebSocketHandshake, RefusesWhatIsNoneAndPagesOfOthers) {
  const auto status_with = [](const std::string& name, const std::string& value) {
    HttpRequest request = upgrade_request();
    set_header(request, name, value);
    return fault_of_upgrade(request).status;
  };
  EXPECT_EQ(status_with("connection", "keep-alive"), 426u);
  EXPECT_EQ(status_with("upgrade", "h2c"), 426u);
  EXPECT_EQ(status_with("sec-websocket-version", "8"), 426u);
  EXPECT_EQ(status_with("sec-websocket-key", "short"), 400u);
  EXPECT_EQ(status_with("origin", "https://host.example:8443"), 0u);
  EXPECT_EQ(status_with("origin", "HTTPS://Host.Example:8443"), 0u);
  for (const char* other : {"https://evil.example", "https://host.example", "http://host.example:8443", "null"}) {
    EXPECT_EQ(status_with("origin", other), 403u) << other;
  }
}

class WebSocketTest : public ServerTest {
 protected:
  // The client's end of a connection that was upgraded; the other end of its tunnel is far_.
  RawPeer open() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    handler_.tunnel = UniqueFd(ends[0]);
    far_ = UniqueFd(ends[1]);
    RawPeer peer(options_.unix_path);
    peer.send(
        "GET /tunnel HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
        "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    return peer;
  }
  RawPeer open_upgraded() {
    RawPeer peer = open();
    EXPECT_TRUE(peer.read_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
    return peer;
  }
  std::string read_far(size_t bytes) {
    std::string text(bytes, '\0');
    size_t have = 0;
    while (have < bytes) {
      const ssize_t count = ::recv(far_.get(), text.data() + have, bytes - have, 0);
      if (count <= 0) break;
      have += static_cast<size_t>(count);
    }
    return text.substr(0, have);
  }
  void write_far(const std::string& text) {
    EXPECT_EQ(::send(far_.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  void await_tunnels(uint64_t count) {
    await([&] { return server_->counters().tunnels == count; });
  }

  UniqueFd far_;
};

TEST_F(WebSocketTest, CarriesBytesBothWays) {
  start();
  RawPeer peer = open();
  peer.send(client_frame(0x82, "early"));  // before the answer has come
  EXPECT_NE(peer.read_until("\r\n\r\n").find("connection: upgrade"), std::string::npos);
  EXPECT_EQ(read_far(5), "early");
  write_far("hello");
  EXPECT_EQ(peer.read_until("hello"), encode_frame(WebSocketOpcode::binary, "hello"));
  std::string large(3 << 20, 'z');
  std::thread writer([&] { peer.send(client_frame(0x82, large)); });
  EXPECT_EQ(read_far(large.size()), large);
  writer.join();
  peer.send(client_frame(0x89, "still?"));
  EXPECT_EQ(peer.read_until("still?"), encode_frame(WebSocketOpcode::pong, "still?"));
}

TEST_F(WebSocketTest, EndsWhenEitherSideEnds) {
  start();
  RawPeer closing = open_upgraded();
  closing.send(client_frame(0x88, "\x03\xe8"));
  EXPECT_EQ(closing.read_until("\x03\xe8"), encode_close(kWebSocketNormal, ""));
  EXPECT_TRUE(closing.reads_to_end());
  EXPECT_EQ(read_far(1), "");
  RawPeer left = open_upgraded();
  far_.reset();
  EXPECT_NE(left.read_until("ended.").find("\x03\xe8"), std::string::npos);
  EXPECT_TRUE(left.reads_to_end());
  {
    RawPeer vanishing = open_upgraded();
    await_tunnels(1);
  }
  EXPECT_EQ(read_far(1), "");
  await_tunnels(0);
}

TEST_F(WebSocketTest, EndsAClientThatBreaksTheProtocol) {
  start();
  RawPeer peer = open_upgraded();
  peer.send(encode_frame(WebSocketOpcode::binary, "bare"));
  EXPECT_NE(peer.read_until("masked").find("\x03\xea"), std::string::npos);
  EXPECT_TRUE(peer.reads_to_end());
  await_tunnels(0);
}

TEST_F(WebSocketTest, EndsAClientThatTakesNothing) {
  options_.limits.write_stall_ns = 100 * kMillisecond;
  start();
  RawPeer peer = open_upgraded();
  const std::string piece(1 << 16, 'x');
  while (::send(far_.get(), piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {
  }
  await_tunnels(0);
}

TEST_F(WebSocketTest, PingsAClientAndEndsOneThatIsSilent) {
  options_.limits.heartbeat_ns = 50 * kMillisecond;
  start();
  RawPeer silent = open_upgraded();
  const std::string ping = encode_frame(WebSocketOpcode::ping, "");
  EXPECT_EQ(silent.read_until(ping), ping);
  EXPECT_TRUE(silent.reads_to_end());
  await_tunnels(0);
}

TEST_F(WebSocketTest, HasOnlySoMany) {
  options_.limits.tunnels_max = 1;
  start();
  RawPeer first = open_upgraded();
  const UniqueFd far_of_first = std::move(far_);
  RawPeer second = open();
  EXPECT_TRUE(second.read_until("\r\n\r\n").starts_with("HTTP/1.1 503 "));
}

TEST_F(WebSocketTest, EndsWithTheServer) {
  start();
  RawPeer peer = open_upgraded();
  server_->stop();
  EXPECT_NE(peer.read_until("ends.").find("\x03\xe9"), std::string::npos);
  EXPECT_TRUE(peer.reads_to_end());
}

}  // namespace
}  // namespace laneway
