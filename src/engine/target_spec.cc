#include "engine/target_spec.h"

#include "engine/names.h"
#include "rpc/fields.h"

namespace laneway {

namespace {

constexpr uint64_t kDayS = 24 * 3600;

struct AlgorithmName {
  iscsi::ChapAlgorithm algorithm;
  const char* name;
};
constexpr AlgorithmName kAlgorithms[] = {
    {iscsi::ChapAlgorithm::md5, "md5"}, {iscsi::ChapAlgorithm::sha1, "sha1"}, {iscsi::ChapAlgorithm::sha256, "sha256"}};

void read_algorithms(FieldReader& fields, TargetSpec& spec) {
  const std::vector<std::string> names = fields.texts("chap_algorithms");
  if (names.empty()) return;
  spec.chap_algorithms.clear();
  for (const std::string& name : names) {
    const size_t before = spec.chap_algorithms.size();
    for (const AlgorithmName& known : kAlgorithms) {
      if (name == known.name) spec.chap_algorithms.push_back(known.algorithm);
    }
    if (spec.chap_algorithms.size() == before) {
      fields.refuse("chap_algorithms", fmt::format("has '{}'; give md5, sha1 or sha256", name));
    }
  }
}

void read_credentials(FieldReader& fields, TargetSpec& spec) {
  Result<iscsi::ChapCredentials> chap = decode_credentials(fields.object("chap"), "chap");
  if (!chap) fields.refuse("chap", "is wrong: " + chap.error().message);
  if (chap) spec.chap = std::move(*chap);
  Result<iscsi::ChapCredentials> mutual = decode_credentials(fields.object("mutual_chap"), "mutual_chap");
  if (!mutual) fields.refuse("mutual_chap", "is wrong: " + mutual.error().message);
  if (mutual) spec.mutual_chap = std::move(*mutual);
  if (spec.chap.empty() && !spec.mutual_chap.empty()) {
    fields.refuse("mutual_chap", "is given without chap; give both, since a target proves itself only in return");
  }
  if (!spec.chap.empty() && spec.chap.secret == spec.mutual_chap.secret) {
    fields.refuse("mutual_chap", "has the same secret as chap, which targets refuse; set two different ones");
  }
}

void read_timeouts(FieldReader& fields, TargetSpec& spec) {
  spec.sessions_max = fields.number_or("sessions_max", {1, 1024}, spec.sessions_max);
  spec.replacement_timeout_s = fields.number_or("replacement_timeout_s", {0, kDayS}, spec.replacement_timeout_s);
  spec.noop_interval_s = fields.number_or("noop_interval_s", {0, kDayS}, spec.noop_interval_s);
  spec.noop_timeout_s = fields.number_or("noop_timeout_s", {1, kDayS}, spec.noop_timeout_s);
  spec.login_timeout_s = fields.number_or("login_timeout_s", {1, 100}, spec.login_timeout_s);
  spec.has_shared_luns = fields.flag_or("shared_luns", false);
  spec.fence_delay_s = fields.number_or("fence_delay_s", {0, kDayS}, spec.fence_delay_s);
}

Json encode_credentials(const iscsi::ChapCredentials& credentials) {
  return {{"user", credentials.user}, {"secret", credentials.secret}};
}

}  // namespace

Result<iscsi::ChapCredentials> decode_credentials(const Json& object, const std::string& subject) {
  iscsi::ChapCredentials credentials;
  if (object.is_null()) return credentials;
  FieldReader fields(object, subject);
  credentials.user = fields.text("user");
  credentials.secret = fields.text("secret");
  if (credentials.user.size() > iscsi::kChapSecretBytesMax)
    fields.refuse("user", "is longer than 255 bytes; use a shorter one");
  if (credentials.secret.size() > iscsi::kChapSecretBytesMax)
    fields.refuse("secret", "is longer than 255 bytes; use a shorter one");
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  return credentials;
}

Result<TargetSpec> decode_target_spec(const Json& object, const std::string& subject) {
  FieldReader fields(object, subject);
  TargetSpec spec;
  spec.iqn = fields.text("iqn");
  spec.name = fields.text_or("name", spec.iqn);
  const std::string portal = fields.text("portal");
  read_credentials(fields, spec);
  read_algorithms(fields, spec);
  spec.has_header_digest = fields.choice("header_digest", {"none", "crc32c"}, "none") == "crc32c";
  spec.has_data_digest = fields.choice("data_digest", {"none", "crc32c"}, "none") == "crc32c";
  read_timeouts(fields, spec);
  spec.origin = read_origin(fields);
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  if (Result<void> named = check_iscsi_name(spec.iqn); !named) return pass_on(named);
  if (Result<void> named = check_target_name(spec.name); !named) return pass_on(named);
  Result<IscsiPortal> address = decode_portal(portal);
  if (!address) return pass_on(address);
  spec.portal = std::move(*address);
  return spec;
}

Json encode_target_spec(const TargetSpec& spec, Secrets secrets) {
  Json algorithms = Json::array();
  for (const iscsi::ChapAlgorithm algorithm : spec.chap_algorithms) {
    for (const AlgorithmName& known : kAlgorithms) {
      if (known.algorithm == algorithm) algorithms.push_back(known.name);
    }
  }
  Json object = {{"name", spec.name},
                 {"iqn", spec.iqn},
                 {"portal", portal_text(spec.portal)},
                 {"chap_algorithms", algorithms},
                 {"header_digest", spec.has_header_digest ? "crc32c" : "none"},
                 {"data_digest", spec.has_data_digest ? "crc32c" : "none"},
                 {"sessions_max", spec.sessions_max},
                 {"replacement_timeout_s", spec.replacement_timeout_s},
                 {"noop_interval_s", spec.noop_interval_s},
                 {"noop_timeout_s", spec.noop_timeout_s},
                 {"login_timeout_s", spec.login_timeout_s},
                 {"shared_luns", spec.has_shared_luns},
                 {"fence_delay_s", spec.fence_delay_s}};
  if (!spec.origin.empty()) object["origin"] = spec.origin;
  if (secrets == Secrets::leave_out) {
    object["chap_user"] = spec.chap.user;
    object["mutual_chap_user"] = spec.mutual_chap.user;
    return object;
  }
  if (!spec.chap.empty()) object["chap"] = encode_credentials(spec.chap);
  if (!spec.mutual_chap.empty()) object["mutual_chap"] = encode_credentials(spec.mutual_chap);
  return object;
}

IscsiTargetSettings settings_of(const TargetSpec& spec, const std::string& initiator_name) {
  using iscsi::DigestPolicy;
  IscsiTargetSettings settings;
  settings.name = spec.name;
  settings.target_name = spec.iqn;
  settings.initiator_name = initiator_name;
  settings.portals = {spec.portal};
  settings.chap.initiator = spec.chap;
  settings.chap.target = spec.mutual_chap;
  settings.chap.algorithms = spec.chap_algorithms;
  settings.header_digest = spec.has_header_digest ? DigestPolicy::crc32c : DigestPolicy::none;
  settings.data_digest = spec.has_data_digest ? DigestPolicy::crc32c : DigestPolicy::none;
  settings.sessions_max = static_cast<uint32_t>(spec.sessions_max);
  settings.replacement_timeout_ns = spec.replacement_timeout_s * kSecond;
  settings.login_timeout_ns = spec.login_timeout_s * kSecond;
  settings.noop_interval_ns = spec.noop_interval_s * kSecond;
  settings.noop_timeout_ns = spec.noop_timeout_s * kSecond;
  settings.has_shared_luns = spec.has_shared_luns;
  settings.fence_delay_ns = spec.fence_delay_s * kSecond;
  return settings;
}

}  // namespace laneway
