#include "engine/link_mark.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/kept_keys.h"

namespace laneway {

LinkMark::LinkMark(KeeperLink& link) : link_(link), item_(link, kKeptMarkKey, *this) {
  run_on(link_.reactor(), [this] {
    if (item_.is_idle()) put();
  });
  is_kept_.acquire();
}

LinkMark::~LinkMark() {
  run_on(link_.reactor(), [this] {
    link_.use_mark(-1);
    is_ending_ = true;
    if (item_.is_idle()) has_ended_.release();
  });
  has_ended_.acquire();
}

// A file of its own for every keeper: the former one may be marked.
void LinkMark::put() {
  UniqueFd fresh(::memfd_create("laneway-mark", MFD_CLOEXEC));
  number_ = fresh.get();
  link_.use_mark(number_);
  file_ = std::move(fresh);
  item_.put({}, {&number_, file_ ? 1u : 0u});
}

void LinkMark::item_put() {
  // Release: the waiter goes on; pairs with its acquire.
  if (std::exchange(is_first_, false)) is_kept_.release();
  if (is_ending_) has_ended_.release();
}

void discard_outdated(Inheritance& inheritance) {
  const auto mark = inheritance.items.find(kKeptMarkKey);
  if (mark == inheritance.items.end() || mark->second.descriptors.size() != 1) return;
  uint8_t marked = 0;
  const bool is_outdated = ::pread(mark->second.descriptors.front().get(), &marked, 1, 0) == 1 && marked != 0;
  inheritance.items.erase(mark);
  if (!is_outdated) return;
  log_warning("The last engine went on without a keeper: attached devices are not restored, front-ends connect again");
  std::erase_if(inheritance.items, [](const auto& item) {
    return item.first.starts_with(kept_device_key("")) || item.first.starts_with(kept_disk_key(""));
  });
}

}  // namespace laneway
