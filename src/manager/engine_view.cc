#include "manager/engine_view.h"

#include <charconv>

namespace laneway {

namespace {

Result<void> read_things(EnginePort& engine, const char* method, const char* member_name, EngineView::Things& into) {
  Result<Json> answer = engine.call(method, Json::object(), kEngineLookNs);
  if (!answer) return pass_on(answer);
  for (const Json& thing : member(*answer, member_name)) {
    Json& kept = into[text_at(thing, "name")] = thing;
    // Counters of rings and sessions: no part of what anything is.
    kept.erase("connection");
    if (!kept.contains("paths")) continue;
    for (Json& path : kept["paths"]) path.erase("sessions");
  }
  return {};
}

Result<void> read_all(EnginePort& engine, EngineView& view) {
  Result<Json> status = engine.call("engine.status", Json::object(), kEngineLookNs);
  if (!status) return pass_on(status);
  view.status = std::move(*status);
  if (Result<void> read = read_things(engine, "target.list", "targets", view.targets); !read) return read;
  if (Result<void> read = read_things(engine, "group.list", "groups", view.groups); !read) return read;
  return read_things(engine, "vf.list", "functions", view.functions);
}

}  // namespace

const Json* EngineView::find(Kind kind, std::string_view name) const {
  const auto found = of(kind).find(name);
  return found == of(kind).end() ? nullptr : &found->second;
}

EngineView look_at_engine(EnginePort& engine) {
  EngineView view;
  const Result<void> read = read_all(engine, view);
  if (read) {
    view.is_up = true;
    return view;
  }
  view = EngineView();
  view.reason = read.error().message;
  return view;
}

uint64_t observed_generation(const Json& thing, const Resource& resource) {
  const std::string origin = text_at(thing, "origin");
  if (origin.size() <= resource.uid.size() + 1 || !origin.starts_with(resource.uid + "/")) return 0;
  uint64_t generation = 0;
  (void)std::from_chars(origin.data() + resource.uid.size() + 1, origin.data() + origin.size(), generation);
  return generation;
}

}  // namespace laneway
