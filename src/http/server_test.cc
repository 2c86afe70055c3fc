// The server as a whole: many connections, pools that hang, the end, and the client that ships with it.
#include "http/server.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include "base/testing/message_parts.h"
#include "http/client.h"
#include "http/testing/raw_peer.h"
#include "http/testing/script_handler.h"

namespace laneway {
namespace {

constexpr const char* kEcho = "GET /echo HTTP/1.1\r\nhost: x\r\n\r\n";

class HttpServerTest : public ServerTest {
 protected:
  RawPeer peer() { return RawPeer(options_.unix_path); }
  RawPeer asking(const std::string& target) {
    RawPeer made = peer();
    made.send("GET " + target + " HTTP/1.1\r\nhost: x\r\n\r\n");
    return made;
  }
  std::string ask(const std::string& target) { return status_of(asking(target).read_response()); }
};

TEST_F(HttpServerTest, ServesBesideAThousandIdleConnections) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  ASSERT_GE(files.rlim_cur, 2100u);
  options_.limits.connections_of_one_max = 2000;
  start();
  std::vector<RawPeer> idle;
  for (int i = 0; i < 1000; ++i) idle.push_back(peer());
  await([this] { return server_->counters().connections == 1000; });
  RawPeer working = peer();
  for (int i = 0; i < 100; ++i) {
    working.send(kEcho);
    ASSERT_EQ(status_of(working.read_response()), "200");
  }
  for (RawPeer& each : idle) each.send(kEcho);
  for (RawPeer& each : idle) ASSERT_EQ(status_of(each.read_response()), "200");
  idle.clear();
  await([this] { return server_->counters().connections == 1; });
}

TEST_F(HttpServerTest, TurnsAwayWhoHasTooManyConnections) {
  options_.limits.connections_of_one_max = 2;
  start();
  RawPeer first = peer();
  {
    RawPeer second = peer();
    await([this] { return server_->counters().connections == 2; });
    const std::string refusal = peer().read_response();
    EXPECT_EQ(status_of(refusal), "503");
    EXPECT_NE(refusal.find("retry-after"), std::string::npos);
    EXPECT_EQ(server_->counters().turned_away, 1u);
  }
  await([this] { return server_->counters().connections == 1; });
  EXPECT_EQ(ask("/echo"), "200");
}

TEST_F(HttpServerTest, TurnsAwayWhatIsBeyondAllConnections) {
  options_.limits.connections_max = 1;
  start();
  RawPeer first = peer();
  await([this] { return server_->counters().connections == 1; });
  EXPECT_EQ(status_of(peer().read_response()), "503");
}

TEST_F(HttpServerTest, APoolThatHangsDelaysItsOwnSubjectOnly) {
  options_.pools.waiting_max = 1;
  start();
  RawPeer hanging = asking("/hold/engine");
  handler_.await_begun(1);
  RawPeer other = asking("/hold/engine");
  handler_.await_begun(1);  // both of its threads
  RawPeer waiting = asking("/hold/engine?n=1");
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(ask("/echo"), "200");
    ASSERT_EQ(ask("/hold/store?n=1"), "200");
    ASSERT_EQ(ask("/hold/machines?n=1"), "200");
    ASSERT_EQ(ask("/hold/passwords?n=1"), "200");
  }
  EXPECT_EQ(ask("/hold/engine?n=1"), "503");
  handler_.release(2);
  EXPECT_EQ(status_of(hanging.read_response()), "200");
  EXPECT_EQ(status_of(other.read_response()), "200");
  EXPECT_EQ(status_of(waiting.read_response()), "200");
}

TEST_F(HttpServerTest, AClientThatLeavesDuringItsWorkLeavesNothingBehind) {
  start();
  {
    RawPeer leaving = asking("/hold/store");
    handler_.await_begun(1);
  }
  handler_.release();
  await([this] { return server_->counters().connections == 0; });
  EXPECT_EQ(ask("/hold/store?n=1"), "200");
}

TEST_F(HttpServerTest, StopsWithEveryKindOfConnectionOpen) {
  start();
  RawPeer idle = peer();
  RawPeer half = peer();
  half.send("GET /echo HTTP/1.1\r\nho");
  RawPeer stream = asking("/events");
  RawPeer pausing = asking("/pause?n=3600000000000");
  RawPeer working = asking("/hold/store");
  RawPeer queued = asking("/hold/store?n=1");
  handler_.await_begun(1);
  await([this] { return server_->counters().requests == 4; });
  std::thread stopper([this] { server_->stop(); });
  EXPECT_EQ(status_of(queued.read_response()), "503");
  EXPECT_NE(pausing.read_response().find("cut short"), std::string::npos);
  handler_.release();
  const std::string answer = working.read_response();
  EXPECT_EQ(status_of(answer), "200");
  EXPECT_NE(answer.find("connection: close"), std::string::npos);
  for (RawPeer* const each : {&idle, &stream}) EXPECT_TRUE(each->reads_to_end());
  stopper.join();
  EXPECT_TRUE(half.reads_to_end());
  struct stat found {};
  EXPECT_NE(::lstat(options_.unix_path.c_str(), &found), 0);
}

TEST_F(HttpServerTest, StopsInSpiteOfClientsThatDoNotEnd) {
  options_.limits.stop_time_ns = 20 * kMillisecond;
  start();
  RawPeer half = peer();
  half.send("GET /echo HTTP/1.1\r\nho");
  RawPeer deaf = asking("/large?n=50000000");
  await([this] { return server_->counters().requests == 1; });
  server_->stop();
  server_->stop();  // again: nothing
  EXPECT_EQ(server_->counters().connections, 0u);
}

TEST_F(HttpServerTest, StopsAndStartsAgainAndAgain) {
  for (int i = 0; i < 20; ++i) {
    start();
    RawPeer stream = asking("/events");
    EXPECT_EQ(ask("/echo"), "200");
    server_.reset();
  }
}

TEST_F(HttpServerTest, NewsToldFromManyThreadsReachesTheStream) {
  start();
  RawPeer stream = asking("/events");
  std::vector<std::thread> tellers;
  for (int i = 0; i < 4; ++i) {
    tellers.emplace_back([this] {
      for (int k = 0; k < 500; ++k) {
        handler_.log.add("n\n");
        server_->tell_news();
      }
    });
  }
  (void)stream.read_until("\r\n\r\n");
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(stream.read_until("\n"), "n\n");
  for (std::thread& teller : tellers) teller.join();
}

TEST_F(HttpServerTest, RefusesToListenNowhereAndWhereSomebodyListens) {
  const std::string path = std::exchange(options_.unix_path, "");
  const auto nowhere = HttpServer::start(options_, handler_);
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_TRUE(has_parts(nowhere.error().message, {"nowhere to listen", "give it"}));
  options_.unix_path = path;
  start();
  const auto second = HttpServer::start(options_, handler_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::in_use);
  struct stat found {};
  ASSERT_EQ(::lstat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(HttpServerTest, ItsClientCallsEveryMethod) {
  start();
  const auto client = HttpClient::connect({.unix_path = options_.unix_path});
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ((*client)->get("/echo?a=b")->body, "GET /echo a=b\n");
  EXPECT_EQ((*client)->post("/echo", "{}")->body, "POST /echo\n{}");
  EXPECT_EQ((*client)->put("/echo", "{}")->body, "PUT /echo\n{}");
  EXPECT_EQ((*client)->patch("/echo", "")->body, "PATCH /echo\n");
  EXPECT_EQ((*client)->remove("/echo")->body, "DELETE /echo\n");
  EXPECT_EQ((*client)->send({.method = "HEAD", .target = "/large?n=9"})->body, "");
  EXPECT_EQ((*client)->get("/large?n=3000000")->body.size(), 3000000u);
  EXPECT_EQ((*client)->get("/a%2fb")->status, 400u);
}

TEST_F(HttpServerTest, ItsClientReadsARefusalOfWhatItHasNotSentToItsEnd) {
  start();
  const auto client = HttpClient::connect({.unix_path = options_.unix_path});
  ASSERT_TRUE(client.has_value());
  const auto refused = (*client)->post("/echo", std::string(3000000, 'x'));
  ASSERT_TRUE(refused.has_value()) << refused.error().message;
  EXPECT_EQ(refused->status, 413u);
  EXPECT_EQ(refused->content_type, "application/problem+json");
}

TEST_F(HttpServerTest, ItsClientGivesUpInTime) {
  start();
  const auto client = HttpClient::connect({.unix_path = options_.unix_path, .time_limit_ns = 20 * kMillisecond});
  ASSERT_TRUE(client.has_value());
  const auto late = (*client)->get("/hold/store");
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::timed_out);
  EXPECT_TRUE(has_parts(late.error().message, {options_.unix_path, "did not answer in time"}));
  handler_.release();
}

TEST_F(HttpServerTest, ItsClientSaysThatNobodyListens) {
  const auto client = HttpClient::connect({.unix_path = options_.unix_path});
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().code, ErrorCode::unreachable);
  EXPECT_TRUE(has_parts(client.error().message, {options_.unix_path, "check that it runs"}));
}

}  // namespace
}  // namespace laneway
