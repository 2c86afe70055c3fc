#pragma once
// FunctionPlace says which reactors serve a function: one is home to its connection and messages, and each ring has
// one. A plain value; the pools, one a reactor, outlive the function.

#include <vector>

#include "frontend/request_pool.h"

namespace laneway {

struct FunctionPlace {
  // All rings on the home reactor.
  FunctionPlace(RequestPool& home_pool) : home(home_pool) {}  // NOLINT: a pool is a place
  FunctionPlace(RequestPool& home_pool, std::vector<RequestPool*> ring_pools)
      : home(home_pool), rings(std::move(ring_pools)) {}

  RequestPool& home;
  std::vector<RequestPool*> rings;  // by ring; those that it does not reach are at home
};

}  // namespace laneway
