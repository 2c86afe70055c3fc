#pragma once
// FunctionArrival sees a function arrive in a guest, as the engine has it: a front-end is connected, the guest's driver
// runs a ring, the first request came; or says what is missing. One job's, on its thread.

#include <string>

#include "manager/engine_port.h"
#include "manager/machine_jobs.h"

namespace laneway {

class FunctionArrival {
 public:
  FunctionArrival(EnginePort& engine, std::string function) : engine_(engine), function_(std::move(function)) {}

  // Before the disk is given: what was counted until then.
  Result<void> begin();
  // `guest_s`: how long the guest may take from when QEMU is connected; 0: it is not waited for.
  Result<void> await(JobControl& control, uint64_t guest_s);

 private:
  Result<bool> is_so(const char* claim);
  Result<uint64_t> requests();
  Result<bool> await_claim(JobControl& control, const char* claim, uint64_t looks);
  Result<void> await_request(JobControl& control);

  EnginePort& engine_;
  const std::string function_;
  uint64_t requests_before_ = 0;
};

}  // namespace laneway
