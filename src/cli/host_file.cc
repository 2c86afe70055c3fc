#include "cli/host_file.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

#include "cli/yaml_text.h"
#include "terminal/secret.h"

namespace laneway {

namespace {

constexpr size_t kFileBytesMax = 16 << 20;

std::string section_names() {
  std::string names;
  for (const Noun* noun : declared_nouns()) names += (names.empty() ? "" : ", ") + std::string(noun->plural);
  return names;
}

bool is_section(const std::string& key) {
  for (const Noun* noun : declared_nouns()) {
    if (key == noun->plural) return true;
  }
  return false;
}

// A secret does not belong into a file that is kept with others: it is in one of its own.
Result<void> read_secrets(Json& spec) {
  for (const char* key : {"chap", "mutual_chap"}) {
    const std::string path = text_at(member(spec, key), "secret_file");
    if (path.empty()) continue;
    Result<std::string> secret = read_secret_file(path, std::cerr);
    if (!secret) return pass_on(secret);
    spec[key].erase("secret_file");
    spec[key]["secret"] = *secret;
  }
  return {};
}

Result<void> check_section(const std::string& name, const std::string& key, const Json& section) {
  if (!is_section(key)) {
    return fail(ErrorCode::invalid_argument, "{}: '{}' is not known; give one of {}.", name, key, section_names());
  }
  if (!section.is_object() && !section.is_null()) {
    return fail(ErrorCode::invalid_argument, "{}: {} is no list of names with their specs; write NAME: and its fields.",
                name, key);
  }
  for (const auto& [resource, spec] : section.items()) {
    if (spec.is_object()) continue;
    return fail(ErrorCode::invalid_argument, "{}: {}.{} has no fields; write them below its name.", name, key,
                resource);
  }
  return {};
}

}  // namespace

std::vector<const Noun*> declared_nouns() {
  std::vector<const Noun*> declared;
  for (const Noun& noun : nouns()) {
    if (noun.apply_order != 0) declared.push_back(&noun);
  }
  std::sort(declared.begin(), declared.end(),
            [](const Noun* a, const Noun* b) { return a->apply_order < b->apply_order; });
  return declared;
}

Result<HostFile> decode_host_file(const std::string& text, const std::string& name) {
  if (text.size() > kFileBytesMax) return fail(ErrorCode::invalid_argument, "{} is too large; split it.", name);
  const Result<Json> document = parse_yaml(text, name);
  if (!document) return tl::unexpected<Error>(document.error());
  if (!document->is_object()) {
    return fail(ErrorCode::invalid_argument, "{} declares nothing; give one of {}.", name, section_names());
  }
  HostFile file;
  for (const auto& [key, section] : document->items()) {
    if (Result<void> checked = check_section(name, key, section); !checked) return pass_on(checked);
    HostFile::Specs& specs = file.sections[key];
    for (const auto& [resource, spec] : section.items()) {
      specs[resource] = spec;
      if (Result<void> read = read_secrets(specs[resource]); !read) return pass_on(read);
    }
  }
  return file;
}

Result<HostFile> read_host_file(const std::string& path) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
    return decode_host_file(text, "standard input");
  }
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::invalid_argument, "{} cannot be read; check its path and who may read it.", path);
  text.assign(std::istreambuf_iterator<char>(file), {});
  return decode_host_file(text, path);
}

Result<HostFile> host_as_it_is(ApiSession& session, const SpecSchema& schema) {
  HostFile file;
  for (const Noun* noun : declared_nouns()) {
    const Result<Json> items = session.list(std::string("/") + noun->plural);
    if (!items) return tl::unexpected<Error>(items.error());
    HostFile::Specs& specs = file.sections[noun->plural];
    for (const Json& item : *items) {
      Json spec = member(item, "spec");
      schema.strip(schema.spec_of(noun->kind), spec);
      specs[text_at(item, "name")] = std::move(spec);
    }
  }
  return file;
}

Json encode_host_file(const HostFile& file) {
  Json document = Json::object();
  for (const auto& [plural, specs] : file.sections) {
    document[plural] = Json::object();
    for (const auto& [name, spec] : specs) document[plural][name] = spec;
  }
  return document;
}

}  // namespace laneway
