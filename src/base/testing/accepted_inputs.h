#pragma once
// Counts a fuzzer's inputs that got past the first check of their kind (a message's header, a ring's first chain, a
// PDU's opcode) and says the number at the program's end: inputs that are refused at once prove little. Fuzz targets of
// rings, messages and PDUs call it once an execution at most; tests/fuzz/run.sh adds the numbers up. One thread.

#include <cstdint>
#include <cstdio>

namespace laneway::testing {

class AcceptedInputs {
 public:
  static void count() {
    static AcceptedInputs inputs;
    ++inputs.count_;
  }
  ~AcceptedInputs() { std::fprintf(stderr, "stat::accepted_inputs: %llu\n", static_cast<unsigned long long>(count_)); }

 private:
  AcceptedInputs() = default;
  uint64_t count_ = 0;
};

}  // namespace laneway::testing
