#pragma once
// The first user: at the first start of a store "admin" is made, an administrator whose one-time password is in a file
// that only its owner may read. Blocks; main's thread.

#include <string>

#include "manager/catalog.h"
#include "manager/ledger.h"
#include "manager/password_hash.h"

namespace laneway {

// Nothing where there are users. A file that is there is replaced.
Result<void> make_first_user(const Catalog& catalog, Ledger& ledger, const PasswordHash& passwords,
                             const std::string& password_file);

}  // namespace laneway
