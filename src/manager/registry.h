#pragma once
// Registry carries out what clients wish: checks it against the rules and the catalog, commits it with its audit entry,
// and opens the task that brings the engine there. One at a time. Owned by the daemon. Any thread; blocks for the
// store.

#include <optional>
#include <string>

#include "manager/ledger.h"
#include "manager/refusal.h"
#include "manager/schema.h"
#include "manager/task_book.h"

namespace laneway {

struct Wish {
  enum class Verb : uint8_t { create, put, patch, remove };
  Verb verb = Verb::create;
  Kind kind = Kind::target;
  std::string name;
  Json spec = Json::object();  // of patch: the fields to change
  std::string if_match;        // empty: none
  bool is_dry_run = false;
  bool is_forced = false;
  Json notes = Json::object();      // of a new one
  std::vector<StoreWrite> secrets;  // written with it
  Actor actor;
};

struct Granted {
  Resource resource;
  bool is_new = false;
  bool is_gone = false;  // deleted, and nothing is left to do
  std::string task;      // empty: nothing to wait for
};

// Told that the engine is to be brought somewhere.
class WorkListener {
 public:
  virtual void work_came() = 0;

 protected:
  ~WorkListener() = default;
};

class Registry {
 public:
  struct Parts {
    const ApiDocument& document;
    const Schema& schema;
    Catalog& catalog;
    Ledger& ledger;
    TaskBook& tasks;
    WallClock& clock;
  };
  explicit Registry(const Parts& parts) : parts_(parts) {}
  void listen(WorkListener* listener) { listener_ = listener; }

  Answer<Granted> carry_out(const Wish& wish);
  // Takes back what the task was to do.
  Answer<void> cancel(const std::string& task, const Actor& actor);
  // Changes what is remembered of a resource, and its secret. Audited.
  Answer<void> remember(const Resource& resource, std::vector<StoreWrite> secrets, const Actor& actor);

 private:
  struct Draft {
    Resource next;
    std::optional<Resource> before;
    std::vector<StoreWrite> secrets;
  };
  Answer<Granted> carry_out_held(const Wish& wish);
  Answer<Granted> write(const Wish& wish, std::optional<Resource> before);
  Answer<Granted> remove(const Wish& wish, const std::optional<Resource>& before);
  Answer<Json> spec_of(const Wish& wish, const std::optional<Resource>& before) const;
  Answer<bool> take_target_secrets(Draft& draft);
  Answer<Granted> commit(Draft draft, const Wish& wish);
  std::string open_task(const Draft& draft, const char* verb, const Actor& actor);

  // Fixed after construction
  const Parts parts_;
  WorkListener* listener_ = nullptr;
};

}  // namespace laneway
