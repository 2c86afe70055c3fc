#include "manager/resource.h"

#include "manager/hex.h"

namespace laneway {

namespace {

constexpr KindFacts kFacts[kKinds] = {{"host", "hosts", "Host", false, false},
                                      {"adapter", "adapters", "Adapter", false, false},
                                      {"target", "targets", "Target", true, true},
                                      {"volume", "volumes", "Volume", true, false},
                                      {"function", "functions", "Function", true, true},
                                      {"policy", "policies", "Policy", true, true},
                                      {"user", "users", "User", true, false},
                                      {"token", "tokens", "Token", true, false},
                                      {"machine", "machines", "Machine", false, false}};
constexpr size_t kStoredMaxBytes = 1 << 20;

}  // namespace

const KindFacts& facts_of(Kind kind) { return kFacts[static_cast<size_t>(kind)]; }

std::string store_key(Kind kind, std::string_view name) { return fmt::format("{}/{}", facts_of(kind).plural, name); }

std::string secret_key(Kind kind, std::string_view name) { return "secrets/" + store_key(kind, name); }

std::string notes_key(Kind kind, std::string_view name) { return "notes/" + store_key(kind, name); }

std::string origin_of(const Resource& resource) { return fmt::format("{}/{}", resource.uid, resource.generation); }

std::string etag_of(const Resource& resource) { return fmt::format("\"{}\"", resource.revision); }

Json document_of(const Resource& resource) {
  Json document = {{"kind", facts_of(resource.kind).name},
                   {"name", resource.name},
                   {"uid", resource.uid},
                   {"revision", resource.revision},
                   {"generation", resource.generation},
                   {"created_at", resource.created_at},
                   {"spec", resource.spec},
                   {"status", resource.status}};
  // At once, not only when the engine was looked at.
  if (resource.is_deleting) document["status"]["state"] = "deleting";
  return document;
}

std::string encode_stored(const Resource& resource) {
  Json stored = {{"uid", resource.uid},
                 {"generation", resource.generation},
                 {"created_at", resource.created_at},
                 {"spec", resource.spec}};
  if (resource.is_deleting) stored["deleting"] = true;
  return to_line(stored);
}

Result<Resource> decode_stored(Kind kind, std::string_view name, std::string_view value, uint64_t revision) {
  Result<Json> stored = parse_json(value, kStoredMaxBytes);
  if (!stored || !member(*stored, "spec").is_object() || text_at(*stored, "uid").empty()) {
    return fail(ErrorCode::io, "{} '{}' in the store is damaged; restore a backup: lanewayd --restore FILE.",
                facts_of(kind).name, name);
  }
  Resource resource;
  resource.kind = kind;
  resource.name = std::string(name);
  resource.uid = text_at(*stored, "uid");
  resource.revision = revision;
  resource.generation = number_at(*stored, "generation");
  resource.created_at = text_at(*stored, "created_at");
  resource.is_deleting = flag_at(*stored, "deleting");
  resource.spec = member(*stored, "spec");
  return resource;
}

std::string new_uid() { return random_hex(16); }

}  // namespace laneway
