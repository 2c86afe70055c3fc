#include "process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/check.h"
#include "base/fd.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {

namespace {

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// In the child: becomes the program.
[[noreturn]] void become(const Arguments& arguments, const std::vector<std::string>& environment) {
  ::setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
  for (const std::string& each : environment) {
    const size_t equals = each.find('=');
    ::setenv(each.substr(0, equals).c_str(), each.substr(equals + 1).c_str(), 1);
  }
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  ::execvp(pointers[0], pointers.data());
  ::_exit(127);
}

void send_output_to(const std::string& path, std::initializer_list<int> descriptors) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  for (const int descriptor : descriptors) ::dup2(file, descriptor);
  ::close(file);
}

}  // namespace

Process::Process(const Arguments& arguments, const std::string& output_path) {
  pid_ = ::fork();
  LW_ASSERT(pid_ >= 0);
  if (pid_ > 0) return;
  send_output_to(output_path, {STDOUT_FILENO, STDERR_FILENO});
  become(arguments, {});
}

Process::~Process() {
  if (has_ended()) return;
  signal(SIGKILL);
  wait();
}

void Process::signal(int number) const { (void)::kill(pid_, number); }

int Process::wait() {
  int status = 0;
  if (exit_code_ < 0 && ::waitpid(pid_, &status, 0) == pid_) exit_code_ = exit_code_of(status);
  return exit_code_;
}

bool Process::has_ended() {
  int status = 0;
  if (exit_code_ < 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) exit_code_ = exit_code_of(status);
  return exit_code_ >= 0;
}

Outcome run(const Arguments& arguments, const std::vector<std::string>& environment) {
  const TempDir dir;
  const pid_t child = ::fork();
  LW_ASSERT(child >= 0);
  if (child == 0) {
    send_output_to(dir.at("out"), {STDOUT_FILENO});
    send_output_to(dir.at("err"), {STDERR_FILENO});
    become(arguments, environment);
  }
  int status = 0;
  LW_ASSERT(::waitpid(child, &status, 0) == child);
  return {exit_code_of(status), content_of(dir.at("out")), content_of(dir.at("err"))};
}

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

uint16_t free_port() {
  const UniqueFd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  sockaddr* generic = static_cast<sockaddr*>(static_cast<void*>(&address));
  LW_ASSERT(::bind(probe.get(), generic, length) == 0 && ::getsockname(probe.get(), generic, &length) == 0);
  return ntohs(address.sin_port);
}

}  // namespace laneway
