#pragma once
// TargetSpec is a remembered iSCSI target: where it is, how to log in, and its timeouts, and its JSON forms: with
// secrets for the state file, without for everybody else. A plain value. Any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backend/iscsi_settings.h"
#include "base/result.h"
#include "rpc/json.h"

namespace laneway {

struct TargetSpec {
  std::string name;
  std::string iqn;
  IscsiPortal portal;
  iscsi::ChapCredentials chap;         // what we log in with; empty: no authentication
  iscsi::ChapCredentials mutual_chap;  // what the target proves itself with; empty: it need not
  std::vector<iscsi::ChapAlgorithm> chap_algorithms{iscsi::ChapAlgorithm::md5};
  bool has_header_digest = false;
  bool has_data_digest = false;
  uint64_t sessions_max = 256;
  uint64_t replacement_timeout_s = 120;
  uint64_t noop_interval_s = 5;
  uint64_t noop_timeout_s = 5;
  uint64_t login_timeout_s = 15;
  bool has_shared_luns = false;
  uint64_t fence_delay_s = 10;
  std::string origin;  // as a function's
};

enum class Secrets : bool { leave_out, include };

// Reads params of target.login and entries of the state file; the portal is "portal" in both.
Result<TargetSpec> decode_target_spec(const Json& object, const std::string& subject);
Json encode_target_spec(const TargetSpec& spec, Secrets secrets);

// What the back-end takes.
IscsiTargetSettings settings_of(const TargetSpec& spec, const std::string& initiator_name);

// A "chap" object {user, secret}; empty credentials where it is null.
Result<iscsi::ChapCredentials> decode_credentials(const Json& object, const std::string& subject);

}  // namespace laneway
