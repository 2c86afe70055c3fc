#include "frontend/vhost_blk_function.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <thread>

#include "frontend/testing/function_bench.h"

namespace laneway {
namespace {

class ListenTest : public ::testing::Test {
 protected:
  ListenTest() {
    char folder[] = "/tmp/laneway-test-XXXXXX";
    EXPECT_NE(::mkdtemp(folder), nullptr);
    folder_ = folder;
  }
  ~ListenTest() override {
    ::unlink((folder_ + "/a").c_str());
    ::rmdir(folder_.c_str());
  }
  std::string folder_;
};

TEST_F(ListenTest, TheSocketIsForItsOwnerAndGroup) {
  ASSERT_TRUE(VhostBlkFunction::listen_at(folder_ + "/a").has_value());
  struct stat found {};
  ASSERT_EQ(::stat((folder_ + "/a").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0660u);
}

TEST_F(ListenTest, ADeadSocketIsReplacedAndALiveOneIsNot) {
  auto first = VhostBlkFunction::listen_at(folder_ + "/a");
  ASSERT_TRUE(first.has_value());
  auto second = VhostBlkFunction::listen_at(folder_ + "/a");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::already_exists);
  first->reset();
  EXPECT_TRUE(VhostBlkFunction::listen_at(folder_ + "/a").has_value());
}

TEST_F(ListenTest, AFileInTheWayIsLeftAlone) {
  UniqueFd file(::open((folder_ + "/a").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ASSERT_TRUE(file);
  auto listener = VhostBlkFunction::listen_at(folder_ + "/a");
  ASSERT_FALSE(listener.has_value());
  EXPECT_EQ(listener.error().code, ErrorCode::already_exists);
  struct stat found {};
  EXPECT_EQ(::stat((folder_ + "/a").c_str(), &found), 0);
  EXPECT_TRUE(S_ISREG(found.st_mode));
}

TEST_F(ListenTest, BadPathsAreRefusedWithWhatToDo) {
  auto too_long = VhostBlkFunction::listen_at("/" + std::string(200, 'x'));
  ASSERT_FALSE(too_long.has_value());
  EXPECT_EQ(too_long.error().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(VhostBlkFunction::listen_at("").has_value());
  EXPECT_FALSE(VhostBlkFunction::listen_at(folder_ + "/no/such/folder").has_value());
}

TEST(VhostBlkFunction, OptionsOutsideTheirLimitsAreRefused) {
  BenchReactor bench;
  FakeDisk disk;
  const auto is_refused = [&](const VhostBlkOptions& options) {
    return !VhostBlkFunction::open(options, UniqueFd(), disk, bench.pool()).has_value();
  };
  EXPECT_TRUE(is_refused({.queues = 0}));
  EXPECT_TRUE(is_refused({.queues = 129}));
  EXPECT_TRUE(is_refused({.queue_size_max = 2}));
  EXPECT_TRUE(is_refused({.queue_size_max = 100}));
  EXPECT_TRUE(is_refused({.queue_size_max = 2048}));
  EXPECT_TRUE(is_refused({.serial = "a serial number of 21"}));
}

// As in production: the reactor runs on a thread of its own, and control threads ask, open and close.
TEST(VhostBlkFunction, ControlThreadsOpenAskAndCloseWhileTheReactorRuns) {
  auto port = UringPort::open({});
  ASSERT_TRUE(port.has_value());
  Reactor reactor(**port, {});
  RequestPool pool(reactor);
  FakeDisk disk;
  std::thread thread([&] { reactor.run(); });
  char folder[] = "/tmp/laneway-test-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/a";
  for (int round = 0; round < 20; ++round) {
    auto listener = VhostBlkFunction::listen_at(path);
    ASSERT_TRUE(listener.has_value());
    auto function = VhostBlkFunction::open({.name = "threads"}, std::move(*listener), disk, pool);
    ASSERT_TRUE(function.has_value());
    EXPECT_FALSE((*function)->connection().is_attached);
    EXPECT_EQ((*function)->record().error().code, ErrorCode::not_found);
    FakeSocket socket = FakeSocket::connect(path);
    while (!(*function)->is_attached()) std::this_thread::yield();
    EXPECT_EQ((*function)->connection().peer_pid, ::getpid());
    EXPECT_TRUE((*function)->record().has_value());
    EXPECT_EQ((*function)->stats().connections, 1u);
    (*function)->close();
    while (!socket.is_at_end()) (void)socket.receive();
    ::unlink(path.c_str());
  }
  reactor.stop();
  thread.join();
  ::rmdir(folder);
}

}  // namespace
}  // namespace laneway
