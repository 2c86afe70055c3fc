#include "engine/function_spec.h"

#include <algorithm>
#include <bit>

#include "engine/lun_facts_json.h"
#include "engine/names.h"
#include "engine/qos_spec.h"
#include "engine/reactor_pool.h"
#include "rpc/fields.h"

namespace laneway {

namespace {

constexpr uint64_t kCapacityMax = uint64_t{1} << 60;
constexpr uint64_t kDeadlineMaxS = 24 * 3600;

DiskKind disk_kind_of(const std::string& name) {
  if (name == "null") return DiskKind::null;
  if (name == "file") return DiskKind::file;
  return name == "iscsi" ? DiskKind::iscsi : DiskKind::memory;
}

std::string absolute_path_field(FieldReader& fields, std::string_view key) {
  std::string path = fields.text_or(key, "");
  if (!path.empty() && path[0] != '/')
    fields.refuse(key, fmt::format("is '{}', which is relative; begin with '/'", path));
  return path;
}

void read_capacity(FieldReader& fields, FunctionSpec& spec) {
  spec.block_bytes = static_cast<uint32_t>(fields.number_or("block_bytes", {512, 4096}, 512));
  if (!std::has_single_bit(spec.block_bytes) || (spec.block_bytes != 512 && spec.block_bytes != 4096)) {
    fields.refuse("block_bytes", fmt::format("is {}; give 512 or 4096", spec.block_bytes));
  }
  if (spec.disk == DiskKind::file) {
    spec.capacity_bytes = fields.number_or("capacity_bytes", {1, kCapacityMax}, 0);
  } else {
    spec.capacity_bytes = fields.number("capacity_bytes", {1, kCapacityMax});
  }
  if (spec.capacity_bytes % spec.block_bytes != 0) {
    fields.refuse("capacity_bytes",
                  fmt::format("is {}, which is no multiple of the {}-byte sector; round it to {}", spec.capacity_bytes,
                              spec.block_bytes, (spec.capacity_bytes / spec.block_bytes + 1) * spec.block_bytes));
  }
}

std::optional<LunFacts> read_lun_facts(FieldReader& outer) {
  const Json& object = outer.object("lun_facts");
  if (object.is_null()) return std::nullopt;
  Result<LunFacts> facts = decode_lun_facts(object, "lun_facts");
  if (!facts) {
    outer.refuse("lun_facts", "is wrong: " + facts.error().message);
    return std::nullopt;
  }
  return std::move(*facts);
}

// One path may be said by target and lun alone.
void read_paths(FieldReader& fields, FunctionSpec& spec, SpecSource source) {
  const Json& list = fields.list("paths");
  spec.path_rules = read_paths_change(fields).applied_to({});
  if (list.empty()) spec.paths.push_back(read_path_place(fields));
  for (const Json& entry : list) {
    Result<PathSpec> path = decode_path(entry, fmt::format("paths[{}]", spec.paths.size()));
    if (!path) return fields.refuse("paths", "is wrong: " + path.error().message);
    if (source == SpecSource::operator_call) path->id = static_cast<uint32_t>(spec.paths.size());
    for (const PathSpec& other : spec.paths) {
      const bool is_double = other.id == path->id || other.is_same_place(*path);
      if (is_double) return fields.refuse("paths", fmt::format("has {} twice", path_text(*path)));
    }
    spec.paths.push_back(std::move(*path));
  }
  if (spec.paths.size() > LunPaths::kPathsMax) {
    fields.refuse("paths", fmt::format("are {}; give at most {}", spec.paths.size(), LunPaths::kPathsMax));
  }
}

void encode_paths(const FunctionSpec& spec, Json& object) {
  const PathSpec& first = spec.paths.front();
  const bool is_plain = spec.paths.size() == 1 && first.id == 0 && !first.portal && !first.is_preferred;
  if (spec.path_rules != PathsSpec{}) encode_paths_spec(spec.path_rules, object);
  if (is_plain && !first.is_out) {
    // As engines wrote it that knew one path.
    object["target"] = first.target;
    object["lun"] = first.lun;
    return;
  }
  for (const PathSpec& path : spec.paths) object["paths"].push_back(encode_path(path));
}

void read_disk(FieldReader& fields, FunctionSpec& spec, SpecSource source) {
  spec.disk = disk_kind_of(fields.choice("backend", {"memory", "null", "file", "iscsi"}, "memory"));
  if (!fields.has("backend")) fields.refuse("backend", "is missing; give one of memory, null, file, iscsi");
  if (spec.disk != DiskKind::iscsi) read_capacity(fields, spec);
  if (spec.disk == DiskKind::file) {
    spec.path = absolute_path_field(fields, "path");
    if (spec.path.empty()) fields.refuse("path", "is missing; give the file's absolute path");
  }
  if (spec.disk != DiskKind::iscsi) return;
  read_paths(fields, spec, source);
  if (source == SpecSource::state_file) spec.lun_facts = read_lun_facts(fields);
  if (source == SpecSource::operator_call) spec.expected_identity = fields.text_or("identity", "");
}

void read_device(FieldReader& fields, FunctionSpec& spec) {
  spec.is_read_only = fields.flag_or("read_only", false);
  spec.serial = fields.text_or("serial", "");
  if (spec.serial.size() > VhostBlkOptions::kSerialBytesMax) {
    fields.refuse("serial", fmt::format("is {} bytes long; give at most {}", spec.serial.size(),
                                        VhostBlkOptions::kSerialBytesMax));
  }
  spec.queues = static_cast<uint32_t>(fields.number_or("queues", {1, VhostBlkOptions::kQueuesMax}, 4));
  spec.reactors = static_cast<uint32_t>(fields.number_or("reactors", {1, ReactorPool::kCountMax}, 1));
  spec.queue_size = static_cast<uint32_t>(fields.number_or("queue_size", {4, VhostBlkOptions::kQueueSizeMax}, 256));
  if (!std::has_single_bit(spec.queue_size)) {
    fields.refuse("queue_size", fmt::format("is {}; give a power of two, such as 256", spec.queue_size));
  }
  const std::string cache = fields.choice("cache", {"writeback", "writethrough"}, "writeback");
  spec.cache = cache == "writeback" ? CacheMode::writeback : CacheMode::writethrough;
  spec.origin = read_origin(fields);
  spec.deadline_s = fields.number_or("deadline_s", {0, kDeadlineMaxS}, 180);
  spec.socket_path = absolute_path_field(fields, "socket_path");
}

}  // namespace

std::string_view disk_kind_name(DiskKind kind) {
  switch (kind) {
    case DiskKind::memory:
      return "memory";
    case DiskKind::null:
      return "null";
    case DiskKind::file:
      return "file";
    case DiskKind::iscsi:
      return "iscsi";
  }
  return "memory";
}

std::string_view cache_mode_name(CacheMode mode) { return mode == CacheMode::writeback ? "writeback" : "writethrough"; }

bool is_on_target(const FunctionSpec& spec, std::string_view target) {
  return std::any_of(spec.paths.begin(), spec.paths.end(),
                     [target](const PathSpec& path) { return path.target == target; });
}

std::string serial_of(const FunctionSpec& spec) {
  return spec.serial.empty() ? spec.name.substr(0, VhostBlkOptions::kSerialBytesMax) : spec.serial;
}

Result<FunctionSpec> decode_function_spec(const Json& object, const std::string& subject, SpecSource source) {
  FieldReader fields(object, subject);
  FunctionSpec spec;
  spec.name = fields.text("name");
  read_disk(fields, spec, source);
  read_device(fields, spec);
  spec.group = fields.text_or("group", "");
  const Json& limits = fields.object("limits");
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  if (Result<void> named = check_function_name(spec.name); !named) return pass_on(named);
  Result<LimitChange> change = decode_limit_change(limits, subject);
  if (!change) return pass_on(change);
  spec.limits = change->applied_to({});
  if (Result<void> checked = check_function_limits(spec.limits, !spec.group.empty(), subject); !checked) {
    return pass_on(checked);
  }
  return spec;
}

Json encode_function_spec(const FunctionSpec& spec) {
  Json object = {{"name", spec.name},
                 {"backend", disk_kind_name(spec.disk)},
                 {"read_only", spec.is_read_only},
                 {"serial", spec.serial},
                 {"queues", spec.queues},
                 {"queue_size", spec.queue_size},
                 {"cache", cache_mode_name(spec.cache)},
                 {"deadline_s", spec.deadline_s},
                 {"socket_path", spec.socket_path}};
  if (spec.reactors != 1) object["reactors"] = spec.reactors;
  if (spec.limits != QosLimits{}) object["limits"] = encode_limits(spec.limits);
  if (!spec.group.empty()) object["group"] = spec.group;
  if (!spec.origin.empty()) object["origin"] = spec.origin;
  if (spec.disk == DiskKind::iscsi) {
    encode_paths(spec, object);
    if (spec.lun_facts) object["lun_facts"] = encode_lun_facts(*spec.lun_facts);
    return object;
  }
  object["block_bytes"] = spec.block_bytes;
  if (spec.capacity_bytes != 0) object["capacity_bytes"] = spec.capacity_bytes;
  if (spec.disk == DiskKind::file) object["path"] = spec.path;
  return object;
}

}  // namespace laneway
