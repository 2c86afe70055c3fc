#include "manager/control_plane.h"

#include "manager/first_user.h"

namespace laneway {

ControlPlane::ControlPlane(const Parts& parts)
    : parts_(parts),
      schema_(document_),
      passwords_(parts.password_cost),
      catalog_(news_),
      events_(news_, parts.wall_clock),
      tasks_(news_, parts.wall_clock),
      audit_(parts.wall_clock),
      ledger_(parts.store, catalog_, audit_),
      registry_({document_, schema_, catalog_, ledger_, tasks_, parts.wall_clock}),
      sessions_(parts.clock),
      gate_(parts.clock),
      access_({catalog_, sessions_, parts.group, parts.clock, parts.wall_clock}),
      api_({document_, schema_, catalog_, registry_, tasks_, events_, audit_, ledger_, news_, access_, sessions_, gate_,
            passwords_, parts.engine, parts.wall_clock, machine_jobs_}),
      reconciler_({parts.engine, catalog_, ledger_, tasks_, events_, news_}),
      machines_({parts.hypervisor, catalog_, events_, parts.clock, parts.host_limits}),
      machine_jobs_({parts.hypervisor, parts.engine, catalog_, ledger_, tasks_, machines_, parts.roots,
                     parts.host_limits, parts.machines_folder, parts.images_folder}),
      housekeeper_({parts.store, catalog_, events_, reconciler_, machines_, parts.wall_clock, parts.roots}) {
  registry_.listen(this);
}

ControlPlane::~ControlPlane() { registry_.listen(nullptr); }

Result<std::unique_ptr<ControlPlane>> ControlPlane::open(const Parts& parts) {
  auto plane = std::unique_ptr<ControlPlane>(new ControlPlane(parts));
  if (Result<void> loaded = plane->ledger_.load(); !loaded) return pass_on(loaded);
  if (Result<void> loaded = plane->events_.load(parts.store); !loaded) return pass_on(loaded);
  return plane;
}

void ControlPlane::start() {
  housekeeper_.start();
  reconciler_.start();
  machines_.start();
  machine_jobs_.start();
}

Result<void> ControlPlane::make_first_user(const std::string& password_file) {
  return laneway::make_first_user(catalog_, ledger_, passwords_, password_file);
}

}  // namespace laneway
