#pragma once
// KeeperBroker is the Outside of a confined engine: what needs a name is done by the keeper, which hands over the
// descriptor. Put in place by set_outside(); until there is a connection to the keeper it does everything itself, which
// an engine that starts still may. Control threads, any number at once; a call blocks.

#include <atomic>

#include "base/outside.h"
#include "engine/keeper_link.h"
#include "keeper/broker_request.h"

namespace laneway {

class KeeperBroker final : public Outside {
 public:
  // The link outlives the use; null: no more.
  void use(KeeperLink* link) { link_.store(link, std::memory_order_release); }

  int open(const std::string& path, int flags, UniqueFd& file) override;
  int unlink(const std::string& path) override;
  int rename(const std::string& from, const std::string& to) override;
  Result<UniqueFd> listen(const std::string& path, mode_t mode) override;
  Result<std::vector<HostAddress>> resolve(const std::string& host, uint16_t port) override;

 private:
  Result<Answer> ask(KeeperLink& link, const BrokerRequest& request) const;
  int ask_for_errno(KeeperLink& link, const BrokerRequest& request, UniqueFd* file) const;
  // Acquire pairs with use().
  KeeperLink* link() const { return link_.load(std::memory_order_acquire); }

  std::atomic<KeeperLink*> link_{nullptr};
};

// The process's Outside is a broker as long as this is there, and does everything itself before and after. Made before
// the first further thread.
class BrokerInPlace {
 public:
  BrokerInPlace();
  ~BrokerInPlace() { broker_->use(nullptr); }
  BrokerInPlace(const BrokerInPlace&) = delete;
  BrokerInPlace& operator=(const BrokerInPlace&) = delete;

  void use(KeeperLink& link) { broker_->use(&link); }

 private:
  KeeperBroker* broker_;  // owned by outside(), which lives as long as the process
};

}  // namespace laneway
