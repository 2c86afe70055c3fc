#include "reactor/uring_port.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vector>

namespace laneway {
namespace {

struct Outcome {
  void done(int32_t value) {
    result = value;
    ++completions;
  }
  int32_t result = 0;
  int completions = 0;
  KernelOp op{this, done_by<&Outcome::done>};
};

class UringPortTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = UringPort::open({.submission_entries = 8, .completion_entries = 64});
    ASSERT_TRUE(opened) << opened.error().message;
    port = std::move(*opened);
  }
  void wait_for(Outcome& outcome) {
    port->flush();
    while (outcome.completions == 0) {
      port->sleep(kNever);
      port->reap(64);
    }
  }
  std::unique_ptr<UringPort> port;
};

TEST_F(UringPortTest, WritesAndReadsAFileAtItsOffset) {
  UniqueFd file(memfd_create("file", MFD_CLOEXEC));
  char text[] = "left right";
  iovec pieces[2] = {{text, 5}, {text + 5, 5}};
  Outcome written;
  port->write(written.op, file.get(), {pieces, 2}, 100, 0);
  EXPECT_TRUE(written.op.is_in_flight());
  wait_for(written);
  EXPECT_EQ(written.result, 10);
  char back[5];
  iovec into{back, 5};
  Outcome got;
  port->read(got.op, file.get(), {&into, 1}, 105);
  wait_for(got);
  EXPECT_EQ(got.result, 5);
  EXPECT_EQ(std::string_view(back, 5), "right");
}

TEST_F(UringPortTest, ReportsErrorsAsNegatedErrno) {
  Outcome outcome;
  char byte;
  iovec into{&byte, 1};
  port->read(outcome.op, -1, {&into, 1}, 0);
  wait_for(outcome);
  EXPECT_EQ(outcome.result, -EBADF);
}

TEST_F(UringPortTest, PunchesAHoleAndSyncs) {
  UniqueFd file(memfd_create("file", MFD_CLOEXEC));
  std::vector<char> ones(8192, 1);
  ASSERT_EQ(write(file.get(), ones.data(), ones.size()), 8192);
  Outcome punched, synced;
  port->fallocate(punched.op, file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096);
  wait_for(punched);
  EXPECT_EQ(punched.result, 0);
  port->fsync(synced.op, file.get());
  wait_for(synced);
  EXPECT_EQ(synced.result, 0);
  ASSERT_EQ(pread(file.get(), ones.data(), 8192, 0), 8192);
  EXPECT_EQ(ones[4095], 0);
  EXPECT_EQ(ones[4096], 1);
}

TEST_F(UringPortTest, CancelEndsAPendingReadWithECanceled) {
  UniqueFd event(eventfd(0, EFD_CLOEXEC));
  uint64_t count = 0;
  iovec into{&count, sizeof(count)};
  Outcome outcome;
  port->read(outcome.op, event.get(), {&into, 1}, 0);
  port->flush();
  port->reap(64);
  EXPECT_EQ(outcome.completions, 0);
  port->cancel(outcome.op);
  wait_for(outcome);
  EXPECT_EQ(outcome.result, -ECANCELED);
  port->cancel(outcome.op);  // nothing in flight: nothing happens
}

TEST_F(UringPortTest, ReadsABlockingEventfdWithoutBlockingTheThread) {
  UniqueFd event(eventfd(0, EFD_CLOEXEC));
  uint64_t count = 0;
  iovec into{&count, sizeof(count)};
  Outcome outcome;
  port->read(outcome.op, event.get(), {&into, 1}, 0);
  port->flush();
  EXPECT_EQ(port->reap(64), 0u);
  const uint64_t three = 3;
  ASSERT_EQ(write(event.get(), &three, sizeof(three)), 8);
  wait_for(outcome);
  EXPECT_EQ(count, 3u);
}

TEST_F(UringPortTest, StartsMoreOperationsThanTheSubmissionRingHolds) {
  UniqueFd event(eventfd(0, EFD_CLOEXEC));
  const uint64_t one = 1;
  iovec from{const_cast<uint64_t*>(&one), sizeof(one)};
  std::vector<std::unique_ptr<Outcome>> outcomes;
  for (int i = 0; i < 50; ++i) {
    outcomes.push_back(std::make_unique<Outcome>());
    port->write(outcomes.back()->op, event.get(), {&from, 1}, 0, 0);
  }
  for (auto& outcome : outcomes) wait_for(*outcome);
  uint64_t sum = 0;
  ASSERT_EQ(read(event.get(), &sum, sizeof(sum)), 8);
  EXPECT_EQ(sum, 50u);
}

TEST_F(UringPortTest, ConnectsSendsAndReceivesOverTcp) {
  UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = static_cast<sockaddr*>(static_cast<void*>(&address));
  ASSERT_EQ(bind(listener.get(), generic, sizeof(address)), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  socklen_t length = sizeof(address);
  ASSERT_EQ(getsockname(listener.get(), generic, &length), 0);

  auto client = port->tcp_socket(AF_INET);
  ASSERT_TRUE(client);
  Outcome accepted, connected, sent, received, ended;
  port->accept(accepted.op, listener.get());
  port->connect(connected.op, client->get(), generic, length);
  wait_for(connected);
  EXPECT_EQ(connected.result, 0);
  wait_for(accepted);
  ASSERT_GE(accepted.result, 0);
  UniqueFd server(accepted.result);

  char text[] = "lane";
  iovec pieces[2] = {{text, 2}, {text + 2, 2}};
  msghdr out{};
  out.msg_iov = pieces;
  out.msg_iovlen = 2;
  port->send(sent.op, client->get(), &out, 0);
  char back[16];
  iovec into{back, sizeof(back)};
  msghdr in{};
  in.msg_iov = &into;
  in.msg_iovlen = 1;
  port->receive(received.op, server.get(), &in, 0);
  wait_for(received);
  EXPECT_EQ(std::string_view(back, static_cast<size_t>(received.result)), "lane");
  wait_for(sent);

  port->shut_down(client->get());
  port->receive(ended.op, server.get(), &in, 0);
  wait_for(ended);
  EXPECT_EQ(ended.result, 0);
  port->close(std::move(*client));
}

TEST_F(UringPortTest, TellsThatThePeerIsGoneAlsoBehindUnreadBytes) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  UniqueFd mine(ends[0]);
  UniqueFd peer(ends[1]);
  Outcome outcome;
  port->poll_hangup(outcome.op, mine.get());
  ASSERT_EQ(write(peer.get(), "text", 4), 4);
  port->flush();
  port->reap(64);
  EXPECT_EQ(outcome.completions, 0) << "bytes are no end";
  peer.reset();
  wait_for(outcome);
  EXPECT_GT(outcome.result, 0);

  Outcome cancelled;
  UniqueFd alone(eventfd(0, EFD_CLOEXEC));
  port->poll_hangup(cancelled.op, alone.get());
  port->flush();
  port->cancel(cancelled.op);
  wait_for(cancelled);
  EXPECT_EQ(cancelled.result, -ECANCELED);
}

TEST_F(UringPortTest, WhatIsKeptTogetherIsNotHandedOverInParts) {
  UniqueFd event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  UniqueFd other(eventfd(0, EFD_CLOEXEC));
  const uint64_t one = 1;
  iovec from{const_cast<uint64_t*>(&one), sizeof(one)};
  // Whatever is started already, and however much room that leaves.
  for (int before = 0; before <= 16; ++before) {
    std::vector<std::unique_ptr<Outcome>> outcomes;
    const auto start = [&](int fd) {
      outcomes.push_back(std::make_unique<Outcome>());
      port->write(outcomes.back()->op, fd, {&from, 1}, 0, 0);
    };
    for (int i = 0; i < before; ++i) start(other.get());
    port->keep_together(3);
    for (int i = 0; i < 3; ++i) start(event.get());
    uint64_t count = 0;
    EXPECT_EQ(read(event.get(), &count, sizeof(count)), -1) << "after " << before;
    for (auto& outcome : outcomes) wait_for(*outcome);
    ASSERT_EQ(read(event.get(), &count, sizeof(count)), 8);
    EXPECT_EQ(count, 3u);
  }
}

TEST_F(UringPortTest, WakeEndsASleepAlsoWhenItCameFirst) {
  port->wake();
  port->sleep(kNever);
  port->reap(64);
  port->wake();
  port->sleep(kNever);  // the wake-up read was armed again
}

TEST_F(UringPortTest, SleepEndsAtItsDeadline) {
  const uint64_t until = port->clock().now_ns() + 2 * kMillisecond;
  while (port->clock().now_ns() < until) {
    port->sleep(until);
    port->reap(64);
  }
  port->sleep(0);  // in the past: returns at once
}

}  // namespace
}  // namespace laneway
