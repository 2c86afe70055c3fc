#pragma once
// What laneway doctor looks at: the host below everything else. Each check says in words how it is and what to do; none
// changes anything. Files are read below a root, so that tests can be other hosts. One thread.

#include <string>
#include <vector>

#include "rpc/json.h"

namespace laneway {

enum class Verdict : uint8_t { good, note, broken };

struct Finding {
  std::string subject;  // "KVM"
  Verdict verdict = Verdict::good;
  std::string text;    // how it is
  std::string remedy;  // what to do; empty where it is good
};
using Findings = std::vector<Finding>;

// The root's `prefix` is "" on the host itself.
Finding check_kernel(const std::string& prefix, const std::string& release);
Finding check_io_uring(const std::string& prefix);
Finding check_kvm(const std::string& prefix);
Finding check_iommu(const std::string& prefix);
Finding check_libvirt(const std::string& prefix);
Finding check_memory(const std::string& prefix);
Finding check_clock(bool is_synchronized);
bool is_clock_synchronized();

// Who may reach what in lanewayd's and the engine's folders (doctor_files.cc).
Findings check_files(const std::string& run_dir, const std::string& state_dir);

// A portal as the network shows it (doctor_network.cc). Takes a second or two.
Findings check_portal(const std::string& target, const std::string& portal);

Json encode_findings(const Findings& findings);
bool has_broken(const Findings& findings);

}  // namespace laneway
