#pragma once
// --watch: lists, and then goes on with changes as lanewayd streams them; where the stream is cut off it goes on where
// it was. Blocks until the user ends it. One thread.

#include <string>
#include <vector>

#include "cli/nouns.h"
#include "cli/session.h"

namespace laneway {

// One change: "put", "delete", "task", "event", or "reset" (list again).
struct WatchNews {
  std::string what;
  Json data;
};

class WatchStream {
 public:
  explicit WatchStream(ApiSession& session) : session_(session) {}
  // Connects, so that nothing that comes from now on is missed.
  Result<void> open();
  // The next news, however long it takes. An error where lanewayd cannot be reached any more.
  Result<WatchNews> next();

 private:
  Result<void> connect_again();

  ApiSession& session_;
  std::unique_ptr<HttpClient> client_;
  std::string last_id_;
};

ExitCode watch_resources(ApiSession& session, const Noun& noun, const std::vector<std::string>& filters);

}  // namespace laneway
