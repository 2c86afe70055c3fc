#pragma once
// Actor is who asks for a change, from where and by which operation: what roles are checked against and what the audit
// log says. A plain value. Any thread.

#include <string>

#include "manager/api_document.h"

namespace laneway {

struct Actor {
  std::string who;  // "admin", "token ci", "uid 0"
  Role role = Role::none;
  std::string from;       // "192.0.2.1:4711", "socket, pid 12"
  std::string operation;  // the operation's id
};

// lanewayd itself.
inline Actor own_actor(std::string operation) { return {"lanewayd", Role::administrator, "", std::move(operation)}; }

}  // namespace laneway
