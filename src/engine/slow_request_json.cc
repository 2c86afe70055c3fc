#include "engine/slow_request_json.h"

#include <algorithm>
#include <utility>

#include "engine/report_json.h"
#include "engine/sentence.h"

namespace laneway {

namespace {

constexpr uint32_t kWorthSaying = 20;  // a part of the whole: less is left out, but for what is longest

std::string_view op_name(BlockOp op) {
  switch (op) {
    case BlockOp::read:
      return "read";
    case BlockOp::write:
      return "write";
    case BlockOp::flush:
      return "flush";
    case BlockOp::discard:
      return "discard";
    case BlockOp::write_zeroes:
      return "write-zeroes";
  }
  return "request";
}

std::string time_text(uint32_t duration_us) {
  if (duration_us < 1000) return fmt::format("{} us", duration_us);
  if (duration_us < 10'000) return fmt::format("{:.1f} ms", duration_us / 1000.0);
  if (duration_us < 10'000'000) return fmt::format("{} ms", duration_us / 1000);
  return fmt::format("{} s", duration_us / 1'000'000);
}

std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string limit_text(const SlowRequest& request, const Explanation& explanation) {
  const HeldBy by = decode_held_by(request.held_by);
  const FunctionSpec& spec = explanation.report.spec;
  const uint64_t most = (by.is_of_group ? explanation.group_limits : spec.limits).max_of(by.rate);
  const std::string_view what = by.rate == QosRate::read_iops || by.rate == QosRate::read_bytes     ? " for reads"
                                : by.rate == QosRate::write_iops || by.rate == QosRate::write_bytes ? " for writes"
                                                                                                    : "";
  const std::string whose = by.is_of_group ? fmt::format("the limit of its group '{}'", spec.group) : "its limit";
  // It may have been changed since.
  if (most == 0) return fmt::format("{} that was set then", whose);
  if (counts_bytes(by.rate)) return fmt::format("{} of {} bytes a second{}", whose, grouped(most), what);
  return fmt::format("{} of {} IOPS{}", whose, grouped(most), what);
}

std::string path_name(uint32_t id, const FunctionSpec& spec) {
  for (const PathSpec& path : spec.paths) {
    if (path.id == id) return spec.paths.size() == 1 ? "the target" : path_text(path);
  }
  return fmt::format("path {}, which is gone,", id);
}

// One part of the time, and what to say of it.
struct Part {
  uint32_t duration_us = 0;
  std::string text;
};

void add_path_parts(const SlowRequest& request, const FunctionSpec& spec, std::vector<Part>& parts) {
  const std::string lost = request.lost_path == BlockTrace::kNoPath ? "" : path_name(request.lost_path, spec);
  const bool is_elsewhere = request.path != request.lost_path && request.path != BlockTrace::kNoPath;
  const std::string again = request.sent_us == SlowRequest::kUnknown ? "it was not sent again"
                            : is_elsewhere ? fmt::format("it was repeated on {}", path_name(request.path, spec))
                                           : std::string("it was repeated once that was back");
  if (!lost.empty()) {
    parts.push_back(
        {request.lost_us + request.fence_us,
         fmt::format(
             "{} was lost while the request was under way; {} after {}{}", lost, again,
             time_text(request.lost_us + request.fence_us),
             request.fence_us > 0 ? fmt::format(", {} of these for the fence", time_text(request.fence_us)) : "")});
    return;
  }
  parts.push_back(
      {request.lost_us, fmt::format("waited {} for a session with the target", time_text(request.lost_us))});
  parts.push_back({request.fence_us, fmt::format("waited {} for the fence of writes that were lost with a path",
                                                 time_text(request.fence_us))});
}

void add_target_parts(const SlowRequest& request, const FunctionSpec& spec, std::vector<Part>& parts) {
  add_path_parts(request, spec, parts);
  parts.push_back({request.slot_us, fmt::format("waited {} for a place among the requests under way at the target "
                                                "(its queue depth)",
                                                time_text(request.slot_us))});
  parts.push_back({request.window_us, fmt::format("waited {} until the target and the network took more commands",
                                                  time_text(request.window_us))});
  parts.push_back({request.busy_us, fmt::format("the target said that it was busy, {} times: {} of pauses",
                                                request.retries, time_text(request.busy_us))});
  const uint32_t target_us = request.stage_us(IoStage::target);
  const uint32_t service_us = target_us > request.busy_us ? target_us - request.busy_us : 0;
  const bool is_named = spec.paths.size() > 1 && request.path != BlockTrace::kNoPath;
  const std::string over = is_named ? fmt::format(" over {}", path_name(request.path, spec)) : "";
  parts.push_back({service_us, request.answered_us == SlowRequest::kUnknown
                                   ? fmt::format("the target had not answered{} after {}", over, time_text(service_us))
                                   : fmt::format("the target answered{} after {}", over, time_text(service_us))});
  const uint32_t transfer_us = request.stage_us(IoStage::transfer);
  parts.push_back({transfer_us, fmt::format("its data took {} to arrive", time_text(transfer_us))});
  const uint32_t engine_us = request.stage_us(IoStage::engine);
  const uint32_t waited_us = request.slot_us + request.window_us;
  const uint32_t own_us = engine_us > waited_us ? engine_us - waited_us : 0;
  parts.push_back({own_us, fmt::format("spent {} in the engine before it was sent", time_text(own_us))});
}

std::vector<Part> parts_of(const SlowRequest& request, const Explanation& explanation) {
  std::vector<Part> parts;
  const uint32_t limit_us = request.stage_us(IoStage::limit);
  parts.push_back({limit_us, fmt::format("waited {} for {}", time_text(limit_us), limit_text(request, explanation))});
  const uint32_t ring_us = request.stage_us(IoStage::ring);
  if (ring_us != SlowRequest::kUnknown) {
    parts.push_back({ring_us, fmt::format("waited up to {} in the guest's ring: the engine was busy, or not running",
                                          time_text(ring_us))});
  }
  const uint32_t back_us = request.stage_us(IoStage::completion);
  parts.push_back({back_us, fmt::format("the engine took {} to tell the guest", time_text(back_us))});
  if (request.has_target != 0) {
    add_target_parts(request, explanation.report.spec, parts);
  } else {
    const uint32_t disk_us = request.stage_us(IoStage::target);
    parts.push_back(
        {disk_us, fmt::format("the disk ({}) took {}", explanation.report.description, time_text(disk_us))});
  }
  return parts;
}

Json known(uint32_t duration_us) { return duration_us == SlowRequest::kUnknown ? Json() : Json(duration_us); }
Json path_number(uint32_t path) { return path == BlockTrace::kNoPath ? Json() : Json(path); }

Json request_json(const SlowRequest& request, const Explanation& explanation, uint64_t now_ns) {
  const bool has_target = request.has_target != 0;
  Json stages = Json::object();
  for (size_t i = 0; i < kIoStages; ++i) {
    const auto stage = static_cast<IoStage>(i);
    if (!has_target && (stage == IoStage::path || stage == IoStage::transfer)) continue;
    stages[std::string(stage_name(stage, has_target))] = known(request.stages_us[i]);
  }
  Json out = {{"ago_ns", now_ns > request.end_ns ? now_ns - request.end_ns : 0},
              {"op", op_name(request.op)},
              {"sector", request.offset_bytes / 512},
              {"length_bytes", request.length_bytes},
              {"status", status_name(request.status)},
              {"queue", request.ring},
              {"total_us", request.stage_us(IoStage::total)},
              {"stages_us", std::move(stages)},
              {"says", reasons_of(request, explanation)}};
  if (!has_target) return out;
  out["path"] = path_number(request.path);
  out["lost_path"] = path_number(request.lost_path);
  out["session"] = {{"queue", request.queue}, {"path", path_number(request.path)}};
  out["replays"] = request.replays;
  out["retries"] = request.retries;
  out["waits_us"] = {{"slot", request.slot_us},
                     {"window", request.window_us},
                     {"path", request.lost_us},
                     {"fence", request.fence_us},
                     {"busy", request.busy_us}};
  out["pdus_us"] = {{"sent", known(request.sent_us)},
                    {"r2t", known(request.r2t_us)},
                    {"first_data", known(request.first_data_us)},
                    {"answered", known(request.answered_us)}};
  out["task_tag"] = request.task_tag;
  return out;
}

}  // namespace

std::vector<std::string> reasons_of(const SlowRequest& request, const Explanation& explanation) {
  std::vector<Part> parts = parts_of(request, explanation);
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Part& a, const Part& b) { return a.duration_us > b.duration_us; });
  const uint32_t least_us = request.stage_us(IoStage::total) / kWorthSaying;
  std::vector<std::string> reasons;
  for (Part& part : parts) {
    if (!reasons.empty() && part.duration_us <= least_us) break;
    reasons.push_back(std::move(part.text));
  }
  return reasons;
}

Json explanation_json(const Explanation& explanation, uint64_t now_ns) {
  Json requests = Json::array();
  for (const SlowRequest& request : explanation.requests) {
    requests.push_back(request_json(request, explanation, now_ns));
  }
  const FunctionStatsSnapshot& stats = explanation.report.stats;
  return {{"name", explanation.report.spec.name},
          {"slow_ns", stats.slow_ns},
          {"slow_requests", stats.slow_requests},
          {"requests", std::move(requests)},
          {"stages", stages_json(explanation.report)}};
}

}  // namespace laneway
