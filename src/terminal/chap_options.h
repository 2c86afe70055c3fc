#pragma once
// The CHAP options that discovery and login share, and their way into the call's parameters. Lives as long as its
// command. One thread.

#include <CLI/CLI.hpp>
#include <string>

#include "rpc/json.h"

namespace laneway {

class ChapOptions {
 public:
  // With `is_mutual` also the options by which the target proves itself.
  ChapOptions(CLI::App& app, bool is_mutual);

  // Adds "chap" and "mutual_chap" where options ask for them; reads secrets now.
  Result<void> put_into(Json& params, std::ostream& err) const;

 private:
  Result<std::string> initiator_secret(std::ostream& err) const;

  std::string user_, secret_file_, mutual_user_, mutual_secret_file_;
  bool is_prompt_wanted_ = false;
};

}  // namespace laneway
