#pragma once
// A machine that is to be made, in our words: what its definition is written from. Plain values, of whoever asks for
// it. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace laneway {

// A function of the engine as a machine's disk.
struct FunctionDisk {
  std::string socket_path;
  std::string target;  // "vda"
  uint64_t queues = 1;
  uint64_t queue_size = 256;
};

struct MachinePlan {
  std::string name;
  uint64_t cpus = 1;
  uint64_t memory_bytes = 0;
  bool has_kvm = false;             // else every instruction is emulated
  std::vector<FunctionDisk> disks;  // it starts from the first
  std::string seed_path;            // an image that its guest reads at its first start; empty: none
  std::string network_kind;         // "none", "user", "bridge", "network"
  std::string network_name;         // of the last two
  bool has_huge_pages = false;
  std::optional<uint64_t> numa_node;  // whose memory it has
  std::string processors;             // of the host's that it runs on, "0-3,8"; empty: all
  bool reports_free_pages = true;     // what its guest does not use is the host's again
};

}  // namespace laneway
