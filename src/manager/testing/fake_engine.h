#pragma once
// FakeEngine is an engine for tests of the control plane: it takes the same methods with the same params, remembers
// what it was asked for, and refuses or goes away when told to. Any thread.

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "manager/engine_port.h"

namespace laneway {

class FakeEngine final : public EnginePort {
 public:
  Result<Json> call(std::string_view method, const Json& params, uint64_t time_limit_ns) override;

  void set_down(bool is_down);
  // Every call of that method fails so; nothing: it works again.
  void refuse(const std::string& method, std::optional<Error> error);
  // As if an operator did it with the engine's own command.
  void put(const std::string& list, const Json& thing);
  Json thing(const std::string& list, const std::string& name) const;  // null where there is none
  std::vector<std::string> calls() const;                              // methods that change something, in order
  // What events.list tells of that log.
  void set_events(uint64_t log, const Json& events);
  void set_member(const std::string& list, const std::string& name, const std::string& key, const Json& value);

 private:
  using Things = std::map<std::string, Json, std::less<>>;
  // With mutex_ held.
  Result<Json> carry_out(const std::string& method, const Json& params);
  Result<Json> carry_out_target(const std::string& method, const Json& params);
  Result<Json> carry_out_group(const std::string& method, const Json& params);
  Result<Json> carry_out_function(const std::string& method, const Json& params);
  Result<Json> make_function(const Json& params);
  Result<Json> change_paths(const std::string& method, const Json& params, Json& function);
  Json list_of(const std::string& list) const;
  Json events_after(uint64_t number) const;

  mutable std::mutex mutex_;
  bool is_down_ = false;
  uint64_t reads_ = 0;  // of any function: its guest reads between two looks
  std::map<std::string, Error, std::less<>> refusals_;
  std::map<std::string, Things, std::less<>> lists_;  // "targets", "groups", "functions"
  std::vector<std::string> calls_;
  uint64_t log_ = 1;
  Json events_ = Json::array();
};

}  // namespace laneway
