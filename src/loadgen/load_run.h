#pragma once
// run_load() puts a load on disks and says how they did: attaches to every socket, runs the workers through warm-up and
// measured time, watches for servers that die or fall silent, and detaches. Called by the command line and by tests;
// blocks until the run has ended.

#include <atomic>

#include "loadgen/load_options.h"
#include "loadgen/load_result.h"

namespace laneway {

// Refuses what cannot be run and fails where a server breaks the protocol or stops answering. Requests that end with an
// error status and blocks that verify wrongly are part of a result. `*is_interrupted` ends the measured time early; may
// be null.
Result<LoadResult> run_load(const LoadOptions& options, const std::atomic<bool>* is_interrupted = nullptr);

}  // namespace laneway
