#pragma once
// IscsiTarget is a target that functions use: its settings, the addresses of its portals, and the sessions that this
// engine has with it. Owned by the engine's table of targets; outlives the devices and probes that use it. Any thread
// unless said.

#include <cstdint>
#include <string>
#include <vector>

#include "backend/guarded.h"
#include "backend/iscsi_meter.h"
#include "backend/iscsi_settings.h"
#include "backend/session_faults.h"

namespace laneway {

class IscsiTarget {
 public:
  explicit IscsiTarget(IscsiTargetSettings settings) : settings_(std::move(settings)) {}
  IscsiTarget(const IscsiTarget&) = delete;
  IscsiTarget& operator=(const IscsiTarget&) = delete;
  ~IscsiTarget();

  const IscsiTargetSettings& settings() const { return settings_; }

  // Finds the addresses of the portals and of redirections' names: control threads only, blocks. Fails where not one
  // portal's is known; those known before stay.
  Result<void> resolve();
  std::vector<SocketAddress> addresses() const { return addresses_.copy(); }

  // Where a redirection leads. A reactor may ask: a name whose address is not known is noted, the next resolve() looks
  // it up, and until then the answer is an error.
  Result<SocketAddress> find_redirect(const IscsiPortal& portal);
  // A redirection's name waits for resolve().
  bool wants_name() const;

  // Takes one of the sessions that the settings allow; false where all are taken.
  bool take_session();
  void give_back_session();

  // A queue's meter, for as long as the queue lives. Refuses a second one with the same ISID, which would end the
  // first's session.
  Result<void> enlist(const IscsiMeter& meter);
  void delist(const IscsiMeter& meter);
  std::vector<IscsiSessionReport> sessions() const;

  // How functions' sessions with it failed.
  SessionFaults& faults() { return faults_; }
  const SessionFaults& faults() const { return faults_; }

 private:
  struct RedirectName {
    IscsiPortal portal;
    std::vector<SocketAddress> addresses;  // empty: not known
  };
  void resolve_redirects();

  // Fixed after construction
  const IscsiTargetSettings settings_;
  // Any thread
  Guarded<std::vector<SocketAddress>> addresses_;
  Guarded<std::vector<RedirectName>> redirects_;  // the latest last
  Guarded<std::vector<const IscsiMeter*>> meters_;
  Guarded<uint32_t> sessions_;
  SessionFaults faults_;
};

}  // namespace laneway
