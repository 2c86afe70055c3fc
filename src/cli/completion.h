#pragma once
// Shell completion from the command tree: which words can come next, and the scripts by which bash, zsh and fish ask
// `laneway __complete` for them. Free functions over the parser. One thread.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace laneway {

struct Candidate {
  std::string word;
  std::string description;
};

// Where candidates that are not in the tree come from.
class NameSource {
 public:
  virtual std::vector<std::string> function_names() = 0;
  virtual std::vector<std::string> target_names() = 0;
  virtual std::vector<std::string> group_names() = 0;

 protected:
  ~NameSource() = default;
};

// One candidate with this word means: any file.
constexpr const char* kAnyFile = ":file";

// `words` as typed after the program's name; the last one is being typed and may be empty.
std::vector<Candidate> complete(CLI::App& root, const std::vector<std::string>& words, NameSource& names);

// The script to source; `shell` is bash, zsh or fish.
std::string completion_script(const std::string& shell);

}  // namespace laneway
