#pragma once
// FunctionSpec is what an operator wants of one function, as it is kept in the desired state, and its JSON form, the
// same in the state file and as params of vf.create. A plain value. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backend/lun_facts.h"
#include "base/result.h"
#include "engine/path_spec.h"
#include "frontend/vhost_blk_function.h"
#include "qos/limits.h"
#include "rpc/json.h"

namespace laneway {

enum class DiskKind : uint8_t { memory, null, file, iscsi };
std::string_view disk_kind_name(DiskKind kind);

struct FunctionSpec {
  std::string name;
  DiskKind disk = DiskKind::memory;
  uint64_t capacity_bytes = 0;  // memory and null; file: not 0 creates it; iscsi: 0
  uint32_t block_bytes = 512;   // memory, null and file
  std::string path;             // file: absolute
  std::vector<PathSpec> paths;  // iscsi: at least one
  PathsSpec path_rules;         // iscsi
  // iscsi, in the state file only: the disk as it was last seen. The function is served with that before its first
  // login, and a LUN with another identity is never used.
  std::optional<LunFacts> lun_facts;

  bool is_read_only = false;
  std::string serial;  // empty: made from the name
  uint32_t queues = 4;
  uint32_t reactors = 1;  // over how many its queues are spread, where there are so many
  uint32_t queue_size = 256;
  CacheMode cache = CacheMode::writeback;
  uint64_t deadline_s = 180;  // 0: requests wait for ever
  std::string socket_path;    // absolute; empty: RUN_DIR/vf/NAME.sock
  QosLimits limits;
  std::string group;  // whose limits it shares; empty: none
  // Who manages it, and by which generation of its settings: the manager's word, kept and given back. Empty: nobody.
  std::string origin;
  std::string expected_identity;  // iscsi, of vf.create: another disk is refused; empty: any
};

enum class SpecSource : uint8_t {
  operator_call,  // what vf.create takes
  state_file,     // that and what the engine recorded itself
};

// Checks every field and that those of one kind of disk fit together.
Result<FunctionSpec> decode_function_spec(const Json& object, const std::string& subject, SpecSource source);
Json encode_function_spec(const FunctionSpec& spec);
bool is_on_target(const FunctionSpec& spec, std::string_view target);

// The serial that the guest reads: the given one, else the name's first 20 characters.
std::string serial_of(const FunctionSpec& spec);
std::string_view cache_mode_name(CacheMode mode);

}  // namespace laneway
