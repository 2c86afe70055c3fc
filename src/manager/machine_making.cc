#include "manager/machine_making.h"

#include <filesystem>
#include <fstream>

#include "manager/machine_disks.h"
#include "manager/machine_power.h"
#include "manager/seed_image.h"

namespace laneway {

namespace {

std::string seed_path(const MachineParts& parts, const std::string& machine) {
  return parts.folder + "/" + machine + ".seed";
}

// "0-3,8": the processors of a NUMA node; empty where there is no such node.
std::string processors_of_node(const HostRoots& roots, uint64_t node) {
  std::ifstream file(fmt::format("{}/sys/devices/system/node/node{}/cpulist", roots.prefix, node));
  std::string text;
  std::getline(file, text);
  return text;
}

class CreateJob final : public MachineJob {
 public:
  explicit CreateJob(MakeOrder order) : order_(std::move(order)) {}
  Result<void> run(const MachineParts& parts, JobControl& control) override {
    Result<MachinePlan> plan = plan_of(parts);
    if (!plan) return pass_on(plan);
    const Result<void> fits = check_fit(parts.limits, parts.catalog, plan->name, plan->cpus, plan->memory_bytes);
    if (!fits) return fits;
    if (parts.hypervisor->find(plan->name)) {
      return fail(ErrorCode::already_exists, "There is a machine '{}' already; choose another name.", plan->name);
    }
    if (Result<void> seeded = make_seed(parts, *plan, control); !seeded) return seeded;
    if (control.is_to_end()) return fail(ErrorCode::refused, "Nothing was defined yet.");
    control.note("Defines the machine.");
    if (Result<void> defined = parts.hypervisor->define(*plan); !defined) return clean_up(*plan, std::move(defined));
    control.set_progress(40);
    if (flag_at(order_.spec, "autostart")) {
      DefinitionChange change;
      change.is_autostarted = true;
      if (Result<void> changed = parts.hypervisor->change(plan->name, change); !changed) return changed;
    }
    if (!order_.is_started) return {};
    return make_power_job(plan->name, PowerAction::start, 0)->run(parts, control);
  }

 private:
  Result<MachinePlan> plan_of(const MachineParts& parts) const {
    const Json& spec = order_.spec;
    MachinePlan plan;
    plan.name = order_.name;
    plan.cpus = number_at(spec, "cpus", 1);
    plan.memory_bytes = number_at(spec, "memory_bytes");
    plan.has_kvm = has_kvm(parts.roots);
    plan.network_kind = text_at(member(spec, "network"), "kind", "none");
    plan.network_name = text_at(member(spec, "network"), "name");
    plan.has_huge_pages = flag_at(spec, "huge_pages");
    plan.reports_free_pages = flag_at(spec, "free_page_reporting", true) && !plan.has_huge_pages;
    if (spec.contains("numa_node")) {
      plan.numa_node = number_at(spec, "numa_node");
      plan.processors = processors_of_node(parts.roots, *plan.numa_node);
      if (plan.processors.empty()) {
        return fail(ErrorCode::not_found, "This host has no NUMA node {}; see /sys/devices/system/node.",
                    *plan.numa_node);
      }
    }
    std::vector<MachineDisk> disks;
    for (const Json& function : member(spec, "functions")) {
      Result<FunctionDisk> disk = disk_of_function(parts, function.get<std::string>());
      if (!disk) return pass_on(disk);
      disk->target = free_target(disks);
      disks.push_back({disk->target, "virtio", "vhostuser", disk->socket_path, false, false});
      plan.disks.push_back(std::move(*disk));
    }
    return plan;
  }

  Result<void> make_seed(const MachineParts& parts, MachinePlan& plan, JobControl& control) const {
    if (order_.cloud_init.is_null()) return {};
    control.note("Writes what its guest reads at its first start.");
    plan.seed_path = seed_path(parts, plan.name);
    // Of this machine: a guest reads it again where another one had the name before.
    const std::string instance = fmt::format("{}-{}", plan.name, new_uid().substr(0, 8));
    Json cloud_init = order_.cloud_init;
    if (text_at(cloud_init, "hostname").empty()) cloud_init["hostname"] = plan.name;
    return write_seed(plan.seed_path, encode_seed_image("cidata", cloud_init_files(instance, cloud_init)));
  }

  static Result<void> clean_up(const MachinePlan& plan, Result<void> outcome) {
    std::error_code ignored;
    if (!plan.seed_path.empty()) std::filesystem::remove(plan.seed_path, ignored);
    return outcome;
  }

  const MakeOrder order_;
};

class DeleteJob final : public MachineJob {
 public:
  DeleteJob(std::string machine, bool is_forced) : machine_(std::move(machine)), is_forced_(is_forced) {}
  Result<void> run(const MachineParts& parts, JobControl& control) override {
    Result<MachineFacts> machine = parts.hypervisor->find(machine_);
    if (!machine && machine.error().code == ErrorCode::not_found) return {};
    if (!machine) return pass_on(machine);
    if (is_on(machine->power)) {
      if (!is_forced_) {
        return fail(ErrorCode::in_use, "Machine '{}' is {}; stop it first, or delete it with force=true.", machine_,
                    power_name(machine->power));
      }
      control.note("Switches it off.");
      if (Result<void> off = parts.hypervisor->set_power(machine_, PowerAction::force_off); !off) return off;
    }
    control.note("Takes it out of libvirt.");
    // One without a definition is gone already.
    if (machine->is_persistent) {
      if (Result<void> gone = parts.hypervisor->undefine(machine_); !gone) return gone;
    }
    std::error_code ignored;
    std::filesystem::remove(seed_path(parts, machine_), ignored);
    return {};
  }

 private:
  const std::string machine_;
  const bool is_forced_;
};

}  // namespace

std::unique_ptr<MachineJob> make_create_job(MakeOrder order) { return std::make_unique<CreateJob>(std::move(order)); }

std::unique_ptr<MachineJob> make_delete_job(const std::string& machine, bool is_forced) {
  return std::make_unique<DeleteJob>(machine, is_forced);
}

}  // namespace laneway
