#include "cli/doctor.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/fd.h"
#include "base/testing/temp_dir.h"
#include "base/unix_socket.h"

namespace laneway {
namespace {

// A host of files below a folder.
class PlayedHost {
 public:
  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(dir_.at(path)).parent_path());
    std::ofstream(dir_.at(path)) << text;
  }
  std::string root() const { return dir_.path(); }

 private:
  TempDir dir_;
};

void expect_says(const Finding& finding, Verdict verdict, const std::string& text, const std::string& remedy) {
  EXPECT_EQ(finding.verdict, verdict) << finding.text;
  EXPECT_NE(finding.text.find(text), std::string::npos) << finding.text;
  EXPECT_NE(finding.remedy.find(remedy), std::string::npos) << finding.remedy;
  EXPECT_EQ(finding.remedy.empty(), verdict == Verdict::good);
}

TEST(Doctor, JudgesKernels) {
  expect_says(check_kernel("", "6.1.0-44-amd64"), Verdict::good, "6.1.0", "");
  expect_says(check_kernel("", "5.15.0"), Verdict::note, "6.1 and newer", "newer kernel");
  expect_says(check_kernel("", "5.14.3"), Verdict::broken, "older than 5.15", "newer kernel");
  expect_says(check_kernel("", "rubbish"), Verdict::broken, "rubbish", "newer kernel");
}

TEST(Doctor, SaysWhoMayUseIoUring) {
  const PlayedHost host;
  expect_says(check_io_uring(host.root()), Verdict::good, "", "");
  host.write("/proc/sys/kernel/io_uring_disabled", "2\n");
  expect_says(check_io_uring(host.root()), Verdict::broken, "switched off", "sysctl");
  host.write("/proc/sys/kernel/io_uring_disabled", "1\n");
  expect_says(check_io_uring(host.root()), Verdict::note, "one group", "io_uring_group");
}

TEST(Doctor, SaysWhatKvmLacks) {
  const PlayedHost host;
  host.write("/proc/cpuinfo", "flags : fpu sse\n");
  expect_says(check_kvm(host.root()), Verdict::note, "neither vmx nor svm", "firmware");
  host.write("/proc/cpuinfo", "flags : fpu svm\n");
  expect_says(check_kvm(host.root()), Verdict::broken, "kernel module", "kvm_amd");
  host.write("/proc/cpuinfo", "flags : fpu vmx\n");
  expect_says(check_kvm(host.root()), Verdict::broken, "kernel module", "kvm_intel");
  host.write("/dev/kvm", "");
  expect_says(check_kvm(host.root()), Verdict::good, "processor itself", "");
  host.write("/proc/cpuinfo", "flags : fpu sse\n");
  expect_says(check_kvm(host.root()), Verdict::note, "neither vmx nor svm", "firmware");
}

TEST(Doctor, LooksForAnIommu) {
  const PlayedHost host;
  expect_says(check_iommu(host.root()), Verdict::note, "none", "intel_iommu=on");
  host.write("/sys/class/iommu/dmar0/x", "");
  expect_says(check_iommu(host.root()), Verdict::good, "safely", "");
}

TEST(Doctor, AsksLibvirt) {
  const PlayedHost host;
  expect_says(check_libvirt(host.root()), Verdict::note, "not installed", "apt install");
  host.write("/run/libvirt/libvirt-sock", "");
  expect_says(check_libvirt(host.root()), Verdict::broken, "nobody answers", "systemctl restart");
  std::filesystem::remove(host.root() + "/run/libvirt/libvirt-sock");
  const Result<UniqueFd> libvirt = listen_unix(host.root() + "/run/libvirt/libvirt-sock", 0600);
  ASSERT_TRUE(libvirt.has_value());
  expect_says(check_libvirt(host.root()), Verdict::good, "answers", "");
}

TEST(Doctor, LooksAtMemoryAndClock) {
  const PlayedHost host;
  host.write("/proc/meminfo", "MemTotal:  1000 kB\nMemAvailable:  900 kB\n");
  expect_says(check_memory(host.root()), Verdict::good, "900 KiB of 1000 KiB", "");
  host.write("/proc/meminfo", "MemTotal:  1000 kB\nMemAvailable:  10 kB\n");
  expect_says(check_memory(host.root()), Verdict::note, "short of memory", "guests");
  host.write("/proc/sys/vm/overcommit_memory", "2\n");
  expect_says(check_memory(host.root()), Verdict::note, "overcommit", "sysctl");
  expect_says(check_clock(true), Verdict::good, "synchronized", "");
  expect_says(check_clock(false), Verdict::note, "nobody sets it", "timesyncd");
}

TEST(Doctor, LooksAtFoldersSocketsAndSecrets) {
  const TempDir dir;
  const std::string run = dir.at("run");
  const std::string state = dir.at("state");
  std::filesystem::create_directories(run);
  std::filesystem::create_directories(state);
  EXPECT_EQ(::chmod(run.c_str(), 0750), 0);
  EXPECT_EQ(::chmod(state.c_str(), 0755), 0);
  std::ofstream(state + "/key.pem") << "secret";
  EXPECT_EQ(::chmod((state + "/key.pem").c_str(), 0640), 0);
  const Result<UniqueFd> daemon = listen_unix(run + "/lanewayd.sock", 0660);
  const Result<UniqueFd> engine = listen_unix(run + "/engine.sock", 0666);
  ASSERT_TRUE(daemon.has_value() && engine.has_value());
  const Findings findings = check_files(run, state);
  ASSERT_EQ(findings.size(), 5u);
  expect_says(findings[0], Verdict::good, "answers", "");
  expect_says(findings[1], Verdict::broken, "everybody", "chmod");
  expect_says(findings[2], Verdict::good, "closed to others", "");
  expect_says(findings[3], Verdict::broken, "others may read", "chmod");
  expect_says(findings[4], Verdict::broken, "key.pem", "chmod 600");
  EXPECT_TRUE(has_broken(findings));
  const Findings none = check_files(dir.at("no"), dir.at("no"));
  expect_says(none[0], Verdict::broken, "there is no", "systemctl start lanewayd");
}

// A portal that nobody is behind, one without a name, and one that is there.
TEST(Doctor, LooksAtPortals) {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* wire = static_cast<sockaddr*>(static_cast<void*>(&address));
  ASSERT_EQ(::bind(listener.get(), wire, length), 0);
  ASSERT_EQ(::getsockname(listener.get(), wire, &length), 0);
  const std::string portal = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  expect_says(check_portal("t", portal)[0], Verdict::broken, "cannot be reached", "array");
  ASSERT_EQ(::listen(listener.get(), 8), 0);
  const Findings there = check_portal("t", portal);
  expect_says(there[0], Verdict::good, "answers within", "");
  EXPECT_FALSE(has_broken(there)) << there.back().text;
  EXPECT_GE(there.size(), 2u);
  expect_says(check_portal("t", "no.such.host.invalid")[0], Verdict::broken, "no address", "resolv.conf");
}

}  // namespace
}  // namespace laneway
