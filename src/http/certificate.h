#pragma once
// The server's certificate: made at the first start (self-signed, EC P-256, 825 days, for the host's names and
// addresses), so that there is TLS before there is a certificate authority. Blocks for the disk; any thread.

#include <string>
#include <vector>

#include "base/result.h"

namespace laneway {

struct CertificateFiles {
  std::string certificate_path;  // PEM
  std::string key_path;          // PEM, mode 0600
};

// What this host is called and where it is reached: "localhost", its name, and its addresses.
std::vector<std::string> own_names();

// Nothing where both files are there. Makes the certificate, and the key where there is none; a certificate without its
// key is refused. `names` are host names and literal addresses.
Result<void> ensure_certificate(const CertificateFiles& files, const std::vector<std::string>& names);

// SHA-256 as "AB:CD:...", what an operator compares when asked to trust the server.
Result<std::string> certificate_fingerprint(const std::string& certificate_path);

}  // namespace laneway
