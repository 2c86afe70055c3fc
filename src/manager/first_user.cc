#include "manager/first_user.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "manager/first_status.h"
#include "manager/hex.h"
#include "manager/wall_clock.h"

namespace laneway {

namespace {

constexpr const char* kName = "admin";
constexpr size_t kPasswordBytes = 10;  // 80 bits, typed once

Result<void> write_password(const std::string& path, const std::string& password) {
  (void)::unlink(path.c_str());
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  const std::string line = password + "\n";
  const bool is_written = file && ::write(file.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                          ::fsync(file.get()) == 0;
  if (is_written) return {};
  return fail(ErrorCode::io, "The first password was not written to {}: {}; give another --first-password-file.", path,
              errno_text(errno));
}

}  // namespace

// The file first: killed in between, the next start makes both anew.
Result<void> make_first_user(const Catalog& catalog, Ledger& ledger, const PasswordHash& passwords,
                             const std::string& password_file) {
  if (catalog.count(Kind::user) > 0) return {};
  const std::string password = random_hex(kPasswordBytes);
  Result<std::string> hash = passwords.make(password);
  if (!hash) return pass_on(hash);
  if (Result<void> written = write_password(password_file, password); !written) return written;
  WallClock clock;
  Resource user;
  user.kind = Kind::user;
  user.name = kName;
  user.uid = new_uid();
  user.generation = 1;
  user.created_at = utc_text(clock.now_ms());
  user.spec = {{"role", "administrator"}, {"disabled", false}};
  user.notes = {{"has_password", true}, {"must_change_password", true}};
  user.status = first_status(user);
  const auto held = ledger.hold();
  Result<uint64_t> done =
      ledger.commit({{user}, {}, {{secret_key(Kind::user, kName), *hash}}}, own_actor("firstUser"), {"user", kName});
  if (!done) return pass_on(done);
  log_info("User '{}' was made; its one-time password is in {}", kName, password_file);
  return {};
}

}  // namespace laneway
