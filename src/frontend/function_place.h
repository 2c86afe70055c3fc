#pragma once
// FunctionPlace says which reactors serve a function: one is home to its connection and messages, and each ring has
// one, which does its I/O; and where its device record is kept. A plain value; the reactors, their pools and the vault
// outlive the function.

#include <vector>

#include "frontend/device_vault.h"
#include "frontend/request_pool.h"

namespace laneway {

struct FunctionPlace {
  // Everything on one reactor.
  FunctionPlace(RequestPool& pool) : home(pool.reactor()), rings{&pool} {}  // NOLINT: a pool is a place
  FunctionPlace(Reactor& home_reactor, std::vector<RequestPool*> ring_pools)
      : home(home_reactor), rings(std::move(ring_pools)) {}

  Reactor& home;
  std::vector<RequestPool*> rings;  // by ring, at least one; rings that it does not reach are with the first
  DeviceVault* vault = nullptr;     // null: what is attached ends with the engine
};

}  // namespace laneway
