#include "backend/iscsi_lun.h"

namespace laneway {

std::string IscsiLun::describe() const {
  const std::vector<LunPath*> all = paths_.all();
  if (all.empty()) return "iscsi";
  const std::string more = all.size() == 1 ? std::string() : fmt::format(" and {} more paths", all.size() - 1);
  return fmt::format("iscsi {} lun {}{}", all.front()->target().settings().target_name, all.front()->number(), more);
}

bool IscsiLun::accept(const LunFacts& now) {
  enum class Change { none, other_disk, geometry };
  uint64_t old_bytes = 0;
  const Change change = facts_.with([&](LunFacts& known) {
    if (now.identity != known.identity || now.limits.block_bytes != known.limits.block_bytes) return Change::other_disk;
    old_bytes = known.limits.capacity_bytes;
    const bool is_same =
        now.limits.capacity_bytes == known.limits.capacity_bytes && now.is_write_protected == known.is_write_protected;
    known = now;
    return is_same ? Change::none : Change::geometry;
  });
  if (change == Change::geometry) {
    if (now.limits.capacity_bytes != old_bytes) health_.resized(old_bytes, now.limits.capacity_bytes);
    watcher_.tell();
  }
  return change != Change::other_disk;
}

uint32_t IscsiLun::take_queue_number() {
  return queue_numbers_.with([](auto& taken) {
    uint32_t number = 0;
    while (number + 1 < taken.size() && taken.test(number)) ++number;
    taken.set(number);
    return number;
  });
}

void IscsiLun::give_back_queue_number(uint32_t number) {
  queue_numbers_.with([number](auto& taken) { taken.reset(number); });
}

}  // namespace laneway
