#include "keeper/broker_desk.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "keeper/packet_message.h"
#include "lockdown/landlock_rules.h"

namespace laneway {

namespace {

constexpr unsigned kPatienceSeconds = 60;
constexpr int kConnection = 3;  // in the child

// Errors of these are part of the answer: the engine makes its own sentence of them.
Answer with_errno(int outcome) { return Answer{std::to_string(outcome < 0 ? -outcome : 0)}; }

Result<Answer> with_descriptor(Result<UniqueFd> made) {
  if (!made) return pass_on(made);
  Answer answer;
  answer.descriptors.push_back(std::move(*made));
  return answer;
}

Result<Answer> carry_out(const BrokerRequest& request) {
  Outside direct;
  switch (request.call) {
    case BrokerCall::open: {
      UniqueFd file;
      Answer answer = with_errno(direct.open(request.path, static_cast<int>(request.number), file));
      if (file) answer.descriptors.push_back(std::move(file));
      return answer;
    }
    case BrokerCall::unlink:
      return with_errno(direct.unlink(request.path));
    case BrokerCall::rename:
      return with_errno(direct.rename(request.path, request.second));
    case BrokerCall::listen:
      return with_descriptor(direct.listen(request.path, request.number));
    case BrokerCall::resolve: {
      Result<std::vector<HostAddress>> found = direct.resolve(request.path, static_cast<uint16_t>(request.number));
      if (!found) return pass_on(found);
      return Answer{encode_addresses(*found)};
    }
  }
  return fail(ErrorCode::unsupported, "the keeper does not do that");
}

// The keeper's own descriptors are guests': none of them lives on in a child.
void keep_only(int connection) {
  (void)::dup3(connection, kConnection, 0);
  (void)::syscall(SYS_close_range, kConnection + 1, ~0u, 0);
}

[[noreturn]] void serve_as_child(const BrokerRequest& request, uint64_t question, int connection,
                                 const std::string& own_directory) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (connection != kConnection) keep_only(connection);
  ::alarm(kPatienceSeconds);
  const Result<int> confined = apply_landlock(rules_for_any_path({own_directory}));
  Result<Answer> answer = confined ? carry_out(request) : fail(ErrorCode::internal, "{}", confined.error().message);
  std::vector<int> descriptors;
  if (answer) {
    for (const UniqueFd& fd : answer->descriptors) descriptors.push_back(fd.get());
  }
  const std::vector<uint8_t> bytes = encode_answer(answer);
  const PacketView packet{.kind = PacketKind::answer, .number = question, .bytes = bytes, .descriptors = descriptors};
  int outcome = send_packet(kConnection, packet, 0);
  while (outcome == -EAGAIN) {
    pollfd room{kConnection, POLLOUT, 0};
    (void)::poll(&room, 1, -1);
    outcome = send_packet(kConnection, packet, 0);
  }
  ::_exit(outcome == 0 ? 0 : 1);
}

}  // namespace

std::vector<BrokerDesk::Refusal> BrokerDesk::take(const Packet& packet, int connection) {
  Result<BrokerRequest> request = decode_broker_request(packet.bytes);
  if (!request) return {{packet.number, request.error()}};
  if (waiting_.size() == kWaitingMax) {
    return {{packet.number, {ErrorCode::in_use, "too many requests wait for the keeper"}}};
  }
  waiting_.push_back({packet.number, std::move(*request)});
  std::vector<Refusal> refusals;
  start_waiting(connection, refusals);
  return refusals;
}

void BrokerDesk::start_waiting(int connection, std::vector<Refusal>& refusals) {
  while (!waiting_.empty() && children_.size() < kChildrenMax) {
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const pid_t pid = ::fork();
    if (pid == 0) serve_as_child(next.request, next.question, connection, own_directory_);
    if (pid > 0) {
      children_.push_back({pid, next.question});
    } else {
      refusals.push_back({next.question, {ErrorCode::no_space, "the keeper cannot start a process"}});
    }
  }
}

std::vector<BrokerDesk::Refusal> BrokerDesk::look_after(int connection) {
  std::vector<Refusal> refusals;
  std::erase_if(children_, [&](const Child& child) {
    int status = 0;
    if (::waitpid(child.pid, &status, WNOHANG) != child.pid) return false;
    const bool has_answered = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!has_answered && !child.is_forgotten) {
      refusals.push_back(
          {child.question, {ErrorCode::timed_out, fmt::format("it did not end within {} s", kPatienceSeconds)}});
    }
    return true;
  });
  start_waiting(connection, refusals);
  return refusals;
}

void BrokerDesk::forget() {
  waiting_.clear();
  for (Child& child : children_) {
    child.is_forgotten = true;
    ::kill(child.pid, SIGKILL);
  }
}

}  // namespace laneway
