#pragma once
// Upgrade is one attempt to put another program in the engine's place while the engine serves: the successor is
// started, checks whether it could serve, and waits. Its standard error is caught meanwhile, since it says why it could
// not. Owned by the keeper; its thread.

#include <memory>
#include <string>
#include <vector>

#include "keeper/answer.h"
#include "keeper/engine_session.h"

namespace laneway {

class Upgrade {
 public:
  enum class Stage : uint8_t { checking, ready };

  // `question` is the engine's, to answer.
  static Result<std::unique_ptr<Upgrade>> begin(const std::string& path, const std::vector<std::string>& arguments,
                                                uint64_t question);

  EngineSession& successor() { return *successor_; }
  uint64_t question() const { return question_; }
  Stage stage() const { return stage_; }
  // It said hello, with its version. Its file is looked at now: it hides it once it has confined itself.
  void greeted(std::string_view version);
  void found_ready() { stage_ = Stage::ready; }
  const std::string& version() const { return version_; }
  EngineProgram& program() { return program_; }

  // What its last line on standard error said.
  Error failure() const;
  // It takes the engine's place; it is told so, with our standard error to write to.
  std::unique_ptr<EngineSession> promote();
  // For whoever sees to its end.
  std::unique_ptr<EngineSession> give_up() { return std::move(successor_); }

 private:
  Upgrade() = default;

  std::string path_;
  std::string version_;
  EngineProgram program_;
  uint64_t question_ = 0;
  Stage stage_ = Stage::checking;
  UniqueFd error_output_;
  std::unique_ptr<EngineSession> successor_;
};

}  // namespace laneway
