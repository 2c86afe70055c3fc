// What a confined engine asks its keeper to do by name, with the keeper's real desk at the other end.
#include "engine/keeper_broker.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "base/unix_socket.h"
#include "engine/reactor_pool.h"
#include "engine/testing/fake_keeper.h"
#include "keeper/broker_desk.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {
namespace {

class KeeperBrokerTest : public ::testing::Test {
 protected:
  KeeperBrokerTest() {
    Result<std::unique_ptr<ReactorPool>> opened = ReactorPool::open({});
    LW_ASSERT(opened.has_value());
    reactors_ = std::move(*opened);
    Result<UniqueFd> socket = connect_to_keeper(path_);
    LW_ASSERT(socket.has_value());
    keeper_.accept();
    link_ = std::make_unique<KeeperLink>(reactors_->control(),
                                         KeeperLink::Sockets{std::move(*socket), make_keeper_socket()}, path_, "test");
    broker_.use(link_.get());
    serving_ = std::thread([this] { serve(); });
  }
  ~KeeperBrokerTest() override {
    link_.reset();
    serving_.join();
  }
  void serve() {
    for (Packet packet = keeper_.next(); packet.kind == PacketKind::ask; packet = keeper_.next()) {
      for (const BrokerDesk::Refusal& each : desk_.take(packet, keeper_.connection())) {
        const std::vector<uint8_t> bytes = encode_answer(tl::unexpected<Error>(each.error));
        keeper_.say({.kind = PacketKind::answer, .number = each.question, .bytes = bytes});
      }
      (void)desk_.look_after(keeper_.connection());
    }
  }

  TempDir dir_;
  const std::string path_ = dir_.at("keeper.sock");
  FakeKeeper keeper_{path_};
  BrokerDesk desk_{dir_.path()};
  std::unique_ptr<ReactorPool> reactors_;
  std::unique_ptr<KeeperLink> link_;
  KeeperBroker broker_;
  std::thread serving_;
};

TEST_F(KeeperBrokerTest, OpensRenamesAndUnlinksFiles) {
  UniqueFd file;
  EXPECT_EQ(broker_.open(dir_.at("a"), O_RDWR, file), -ENOENT);
  ASSERT_EQ(broker_.open(dir_.at("a"), O_RDWR | O_CREAT | O_EXCL, file), 0);
  EXPECT_EQ(::write(file.get(), "x", 1), 1);
  EXPECT_EQ(::fcntl(file.get(), F_GETFD), FD_CLOEXEC);
  struct stat found {};
  ASSERT_EQ(::stat(dir_.at("a").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  UniqueFd second;
  EXPECT_EQ(broker_.open(dir_.at("a"), O_RDWR | O_CREAT | O_EXCL, second), -EEXIST);
  EXPECT_EQ(broker_.rename(dir_.at("a"), dir_.at("b")), 0);
  EXPECT_EQ(broker_.rename(dir_.at("a"), dir_.at("b")), -ENOENT);
  EXPECT_EQ(broker_.unlink(dir_.at("b")), 0);
  EXPECT_EQ(broker_.unlink(dir_.at("b")), -ENOENT);
}

TEST_F(KeeperBrokerTest, ListensAtAPath) {
  Result<UniqueFd> listener = broker_.listen(dir_.at("vf.sock"), 0660);
  ASSERT_TRUE(listener.has_value());
  EXPECT_TRUE(connect_unix(dir_.at("vf.sock"), kSecond).has_value());
  struct stat found {};
  ASSERT_EQ(::stat(dir_.at("vf.sock").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0660u);
  const Result<UniqueFd> taken = broker_.listen(dir_.at("vf.sock"), 0660);
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, ErrorCode::in_use);
}

TEST_F(KeeperBrokerTest, LooksUpHosts) {
  const Result<std::vector<HostAddress>> number = broker_.resolve("127.0.0.1", 3260);
  ASSERT_TRUE(number.has_value());
  const Result<std::vector<HostAddress>> name = broker_.resolve("localhost", 3260);
  ASSERT_TRUE(name.has_value());
  sockaddr_in first{};
  for (const HostAddress& each : *name) {
    if (each.storage.ss_family == AF_INET) std::memcpy(&first, &each.storage, sizeof(first));
  }
  EXPECT_EQ(ntohs(first.sin_port), 3260);
  EXPECT_FALSE(broker_.resolve("no such host", 3260).has_value());
}

TEST_F(KeeperBrokerTest, DoesNothingThatADiskDoesNotNeed) {
  UniqueFd file;
  EXPECT_EQ(broker_.open("relative", O_RDONLY, file), -EINVAL);
  EXPECT_EQ(broker_.open(dir_.at("a"), O_RDWR | O_TMPFILE, file), -EINVAL);
  EXPECT_EQ(broker_.open(std::string("/a\0b", 4), O_RDONLY, file), -EINVAL);
  EXPECT_EQ(broker_.unlink(""), -EINVAL);
}

TEST_F(KeeperBrokerTest, DoesEverythingItselfBeforeThereIsALink) {
  KeeperBroker alone;
  UniqueFd file;
  ASSERT_EQ(alone.open(dir_.at("a"), O_RDWR | O_CREAT, file), 0);
  EXPECT_EQ(alone.rename(dir_.at("a"), dir_.at("b")), 0);
  EXPECT_EQ(alone.unlink(dir_.at("b")), 0);
  EXPECT_TRUE(alone.listen(dir_.at("x"), 0600).has_value());
  EXPECT_TRUE(alone.resolve("127.0.0.1", 1).has_value());
}

}  // namespace
}  // namespace laneway
