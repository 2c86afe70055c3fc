#include "sim/sim_kernel.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <cerrno>

#include "target/wire.h"

namespace laneway::sim {
namespace {

constexpr uint16_t kPort = 3260;

// An operation that remembers how it ended.
struct Waiter {
  void done(int32_t value) {
    result = value;
    ++times;
  }
  KernelOp op{this, done_by<&Waiter::done>};
  int32_t result = -9999;
  int times = 0;
};

struct Lab {
  explicit Lab(uint64_t seed = 7) : target(fake::TargetOptions{}), kernel({}, {}, seed) {
    kernel.network().add_server(kPort, target);
    address.sin_family = AF_INET;
    address.sin_port = htons(kPort);
  }
  ~Lab() { kernel.reap(1000); }

  void wait(const Waiter& waiter) {
    for (int i = 0; i < 100000 && waiter.op.is_in_flight() && !kernel.is_stuck(); ++i) {
      kernel.sleep(kNever);
      kernel.reap(100);
    }
  }
  UniqueFd connect() {
    UniqueFd fd = kernel.tcp_socket(AF_INET).value();
    Waiter waiter;
    kernel.connect(waiter.op, fd.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)),
                   sizeof(address));
    wait(waiter);
    EXPECT_EQ(waiter.result, 0);
    return fd;
  }
  int32_t send(int fd, fake::Bytes& bytes) {
    iovec vector{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    Waiter waiter;
    kernel.send(waiter.op, fd, &message, 0);
    wait(waiter);
    return waiter.result;
  }
  int32_t receive(int fd, fake::Bytes& into) {
    iovec vector{into.data(), into.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    Waiter waiter;
    kernel.receive(waiter.op, fd, &message, 0);
    wait(waiter);
    return waiter.result;
  }

  fake::FakeTarget target;  // outlives the network's connections
  SimKernel kernel;
  sockaddr_in address{};
};

fake::Bytes login_request() {
  fake::Bytes text;
  fake::append_text(text, "InitiatorName", "iqn.2026-11.test.client:one");
  fake::append_text(text, "TargetName", "iqn.2026-11.test.laneway:fake");
  fake::Header header(fake::Op::login);
  header.u8(1, 0x87);
  fake::Bytes stream;
  fake::append_pdu(stream, header, text, {});
  return stream;
}

// A login over the simulated network; the bytes of the answer and when it was there.
std::pair<fake::Bytes, uint64_t> log_in(Lab& lab) {
  UniqueFd fd = lab.connect();
  fake::Bytes request = login_request();
  while (!request.empty()) {
    const int32_t count = lab.send(fd.get(), request);
    EXPECT_GT(count, 0);
    request.erase(request.begin(), request.begin() + count);
  }
  fake::Bytes answer;
  while (fake::cut_pdu(answer, {}, 8192).outcome == fake::Cut::incomplete) {
    fake::Bytes piece(100);
    const int32_t count = lab.receive(fd.get(), piece);
    EXPECT_GT(count, 0);
    answer.insert(answer.end(), piece.begin(), piece.begin() + count);
  }
  lab.kernel.close(std::move(fd));
  return {answer, lab.kernel.clock().now_ns()};
}

TEST(SimKernel, CarriesBytesToATargetAndBack) {
  Lab lab;
  const auto [answer, end_ns] = log_in(lab);
  EXPECT_EQ(answer[0] & 0x3f, 0x23);
  EXPECT_GT(end_ns, kSecond);
  EXPECT_EQ(lab.target.counters().logins, 1u);
}

TEST(SimKernel, RepeatsItselfWithTheSameSeed) {
  const auto run = [](uint64_t seed) {
    Lab lab(seed);
    return log_in(lab).second;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(SimKernel, RefusesAndHangsConnects) {
  Lab lab;
  const auto* address = static_cast<const sockaddr*>(static_cast<const void*>(&lab.address));
  lab.kernel.network().set_reachable(false);
  UniqueFd fd = lab.kernel.tcp_socket(AF_INET).value();
  Waiter refused;
  lab.kernel.connect(refused.op, fd.get(), address, sizeof(lab.address));
  lab.wait(refused);
  EXPECT_EQ(refused.result, -ECONNREFUSED);
  lab.kernel.network().set_connects_hang(true);
  Waiter hanging;
  lab.kernel.connect(hanging.op, fd.get(), address, sizeof(lab.address));
  lab.kernel.sleep(lab.kernel.clock().now_ns() + kSecond);
  EXPECT_TRUE(hanging.op.is_in_flight());
  lab.kernel.cancel(hanging.op);
  lab.wait(hanging);
  EXPECT_EQ(hanging.result, -ECANCELED);
  lab.kernel.close(std::move(fd));
}

TEST(SimKernel, BreaksConnections) {
  Lab lab;
  UniqueFd fd = lab.connect();
  fake::Bytes into(16);
  lab.kernel.network().reset_all();
  EXPECT_EQ(lab.receive(fd.get(), into), -ECONNRESET);
  fake::Bytes bytes(16);
  EXPECT_EQ(lab.send(fd.get(), bytes), -ECONNRESET);
  lab.kernel.close(std::move(fd));
  fd = lab.connect();
  lab.target.drop_connections();
  lab.kernel.network().act(lab.kernel.clock().now_ns());
  EXPECT_EQ(lab.receive(fd.get(), into), 0);
  lab.kernel.close(std::move(fd));
}

TEST(SimKernel, SaysWhenNothingWillEverHappen) {
  Lab lab;
  UniqueFd fd = lab.connect();
  lab.kernel.network().swallow_all();
  fake::Bytes into(16);
  iovec vector{into.data(), into.size()};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  Waiter waiter;
  lab.kernel.receive(waiter.op, fd.get(), &message, 0);
  lab.wait(waiter);
  EXPECT_TRUE(lab.kernel.is_stuck());
  EXPECT_NE(lab.kernel.describe_operations().find("receive"), std::string::npos);
  lab.kernel.shut_down(fd.get());
  lab.kernel.sleep(kNever);
  lab.kernel.reap(10);
  EXPECT_EQ(waiter.result, 0);
  lab.kernel.close(std::move(fd));
}

TEST(SimKernel, WakesFromEventsTimeAndWake) {
  Lab lab;
  UniqueFd event(::eventfd(0, EFD_CLOEXEC));
  uint64_t value = 0;
  iovec vector{&value, sizeof(value)};
  Waiter waiter;
  lab.kernel.read(waiter.op, event.get(), {&vector, 1}, 0);
  const uint64_t until_ns = lab.kernel.clock().now_ns() + kMillisecond;
  lab.kernel.sleep(until_ns);
  EXPECT_EQ(lab.kernel.clock().now_ns(), until_ns);
  lab.kernel.wake();
  lab.kernel.sleep(kNever);
  EXPECT_FALSE(lab.kernel.is_stuck());
  ASSERT_EQ(::eventfd_write(event.get(), 3), 0);
  lab.wait(waiter);
  EXPECT_EQ(waiter.result, 8);
  EXPECT_EQ(value, 3u);
}

TEST(SimKernel, PassesDescriptorsOverUnixSockets) {
  Lab lab;
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  UniqueFd passed(::eventfd(0, EFD_CLOEXEC));
  char text[] = "hello";
  iovec vector{text, 5};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int number = passed.get();
  std::memcpy(CMSG_DATA(header), &number, sizeof(number));
  Waiter sent;
  lab.kernel.send(sent.op, ours.get(), &message, 0);
  lab.wait(sent);
  ASSERT_GT(sent.result, 0);
  std::memset(control, 0, sizeof(control));
  Waiter received;
  lab.kernel.receive(received.op, theirs.get(), &message, MSG_CMSG_CLOEXEC);
  lab.wait(received);
  ASSERT_GT(received.result, 0);
  ASSERT_NE(CMSG_FIRSTHDR(&message), nullptr);
  int arrived = -1;
  std::memcpy(&arrived, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(arrived));
  UniqueFd duplicate(arrived);
  EXPECT_NE(duplicate.get(), passed.get());
  EXPECT_EQ(::eventfd_write(duplicate.get(), 1), 0);
}

TEST(SimKernel, TakesUnsyncedFileBlocksBackInAPowerCut) {
  Lab lab;
  UniqueFd file(::memfd_create("disk", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(file.get(), 64 * 512), 0);
  fake::Bytes bytes(64 * 512, 0x11);
  const auto write_all = [&] {
    for (size_t at = 0; at < bytes.size();) {
      iovec vector{bytes.data() + at, bytes.size() - at};
      Waiter waiter;
      lab.kernel.write(waiter.op, file.get(), {&vector, 1}, at, 0);
      lab.wait(waiter);
      if (waiter.result > 0) at += static_cast<size_t>(waiter.result);
    }
  };
  write_all();
  Waiter synced;
  do {
    lab.kernel.fsync(synced.op, file.get());
    lab.wait(synced);
  } while (synced.result != 0);
  bytes.assign(bytes.size(), 0x22);
  write_all();
  lab.kernel.files().cut_power(file.get());
  int old_blocks = 0;
  for (off_t block = 0; block < 64; ++block) {
    uint8_t first = 0;
    ASSERT_EQ(::pread(file.get(), &first, 1, block * 512), 1);
    ASSERT_TRUE(first == 0x11 || first == 0x22);
    old_blocks += first == 0x11 ? 1 : 0;
  }
  EXPECT_GT(old_blocks, 0);
  EXPECT_LT(old_blocks, 64);
}

}  // namespace
}  // namespace laneway::sim
