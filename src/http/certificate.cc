#include "http/certificate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/bytes.h"
#include "base/fd.h"
#include "http/openssl_error.h"

namespace laneway {

namespace {

constexpr long kLifetimeSeconds = 825L * 24 * 3600;  // the most that browsers take
constexpr size_t kNamesMax = 64;
constexpr size_t kHostNameBytesMax = 64;  // of a common name (RFC 5280's upper bound)

template <auto free_function>
struct FreeBy {
  template <typename T>
  void operator()(T* owned) const {
    (void)free_function(owned);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeBy<X509_free>>;
using Bio = std::unique_ptr<BIO, FreeBy<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, FreeBy<X509_EXTENSION_free>>;

bool is_there(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0;
}

tl::unexpected<Error> file_failure(const std::string& path, const char* step, int number) {
  const ErrorCode code = number == ENOENT   ? ErrorCode::not_found
                         : number == ENOSPC ? ErrorCode::no_space
                                            : ErrorCode::permission_denied;
  return fail(code, "{} cannot be {}: {}; check that its directory exists, is ours and has room.", path, step,
              errno_text(number));
}

Result<void> write_file(const std::string& path, std::string_view content, mode_t mode) {
  const std::string temporary = path + ".new";
  (void)::unlink(temporary.c_str());
  const UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) return file_failure(path, "written", errno);
  const bool is_written = ::write(file.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size());
  if (!is_written || ::fsync(file.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int number = errno;
    (void)::unlink(temporary.c_str());
    return file_failure(path, "written", number);
  }
  return {};
}

std::string text_in(BIO* bio) {
  char* begin = nullptr;
  const long length = BIO_get_mem_data(bio, &begin);
  return length > 0 ? std::string(begin, static_cast<size_t>(length)) : std::string();
}

Result<Key> make_key(const std::string& path) {
  Key key(EVP_EC_gen("P-256"));
  Bio out(BIO_new(BIO_s_mem()));
  if (!key || !out || PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return fail(ErrorCode::internal, "No key could be made: {}.", openssl_words());
  }
  if (Result<void> written = write_file(path, text_in(out.get()), 0600); !written) return pass_on(written);
  return key;
}

Result<Key> read_key(const std::string& path) {
  const Bio in(BIO_new_file(path.c_str(), "r"));
  if (!in) return file_failure(path, "read", errno);
  Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  if (!key) {
    return fail(ErrorCode::invalid_argument, "{} holds no key ({}); put the key there, or remove the file.", path,
                openssl_words());
  }
  return key;
}

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return ::inet_pton(AF_INET, name.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), ignored.data()) == 1;
}

// Names go into OpenSSL's own notation, in which a comma parts them: nothing but letters of names passes.
bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == ':';
  });
}

Result<std::string> alternative_names(const std::vector<std::string>& names) {
  std::string list;
  size_t count = 0;
  for (const std::string& name : names) {
    if (!is_name(name) || (name.find(':') != std::string::npos && !is_address(name))) {
      return fail(ErrorCode::invalid_argument, "'{}' is no host name or address for a certificate; leave it out.",
                  name);
    }
    if (++count > kNamesMax) break;
    list += fmt::format("{}{}:{}", list.empty() ? "" : ",", is_address(name) ? "IP" : "DNS", name);
  }
  if (list.empty()) return fail(ErrorCode::invalid_argument, "A certificate needs a name; give one at least.");
  return list;
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return false;
  bytes[0] &= 0x7f;  // positive
  BIGNUM* const number = BN_bin2bn(bytes.data(), bytes.size(), nullptr);
  const bool is_set = number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return is_set;
}

bool set_name(X509* certificate, std::string name) {
  name.resize(std::min(name.size(), kHostNameBytesMax));
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const auto add = [subject](const char* field, const std::string& value) {
    const ByteView bytes = bytes_of_text(value);
    return X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8, bytes.data(), static_cast<int>(bytes.size()), -1,
                                      0) == 1;
  };
  return add("O", "Laneway") && add("CN", name) && X509_set_issuer_name(certificate, subject) == 1;
}

// A host whose clock is a little behind still takes it.
bool set_times(X509* certificate) {
  return X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), kLifetimeSeconds - 3600) != nullptr;
}

Result<std::string> make_certificate(EVP_PKEY* key, const std::vector<std::string>& names) {
  Result<std::string> alternatives = alternative_names(names);
  if (!alternatives) return alternatives;
  const Certificate certificate(X509_new());
  const Bio out(BIO_new(BIO_s_mem()));
  X509* const made = certificate.get();
  const bool is_made = made != nullptr && out && X509_set_version(made, X509_VERSION_3) == 1 && set_serial(made) &&
                       set_times(made) && X509_set_pubkey(made, key) == 1 && set_name(made, names.front()) &&
                       add_extension(made, NID_subject_alt_name, *alternatives) &&
                       add_extension(made, NID_basic_constraints, "critical,CA:FALSE") &&
                       add_extension(made, NID_key_usage, "critical,digitalSignature") &&
                       add_extension(made, NID_ext_key_usage, "serverAuth") &&
                       add_extension(made, NID_subject_key_identifier, "hash") &&
                       X509_sign(made, key, EVP_sha256()) > 0 && PEM_write_bio_X509(out.get(), made) == 1;
  if (!is_made) return fail(ErrorCode::internal, "No certificate could be made: {}.", openssl_words());
  return text_in(out.get());
}

void add_addresses(std::vector<std::string>& names) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return;
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_UP) == 0) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* const whole = each->ifa_addr;
    const void* const address = family == AF_INET
                                    ? static_cast<const void*>(&static_cast<const sockaddr_in*>(whole)->sin_addr)
                                    : static_cast<const void*>(&static_cast<const sockaddr_in6*>(whole)->sin6_addr);
    if (::inet_ntop(family, address, text.data(), text.size()) != nullptr) names.emplace_back(text.data());
  }
  ::freeifaddrs(list);
}

}  // namespace

std::vector<std::string> own_names() {
  std::vector<std::string> names;
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0 && is_name(host.data())) names.emplace_back(host.data());
  for (const char* const each : {"localhost", "127.0.0.1", "::1"}) names.emplace_back(each);
  add_addresses(names);
  std::vector<std::string> distinct;
  for (std::string& name : names) {
    if (std::find(distinct.begin(), distinct.end(), name) == distinct.end()) distinct.push_back(std::move(name));
  }
  return distinct;
}

Result<void> ensure_certificate(const CertificateFiles& files, const std::vector<std::string>& names) {
  const bool has_key = is_there(files.key_path);
  if (is_there(files.certificate_path)) {
    if (has_key) return {};
    return fail(ErrorCode::not_found, "The certificate {} has no key at {}; put its key there, or remove it.",
                files.certificate_path, files.key_path);
  }
  // A key alone is what a start that was cut off leaves, or what an operator brought.
  Result<Key> key = has_key ? read_key(files.key_path) : make_key(files.key_path);
  if (!key) return pass_on(key);
  Result<std::string> certificate = make_certificate(key->get(), names);
  if (!certificate) return pass_on(certificate);
  return write_file(files.certificate_path, *certificate, 0644);
}

Result<std::string> certificate_fingerprint(const std::string& certificate_path) {
  const Bio in(BIO_new_file(certificate_path.c_str(), "r"));
  if (!in) return file_failure(certificate_path, "read", errno);
  const Certificate certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest.data(), &length) != 1) {
    return fail(ErrorCode::invalid_argument, "{} holds no certificate ({}); check that it is PEM.", certificate_path,
                openssl_words());
  }
  std::string text;
  for (size_t i = 0; i < length; ++i) text += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
  return text;
}

}  // namespace laneway
