#include "terminal/engine_view.h"

#include <fmt/format.h>

#include <ostream>

#include "terminal/reactor_view.h"
#include "terminal/size_text.h"
#include "terminal/table.h"

namespace laneway {

namespace {

std::string confinement_text(const Json& lockdown) {
  if (!flag_at(lockdown, "confined")) return "no (--no-lockdown): for debugging only";
  const uint64_t landlock = number_at(lockdown, "landlock");
  if (flag_at(lockdown, "broker") && landlock > 0) {
    return fmt::format("system calls and files (Landlock {}); the keeper opens what it needs", landlock);
  }
  if (landlock == 0) return "system calls; files are not, this kernel has no Landlock";
  return fmt::format("system calls and files (Landlock {})", landlock);
}

std::string keeper_text(const std::string& word) {
  if (word == "complete") return "holds everything: guests wait for a moment where the engine ends";
  if (word == "filling") return "does not hold everything yet: some front-ends must connect again if the engine ends";
  if (word == "gone") return "gone: front-ends must connect again where the engine ends; start laneway-keeper";
  return "none: front-ends must connect again where the engine ends";
}

}  // namespace

void print_engine(const Json& status, std::ostream& out) {
  print_pairs(
      out, {{"Version", text_at(status, "version")},
            {"Process", std::to_string(number_at(status, "pid"))},
            {"Up", uptime_text(number_at(status, "uptime_s"))},
            {"Memory", size_text(number_at(status, "rss_bytes"))},
            {"Functions", fmt::format("{} serving, {} failed, {} attached", number_at(status, "functions_serving"),
                                      number_at(status, "functions_failed"), number_at(status, "functions_attached"))},
            {"Targets", std::to_string(number_at(status, "targets"))},
            {"Initiator", text_at(status, "initiator_name")},
            {"State in", text_at(status, "state_dir")},
            {"Sockets in", text_at(status, "run_dir")},
            {"Keeper", keeper_text(text_at(status, "keeper"))},
            {"Confined", confinement_text(member(status, "lockdown"))}});
  out << '\n';
  print_reactors(member(status, "reactors"), out);
}

void print_upgrade(const Json& upgraded, std::ostream& out) {
  out << fmt::format("Engine {} (process {}) follows {} (process {}); guests had to wait {} ms\n",
                     text_at(upgraded, "version"), number_at(upgraded, "pid"), text_at(upgraded, "former_version"),
                     number_at(upgraded, "former_pid"), number_at(upgraded, "pause_ms"));
}

}  // namespace laneway
