#include "cli/nouns.h"

namespace laneway {

namespace {

constexpr ValueStyle kText = ValueStyle::text;
constexpr ValueStyle kSizeStyle = ValueStyle::size;
constexpr ValueStyle kCount = ValueStyle::count;
constexpr ValueStyle kList = ValueStyle::list;
constexpr ValueStyle kYesNo = ValueStyle::yes_no;
constexpr ValueStyle kTime = ValueStyle::time;
constexpr ValueStyle kLength = ValueStyle::length;

Noun host_noun() {
  return {.name = "host",
          .kind = "host",
          .plural = "hosts",
          .value = "HOST",
          .description = "The host that lanewayd looks after",
          .columns = {{"NAME", "name"},
                      {"STATE", "status.state"},
                      {"ENGINE", "status.engine.state"},
                      {"VERSION", "status.version"},
                      {"CPUS", "status.cpus", kCount},
                      {"MEMORY", "status.memory_bytes", kSizeStyle},
                      {"KVM", "status.has_kvm", kYesNo},
                      {"SERVING", "status.engine.functions_serving", kCount},
                      {"FAILED", "status.engine.functions_failed", kCount},
                      {"KERNEL", "status.kernel", kText, true},
                      {"BOOTED", "status.boot_time", kTime, true}}};
}

Noun adapter_noun() {
  return {.name = "adapter",
          .kind = "adapter",
          .plural = "adapters",
          .value = "ADAPTER",
          .description = "Network adapters of the host",
          .columns = {{"NAME", "name"},
                      {"STATE", "status.state"},
                      {"ADDRESS", "status.address"},
                      {"DRIVER", "status.driver"},
                      {"MTU", "status.mtu", kCount},
                      {"MBIT/s", "status.speed_mbit", kCount},
                      {"VFS", "status.sriov.enabled", kCount},
                      {"BUS", "status.bus_address", kText, true},
                      {"NUMA", "status.numa_node", kText, true},
                      {"VIRTUAL", "status.is_virtual", kYesNo, true}}};
}

Noun target_noun() {
  return {.name = "target",
          .kind = "target",
          .plural = "targets",
          .value = "TARGET",
          .description = "iSCSI targets: the arrays' side",
          .columns = {{"NAME", "name"},
                      {"STATE", "status.state"},
                      {"TARGET", "spec.iqn"},
                      {"PORTAL", "spec.portal"},
                      {"LUNS", "status.luns", kLength},
                      {"SESSIONS", "status.sessions", kLength},
                      {"CHAP", "spec.chap.user", kText, true},
                      {"FUNCTIONS", "status.functions", kList, true}},
          .has_set = true,
          .has_delete = true,
          .apply_order = 1};
}

Noun volume_noun() {
  return {.name = "volume",
          .kind = "volume",
          .plural = "volumes",
          .value = "VOLUME",
          .description = "Disks that functions serve: LUNs, files, memory",
          .columns = {{"NAME", "name"},
                      {"STATE", "status.state"},
                      {"KIND", "spec.kind"},
                      {"SIZE", "status.size_bytes", kSizeStyle},
                      {"FUNCTIONS", "status.functions", kList},
                      {"FILE", "spec.path", kText, true},
                      {"PATHS", "spec.paths", kLength, true},
                      {"IDENTITY", "status.identity", kText, true}},
          .has_set = true,
          .has_delete = true,
          .apply_order = 3};
}

Noun function_noun() {
  return {.name = "vf",
          .kind = "function",
          .plural = "functions",
          .value = "FUNCTION",
          .description = "Virtual functions: disks that guests attach",
          .columns = {{"NAME", "name"},
                      {"STATE", "status.state"},
                      {"HEALTH", "status.health.state"},
                      {"SIZE", "status.capacity_bytes", kSizeStyle},
                      {"VOLUME", "spec.volume"},
                      {"POLICY", "spec.policy"},
                      {"ATTACHED", "status.attached", kYesNo},
                      {"RUNNING", "status.driver_active", kYesNo},
                      {"IDENTITY", "status.identity", kText, true},
                      {"SOCKET", "status.socket_path", kText, true}},
          .has_set = true,
          .has_delete = true,
          .apply_order = 4};
}

Noun machine_noun() {
  return {.name = "vm",
          .kind = "machine",
          .plural = "machines",
          .value = "MACHINE",
          .description = "Virtual machines of the host's libvirt",
          .columns = {{"NAME", "name"},
                      {"STATE", "status.state"},
                      {"CPUS", "status.cpus", kCount},
                      {"MEMORY", "status.memory_bytes", kSizeStyle},
                      {"RUNS BY", "status.accelerator"},
                      {"FUNCTIONS", "spec.functions", kList},
                      {"SHARED MEMORY", "status.shared_memory", kYesNo, true},
                      {"AUTOSTART", "spec.autostart", kYesNo, true},
                      {"BALLOON", "status.memory_now_bytes", kSizeStyle, true}}};
}

Noun policy_noun() {
  return {.name = "policy",
          .kind = "policy",
          .plural = "policies",
          .value = "POLICY",
          .description = "Limits of several functions, shared or for each",
          .columns = {{"NAME", "name"},
                      {"STATE", "status.state"},
                      {"MODE", "spec.mode"},
                      {"IOPS", "spec.limits.iops_max", kCount},
                      {"BYTES/s", "spec.limits.bytes_max", kSizeStyle},
                      {"FUNCTIONS", "status.functions", kLength},
                      {"MEMBERS", "status.functions", kList, true}},
          .has_create = true,
          .has_set = true,
          .has_delete = true,
          .example = "laneway policy create gold --iops-max 20000 --bytes-max 500M",
          .apply_order = 2};
}

Noun user_noun() {
  return {.name = "user",
          .kind = "user",
          .plural = "users",
          .value = "USER",
          .description = "People who log in to the console with a password",
          .columns = {{"NAME", "name"},
                      {"ROLE", "spec.role"},
                      {"DISABLED", "spec.disabled", kYesNo},
                      {"PASSWORD", "status.has_password", kYesNo},
                      {"MUST CHANGE", "status.must_change_password", kYesNo, true},
                      {"CREATED", "created_at", kTime, true}},
          .has_create = true,
          .has_set = true,
          .has_delete = true,
          .example = "laneway user create anna --role operator\nThen: laneway user password anna",
          .apply_order = 5};
}

Noun token_noun() {
  return {.name = "token",
          .kind = "token",
          .plural = "tokens",
          .value = "TOKEN",
          .description = "Bearer tokens of programs",
          .columns = {{"NAME", "name"},
                      {"ROLE", "spec.role"},
                      {"STATE", "status.state"},
                      {"EXPIRES", "status.expires_at", kTime},
                      {"DESCRIPTION", "spec.description"}},
          .has_delete = true};
}

}  // namespace

const std::vector<Noun>& nouns() {
  static const std::vector<Noun> kNouns = {host_noun(),   adapter_noun(),  target_noun(),
                                           volume_noun(), function_noun(), machine_noun(),
                                           policy_noun(), user_noun(),     token_noun()};
  return kNouns;
}

const Noun* find_noun(std::string_view kind) {
  for (const Noun& noun : nouns()) {
    if (kind == noun.kind) return &noun;
  }
  return nullptr;
}

}  // namespace laneway
