#pragma once
// Commands that look at functions and are the same in both tools: vf stats, top, explain, xml, qemu-args. A tool's
// session says where the answers come from (FunctionSession). One thread.

#include <string>
#include <utility>

#include "terminal/command_tree.h"
#include "terminal/top_view.h"

namespace laneway {

// Answers as the engine gives them (docs/enginectl.md).
class FunctionSession : public Printer {
 public:
  using Printer::Printer;
  virtual Result<Json> function_stats(const std::string& name) = 0;  // empty: all
  virtual Result<Json> function_explanation(const std::string& name) = 0;
  // name, socket_path, queues, queue_size
  virtual Result<Json> function_shape(const std::string& name) = 0;
  // Prints the error's sentence; the exit code that belongs to it.
  virtual ExitCode report(const Error& error) = 0;
};

class StatsLook {
 public:
  explicit StatsLook(CLI::App& app);
  ExitCode run(FunctionSession& session);

 private:
  std::string name_;
};

class TopLook {
 public:
  explicit TopLook(CLI::App& app);
  ExitCode run(FunctionSession& session);

 private:
  static Result<void> take(FunctionSession& session, TopSample& sample);
  void wait_for_interval() const;

  bool is_once_ = false;
  bool has_stages_ = false;
  uint32_t interval_s_ = 1;
};

class ExplainLook {
 public:
  explicit ExplainLook(CLI::App& app);
  ExitCode run(FunctionSession& session);

 private:
  std::string name_;
  bool is_by_time_ = false;
  uint32_t count_ = 10;
};

class LibvirtXmlLook {
 public:
  explicit LibvirtXmlLook(CLI::App& app);
  ExitCode run(FunctionSession& session);

 private:
  std::string name_;
  std::string device_name_ = "vda";
};

class QemuArgsLook {
 public:
  explicit QemuArgsLook(CLI::App& app);
  ExitCode run(FunctionSession& session);

 private:
  std::string name_, id_;
  uint32_t reconnect_ms_ = 0;
};

template <typename Session, typename Look>
class LookCommand final : public Command<Session> {
 public:
  explicit LookCommand(CLI::App& app) : look_(app) {}
  ExitCode run(Session& session) override { return look_.run(session); }

 private:
  Look look_;
};

template <typename Session>
void add_function_looks(CommandTree<Session>& tree, CLI::App& group) {
  tree.template add<LookCommand<Session, StatsLook>>(group, "stats", "Shows a function's counters and latencies");
  tree.template add<LookCommand<Session, TopLook>>(group, "top", "Shows every function's load, live");
  tree.template add<LookCommand<Session, ExplainLook>>(group, "explain", "Shows why requests of a function were slow");
  tree.template add<LookCommand<Session, LibvirtXmlLook>>(group, "xml", "Prints the disk element for a libvirt domain");
  tree.template add<LookCommand<Session, QemuArgsLook>>(group, "qemu-args",
                                                        "Prints the arguments for a QEMU command line");
}

}  // namespace laneway
