#pragma once
// What the engine answers about functions, groups and targets, as JSON (docs/enginectl.md). Never a secret. Free
// functions. Any thread.

#include "engine/function_table.h"
#include "engine/reactor_pool.h"
#include "engine/target_table.h"
#include "rpc/json.h"

namespace laneway {

Json health_json(const DiskHealth& health);
Json function_json(const FunctionReport& report);        // vf.create, vf.list, vf.show
Json function_stats_json(const FunctionReport& report);  // vf.stats
// Where there is no target, what takes the time there is the disk.
std::string_view stage_name(IoStage stage, bool has_target);
// By name; the stages that the function's kind of disk has.
Json stages_json(const FunctionReport& report);
Json function_limits_json(const FunctionReport& report);  // vf.limit
Json group_json(const GroupReport& report);               // group.*
Json target_json(const TargetReport& report);             // target.list
// Those that occurred, by name.
Json session_faults_json(const SessionFaults::Counts& counts);
Json session_json(const IscsiSessionReport& report);  // target.show
Json path_list_json(const FunctionReport& report);    // path.*, vf.show
// What the path is to the function as a whole: the best that one of its queues can say of it.
std::string_view path_state(const PathReport& path);
Json reactor_json(const ReactorReport& report);  // engine.status

}  // namespace laneway
