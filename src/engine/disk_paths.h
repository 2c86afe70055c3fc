#pragma once
// DiskPaths are the paths of an open disk, where it is one that has them: changed under I/O, and shown. The table of
// functions decides and remembers; this carries out. Owned by the served function; control threads, one change at a
// time, reports at any time.

#include <string>
#include <vector>

#include "backend/iscsi_meter.h"
#include "engine/path_spec.h"

namespace laneway {

struct PathReport {
  PathSpec spec;
  std::vector<IscsiSessionReport> sessions;  // one a queue that is open
};

class DiskPaths {
 public:
  virtual ~DiskPaths() = default;
  // Proves over that path that it leads to this disk before a request takes it.
  virtual Result<void> add(const PathSpec& path) = 0;
  // Waits until no request is on it. Not the last one.
  virtual Result<void> remove(uint32_t id) = 0;
  virtual void set_out(uint32_t id, bool is_out) = 0;
  // Tried at once, and used at once where it works.
  virtual void retry(uint32_t id) = 0;
  virtual void set_rules(const PathsSpec& spec) = 0;
  virtual std::vector<IscsiSessionReport> sessions() const = 0;
};

}  // namespace laneway
