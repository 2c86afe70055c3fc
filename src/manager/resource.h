#pragma once
// Resource is one thing that the API names: what is wanted of it (spec, kept in the store) and what it is (status,
// measured). With its forms: the document that clients see, and the value in the store. A plain value. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rpc/json.h"

namespace laneway {

enum class Kind : uint8_t { host, adapter, target, volume, function, policy, user, token, machine };
constexpr size_t kKinds = 9;

struct KindFacts {
  std::string_view name;    // "target"
  std::string_view plural;  // "targets": part of paths and of keys in the store
  std::string_view schema;  // "Target"
  bool is_stored = false;   // has a spec that clients write
  bool is_applied = false;  // the engine is brought to it
};
const KindFacts& facts_of(Kind kind);

struct Resource {
  Kind kind = Kind::target;
  std::string name;
  std::string uid;
  uint64_t revision = 0;    // of the store
  uint64_t generation = 0;  // of the spec
  std::string created_at;
  bool is_deleting = false;
  // What lanewayd remembers of it: no part of what a client may change, and under a key of its own in the store, so
  // that it changes no ETag.
  Json notes = Json::object();
  Json spec = Json::object();
  Json status = Json::object();
};

std::string store_key(Kind kind, std::string_view name);
std::string secret_key(Kind kind, std::string_view name);
std::string notes_key(Kind kind, std::string_view name);
// "UID/GENERATION", which the engine keeps with what was made from it.
std::string origin_of(const Resource& resource);
std::string etag_of(const Resource& resource);

Json document_of(const Resource& resource);
std::string encode_stored(const Resource& resource);
Result<Resource> decode_stored(Kind kind, std::string_view name, std::string_view value, uint64_t revision);

// 128 random bits in hexadecimal digits.
std::string new_uid();

}  // namespace laneway
