#include "http/client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "base/testing/temp_dir.h"
#include "base/unix_socket.h"

namespace laneway {
namespace {

// Answers one connection with these bytes, in one piece, and ends it.
class OneAnswer {
 public:
  OneAnswer(const std::string& path, std::string bytes) : listener_(std::move(*listen_unix(path, 0600))) {
    thread_ = std::thread([this, text = std::move(bytes)] {
      const UniqueFd connection(::accept(listener_.get(), nullptr, nullptr));
      char request[4096];
      (void)::recv(connection.get(), request, sizeof(request), 0);
      (void)::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL);
    });
  }
  ~OneAnswer() { thread_.join(); }

 private:
  UniqueFd listener_;
  std::thread thread_;
};

constexpr const char* kHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

TEST(HttpClientTest, KeepsWhatComesInOnePieceWithTheHeadOfAStream) {
  const TempDir dir;
  const std::string path = dir.at("s.sock");
  const OneAnswer server(path, std::string(kHead) + "event: reset\ndata: {}\n\n");
  const auto client = HttpClient::connect({.unix_path = path});
  ASSERT_TRUE(client.has_value());
  ASSERT_TRUE((*client)->open_stream({.target = "/watch"}).has_value());
  for (const char* line : {"event: reset", "data: {}", ""}) EXPECT_EQ(**(*client)->read_line(5 * kSecond), line);
  EXPECT_FALSE((*client)->read_line(5 * kSecond)->has_value());
}

TEST(HttpClientTest, GivesAWholeAnswerWhereNoStreamFollows) {
  const TempDir dir;
  const std::string path = dir.at("s.sock");
  const OneAnswer server(path,
                         "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/problem+json\r\n"
                         "content-length: 2\r\n\r\n{}");
  const auto client = HttpClient::connect({.unix_path = path});
  ASSERT_TRUE(client.has_value());
  const Result<HttpResponse> response = (*client)->open_stream({.target = "/watch"});
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->status, 401u);
  EXPECT_EQ(response->body, "{}");
}

}  // namespace
}  // namespace laneway
