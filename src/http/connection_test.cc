// One connection: what is asked, and what is answered or refused.
#include <unistd.h>

#include "http/testing/raw_peer.h"
#include "http/testing/script_handler.h"

namespace laneway {
namespace {

class ConnectionTest : public ServerTest {
 protected:
  RawPeer peer() { return RawPeer(options_.unix_path); }
  std::string ask(const std::string& request) {
    RawPeer asking = peer();
    asking.send(request);
    return asking.read_response();
  }
};

std::string get(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nhost: x\r\n\r\n"; }

TEST_F(ConnectionTest, AnswersRequestsOfOneConnectionInTurn) {
  start();
  RawPeer asking = peer();
  for (int i = 0; i < 3; ++i) {
    asking.send(get("/echo?n=" + std::to_string(i)));
    const std::string response = asking.read_response();
    EXPECT_EQ(status_of(response), "200");
    EXPECT_NE(response.find("GET /echo n=" + std::to_string(i)), std::string::npos);
  }
  EXPECT_EQ(server_->counters().requests, 3u);
}

TEST_F(ConnectionTest, AnswersPipelinedRequestsInOrder) {
  start();
  RawPeer asking = peer();
  std::string all;
  for (int i = 0; i < 50; ++i) all += get("/echo?n=" + std::to_string(i));
  all += "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc" + get("/echo?n=last");
  asking.send(all);
  for (int i = 0; i < 50; ++i) {
    EXPECT_NE(asking.read_response().find("n=" + std::to_string(i) + "\n"), std::string::npos);
  }
  EXPECT_NE(asking.read_response().find("POST /echo\nabc"), std::string::npos);
  EXPECT_NE(asking.read_response().find("n=last"), std::string::npos);
}

TEST_F(ConnectionTest, TakesARequestInSingleBytes) {
  start();
  RawPeer asking = peer();
  for (const char c : std::string("PUT /echo?a=%20b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody")) {
    asking.send(std::string_view(&c, 1));
  }
  EXPECT_NE(asking.read_response().find("PUT /echo a= b\nbody"), std::string::npos);
}

TEST_F(ConnectionTest, TakesAChunkedBody) {
  start();
  const std::string response =
      ask("POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n4\r\ndefg\r\n0\r\nx: "
          "y\r\n\r\n");
  EXPECT_NE(response.find("POST /echo\nabcdefg"), std::string::npos);
}

TEST_F(ConnectionTest, SaysContinueWhereItIsExpectedAndTheBodyIsWelcome) {
  start();
  RawPeer asking = peer();
  asking.send("PUT /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n");
  EXPECT_EQ(asking.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  asking.send("body");
  EXPECT_NE(asking.read_response().find("PUT /echo\nbody"), std::string::npos);
  EXPECT_EQ(status_of(ask("PUT /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4000000\r\n\r\n")),
            "413");
}

TEST_F(ConnectionTest, AnswersHeadWithoutABodyAndOptionsByItself) {
  start();
  RawPeer asking = peer();
  asking.send("HEAD /large?n=5000 HTTP/1.1\r\nhost: x\r\n\r\nOPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n");
  const std::string head = asking.read_until("\r\n\r\n");
  EXPECT_NE(head.find("content-length: 5000\r\n"), std::string::npos);
  const std::string options = asking.read_until("\r\n\r\n");
  EXPECT_EQ(status_of(options), "204");
  EXPECT_NE(options.find("allow: GET, HEAD, POST"), std::string::npos);
  asking.send(get("/echo"));
  EXPECT_EQ(status_of(asking.read_response()), "200");
}

TEST_F(ConnectionTest, SendsItsSecurityHeadersWithEveryAnswer) {
  start();
  for (const char* const target : {"/echo", "/%zz"}) {
    const std::string response = ask(get(target));
    for (const char* const part : {"x-content-type-options: nosniff", "frame-ancestors 'none'", "default-src 'self'",
                                   "cache-control: no-store", "date: "}) {
      EXPECT_NE(response.find(part), std::string::npos) << target << part;
    }
    EXPECT_EQ(response.find("strict-transport"), std::string::npos);
  }
}

TEST_F(ConnectionTest, EndsTheConnectionWhereTheClientAsksForThat) {
  start();
  for (const char* const request :
       {"GET /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "GET /echo HTTP/1.0\r\n\r\n"}) {
    RawPeer asking = peer();
    asking.send(request);
    EXPECT_NE(asking.read_response().find("connection: close"), std::string::npos);
    EXPECT_TRUE(asking.reads_to_end());
  }
}

TEST_F(ConnectionTest, SendsALargeAnswerWhole) {
  start();
  RawPeer asking = peer();
  asking.send(get("/large?n=5000000") + get("/echo"));
  const std::string response = asking.read_response();
  EXPECT_EQ(response.size() - response.find("\r\n\r\n") - 4, 5000000u);
  EXPECT_EQ(status_of(asking.read_response()), "200");
}

struct Refusal {
  const char* what;
  std::string request;
  const char* status;
};

std::vector<Refusal> refusals() {
  const std::string head = "POST /echo HTTP/1.1\r\nhost: x\r\n";
  return {
      {"no HTTP", "hello\r\n\r\n", "400"},
      {"a space in the target", "GET /a b HTTP/1.1\r\nhost: x\r\n\r\n", "400"},
      {"no host", "GET /echo HTTP/1.1\r\n\r\n", "400"},
      {"two hosts", "GET /echo HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", "400"},
      {"a header without a colon", "GET /echo HTTP/1.1\r\nhost x\r\n\r\n", "400"},
      {"a space before the colon", "GET /echo HTTP/1.1\r\nhost : x\r\n\r\n", "400"},
      {"two lengths", head + "content-length: 3\r\ncontent-length: 4\r\n\r\nabcd", "400"},
      {"a negative length", head + "content-length: -1\r\n\r\n", "400"},
      {"length and chunks", head + "content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"chunks and length", head + "transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n", "400"},
      {"another encoding", head + "transfer-encoding: gzip\r\n\r\n", "400"},
      {"two encodings", head + "transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "400"},
      {"chunks in HTTP/1.0", "POST /echo HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"a chunk without a size", head + "transfer-encoding: chunked\r\n\r\nxyz\r\n", "400"},
      {"a way out", get("/a/../b"), "400"},
      {"an escaped way out", get("/a/%2e%2e/b"), "400"},
      {"an escaped slash", get("/a%2fb"), "400"},
      {"a zero", get("/a%00"), "400"},
      {"a star", get("*"), "400"},
      {"an unknown method", "BREW /echo HTTP/1.1\r\nhost: x\r\n\r\n", "405"},
      {"a trace", "TRACE /echo HTTP/1.1\r\nhost: x\r\n\r\n", "405"},
      {"HTTP/1.0 without a length", "POST /echo HTTP/1.0\r\n\r\nabc", "411"},
      {"a long body", head + "content-length: 1048577\r\n\r\n", "413"},
      {"a long target", get("/" + std::string(9000, 'a')), "414"},
      {"an endless target", "GET /" + std::string(20000, 'a'), "414"},
      {"another expectation", head + "expect: rain\r\n\r\n", "417"},
      {"long headers", "GET /echo HTTP/1.1\r\nhost: x\r\na: " + std::string(17000, 'a') + "\r\n\r\n", "431"},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
  };
}

TEST_F(ConnectionTest, RefusesWhatIsWrongWithAProblemAndEndsTheConnection) {
  start();
  for (const Refusal& refusal : refusals()) {
    RawPeer asking = peer();
    asking.send(refusal.request);
    const std::string response = asking.read_response();
    ASSERT_GT(response.size(), 12u) << refusal.what;
    EXPECT_EQ(status_of(response), refusal.status) << refusal.what;
    EXPECT_NE(response.find("content-type: application/problem+json"), std::string::npos) << refusal.what;
    EXPECT_NE(response.find(std::string("\"status\":") + refusal.status), std::string::npos) << refusal.what;
    asking.end_sending();
    EXPECT_TRUE(asking.reads_to_end()) << refusal.what;
  }
  EXPECT_NE(ask("BREW / HTTP/1.1\r\nhost: x\r\n\r\n").find("\r\nallow: GET"), std::string::npos);
}

TEST_F(ConnectionTest, ARefusedClientThatSendsOnStillReadsWhy) {
  start();
  RawPeer asking = peer();
  asking.send("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2000000\r\n\r\n" + std::string(2000000, 'x'));
  EXPECT_EQ(status_of(asking.read_response()), "413");
}

TEST_F(ConnectionTest, RefusesAChunkedBodyThatIsTooLong) {
  start();
  std::string request = "POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
  for (int i = 0; i < 70; ++i) request += "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
  EXPECT_EQ(status_of(ask(request)), "413");
}

TEST_F(ConnectionTest, RefusesABodyForWhichThereIsNoRoomNow) {
  options_.limits.bodies_bytes_max = 1000;
  start();
  RawPeer first = peer();
  first.send("PUT /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 900\r\n\r\n");
  (void)first.read_until("\r\n\r\n");
  const std::string second = "PUT /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 200\r\n\r\n" + std::string(200, 'x');
  EXPECT_EQ(status_of(ask(second)), "503");
  first.send(std::string(900, 'x'));
  EXPECT_EQ(status_of(first.read_response()), "200");
  EXPECT_EQ(status_of(ask(second)), "200");
}

TEST_F(ConnectionTest, KnowsWhoIsAtTheOtherEnd) {
  start();
  const std::string expected = fmt::format("local {} {} {}", ::getuid(), ::getgid(), ::getpid());
  EXPECT_NE(ask(get("/peer")).find(expected), std::string::npos);
}

TEST_F(ConnectionTest, AHandlersExceptionIsA500AndTheConnectionGoesOn) {
  start();
  RawPeer asking = peer();
  asking.send(get("/throw") + get("/echo"));
  EXPECT_EQ(status_of(asking.read_response()), "500");
  EXPECT_EQ(status_of(asking.read_response()), "200");
}

TEST_F(ConnectionTest, TellsAClientThatIsTooSlowWithItsHeaders) {
  options_.limits.header_time_ns = 50 * kMillisecond;
  start();
  RawPeer asking = peer();
  asking.send("GET /echo HTTP/1.1\r\nhos");
  EXPECT_EQ(status_of(asking.read_response()), "408");
  EXPECT_TRUE(asking.reads_to_end());
  EXPECT_EQ(server_->counters().timed_out, 1u);
}

TEST_F(ConnectionTest, HeadersThatDripInDoNotBuyTime) {
  options_.limits.header_time_ns = 100 * kMillisecond;
  start();
  RawPeer asking = peer();
  asking.send("GET /echo HTTP/1.1\r\nhost: x\r\na: ");
  pollfd watched{asking.fd(), POLLIN, 0};
  while (::poll(&watched, 1, 1) == 0) asking.send("b");
  EXPECT_EQ(status_of(asking.read_response()), "408");
}

TEST_F(ConnectionTest, TellsAClientThatIsTooSlowWithItsBody) {
  options_.limits.body_time_ns = 50 * kMillisecond;
  start();
  EXPECT_EQ(status_of(ask("PUT /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbo")), "408");
}

TEST_F(ConnectionTest, EndsAnIdleConnectionWithoutAWord) {
  options_.limits.idle_time_ns = 50 * kMillisecond;
  start();
  RawPeer silent = peer();
  EXPECT_EQ(silent.read_until("never"), "");
  RawPeer asking = peer();
  asking.send(get("/echo"));
  EXPECT_EQ(status_of(asking.read_response()), "200");
  EXPECT_EQ(asking.read_until("never"), "");
  EXPECT_TRUE(asking.reads_to_end());
}

TEST_F(ConnectionTest, EndsAClientThatDoesNotTakeItsAnswer) {
  options_.limits.write_stall_ns = 50 * kMillisecond;
  start();
  RawPeer asking = peer();
  asking.send(get("/large?n=50000000"));
  await([this] { return server_->counters().timed_out == 1; });
  await([this] { return server_->counters().connections == 0; });
}

TEST_F(ConnectionTest, PausesWithoutAThread) {
  start();
  RawPeer first = peer();
  RawPeer second = peer();
  first.send(get("/pause?n=20000000"));
  second.send(get("/echo"));
  EXPECT_EQ(status_of(second.read_response()), "200");
  EXPECT_NE(first.read_response().find("paused"), std::string::npos);
  first.send(get("/pause?n=1000000") + get("/echo"));  // one that is pipelined behind it is no farewell
  EXPECT_NE(first.read_response().find("paused"), std::string::npos);
  EXPECT_EQ(status_of(first.read_response()), "200");
}

TEST_F(ConnectionTest, APauseEndsWhereTheClientGoesAway) {
  start();
  {
    RawPeer leaving = peer();
    leaving.send(get("/pause?n=3600000000000"));
    await([this] { return server_->counters().requests == 1; });
  }
  await([this] { return handler_.pauses == 1; });
  await([this] { return server_->counters().connections == 0; });
}

}  // namespace
}  // namespace laneway
