#pragma once
// Machines made and deleted: defined with their functions as disks and with what their guest reads at its first start;
// taken out of libvirt with what was made for them. What their disks hold is the functions' and stays. Jobs; each on
// its thread.

#include <memory>
#include <string>

#include "manager/machine_jobs.h"

namespace laneway {

struct MakeOrder {
  std::string name;
  Json spec;        // of the request, with its defaults
  Json cloud_init;  // null: none
  bool is_started = false;
};
std::unique_ptr<MachineJob> make_create_job(MakeOrder order);
// `is_forced`: one that is on is switched off.
std::unique_ptr<MachineJob> make_delete_job(const std::string& machine, bool is_forced);

}  // namespace laneway
