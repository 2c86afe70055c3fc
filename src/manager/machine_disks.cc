#include "manager/machine_disks.h"

#include <algorithm>

#include "manager/function_arrival.h"

namespace laneway {

namespace {

constexpr uint64_t kLookEveryNs = 250 * kMillisecond;
constexpr uint64_t kGiveUpLooks = 120;   // how long a guest may take to give up a disk
constexpr uint64_t kAskAgainLooks = 20;  // a guest that was still starting did not hear it

const MachineDisk* disk_at(const std::vector<MachineDisk>& disks, const std::string& socket_path) {
  const auto found = std::find_if(disks.begin(), disks.end(), [&](const MachineDisk& disk) {
    return disk.kind == "vhostuser" && disk.source == socket_path;
  });
  return found == disks.end() ? nullptr : &*found;
}

bool is_target_used(const std::vector<MachineDisk>& disks, const std::string& target) {
  return std::any_of(disks.begin(), disks.end(), [&](const MachineDisk& disk) { return disk.target == target; });
}

// What libvirt says of them helps nobody who has not seen it before.
Error with_remedy(Error error) {
  const auto says = [&](const char* words) { return error.message.find(words) != std::string::npos; };
  if (says("PCI slots") || says("free slot") || says("No more available")) {
    error.message += " Give it more <controller type='pci' model='pcie-root-port'/> while it is off.";
  } else if (says("Permission denied")) {
    error.message +=
        " QEMU's user may not connect to the socket: put it into the engine's group, and see that AppArmor "
        "allows it.";
  } else if (says("Failed to connect") || says("Connection refused") || says("No such file")) {
    error.message += " See that the function is served and that its socket is where QEMU can reach it.";
  }
  return error;
}

class AttachJob final : public MachineJob {
 public:
  explicit AttachJob(AttachOrder order) : order_(std::move(order)) {}
  Result<void> run(const MachineParts& parts, JobControl& control) override {
    Result<MachineFacts> machine = parts.hypervisor->find(order_.machine);
    if (!machine) return pass_on(machine);
    if (Result<void> chosen = choose(parts, *machine); !chosen) return chosen;
    FunctionArrival arrival(parts.engine, order_.function);
    if (Result<void> begun = arrival.begin(); !begun) return begun;
    if (scope_.is_live || scope_.is_stored) {
      control.note(fmt::format("Gives machine '{}' the disk {}.", order_.machine, disk_.target));
      const Result<void> attached = parts.hypervisor->attach(order_.machine, disk_, scope_);
      if (!attached) return tl::unexpected<Error>(with_remedy(attached.error()));
    }
    control.set_progress(40);
    if (!is_on(machine->power)) {
      control.note("The machine is off: it has the disk at its next start.");
      return {};
    }
    const bool is_awake = machine->power == MachinePower::running;
    if (!is_awake) control.note("The machine does not run: its guest sees the disk when it goes on.");
    Result<void> arrived = arrival.await(control, is_awake ? order_.guest_s : 0);
    if (!arrived && control.is_taken_back()) take_back(parts, control);
    return arrived;
  }

 private:
  // Where the disk goes and what of it is missing.
  Result<void> choose(const MachineParts& parts, const MachineFacts& machine) {
    Result<FunctionDisk> disk = disk_of_function(parts, order_.function);
    if (!disk) return pass_on(disk);
    disk_ = std::move(*disk);
    const std::vector<MachineDisk> disks = disks_of(machine);
    const MachineDisk* const known = disk_at(disks, disk_.socket_path);
    scope_.is_live = is_on(machine.power) && (known == nullptr || !known->is_live);
    scope_.is_stored = machine.is_persistent && (known == nullptr || !known->is_stored);
    disk_.target = known != nullptr ? known->target : order_.target.empty() ? free_target(disks) : order_.target;
    if (known == nullptr && is_target_used(disks, disk_.target)) {
      return fail(ErrorCode::in_use, "Machine '{}' has another disk {}; give another target, or none.", order_.machine,
                  disk_.target);
    }
    const bool is_shared = is_on(machine.power) ? machine.now.is_memory_shared : machine.stored.is_memory_shared;
    if (is_shared) return {};
    return fail(ErrorCode::unsupported,
                "Machine '{}' keeps its memory to itself, so that no function can reach it; switch it off, set its "
                "spec.shared_memory to true, and start it.",
                order_.machine);
  }

  void take_back(const MachineParts& parts, JobControl& control) {
    const Result<void> detached = parts.hypervisor->detach(order_.machine, disk_, scope_);
    control.note(detached ? "The machine was asked to give the disk up again." : detached.error().message);
  }

  const AttachOrder order_;
  FunctionDisk disk_;
  DiskScope scope_;
};

class DetachJob final : public MachineJob {
 public:
  DetachJob(std::string machine, std::string function) : machine_(std::move(machine)), function_(std::move(function)) {}
  Result<void> run(const MachineParts& parts, JobControl& control) override {
    const std::optional<Resource> function = parts.catalog.find(Kind::function, function_);
    if (!function) return fail(ErrorCode::not_found, "There is no function '{}' any more.", function_);
    FunctionDisk disk;
    disk.socket_path = text_at(function->status, "socket_path", text_at(function->spec, "socket_path"));
    for (uint64_t looks = 0; looks < kGiveUpLooks; ++looks) {
      Result<bool> is_gone = look(parts, control, disk, looks % kAskAgainLooks == 0);
      if (!is_gone) return pass_on(is_gone);
      if (*is_gone) return {};
      control.set_progress(20 + looks * 70 / kGiveUpLooks);
      if (!control.pause(kLookEveryNs))
        return fail(ErrorCode::refused, "The guest was asked already, and may still do it.");
    }
    return fail(
        ErrorCode::timed_out,
        "The guest of machine '{}' has not given up the disk {} (it may still be starting, or have it mounted); "
        "its definition has it no more. Try again, or switch the machine off.",
        machine_, disk.target);
  }

 private:
  // True where nothing of the disk is left.
  Result<bool> look(const MachineParts& parts, JobControl& control, FunctionDisk& disk, bool is_to_ask) {
    Result<MachineFacts> machine = parts.hypervisor->find(machine_);
    if (!machine) return pass_on(machine);
    const std::vector<MachineDisk> disks = disks_of(*machine);
    const MachineDisk* const known = disk_at(disks, disk.socket_path);
    if (known == nullptr) return true;
    disk.target = known->target;
    if (!is_to_ask) return false;
    control.note(fmt::format("Takes the disk {} from machine '{}'.", disk.target, machine_));
    const Result<void> asked = parts.hypervisor->detach(machine_, disk, {known->is_live, known->is_stored});
    // Where it is on its way already, that is said as an error.
    if (!asked && !has_asked_) return tl::unexpected<Error>(asked.error());
    has_asked_ = true;
    if (known->is_live) control.note("Waits for the guest to give it up.");
    return !known->is_live;
  }

  const std::string machine_;
  const std::string function_;
  bool has_asked_ = false;
};

}  // namespace

std::unique_ptr<MachineJob> make_attach_job(AttachOrder order) { return std::make_unique<AttachJob>(std::move(order)); }

std::unique_ptr<MachineJob> make_detach_job(const std::string& machine, const std::string& function) {
  return std::make_unique<DetachJob>(machine, function);
}

Result<FunctionDisk> disk_of_function(const MachineParts& parts, const std::string& name) {
  const std::optional<Resource> function = parts.catalog.find(Kind::function, name);
  if (!function) return fail(ErrorCode::not_found, "There is no function '{}' any more.", name);
  const std::string path = text_at(function->status, "socket_path");
  if (path.empty() || text_at(function->status, "state") != "serving") {
    return fail(ErrorCode::in_use, "Function '{}' is not served now ({}); see its status.", name,
                text_at(function->status, "state"));
  }
  return FunctionDisk{path, "", number_at(function->spec, "queues", 1), number_at(function->spec, "queue_size", 256)};
}

std::string free_target(const std::vector<MachineDisk>& disks) {
  for (char second = '\0'; second <= 'z'; second = second == '\0' ? 'a' : static_cast<char>(second + 1)) {
    for (char last = 'a'; last <= 'z'; ++last) {
      std::string target = "vd";
      if (second != '\0') target += second;
      target += last;
      if (!is_target_used(disks, target)) return target;
    }
  }
  return "vdzz";  // which the hypervisor refuses
}

}  // namespace laneway
