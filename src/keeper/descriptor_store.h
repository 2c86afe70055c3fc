#pragma once
// DescriptorStore mirrors the items into the service manager's descriptor store, from which a keeper that starts after
// both it and the engine died has them again. Each file lies there once, under a name of its own, since the manager
// takes no duplicate; each item has a manifest that names its files. Owned by the keeper; its thread.

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/service_manager.h"
#include "keeper/item_store.h"
#include "keeper/manifest.h"

namespace laneway {

class DescriptorStore final : public ItemMirror {
 public:
  // The manager outlives the store.
  explicit DescriptorStore(ServiceManager& manager) : manager_(manager) {}
  ~DescriptorStore() = default;

  // What the manager held; what is of no use is taken out. Once, first.
  std::vector<KeptItem> take(std::vector<NamedFd> held);

  void item_kept(const KeptItem& item) override;
  void item_noted(const KeptItem& item) override;
  void item_dropped(const std::string& key) override;

  // Says something else to the manager (sd_notify(3)), after all that it is to hold until then.
  void tell(std::string message);

  // What the manager did not take yet.
  bool has_unsent() const { return !unsent_.empty(); }
  void flush();

 private:
  using FileIdentity = std::pair<uint64_t, uint64_t>;  // device and inode; zeroes for eventfds and the like
  struct File {
    UniqueFd fd;
    FileIdentity identity;
    uint32_t users = 0;
  };
  struct Entry {
    uint64_t number = 0;  // of the manifest's name
    UniqueFd manifest;
    std::vector<uint64_t> files;
  };
  struct Message {
    std::string text;
    UniqueFd fd;
  };

  uint64_t use(const UniqueFd& fd, const std::vector<uint64_t>& former, const std::vector<uint64_t>& current);
  bool is_same(uint64_t number, const UniqueFd& fd) const;
  void disuse(const std::vector<uint64_t>& files);
  void forget(const Entry& entry);
  void store(const std::string& name, const UniqueFd& fd);
  void remove(const std::string& name);
  bool restore(const Manifest& manifest, Entry& entry, KeptItem& item);

  ServiceManager& manager_;
  std::map<uint64_t, File> files_;  // by the number of the name
  std::multimap<FileIdentity, uint64_t> by_identity_;
  std::map<std::string, Entry, std::less<>> entries_;  // by key
  std::deque<Message> unsent_;
  uint64_t last_number_ = 0;
};

}  // namespace laneway
