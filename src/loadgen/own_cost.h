#pragma once
// The load generator measured: what a request costs in it alone, and how many a second it can put to a responder that
// does nothing on another CPU. A disk's figures near that ceiling say more about the client and the machine than about
// the disk. Called by the command line; blocks for a few seconds.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "loadgen/load_options.h"

namespace laneway {

struct OwnCost {
  struct Row {
    uint32_t depth = 0;
    double client_ns = 0;     // of the client's own work a request
    double ceiling_iops = 0;  // against the null responder
    uint64_t p50_ns = 0;
    uint64_t p99_ns = 0;
  };
  std::vector<Row> rows;
  uint64_t clock_ns = 0;  // one look at the clock
};

// Uses the options' block size, ring, mix, client and CPUs: the first for the client, the second for the responder.
Result<OwnCost> measure_own_cost(const LoadOptions& options, std::span<const uint32_t> depths);

nlohmann::ordered_json to_json(const OwnCost& result);
std::string to_text(const OwnCost& result);

}  // namespace laneway
