#pragma once
// HostFile is what apply reads and export writes: a host's resources by kind and name, each with its spec; fields that
// are left out have their defaults. No secrets. A plain value. Any thread.

#include <map>
#include <string>

#include "cli/nouns.h"
#include "cli/session.h"
#include "cli/spec_schema.h"

namespace laneway {

// The nouns that files declare, in the order in which they are made.
std::vector<const Noun*> declared_nouns();

struct HostFile {
  using Specs = std::map<std::string, Json>;
  // By the plural of the noun; a kind that the file does not mention is not there.
  std::map<std::string, Specs> sections;
};

// The file's text, or standard input for "-". CHAP secrets that it names by secret_file are read.
Result<HostFile> read_host_file(const std::string& path);
Result<HostFile> decode_host_file(const std::string& text, const std::string& name);

// What lanewayd has, without what is by default.
Result<HostFile> host_as_it_is(ApiSession& session, const SpecSchema& schema);
Json encode_host_file(const HostFile& file);

}  // namespace laneway
