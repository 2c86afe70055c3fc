#include "manager/first_status.h"

#include "manager/wall_clock.h"

namespace laneway {

namespace {

Json target_status(const Resource& target) {
  const bool has_chap = target.spec.contains("chap");
  return {{"state", "pending"},         {"reason", ""},
          {"observed_generation", 0},   {"secrets", !has_chap ? "none" : text_at(target.notes, "secrets", "stored")},
          {"functions", Json::array()}, {"luns", Json::array()},
          {"sessions", Json::array()}};
}

}  // namespace

Json first_status(const Resource& resource) {
  switch (resource.kind) {
    case Kind::target:
      return target_status(resource);
    case Kind::volume:
      return {{"state", "free"}, {"functions", Json::array()}};
    case Kind::function:
      return {{"state", "pending"},
              {"reason", ""},
              {"observed_generation", 0},
              {"attached", false},
              {"driver_active", false}};
    case Kind::policy:
      return {{"state", "pending"}, {"reason", ""}, {"observed_generation", 0}, {"functions", Json::array()}};
    case Kind::user:
      return {{"has_password", flag_at(resource.notes, "has_password")},
              {"must_change_password", flag_at(resource.notes, "must_change_password")}};
    case Kind::token:
      return {{"state", "valid"}, {"expires_at", utc_text(number_at(resource.notes, "expires_at_ms"))}};
    case Kind::host:
    case Kind::adapter:
    case Kind::machine:
      return resource.status;
  }
  return Json::object();
}

}  // namespace laneway
