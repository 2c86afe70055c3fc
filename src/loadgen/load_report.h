#pragma once
// How a load run's result is told: as JSON for programs (keys with units) and as a table for people.
// Free functions; any thread.

#include <nlohmann/json.hpp>
#include <string>

#include "loadgen/load_options.h"
#include "loadgen/load_result.h"

namespace laneway {

nlohmann::ordered_json to_json(const LoadOptions& options, const LoadResult& result);
std::string to_text(const LoadOptions& options, const LoadResult& result);

// "1.30 M", "84.2 k", "950" and "8.4 us", "1.2 ms".
std::string short_count(double count);
std::string short_time(double duration_ns);

}  // namespace laneway
