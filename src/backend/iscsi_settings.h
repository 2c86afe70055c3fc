#pragma once
// What an operator says about a target: where it is, who we are to it, and how long to wait for what. Plain values,
// fixed once a target is made from them; open-iscsi's names are in the comments. Secrets are never printed. Any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backend/iscsi_portal.h"
#include "iscsi/options.h"

namespace laneway {

struct IscsiTargetSettings {
  std::string name;  // what operators call it
  std::string target_name;
  std::string initiator_name;
  std::vector<IscsiPortal> portals;  // tried in turn
  iscsi::ChapOptions chap;
  iscsi::DigestPolicy header_digest = iscsi::DigestPolicy::none;
  iscsi::DigestPolicy data_digest = iscsi::DigestPolicy::none;
  uint32_t sessions_max = 256;  // to this target from this engine
  uint32_t queue_depth = 128;   // node.session.queue_depth

  // node.session.timeo.replacement_timeout: how long a session may be down before requests fail instead of waiting for
  // their own deadlines. 0: they always wait for their deadlines.
  uint64_t replacement_timeout_ns = 120 * kSecond;
  uint64_t login_timeout_ns = 15 * kSecond;     // node.conn[0].timeo.login_timeout, the connect included
  uint64_t logout_timeout_ns = 15 * kSecond;    // node.conn[0].timeo.logout_timeout
  uint64_t noop_interval_ns = 5 * kSecond;      // node.conn[0].timeo.noop_out_interval
  uint64_t noop_timeout_ns = 5 * kSecond;       // node.conn[0].timeo.noop_out_timeout
  uint64_t lu_reset_timeout_ns = 30 * kSecond;  // node.session.err_timeo.lu_reset_timeout

  // Others use these LUNs as well, so a reset of a LUN is not ours to give: unfinished writes are held for the delay
  // below.
  bool has_shared_luns = false;
  // How long a target may still carry out a write of a session that was replaced. Also for targets that refuse resets.
  uint64_t fence_delay_ns = 10 * kSecond;
};

// The options of one session.
iscsi::SessionOptions session_options(const IscsiTargetSettings& settings, const iscsi::Isid& isid);

// The ISID of a function's queue on one of its paths: the same whenever the same function logs in, so that a login
// replaces the session that the function had before, also one of an engine that died.
iscsi::Isid function_isid(std::string_view function, uint32_t queue_number, uint32_t path = 0);
// An ISID nobody else has, for a session that has nothing to replace.
iscsi::Isid passing_isid();

}  // namespace laneway
