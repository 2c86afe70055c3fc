#include "manager/housekeeper.h"

#include <chrono>

#include "base/log.h"

namespace laneway {

Housekeeper::~Housekeeper() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  (void)parts_.events.flush(parts_.store);
}

void Housekeeper::start() {
  turn();
  thread_ = std::thread([this] { run(); });
}

void Housekeeper::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, std::chrono::milliseconds(kEveryMs), [this] { return is_stopping_; })) return;
    }
    turn();
  }
}

void Housekeeper::turn() {
  parts_.machines.check_pulse();
  Resource host = host_of(parts_.roots, parts_.reconciler.view());
  host.status["libvirt"] = parts_.machines.libvirt_part();
  host.status["machines"] = parts_.machines.machines_part();
  parts_.catalog.replace_all(Kind::host, {std::move(host)});
  if (turns_++ % kAdaptersEvery == 0) parts_.catalog.replace_all(Kind::adapter, adapters_of(parts_.roots));
  look_at_tokens();
  const Result<void> flushed = parts_.events.flush(parts_.store);
  if (!flushed && is_store_well_) log_warning("Events are in memory only for now: {}", flushed.error().message);
  is_store_well_ = flushed.has_value();
}

void Housekeeper::look_at_tokens() {
  for (const Resource& token : parts_.catalog.all(Kind::token)) {
    if (number_at(token.notes, "expires_at_ms") > parts_.clock.now_ms()) continue;
    Json status = token.status;
    status["state"] = "expired";
    parts_.catalog.set_status(Kind::token, token.name, std::move(status));
  }
}

}  // namespace laneway
