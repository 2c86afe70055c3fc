#pragma once
// EngineEventReader takes over what the engine tells (limits that hold requests back, paths that fail, slow targets)
// into lanewayd's events, each once, also over restarts of either. Owned by the reconciler. The looking thread only.

#include <optional>
#include <string>

#include "manager/engine_port.h"
#include "manager/event_book.h"
#include "manager/ledger.h"

namespace laneway {

class EngineEventReader {
 public:
  EngineEventReader(EnginePort& engine, EventBook& events, Ledger& ledger)
      : engine_(engine), events_(events), ledger_(ledger) {}

  // What came since the last look. What cannot be read now is read the next time.
  void read();

 private:
  // How far it has read: which log, and the number of the last event of it.
  struct Place {
    uint64_t log = 0;
    uint64_t number = 0;
  };
  void recall();
  void remember();
  void tell(const Json& event);

  EnginePort& engine_;
  EventBook& events_;
  Ledger& ledger_;
  std::optional<Place> place_;  // none: not recalled yet
};

}  // namespace laneway
