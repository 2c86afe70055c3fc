#pragma once
// Catalog is the copy in memory of every resource with its status: what GETs answer from, without the store and without
// waiting for anybody. What changes is told to the news feed. Owned by the daemon. Any thread; the lock is held for
// copies only.

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "manager/news_feed.h"
#include "manager/resource.h"

namespace laneway {

struct ListQuery {
  struct Filter {
    std::string field;  // "status.state"
    std::string value;
  };
  std::vector<Filter> filters;
  std::string sort;  // a field; by name where empty
  bool is_falling = false;
  size_t limit = 100;
  std::string after;  // `next` of the page before
};

struct CatalogPage {
  std::vector<std::string> documents;
  size_t total = 0;
  std::string next;  // empty: the end
};

class Catalog {
 public:
  explicit Catalog(NewsFeed& news) : news_(news) {}

  std::optional<Resource> find(Kind kind, std::string_view name) const;
  // Its document as text, empty where there is none of that name.
  std::string document(Kind kind, std::string_view name, std::string* etag) const;
  std::vector<Resource> all(Kind kind) const;
  // Names of those whose spec has this text in that field.
  std::vector<std::string> naming(Kind kind, const char* field, std::string_view text) const;
  CatalogPage list(Kind kind, const ListQuery& query) const;
  size_t count(Kind kind) const;

  // What the store has now; the status stays as it was.
  void put(Resource resource);
  void remove(Kind kind, std::string_view name);
  // Where it is another than before. Nothing where there is no such resource.
  void set_status(Kind kind, std::string_view name, Json status);
  // Resources that are only measured: exactly these are there.
  void replace_all(Kind kind, std::vector<Resource> resources);

 private:
  struct Entry {
    Resource resource;
    std::string text;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  void publish(const Entry& entry);
  const Entries& of(Kind kind) const { return entries_[static_cast<size_t>(kind)]; }
  Entries& of(Kind kind) { return entries_[static_cast<size_t>(kind)]; }

  // Fixed after construction
  NewsFeed& news_;
  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::array<Entries, kKinds> entries_;
};

// A member by its path, such as "status.state"; null where there is none.
const Json& field_at(const Json& document, std::string_view path);
// As it is compared with a filter.
std::string plain_text(const Json& value);

}  // namespace laneway
