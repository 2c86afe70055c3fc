#pragma once
// The groups of commands of laneway; each adds its subcommands to the tree. What all nouns can is in
// resource_commands.cc by the table of nouns.h; the others are what one noun alone can. Built once a run. One thread.

#include "cli/change.h"
#include "cli/nouns.h"
#include "cli/session.h"
#include "cli/spec_schema.h"
#include "terminal/option_kinds.h"

namespace laneway {

// Each noun's group with list, show, and by its row create, set, delete.
void add_resource_commands(ApiCommands& tree, const SpecSchema& schema);
void add_target_commands(ApiCommands& tree, const SpecSchema& schema);    // discover, create, secret, scan
void add_volume_commands(ApiCommands& tree, const SpecSchema& schema);    // create
void add_function_commands(ApiCommands& tree, const SpecSchema& schema);  // create, start, stop, move, ... and looks
void add_machine_commands(ApiCommands& tree);                             // vm set, start, ...; vf attach, detach
void add_machine_new_commands(ApiCommands& tree);                         // image list, volume import, vm create
void add_path_commands(ApiCommands& tree);                                // list, add, remove, fail, retry, policy
void add_account_commands(ApiCommands& tree, const SpecSchema& schema);   // user password, token create, whoami
void add_journal_commands(ApiCommands& tree);                             // task, event, audit
void add_engine_commands(ApiCommands& tree);                              // engine, reactor
void add_apply_commands(ApiCommands& tree, const SpecSchema& schema);     // apply, export
void add_doctor_command(ApiCommands& tree);
void add_bench_command(ApiCommands& tree);

// The group of a noun.
CLI::App& group_of(ApiCommands& tree, const std::string& name);
// Where a resource is in the API.
std::string path_of(const Noun& noun, const std::string& name);
// Prints a document as the user wants it.
void show_document(ApiSession& session, const Noun& noun, const Json& document);

// How a command makes a new resource and says so.
struct Creation {
  const Noun& noun;
  std::string name;
  Json spec;
  std::string next = {};  // what to do then, for people
};
ExitCode create_resource(ApiSession& session, const Change& change, const Creation& creation);
// Shows the difference, then patches the spec unless it was changed meanwhile.
ExitCode patch_resource(ApiSession& session, const Change& change, const Creation& patch);

}  // namespace laneway
