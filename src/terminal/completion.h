#pragma once
// Shell completion from the command tree: which words can come next, and the scripts by which bash, zsh and fish ask
// `PROGRAM __complete` for them. Free functions over the parser. One thread.

#include <CLI/CLI.hpp>
#include <iosfwd>
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
  // `kind` is what an option's value is called, such as FUNCTION.
  virtual std::vector<std::string> names_of(const std::string& kind) = 0;

 protected:
  ~NameSource() = default;
};

// One candidate with this word means: any file.
constexpr const char* kAnyFile = ":file";

// `words` as typed after the program's name; the last one is being typed and may be empty.
std::vector<Candidate> complete(CLI::App& root, const std::vector<std::string>& words, NameSource& names);

// The script to source; `shell` is bash, zsh or fish.
std::string completion_script(const std::string& shell, const std::string& program);

// Answers a shell that asks by kComplete: a line for each candidate.
constexpr const char* kComplete = "__complete";
void print_candidates(CLI::App& root, std::vector<std::string> words, NameSource& names, std::ostream& out);

}  // namespace laneway
