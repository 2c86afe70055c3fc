#include "manager/catalog.h"

#include <algorithm>

namespace laneway {

namespace {

// What pages are ordered by: the field, then the name.
std::string sort_key(const Resource& resource, const Json& value) {
  // Numbers in the order of their size: their digits, filled up.
  std::string text = value.is_number_integer() ? fmt::format("{:020}", value.get<int64_t>()) : plain_text(value);
  return text + '\x01' + resource.name;
}

const Json& field_of(const Resource& resource, std::string_view path) {
  static const Json kNone;
  if (path.starts_with("spec.")) return field_at(resource.spec, path.substr(5));
  if (path.starts_with("status.")) return field_at(resource.status, path.substr(7));
  return kNone;
}

// Who may read of it; the same as in the API's document.
Role reader_of(Kind kind) { return kind == Kind::user || kind == Kind::token ? Role::administrator : Role::viewer; }

bool is_chosen(const Resource& resource, const ListQuery& query) {
  return std::all_of(query.filters.begin(), query.filters.end(), [&](const ListQuery::Filter& filter) {
    if (filter.field == "name") return resource.name == filter.value;
    return plain_text(field_of(resource, filter.field)) == filter.value;
  });
}

}  // namespace

const Json& field_at(const Json& document, std::string_view path) {
  const Json* found = &document;
  while (!path.empty()) {
    const size_t end = std::min(path.find('.'), path.size());
    found = &member(*found, path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return *found;
}

std::string plain_text(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? *value.get_ptr<const std::string*>() : to_line(value);
}

std::optional<Resource> Catalog::find(Kind kind, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = of(kind).find(name);
  if (found == of(kind).end()) return std::nullopt;
  return found->second.resource;
}

std::string Catalog::document(Kind kind, std::string_view name, std::string* etag) const {
  const std::lock_guard lock(mutex_);
  const auto found = of(kind).find(name);
  if (found == of(kind).end()) return "";
  if (etag != nullptr) *etag = etag_of(found->second.resource);
  return found->second.text;
}

std::vector<Resource> Catalog::all(Kind kind) const {
  const std::lock_guard lock(mutex_);
  std::vector<Resource> out;
  out.reserve(of(kind).size());
  for (const auto& [name, entry] : of(kind)) out.push_back(entry.resource);
  return out;
}

std::vector<std::string> Catalog::naming(Kind kind, const char* field, std::string_view text) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [name, entry] : of(kind)) {
    const std::string* const value = member(entry.resource.spec, field).get_ptr<const std::string*>();
    if (value != nullptr && *value == text) out.push_back(name);
  }
  return out;
}

size_t Catalog::count(Kind kind) const {
  const std::lock_guard lock(mutex_);
  return of(kind).size();
}

CatalogPage Catalog::list(Kind kind, const ListQuery& query) const {
  CatalogPage page;
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, const Entry*>> chosen;
  for (const auto& [name, entry] : of(kind)) {
    if (!is_chosen(entry.resource, query)) continue;
    const bool is_by_name = query.sort.empty() || query.sort == "name";
    chosen.emplace_back(is_by_name ? name : sort_key(entry.resource, field_of(entry.resource, query.sort)), &entry);
  }
  page.total = chosen.size();
  const auto is_before = [&](const std::string& a, const std::string& b) { return query.is_falling ? b < a : a < b; };
  std::sort(chosen.begin(), chosen.end(), [&](const auto& a, const auto& b) { return is_before(a.first, b.first); });
  for (const auto& [key, entry] : chosen) {
    if (!query.after.empty() && !is_before(query.after, key)) continue;
    if (page.documents.size() == query.limit) return page;
    page.documents.push_back(entry->text);
    page.next = key;
  }
  page.next.clear();
  return page;
}

void Catalog::publish(const Entry& entry) { news_.publish("put", entry.text, reader_of(entry.resource.kind)); }

void Catalog::put(Resource resource) {
  const std::lock_guard lock(mutex_);
  Entry& entry = of(resource.kind)[resource.name];
  // The status of users and tokens follows from what was written; others are measured.
  const bool is_measured = resource.kind != Kind::user && resource.kind != Kind::token;
  if (entry.resource.uid == resource.uid && is_measured) resource.status = entry.resource.status;
  entry.resource = std::move(resource);
  entry.text = to_line(document_of(entry.resource));
  publish(entry);
}

void Catalog::remove(Kind kind, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = of(kind).find(name);
  if (found == of(kind).end()) return;
  const Resource& gone = found->second.resource;
  news_.publish("delete", to_line({{"kind", facts_of(kind).name}, {"name", gone.name}, {"uid", gone.uid}}),
                reader_of(kind));
  of(kind).erase(found);
}

void Catalog::set_status(Kind kind, std::string_view name, Json status) {
  const std::lock_guard lock(mutex_);
  const auto found = of(kind).find(name);
  if (found == of(kind).end() || found->second.resource.status == status) return;
  found->second.resource.status = std::move(status);
  found->second.text = to_line(document_of(found->second.resource));
  publish(found->second);
}

void Catalog::replace_all(Kind kind, std::vector<Resource> resources) {
  for (const Resource& known : all(kind)) {
    const bool is_there = std::any_of(resources.begin(), resources.end(),
                                      [&](const Resource& resource) { return resource.name == known.name; });
    if (!is_there) remove(kind, known.name);
  }
  for (Resource& resource : resources) {
    const std::optional<Resource> known = find(kind, resource.name);
    if (!known || known->uid != resource.uid || known->spec != resource.spec) put(resource);
    set_status(kind, resource.name, std::move(resource.status));
  }
}

}  // namespace laneway
