// Streams of server-sent events: everybody gets everything, who is slow or gone is ended, and nobody else notices.
#include <sys/socket.h>

#include "http/client.h"
#include "http/testing/raw_peer.h"
#include "http/testing/script_handler.h"

namespace laneway {
namespace {

constexpr const char* kAsk = "GET /events HTTP/1.1\r\nhost: x\r\n\r\n";

class StreamTest : public ServerTest {
 protected:
  StreamTest() { options_.limits.connections_of_one_max = 1000; }
  void tell(const std::string& wire) {
    handler_.log.add(wire);
    server_->tell_news();
  }
  RawPeer open() {
    RawPeer peer(options_.unix_path);
    peer.send(kAsk);
    return peer;
  }
  void await_streams(uint64_t count) {
    await([&] { return server_->counters().streams == count; });
  }
};

TEST_F(StreamTest, SendsWhatHappenedAndWhatHappens) {
  start();
  handler_.log.add("data: before\n\n");
  RawPeer peer = open();
  const std::string head = peer.read_until("\r\n\r\n");
  EXPECT_NE(head.find("content-type: text/event-stream"), std::string::npos);
  EXPECT_NE(head.find("cache-control: no-store"), std::string::npos);
  EXPECT_EQ(head.find("content-length"), std::string::npos);
  EXPECT_EQ(peer.read_until("\n\n"), "data: before\n\n");
  for (int i = 0; i < 100; ++i) tell(fmt::format("id: {}\n\n", i));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(peer.read_until("\n\n"), fmt::format("id: {}\n\n", i));
}

TEST_F(StreamTest, EndsWhereTheSourceEnds) {
  start();
  RawPeer peer = open();
  (void)peer.read_until("\r\n\r\n");
  handler_.log.end();
  tell("data: last\n\n");
  EXPECT_EQ(peer.read_until("\n\n"), "data: last\n\n");
  EXPECT_TRUE(peer.reads_to_end());
  await_streams(0);
}

TEST_F(StreamTest, GivesEveryOneOfTwoHundredEverything) {
  start();
  std::vector<RawPeer> peers;
  for (int i = 0; i < 200; ++i) peers.push_back(open());
  await_streams(200);
  for (int i = 0; i < 20; ++i) tell(fmt::format("data: {}\n\n", i));
  for (RawPeer& peer : peers) {
    (void)peer.read_until("\r\n\r\n");
    for (int i = 0; i < 20; ++i) ASSERT_EQ(peer.read_until("\n\n"), fmt::format("data: {}\n\n", i));
  }
}

TEST_F(StreamTest, EndsASlowReaderAndNoOther) {
  options_.limits.write_stall_ns = 100 * kMillisecond;
  start();
  RawPeer slow = open();
  RawPeer quick = open();
  await_streams(2);
  const std::string wire = "data: " + std::string(50000, 'x') + "\n\n";
  int sent = 0;
  // The quick one keeps up all the time: only what the slow one does not take piles up.
  for (; server_->counters().lagging == 0; ++sent) {
    tell(wire);
    (void)quick.read_until("x\n\n");
  }
  await_streams(1);
  tell("data: on\n\n");
  EXPECT_EQ(quick.read_until("\n\n"), "data: on\n\n");
  EXPECT_TRUE(slow.reads_to_end());
}

TEST_F(StreamTest, EndsAReaderWhoseBacklogGrowsTooLong) {
  options_.limits.stream_backlog_max = 100000;
  start();
  RawPeer peer = open();
  await_streams(1);
  tell(std::string(200000, 'x'));
  EXPECT_TRUE(peer.reads_to_end());
  EXPECT_EQ(server_->counters().lagging, 1u);
}

TEST_F(StreamTest, NoticesAReaderThatLeavesWithoutAWord) {
  start();
  {
    RawPeer leaving = open();
    await_streams(1);
  }
  await_streams(0);
  await([this] { return server_->counters().connections == 0; });
}

TEST_F(StreamTest, EndsAReaderThatSpeaksIntoItsStream) {
  start();
  RawPeer peer = open();
  await_streams(1);
  peer.send("GET /echo HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_TRUE(peer.reads_to_end());
}

TEST_F(StreamTest, ShowsAQuietReaderThatItLives) {
  options_.limits.heartbeat_ns = 20 * kMillisecond;
  start();
  RawPeer peer = open();
  (void)peer.read_until("\r\n\r\n");
  EXPECT_EQ(peer.read_until("\n\n"), ":\n\n");
  EXPECT_EQ(peer.read_until("\n\n"), ":\n\n");
}

TEST_F(StreamTest, RefusesMoreStreamsThanItMayHave) {
  options_.limits.streams_max = 2;
  start();
  RawPeer first = open();
  {
    RawPeer second = open();
    await_streams(2);
    const std::string refusal = open().read_response();
    EXPECT_EQ(status_of(refusal), "503");
    EXPECT_NE(refusal.find("event streams"), std::string::npos);
  }
  await_streams(1);
  RawPeer third = open();
  EXPECT_EQ(status_of(third.read_until("\r\n\r\n")), "200");
}

TEST_F(StreamTest, AnswersHeadAsOnlyTheHead) {
  start();
  RawPeer peer(options_.unix_path);
  peer.send("HEAD /events HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_NE(peer.read_until("\r\n\r\n").find("text/event-stream"), std::string::npos);
  EXPECT_TRUE(peer.reads_to_end());
}

TEST_F(StreamTest, TheClientReadsItLineByLine) {
  start();
  Result<std::unique_ptr<HttpClient>> client = HttpClient::connect({.unix_path = options_.unix_path});
  ASSERT_TRUE(client.has_value());
  const Result<HttpResponse> opened = (*client)->open_stream({.target = "/events"});
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_EQ(opened->content_type, "text/event-stream");
  tell("id: 1\r\ndata: a\n\n");
  for (const char* const line : {"id: 1", "data: a", ""}) {
    const auto read = (*client)->read_line(20 * kSecond);
    ASSERT_TRUE(read && *read);
    EXPECT_EQ(**read, line);
  }
  EXPECT_EQ((*client)->read_line(kMillisecond).error().code, ErrorCode::timed_out);
  handler_.log.end();
  server_->tell_news();
  const auto end = (*client)->read_line(20 * kSecond);
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(end->has_value());
}

}  // namespace
}  // namespace laneway
