#pragma once
// IscsiMeter is what people see of one queue's session: its state and running totals. Written by the queue's reactor,
// read by any thread as an IscsiSessionReport. Owned by the queue.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "backend/guarded.h"
#include "iscsi/options.h"
#include "scsi/port_groups.h"

namespace laneway {

enum class IscsiLinkState : uint8_t {
  idle,        // no session: none was needed yet
  connecting,  // TCP, then login for the first time
  login,
  ready,
  recovering,  // the session was lost; requests wait for the next
  failed,      // another disk answers, or the session has been down for too long: requests fail
};
std::string_view link_state_name(IscsiLinkState state);

struct IscsiSessionReport {
  std::string function;
  uint32_t queue_number = 0;
  uint32_t path = 0;
  uint32_t lun = 0;
  IscsiLinkState state = IscsiLinkState::idle;
  bool is_active = false;   // requests take this path now
  bool has_access = false;  // the target tells how its ports reach the LUN
  scsi::AccessState access = scsi::AccessState::optimized;
  std::string portal;  // where the session is, or was tried last
  std::string error;   // why it is not ready; empty where it is
  iscsi::Isid isid{};
  uint64_t logins = 0;
  uint64_t reconnects = 0;  // logins after a session was lost
  uint64_t replays = 0;     // requests sent again on another session
  uint64_t fences = 0;
  uint64_t retries = 0;  // requests sent again on the same session
  uint64_t timeouts = 0;
  uint64_t read_bytes = 0;
  uint64_t written_bytes = 0;
};

class IscsiMeter {
 public:
  // A total with one writer.
  class Total {
   public:
    void add(uint64_t amount) {
      value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    uint64_t get() const { return value_.load(std::memory_order_relaxed); }

   private:
    std::atomic<uint64_t> value_{0};
  };

  // Who has the session: fixed.
  struct Owner {
    std::string function;
    uint32_t queue_number = 0;
    uint32_t path = 0;
    uint32_t lun = 0;
  };
  IscsiMeter(Owner owner, const iscsi::Isid& isid);

  // Home reactor only; at changes of the session, never per I/O.
  void set_state(IscsiLinkState state, std::string_view error = {});
  void set_portal(std::string_view portal);
  void set_active(bool is_active) { is_active_.store(is_active, std::memory_order_relaxed); }
  void set_access(bool is_told, scsi::AccessState state) {
    has_access_.store(is_told, std::memory_order_relaxed);
    access_.store(state, std::memory_order_relaxed);
  }

  Total logins;
  Total reconnects;
  Total replays;
  Total fences;
  Total retries;
  Total timeouts;
  Total read_bytes;
  Total written_bytes;

  // Any thread.
  IscsiSessionReport report() const;
  const iscsi::Isid& isid() const { return isid_; }

 private:
  // Fixed after construction
  const Owner owner_;
  const iscsi::Isid isid_;
  // Any thread
  struct Condition {
    IscsiLinkState state = IscsiLinkState::idle;
    std::string error;
    std::string portal;
  };
  Guarded<Condition> condition_;
  std::atomic<bool> is_active_{false};
  std::atomic<bool> has_access_{false};
  std::atomic<scsi::AccessState> access_{scsi::AccessState::optimized};
};

}  // namespace laneway
