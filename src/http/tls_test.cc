// TLS: the certificate that is made, who trusts it, its replacement, and clients that stall or do not speak TLS.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <fstream>

#include "base/testing/message_parts.h"
#include "http/certificate.h"
#include "http/client.h"
#include "http/testing/raw_peer.h"
#include "http/testing/script_handler.h"

namespace laneway {
namespace {

class TlsTest : public ServerTest {
 protected:
  void start_tls() {
    const Result<void> made = ensure_certificate(files_, {"localhost", "127.0.0.1"});
    ASSERT_TRUE(made.has_value()) << made.error().message;
    options_.tls = HttpTls{"127.0.0.1", 0, files_.certificate_path, files_.key_path};
    start();
  }
  Result<std::unique_ptr<HttpClient>> connect(const std::string& host = "127.0.0.1", bool is_verified = true) {
    return HttpClient::connect(
        {.host = host, .port = server_->tls_port(), .ca_path = files_.certificate_path, .is_verified = is_verified});
  }
  // A bare TCP connection to the TLS port.
  UniqueFd connect_bare() {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->tls_port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const void* const any = &address;
    EXPECT_EQ(::connect(socket.get(), static_cast<const sockaddr*>(any), sizeof(address)), 0);
    return socket;
  }
  static bool is_ended(const UniqueFd& socket) {
    pollfd watched{socket.get(), POLLIN, 0};
    if (::poll(&watched, 1, 20000) != 1) return false;
    char bytes[512];
    ssize_t count = 1;
    while (count > 0) count = ::recv(socket.get(), bytes, sizeof(bytes), 0);
    return true;
  }

  CertificateFiles files_{dir_.at("server.crt"), dir_.at("server.key")};
};

TEST_F(TlsTest, AnswersAClientThatTrustsTheCertificate) {
  start_tls();
  for (const char* const host : {"127.0.0.1", "localhost"}) {
    const auto client = connect(host);
    ASSERT_TRUE(client.has_value()) << client.error().message;
    for (int i = 0; i < 3; ++i) {
      const auto response = (*client)->get("/peer");
      ASSERT_TRUE(response.has_value());
      EXPECT_EQ(response->body.rfind("remote 127.0.0.1:", 0), 0u) << response->body;
    }
    const auto large = (*client)->get("/large?n=3000000");
    ASSERT_TRUE(large.has_value());
    EXPECT_EQ(large->body.size(), 3000000u);
    EXPECT_EQ((*client)->post("/echo", std::string(1000000, 'x'))->body.size(), 1000011u);
    bool is_strict = false;
    for (const auto& [name, value] : large->headers) is_strict = is_strict || name == "strict-transport-security";
    EXPECT_TRUE(is_strict);
  }
}

TEST_F(TlsTest, AClientRefusesACertificateThatItDoesNotTrust) {
  start_tls();
  const CertificateFiles others{dir_.at("other.crt"), dir_.at("other.key")};
  ASSERT_TRUE(ensure_certificate(others, {"localhost"}).has_value());
  const auto refused =
      HttpClient::connect({.host = "127.0.0.1", .port = server_->tls_port(), .ca_path = others.certificate_path});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
  EXPECT_TRUE(has_parts(refused.error().message, {"127.0.0.1", "not trusted", "name the file"}));
  EXPECT_TRUE(connect("127.0.0.1", false).has_value());
}

TEST_F(TlsTest, AClientRefusesACertificateOfAnotherName) {
  ASSERT_TRUE(ensure_certificate(files_, {"elsewhere.example"}).has_value());
  start_tls();
  const auto refused = connect("127.0.0.1");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
}

TEST_F(TlsTest, CarriesStreams) {
  start_tls();
  const auto client = connect();
  ASSERT_TRUE(client.has_value());
  ASSERT_TRUE((*client)->open_stream({.target = "/events"}).has_value());
  for (int i = 0; i < 20; ++i) {
    handler_.log.add(fmt::format("data: {}\n", i));
    server_->tell_news();
    EXPECT_EQ(**(*client)->read_line(20 * kSecond), fmt::format("data: {}", i));
  }
  server_->stop();
  EXPECT_FALSE((*client)->read_line(20 * kSecond)->has_value());
}

TEST_F(TlsTest, NoticesAReaderThatLeaves) {
  start_tls();
  {
    const auto client = connect();
    ASSERT_TRUE((*client)->open_stream({.target = "/events"}).has_value());
    EXPECT_EQ(server_->counters().streams, 1u);
  }
  await([this] { return server_->counters().connections == 0; });
}

TEST_F(TlsTest, EndsAHandshakeThatStallsAndServesOthersMeanwhile) {
  options_.limits.header_time_ns = 200 * kMillisecond;
  start_tls();
  const UniqueFd silent = connect_bare();
  const UniqueFd half = connect_bare();
  ASSERT_EQ(::send(half.get(), "\x16\x03\x01\x02\x00\x01", 6, MSG_NOSIGNAL), 6);
  const auto client = connect();
  ASSERT_TRUE(client.has_value());
  EXPECT_TRUE((*client)->get("/echo").has_value());
  EXPECT_TRUE(is_ended(silent));
  EXPECT_TRUE(is_ended(half));
  EXPECT_EQ(server_->counters().timed_out, 2u);
}

TEST_F(TlsTest, EndsAClientThatDoesNotSpeakTls) {
  start_tls();
  const UniqueFd plain = connect_bare();
  const std::string_view request = "GET /echo HTTP/1.1\r\nhost: x\r\n\r\n";
  ASSERT_GT(::send(plain.get(), request.data(), request.size(), MSG_NOSIGNAL), 0);
  EXPECT_TRUE(is_ended(plain));
}

TEST_F(TlsTest, StopsWithStalledHandshakesAndOpenConnections) {
  start_tls();
  const UniqueFd silent = connect_bare();
  const auto idle = connect();
  ASSERT_TRUE(idle.has_value());
  await([this] { return server_->counters().connections == 2; });
  server_->stop();
  EXPECT_TRUE(is_ended(silent));
}

TEST_F(TlsTest, LeavesRoomForTheUnixSocket) {
  options_.limits.connections_max = 3;
  options_.limits.connections_reserved = 2;
  start_tls();
  const auto first = connect();
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(connect().has_value());
  const auto local = HttpClient::connect({.unix_path = options_.unix_path});
  ASSERT_TRUE(local.has_value());
  EXPECT_EQ((*local)->get("/echo")->status, 200u);
}

TEST_F(TlsTest, AClientWhoseServerIsGoneGetsAnErrorAndNoSignal) {
  start_tls();
  const auto client = connect();
  ASSERT_TRUE((*client)->get("/echo").has_value());
  server_.reset();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE((*client)->post("/echo", std::string(100000, 'x')).has_value());
}

TEST_F(TlsTest, TakesANewCertificateForNewConnections) {
  start_tls();
  const auto before = connect();
  ASSERT_TRUE(before.has_value());
  std::ofstream(files_.certificate_path) << "garbage";
  const Result<void> failed = server_->reload_certificate();
  ASSERT_FALSE(failed.has_value());
  EXPECT_TRUE(has_parts(failed.error().message, {files_.certificate_path, "cannot be used", "PEM"}));
  EXPECT_TRUE(connect("127.0.0.1", false).error().message.find("holds no certificates") != std::string::npos);
  for (const std::string& path : {files_.certificate_path, files_.key_path}) std::filesystem::remove(path);
  ASSERT_TRUE(ensure_certificate(files_, {"127.0.0.1"}).has_value());
  EXPECT_FALSE(connect().has_value());  // the old one is still shown, the new one is trusted
  ASSERT_TRUE(server_->reload_certificate().has_value());
  const auto after = connect();
  ASSERT_TRUE(after.has_value()) << after.error().message;
  EXPECT_TRUE((*after)->get("/echo").has_value());
  EXPECT_TRUE((*before)->get("/echo").has_value());
}

TEST_F(TlsTest, DoesNotStartWithoutItsCertificateOrWithAnothersKey) {
  options_.tls = HttpTls{"127.0.0.1", 0, files_.certificate_path, files_.key_path};
  EXPECT_FALSE(HttpServer::start(options_, handler_).has_value());
  ASSERT_TRUE(ensure_certificate(files_, {"localhost"}).has_value());
  ASSERT_TRUE(ensure_certificate({dir_.at("b.crt"), dir_.at("b.key")}, {"localhost"}).has_value());
  options_.tls->key_path = dir_.at("b.key");
  const auto refused = HttpServer::start(options_, handler_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(has_parts(refused.error().message, {"b.key", "cannot be used", "the key of"}));
}

TEST_F(TlsTest, SaysWhereItCannotListen) {
  start_tls();
  HttpServerOptions second = options_;
  second.unix_path = dir_.at("second.sock");
  second.tls->port = server_->tls_port();
  const auto taken = HttpServer::start(second, handler_);
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, ErrorCode::in_use);
  second.tls->address = "not an address";
  EXPECT_TRUE(has_parts(HttpServer::start(second, handler_).error().message, {"not an address", "another address"}));
}

TEST(Certificate, IsMadeOnceAndItsKeyIsPrivate) {
  const TempDir dir;
  const CertificateFiles files{dir.at("c"), dir.at("k")};
  ASSERT_TRUE(ensure_certificate(files, own_names()).has_value());
  const Result<std::string> fingerprint = certificate_fingerprint(files.certificate_path);
  ASSERT_TRUE(fingerprint.has_value());
  EXPECT_EQ(fingerprint->size(), 95u);
  struct stat key {};
  ASSERT_EQ(::stat(files.key_path.c_str(), &key), 0);
  EXPECT_EQ(key.st_mode & 0777, 0600u);
  ASSERT_TRUE(ensure_certificate(files, own_names()).has_value());
  EXPECT_EQ(*certificate_fingerprint(files.certificate_path), *fingerprint);
  // A start that was cut off after the key goes on from there.
  std::filesystem::remove(files.certificate_path);
  ASSERT_TRUE(ensure_certificate(files, own_names()).has_value());
  EXPECT_NE(*certificate_fingerprint(files.certificate_path), *fingerprint);
}

TEST(Certificate, RefusesWhatItCannotUse) {
  const TempDir dir;
  const CertificateFiles files{dir.at("c"), dir.at("k")};
  EXPECT_TRUE(has_parts(ensure_certificate(files, {"a,IP:1.2.3.4"}).error().message, {"a,IP", "no host name"}));
  EXPECT_TRUE(has_parts(ensure_certificate(files, {}).error().message, {"needs a name"}));
  std::ofstream(files.key_path) << "garbage";
  EXPECT_TRUE(has_parts(ensure_certificate(files, {"a"}).error().message, {"holds no key", "remove the file"}));
  std::filesystem::remove(files.key_path);
  std::ofstream(files.certificate_path) << "garbage";
  EXPECT_TRUE(has_parts(ensure_certificate(files, {"a"}).error().message, {"has no key", files.key_path}));
  EXPECT_FALSE(certificate_fingerprint(files.certificate_path).has_value());
  EXPECT_EQ(ensure_certificate({dir.at("none/c"), dir.at("none/k")}, {"a"}).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace laneway
