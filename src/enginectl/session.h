#pragma once
// EngineSession is one run of laneway-enginectl: where the engine is, and how to print. Owned by run_enginectl. One
// thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/units.h"
#include "rpc/client.h"
#include "terminal/function_looks.h"

namespace laneway {

class EngineSession final : public FunctionSession {
 public:
  EngineSession(std::ostream& out, std::ostream& err) : FunctionSession("laneway-enginectl", out, err) {}

  std::string socket_path;  // filled in by the parser

  // Calls the engine, connecting at the first call.
  Result<Json> call(std::string_view method, const Json& params, uint64_t time_limit_ns = 60 * kSecond);
  // Prints the error's sentence and gives the exit code that belongs to it.
  ExitCode report(const Error& error) override;

  Result<Json> function_stats(const std::string& name) override;
  Result<Json> function_explanation(const std::string& name) override { return call("vf.explain", {{"name", name}}); }
  Result<Json> function_shape(const std::string& name) override { return call("vf.show", {{"name", name}}); }

 private:
  std::unique_ptr<RpcClient> client_;
};

}  // namespace laneway
