#include "keeper/descriptor_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/log.h"

namespace laneway {

namespace {

constexpr std::string_view kItemName = "item.";
constexpr std::string_view kFileName = "file.";

std::string name_of(std::string_view kind, uint64_t number) { return std::string(kind) + std::to_string(number); }

// 0 where it is none of that kind.
uint64_t number_in(std::string_view name, std::string_view kind) {
  uint64_t number = 0;
  if (!name.starts_with(kind)) return 0;
  name.remove_prefix(kind.size());
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() ? number : 0;
}

// All eventfds are one inode, which tells nothing.
std::pair<uint64_t, uint64_t> identity_of(const UniqueFd& fd) {
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0 || (found.st_mode & S_IFMT) == 0) return {0, 0};
  return {found.st_dev, found.st_ino};
}

UniqueFd copy_of(const UniqueFd& fd) { return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)); }

}  // namespace

// Changes

void DescriptorStore::item_kept(const KeptItem& item) {
  Entry& entry = entries_[item.key];
  const Entry former = std::exchange(entry, Entry());
  Manifest manifest{item.key, item.note, {}, item.bytes};
  for (const UniqueFd& fd : item.descriptors)
    manifest.descriptors.push_back(use(fd, former.files, manifest.descriptors));
  entry.files = manifest.descriptors;
  Result<UniqueFd> file = write_manifest(manifest);
  if (file) {
    entry.number = ++last_number_;
    entry.manifest = std::move(*file);
    store(name_of(kItemName, entry.number), entry.manifest);
  } else {
    log_error("{} is not in the service manager's store: {}", item.key, file.error().message);
  }
  forget(former);
  flush();
}

void DescriptorStore::item_noted(const KeptItem& item) {
  const auto found = entries_.find(item.key);
  if (found != entries_.end() && found->second.manifest) write_note(found->second.manifest, item.note);
}

void DescriptorStore::item_dropped(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  forget(found->second);
  entries_.erase(found);
  flush();
}

// Its number in the store, where it lies already or is put.
uint64_t DescriptorStore::use(const UniqueFd& fd, const std::vector<uint64_t>& former,
                              const std::vector<uint64_t>& current) {
  const FileIdentity identity = identity_of(fd);
  std::vector<uint64_t> candidates;
  if (identity == FileIdentity()) {
    candidates = former;
    candidates.insert(candidates.end(), current.begin(), current.end());
  } else {
    const auto [first, last] = by_identity_.equal_range(identity);
    for (auto each = first; each != last; ++each) candidates.push_back(each->second);
  }
  for (const uint64_t number : candidates) {
    if (!is_same(number, fd)) continue;
    ++files_.at(number).users;
    return number;
  }
  const uint64_t number = ++last_number_;
  files_.emplace(number, File{copy_of(fd), identity, 1});
  if (identity != FileIdentity()) by_identity_.emplace(identity, number);
  store(name_of(kFileName, number), fd);
  return number;
}

// The same open file: the manager takes that once only.
bool DescriptorStore::is_same(uint64_t number, const UniqueFd& fd) const {
  constexpr int kCompareFiles = 0;  // KCMP_FILE
  const auto found = files_.find(number);
  return found != files_.end() &&
         ::syscall(SYS_kcmp, ::getpid(), ::getpid(), kCompareFiles, found->second.fd.get(), fd.get()) == 0;
}

void DescriptorStore::forget(const Entry& entry) {
  if (entry.number != 0) remove(name_of(kItemName, entry.number));
  disuse(entry.files);
}

void DescriptorStore::disuse(const std::vector<uint64_t>& files) {
  for (const uint64_t number : files) {
    const auto found = files_.find(number);
    if (found == files_.end() || --found->second.users > 0) continue;
    const auto [first, last] = by_identity_.equal_range(found->second.identity);
    const auto same = std::find_if(first, last, [number](const auto& each) { return each.second == number; });
    if (same != last) by_identity_.erase(same);
    files_.erase(found);
    remove(name_of(kFileName, number));
  }
}

// The manager

// FDPOLL=0: it would take out a socket whose peer has hung up, which a successor is to see.
void DescriptorStore::store(const std::string& name, const UniqueFd& fd) {
  unsent_.push_back({"FDSTORE=1\nFDPOLL=0\nFDNAME=" + name, copy_of(fd)});
}

void DescriptorStore::remove(const std::string& name) { unsent_.push_back({"FDSTOREREMOVE=1\nFDNAME=" + name, {}}); }

void DescriptorStore::tell(std::string message) {
  unsent_.push_back({std::move(message), {}});
  flush();
}

void DescriptorStore::flush() {
  while (!unsent_.empty()) {
    const Message& next = unsent_.front();
    const int outcome = manager_.tell(next.text, next.fd ? next.fd.get() : -1);
    if (outcome == -EAGAIN || outcome == -ENOBUFS || outcome == -ETOOMANYREFS) return;
    if (outcome != 0) log_warning("The service manager does not listen: {}", errno_text(-outcome));
    unsent_.pop_front();
  }
}

// The start

std::vector<KeptItem> DescriptorStore::take(std::vector<NamedFd> held) {
  std::map<uint64_t, NamedFd*> manifests;  // the newest last
  for (NamedFd& each : held) {
    const uint64_t file = number_in(each.name, kFileName);
    const uint64_t item = number_in(each.name, kItemName);
    last_number_ = std::max({last_number_, file, item});
    if (item != 0) manifests.emplace(item, &each);
    if (file != 0) {
      const FileIdentity identity = identity_of(each.fd);
      if (identity != FileIdentity()) by_identity_.emplace(identity, file);
      files_.emplace(file, File{std::move(each.fd), identity, 0});
    }
  }
  std::map<std::string, KeptItem, std::less<>> items;
  for (auto& [number, named] : manifests) {
    Entry entry{number, std::move(named->fd), {}};
    Result<Manifest> manifest = read_manifest(entry.manifest);
    KeptItem item;
    if (!manifest || !restore(*manifest, entry, item)) {
      remove(named->name);
      continue;
    }
    if (const auto older = entries_.find(item.key); older != entries_.end()) forget(older->second);
    entries_[item.key] = std::move(entry);
    items[item.key] = std::move(item);
  }
  std::vector<uint64_t> unused;
  for (auto& [number, file] : files_) {
    if (file.users > 0) continue;
    file.users = 1;
    unused.push_back(number);
  }
  disuse(unused);
  flush();
  std::vector<KeptItem> out;
  out.reserve(items.size());
  for (auto& [key, item] : items) out.push_back(std::move(item));
  return out;
}

// False where a file is missing.
bool DescriptorStore::restore(const Manifest& manifest, Entry& entry, KeptItem& item) {
  const auto is_there = [this](uint64_t number) { return files_.contains(number); };
  if (!std::all_of(manifest.descriptors.begin(), manifest.descriptors.end(), is_there)) {
    log_error("{} cannot be restored: the service manager lost a part of it", manifest.key);
    return false;
  }
  item.key = manifest.key;
  item.note = manifest.note;
  item.bytes = manifest.bytes;
  for (const uint64_t number : manifest.descriptors) {
    File& file = files_.at(number);
    ++file.users;
    item.descriptors.push_back(copy_of(file.fd));
  }
  entry.files = manifest.descriptors;
  return true;
}

}  // namespace laneway
