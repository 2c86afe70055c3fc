#pragma once
// ApiSession is one run of laneway: where lanewayd is, who we are to it, and how to print. Owned by run_laneway. One
// thread.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/client.h"
#include "terminal/command_tree.h"
#include "terminal/function_looks.h"

namespace laneway {

struct ApiRequest {
  std::string verb = "GET";
  std::string path = {};      // below /api/v1, with its query
  Json body = {};             // null: none
  std::string if_match = {};  // empty: none
  uint64_t time_limit_ns = 60 * kSecond;
};

struct ApiAnswer {
  unsigned status = 0;
  Json body = {};
  std::string etag = {};
  std::string task = {};  // the id of the task that carries the change out; empty where none does
};

class ApiSession final : public FunctionSession {
 public:
  ApiSession(std::ostream& out, std::ostream& err) : FunctionSession("laneway", out, err) {}

  // Filled in by the parser.
  std::string url;  // "unix:PATH" or "https://HOST[:PORT]"; empty: the unix socket of this user's lanewayd
  std::string token_file;
  std::string ca_file;

  // A refusal is an error with the problem's sentence.
  Result<ApiAnswer> ask(const ApiRequest& request);
  Result<Json> get(const std::string& path);
  // All items of a list, page by page.
  Result<Json> list(const std::string& path, const std::vector<std::string>& filters = {});
  // Server-sent events on a connection of its own; `last_id` is where it goes on, empty: now.
  Result<std::unique_ptr<HttpClient>> open_watch(const std::string& last_id);

  void print_data(const Json& result) override;
  ExitCode report(const Error& error) override;
  bool is_wide() const { return output == "wide"; }
  // The port of https, or 0 where lanewayd is asked by its socket.
  bool is_remote() const { return url.starts_with("https://"); }

  Result<Json> function_stats(const std::string& name) override;
  Result<Json> function_explanation(const std::string& name) override;
  Result<Json> function_shape(const std::string& name) override;

 private:
  Result<HttpClientOptions> where() const;
  Result<std::unique_ptr<HttpClient>> connect(uint64_t time_limit_ns);
  Result<HttpHeaders> credentials();
  Result<HttpResponse> send(const HttpClient::Call& call, uint64_t time_limit_ns);

  std::unique_ptr<HttpClient> client_;
  uint64_t used_at_ns_ = 0;
  uint64_t client_limit_ns_ = 0;
  bool has_answered_ = false;
  std::string token_;
};

using ApiCommand = Command<ApiSession>;
using ApiCommands = CommandTree<ApiSession>;

// A name as a part of a path.
std::string encode_segment(const std::string& name);

}  // namespace laneway
