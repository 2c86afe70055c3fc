#include "backend/multipath_paths.h"

#include <algorithm>

#include "base/check.h"

namespace laneway {

LunPaths::~LunPaths() { LW_ASSERT(bells_.copy().empty()); }

LunPath& LunPaths::add(IscsiTarget& target, const LunPathOptions& options) {
  LW_ASSERT(find(options.id) == nullptr);
  auto made = std::make_unique<LunPath>(target, options);
  LunPath& path = *made;
  paths_.with([&made](auto& paths) {
    const auto place = std::find_if(paths.begin(), paths.end(), [&](const auto& p) { return p->id() > made->id(); });
    paths.insert(place, std::move(made));
  });
  ring();
  return path;
}

bool LunPaths::remove(uint32_t id) {
  LunPath* path = find(id);
  LW_ASSERT(path != nullptr);
  path->leave();
  ring();
  if (!path->await_empty(kRemovePatienceNs)) return false;
  paths_.with([id](auto& paths) { std::erase_if(paths, [id](const auto& each) { return each->id() == id; }); });
  return true;
}

LunPath* LunPaths::find(uint32_t id) const {
  return paths_.with([id](const auto& paths) -> LunPath* {
    for (const auto& path : paths) {
      if (path->id() == id) return path.get();
    }
    return nullptr;
  });
}

std::vector<LunPath*> LunPaths::all() const {
  return paths_.with([](const auto& paths) {
    std::vector<LunPath*> all;
    all.reserve(paths.size());
    for (const auto& path : paths) all.push_back(path.get());
    return all;
  });
}

std::vector<LunPath*> LunPaths::join_new(const std::vector<LunPath*>& known) {
  return paths_.with([&known](const auto& paths) {
    std::vector<LunPath*> joined;
    for (const auto& path : paths) {
      const bool is_known = std::find(known.begin(), known.end(), path.get()) != known.end();
      if (!is_known && path->join()) joined.push_back(path.get());
    }
    return joined;
  });
}

size_t LunPaths::count() const {
  return paths_.with([](const auto& paths) { return paths.size(); });
}

void LunPaths::set_rules(const PathRules& rules) {
  rules_.with([&rules](PathRules& own) { own = rules; });
  ring();
}

void LunPaths::ring() {
  bells_.with([](const auto& bells) {
    for (Bell* bell : bells) bell->ring();
  });
}

void LunPaths::enlist(Bell& bell) {
  bells_.with([&bell](auto& bells) { bells.push_back(&bell); });
}

void LunPaths::delist(Bell& bell) {
  bells_.with([&bell](auto& bells) { std::erase(bells, &bell); });
}

}  // namespace laneway
