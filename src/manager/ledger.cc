#include "manager/ledger.h"

#include "base/log.h"
#include "manager/first_status.h"

namespace laneway {

namespace {

constexpr size_t kNotesMaxBytes = 64 << 10;

}  // namespace

Result<void> Ledger::load() {
  for (size_t i = 0; i < kKinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    if (!facts_of(kind).is_stored) continue;
    if (Result<void> loaded = load_kind(kind); !loaded) return loaded;
  }
  return audit_.load(store_);
}

Result<void> Ledger::load_kind(Kind kind) {
  const std::string prefix = store_key(kind, "");
  Result<StoreList> list = store_.list(prefix);
  if (!list) return pass_on(list);
  Result<StoreList> noted = store_.list("notes/" + prefix);
  if (!noted) return pass_on(noted);
  std::map<std::string, Json, std::less<>> notes;
  for (const StoreEntry& entry : noted->entries) {
    Result<Json> note = parse_json(entry.value, kNotesMaxBytes);
    if (note && note->is_object()) notes[entry.key] = std::move(*note);
  }
  for (const StoreEntry& entry : list->entries) {
    Result<Resource> resource =
        decode_stored(kind, std::string_view(entry.key).substr(prefix.size()), entry.value, entry.revision);
    if (!resource) return pass_on(resource);
    const auto note = notes.find(notes_key(kind, resource->name));
    if (note != notes.end()) resource->notes = note->second;
    resource->status = first_status(*resource);
    catalog_.put(std::move(*resource));
  }
  return {};
}

Result<uint64_t> Ledger::commit(LedgerChange change, const Actor& actor, const AuditSubject& subject) {
  StoreTransaction transaction;
  for (const Resource& resource : change.puts) {
    const std::string key = store_key(resource.kind, resource.name);
    transaction.expected.push_back({key, resource.revision});
    transaction.writes.push_back({key, encode_stored(resource)});
    const std::string note_key = notes_key(resource.kind, resource.name);
    if (!resource.notes.empty()) transaction.writes.push_back({note_key, to_line(resource.notes)});
    if (resource.notes.empty() && resource.revision != 0) transaction.writes.push_back({note_key, std::nullopt});
  }
  for (const Resource& resource : change.removals) {
    const std::string key = store_key(resource.kind, resource.name);
    transaction.expected.push_back({key, resource.revision});
    transaction.writes.push_back({key, std::nullopt});
    transaction.writes.push_back({notes_key(resource.kind, resource.name), std::nullopt});
    transaction.writes.push_back({secret_key(resource.kind, resource.name), std::nullopt});
  }
  for (StoreWrite& write : change.others) transaction.writes.push_back(std::move(write));
  Json entry = audit_.stage(actor, subject, "done", transaction);
  Result<uint64_t> revision = store_.commit(transaction);
  if (!revision) {
    // It may be on disk all the same: the catalog has what the store has, where that can be read.
    for (const Resource& resource : change.puts) read_again(resource);
    for (const Resource& resource : change.removals) read_again(resource);
    return revision;
  }
  audit_.added(std::move(entry), *revision);
  for (const Resource& resource : change.removals) catalog_.remove(resource.kind, resource.name);
  for (Resource& resource : change.puts) {
    resource.revision = *revision;
    catalog_.put(std::move(resource));
  }
  return revision;
}

void Ledger::read_again(const Resource& resource) {
  const std::string key = store_key(resource.kind, resource.name);
  const Result<StoreList> list = store_.list(key);
  if (!list) return;
  for (const StoreEntry& entry : list->entries) {
    if (entry.key != key) continue;
    Result<Resource> stored = decode_stored(resource.kind, resource.name, entry.value, entry.revision);
    if (!stored) return;
    const std::optional<Resource> known = catalog_.find(resource.kind, resource.name);
    if (known && known->revision == stored->revision) return;
    stored->notes = resource.notes;
    stored->status = first_status(*stored);
    return catalog_.put(std::move(*stored));
  }
  catalog_.remove(resource.kind, resource.name);
}

Result<void> Ledger::set_notes(const Resource& resource) {
  StoreTransaction transaction;
  transaction.expected.push_back({store_key(resource.kind, resource.name), resource.revision});
  transaction.writes.push_back({notes_key(resource.kind, resource.name), to_line(resource.notes)});
  if (Result<uint64_t> written = store_.commit(transaction); !written) return pass_on(written);
  catalog_.put(resource);
  return {};
}

Result<void> Ledger::mark(const std::string& key, const std::string& value) {
  StoreTransaction transaction;
  transaction.writes.push_back({key, value});
  if (Result<uint64_t> written = store_.commit(transaction); !written) return pass_on(written);
  return {};
}

void Ledger::record(const Actor& actor, const AuditSubject& subject, std::string_view result) {
  StoreTransaction transaction;
  Json entry = audit_.stage(actor, subject, result, transaction);
  const Result<uint64_t> written = store_.commit(transaction);
  if (!written) log_warning("An entry of the audit log is in memory only: {}", written.error().message);
  audit_.added(std::move(entry), 0);
}

Result<std::string> Ledger::read(const std::string& key) {
  Result<StoreList> list = store_.list(key);
  if (!list) return pass_on(list);
  for (StoreEntry& entry : list->entries) {
    if (entry.key == key) return std::move(entry.value);
  }
  return std::string();
}

}  // namespace laneway
