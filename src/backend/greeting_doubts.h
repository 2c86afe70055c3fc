#pragma once
// GreetingDoubts are the greetings of new sessions ("power on, reset") of which nobody knows yet whether the disk lost
// its cache, and the sessions from before that can tell. One that answers what it was asked after the greeting came
// proves that nothing was lost; where all of them end without that, the loss is assumed (decision 76). Part of
// IscsiSiblings, under its lock.

#include <cstdint>
#include <vector>

namespace laneway {

// A link whose session is there.
struct GreetingWitness {};

class GreetingDoubts {
 public:
  using Witnesses = std::vector<const GreetingWitness*>;

  // At least one witness.
  void raise(Witnesses witnesses);
  bool is_open() const { return !doubts_.empty(); }
  // The number of the latest doubt: what a witness is asked from now on answers all doubts up to it.
  uint64_t latest() const { return latest_; }
  bool is_asked(const GreetingWitness& witness) const;
  // True where doubts ended.
  bool vouch(const GreetingWitness& witness, uint64_t up_to);
  // The witness says nothing any more. True where a doubt has none left; it stays open until end_hopeless(), so that
  // nobody goes on before the loss is noted.
  bool leave(const GreetingWitness& witness);
  // True where there were any.
  bool end_hopeless();
  bool end_all();

 private:
  struct Doubt {
    uint64_t number = 0;
    Witnesses witnesses;
    bool is_asked(const GreetingWitness& witness) const;
  };
  std::vector<Doubt> doubts_;
  uint64_t latest_ = 0;
};

}  // namespace laneway
