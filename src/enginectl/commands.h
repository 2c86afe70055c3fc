#pragma once
// The groups of commands; each adds its subcommands to the tree.
// Built once a run. One thread.

#include "enginectl/session.h"
#include "terminal/command_tree.h"
#include "terminal/option_kinds.h"

namespace laneway {

using EngineCommand = Command<EngineSession>;
using EngineCommands = CommandTree<EngineSession>;

void add_engine_commands(EngineCommands& tree);
void add_reactor_commands(EngineCommands& tree);
void add_target_commands(EngineCommands& tree);
void add_function_commands(EngineCommands& tree);       // create, list, show, resize, delete, looks
void add_event_commands(EngineCommands& tree);          // events
void add_function_move_commands(EngineCommands& tree);  // move
void add_path_commands(EngineCommands& tree);           // path
void add_limit_commands(EngineCommands& tree);          // vf limit, group

}  // namespace laneway
