#pragma once
// Options of the usual kinds, and what their values are called: in help, and by shell completion (completion.h), which
// offers names of what there is. Free functions over the parser. One thread.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace laneway {

constexpr const char* kFilePath = "FILE";
constexpr const char* kFunctionName = "FUNCTION";
constexpr const char* kTargetName = "TARGET";
constexpr const char* kGroupName = "GROUP";
constexpr const char* kSize = "SIZE";

// An option that takes one of a few words.
CLI::Option* add_choice(CLI::App& app, const std::string& name, std::string& value, const std::string& description,
                        const std::vector<std::string>& choices);
// An option that takes a size such as 10G.
CLI::Option* add_size(CLI::App& app, const std::string& name, uint64_t& bytes, const std::string& description);

// The name of the tool that the command belongs to.
std::string program_of(const CLI::App& app);

// The path seen from the root, since a daemon runs in another directory. Without resolving links.
std::string absolute_path(const std::string& path);

}  // namespace laneway
