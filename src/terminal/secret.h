#pragma once
// CHAP secrets on their way in: from the first line of a file or from the terminal without echo, never from the command
// line, where every user of the machine could read them. One thread.

#include <iosfwd>
#include <string>

#include "base/result.h"

namespace laneway {

constexpr size_t kSecretMaxBytes = 255;

// Warns on `err` where others than the file's owner may read it.
Result<std::string> read_secret_file(const std::string& path, std::ostream& err);

// Asks on the controlling terminal.
Result<std::string> prompt_for_secret(const std::string& prompt);

}  // namespace laneway
