// Permissions of folders and sockets: what others could read or do, and what this user cannot.
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/units.h"
#include "base/unix_socket.h"
#include "cli/doctor.h"

namespace laneway {

namespace {

constexpr uint64_t kAnswerLimitNs = 2 * kSecond;

Finding check_socket(const std::string& path, const std::string& what, const std::string& group_remedy) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    return {what, Verdict::broken, fmt::format("there is no {}", path),
            fmt::format("start it: systemctl start {}", what)};
  }
  if ((found.st_mode & S_IWOTH) != 0) {
    return {what, Verdict::broken, fmt::format("everybody on this host may use {}", path),
            fmt::format("restart it, which sets the permissions, or: chmod o= {}", path)};
  }
  const Result<UniqueFd> connected = connect_unix(path, kAnswerLimitNs);
  if (connected) return {what, Verdict::good, fmt::format("{} answers", path), ""};
  if (::access(path.c_str(), R_OK | W_OK) != 0) {
    return {what, Verdict::note, fmt::format("this user may not use {}", path), group_remedy};
  }
  return {what, Verdict::broken, fmt::format("nobody answers at {}", path),
          fmt::format("systemctl restart {}, and see its journal", what)};
}

Finding check_folder(const std::string& path, const std::string& subject, mode_t forbidden) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0)
    return {subject, Verdict::note, fmt::format("there is no {}", path),
            "start lanewayd and the engine once; they make it"};
  if (!S_ISDIR(found.st_mode)) return {subject, Verdict::broken, fmt::format("{} is no folder", path), "move it away"};
  if ((found.st_mode & forbidden) == 0)
    return {subject, Verdict::good, fmt::format("{} is closed to others", path), ""};
  const bool is_writable = (found.st_mode & forbidden & S_IWOTH) != 0;
  return {subject, Verdict::broken, fmt::format("others may {} {}", is_writable ? "change" : "read", path),
          fmt::format("chmod o-rw {}", path)};
}

// Files with secrets: their owner's alone.
void check_secret_files(const std::string& state_dir, Findings& findings) {
  for (const char* name : {"/lanewayd.db", "/engine.json", "/key.pem", "/first-password"}) {
    const std::string path = state_dir + name;
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0 || (found.st_mode & (S_IRWXG | S_IRWXO)) == 0) continue;
    findings.push_back({"secrets", Verdict::broken, fmt::format("others than its owner may use {}", path),
                        fmt::format("chmod 600 {}", path)});
  }
  struct stat first {};
  if (::stat((state_dir + "/first-password").c_str(), &first) == 0) {
    findings.push_back({"first password", Verdict::note, "the one-time password of admin was not used yet",
                        fmt::format("log in to the console once with what is in {}/first-password", state_dir)});
  }
}

}  // namespace

Findings check_files(const std::string& run_dir, const std::string& state_dir) {
  Findings findings;
  findings.push_back(
      check_socket(run_dir + "/lanewayd.sock", "lanewayd", "add the user to the group laneway, and log in again"));
  findings.push_back(
      check_socket(run_dir + "/engine.sock", "laneway", "only root and the engine's user may; use laneway"));
  findings.push_back(check_folder(run_dir, "run folder", S_IWOTH));
  findings.push_back(check_folder(state_dir, "state folder", S_IROTH | S_IWOTH));
  check_secret_files(state_dir, findings);
  return findings;
}

}  // namespace laneway
