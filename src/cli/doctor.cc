#include "cli/doctor.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/units.h"
#include "base/unix_socket.h"
#include "terminal/size_text.h"

namespace laneway {

namespace {

namespace fs = std::filesystem;

constexpr const char* kVerdicts[] = {"good", "note", "broken"};
constexpr uint32_t kKernelLeast[] = {5, 15};
constexpr uint32_t kKernelTested[] = {6, 1};

std::string host_text(const std::string& path) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

bool is_path(const std::string& path) {
  std::error_code none;
  return fs::exists(path, none);
}

// Of "6.1.0-44-amd64" major and minor.
std::vector<uint32_t> numbers_of(const std::string& release) {
  std::vector<uint32_t> numbers(2, 0);
  const char* at = release.data();
  const char* const end = at + release.size();
  for (uint32_t& number : numbers) {
    const auto [stop, failure] = std::from_chars(at, end, number);
    if (failure != std::errc() || stop == end) break;
    at = stop + 1;
  }
  return numbers;
}

bool is_before(const std::vector<uint32_t>& numbers, const uint32_t (&least)[2]) {
  return numbers[0] < least[0] || (numbers[0] == least[0] && numbers[1] < least[1]);
}

// "MemTotal:   16 kB" in bytes.
uint64_t memory_line(const std::string& text, const std::string& name) {
  const size_t at = text.find(name + ":");
  if (at == std::string::npos) return 0;
  const size_t digit = text.find_first_of("0123456789", at + name.size());
  uint64_t number = 0;
  if (digit != std::string::npos) (void)std::from_chars(text.data() + digit, text.data() + text.size(), number);
  return number * 1024;
}

bool has_memfd() { return static_cast<bool>(UniqueFd(::memfd_create("laneway-doctor", MFD_CLOEXEC))); }

}  // namespace

Finding check_kernel(const std::string&, const std::string& release) {
  const std::vector<uint32_t> numbers = numbers_of(release);
  if (is_before(numbers, kKernelLeast)) {
    return {"kernel", Verdict::broken, fmt::format("Linux {} is older than 5.15, which the engine needs", release),
            "install a newer kernel; Debian 12 has 6.1"};
  }
  if (is_before(numbers, kKernelTested)) {
    return {"kernel", Verdict::note, fmt::format("Linux {} should do; 6.1 and newer are tested", release),
            "install a newer kernel when you can"};
  }
  return {"kernel", Verdict::good, "Linux " + release, ""};
}

Finding check_io_uring(const std::string& prefix) {
  const std::string disabled = host_text(prefix + "/proc/sys/kernel/io_uring_disabled");
  if (disabled == "2") {
    return {"io_uring", Verdict::broken, "it is switched off for everybody, and the engine does all its I/O by it",
            "sysctl kernel.io_uring_disabled=0, and the same in /etc/sysctl.d"};
  }
  if (disabled == "1") {
    return {"io_uring", Verdict::note, "it is for one group only",
            "put the engine's user into the group of kernel.io_uring_group"};
  }
  return {"io_uring", Verdict::good, "the kernel offers it", ""};
}

Finding check_kvm(const std::string& prefix) {
  const std::string device = prefix + "/dev/kvm";
  const std::string cpu = host_text(prefix + "/proc/cpuinfo");
  const bool is_intel = cpu.find(" vmx") != std::string::npos;
  const bool is_amd = cpu.find(" svm") != std::string::npos;
  // The device alone says little: where the processor has no such instructions, guests crawl.
  const bool can_kvm = is_intel || is_amd || cpu.find("flags") == std::string::npos;
  if (can_kvm && is_path(device) && ::access(device.c_str(), R_OK | W_OK) == 0) {
    return {"KVM", Verdict::good, "guests run on the processor itself", ""};
  }
  if (can_kvm && is_path(device)) {
    return {"KVM", Verdict::note, "this user may not use /dev/kvm", "add the user to the group kvm, and log in again"};
  }
  if (is_intel || is_amd) {
    return {"KVM", Verdict::broken, "the processor can do it, and its kernel module is not there",
            fmt::format("modprobe {}; where that is refused, enable virtualization in the firmware",
                        is_intel ? "kvm_intel" : "kvm_amd")};
  }
  return {"KVM", Verdict::note, "the processor shows neither vmx nor svm, so guests are emulated and slow",
          "enable virtualization in the firmware, or nested virtualization where this is itself a virtual machine"};
}

Finding check_iommu(const std::string& prefix) {
  std::error_code none;
  const fs::directory_iterator units(prefix + "/sys/class/iommu", none);
  if (!none && units != fs::directory_iterator()) {
    return {"IOMMU", Verdict::good, "devices can be given to guests safely", ""};
  }
  return {"IOMMU", Verdict::note, "there is none that the kernel uses: hardware functions cannot be given to guests",
          "only for that: enable it in the firmware (VT-d, AMD-Vi) and boot with intel_iommu=on or amd_iommu=on"};
}

Finding check_libvirt(const std::string& prefix) {
  for (const char* name : {"/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock"}) {
    const std::string path = prefix + name;
    if (!is_path(path)) continue;
    Result<UniqueFd> connected = connect_unix(path, 2 * kSecond);
    if (connected) return {"libvirt", Verdict::good, std::string(name) + " answers", ""};
    if (::access(path.c_str(), R_OK | W_OK) != 0) {
      return {"libvirt", Verdict::note, fmt::format("this user may not use {}", name),
              "add the user to the group libvirt, and log in again; lanewayd has rights of its own"};
    }
    return {"libvirt", Verdict::broken, fmt::format("nobody answers at {}", name),
            "systemctl restart libvirtd (or virtqemud.socket), and see its journal"};
  }
  return {"libvirt", Verdict::note, "it is not installed: virtual machines are not managed",
          "apt install libvirt-daemon-system, where this host is to run machines"};
}

Finding check_memory(const std::string& prefix) {
  const std::string memory = host_text(prefix + "/proc/meminfo");
  const uint64_t available = memory_line(memory, "MemAvailable");
  const uint64_t total = memory_line(memory, "MemTotal");
  if (!has_memfd()) {
    return {"memory backing", Verdict::broken, "memory files (memfd) cannot be made, and guests share memory by them",
            "see which security policy forbids memfd_create"};
  }
  if (host_text(prefix + "/proc/sys/vm/overcommit_memory") == "2") {
    return {"memory backing", Verdict::note, "vm.overcommit_memory is 2: guests' memory counts before it is used",
            "sysctl vm.overcommit_memory=0, unless you want that"};
  }
  const std::string amount = fmt::format("{} of {} available", size_text(available), size_text(total));
  if (total != 0 && available < total / 20) {
    return {"memory backing", Verdict::note, amount + ": the host is short of memory",
            "stop or shrink guests, or add memory"};
  }
  return {"memory backing", Verdict::good, "guests can share memory by memfd; " + amount, ""};
}

bool is_clock_synchronized() {
  timex state{};
  return ::adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

Finding check_clock(bool is_synchronized) {
  if (is_synchronized) return {"clock", Verdict::good, "it is synchronized", ""};
  return {"clock", Verdict::note, "nobody sets it: times of events and the ends of tokens may be wrong",
          "systemctl enable --now systemd-timesyncd, or chrony"};
}

Json encode_findings(const Findings& findings) {
  Json all = Json::array();
  for (const Finding& each : findings) {
    all.push_back({{"subject", each.subject},
                   {"verdict", kVerdicts[static_cast<size_t>(each.verdict)]},
                   {"text", each.text},
                   {"remedy", each.remedy}});
  }
  return {{"findings", all}, {"is_good", !has_broken(findings)}};
}

bool has_broken(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& each) { return each.verdict == Verdict::broken; });
}

}  // namespace laneway
