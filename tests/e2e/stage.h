#pragma once
// Stage is what an end-to-end test plays on: a directory of its own, the engine in it, and laneway-enginectl pointed
// at that engine. One test.

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "process.h"
#include "rpc/json.h"
#include "rpc/testing/message_parts.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {

class Stage : public ::testing::Test {
 protected:
  // An engine that a keeper started does not outlive the test.
  ~Stage() override;
  // The folder of the programs under test: $LANEWAY_PROGRAMS, else where this build puts them.
  static const std::string& programs();
  // Starts the engine and waits until it answers.
  void start_engine(const Arguments& more = {});
  // The keeper, which starts the engine; `engine_` is the keeper then.
  void start_keeper(const Arguments& more = {}, const Arguments& of_keeper = {});
  // The same without root's rights, where the test has them.
  void start_engine_as_nobody();
  // Its programs are copies in the test's directory.
  void start_keeper_as_nobody();
  // SIGTERM; the exit code.
  int stop_engine();
  // Not orderly at all.
  void kill_engine();
  bool is_engine_running() { return engine_ != nullptr && !engine_->has_ended(); }

  Outcome laneway(const Arguments& arguments) const;
  // With -o json; the answer, or null where it failed.
  Json laneway_json(const Arguments& arguments) const;
  // The command fails with this exit code, nothing on standard output, and one sentence of these parts.
  void expect_refused(const Arguments& arguments, std::initializer_list<std::string_view> parts,
                      int exit_code = 1) const;
  void expect_done(const Arguments& arguments) const;

  static std::string enginectl_path();
  static std::string binary(const std::string& name);  // of the build
  std::string socket_of(const std::string& function) const { return dir_.at("r/vf/" + function + ".sock"); }
  std::string write_file(const std::string& name, const std::string& text, mode_t mode = 0600) const;
  std::string log() const { return content_of(dir_.at("engine.log")); }

  TempDir dir_;
  std::unique_ptr<Process> engine_;

 private:
  bool has_keeper_ = false;
  void launch(Arguments arguments, const Arguments& more);
  void launch_as_nobody(const std::string& program, const Arguments& more);
};

// A real tgtd with a LUN on a file: target 1 open to all, target 2 with CHAP.
class Tgtd {
 public:
  static bool is_installed();
  // Serves on a free port; false where it did not come up.
  bool start(const TempDir& dir);
  ~Tgtd();

  std::string portal() const { return "127.0.0.1:" + std::to_string(port_); }
  uint16_t port() const { return port_; }
  Outcome admin(const Arguments& arguments) const;

  static constexpr const char* kOpen = "iqn.2026-11.io.example:open";
  static constexpr const char* kClosed = "iqn.2026-11.io.example:closed";
  static constexpr const char* kUser = "host7";
  static constexpr const char* kSecret = "a-true-secret-42";

 private:
  bool set_up(const TempDir& dir) const;

  std::string control_;
  uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace laneway
