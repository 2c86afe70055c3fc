// The engine's link to its keeper: items arrive whole, nothing waits where there is no keeper, a new one is given all.
#include "engine/keeper_link.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <csignal>
#include <future>

#include "engine/keeper_question.h"
#include "engine/keeper_shelf.h"
#include "engine/keeper_ties.h"
#include "engine/keeper_vault.h"
#include "engine/kept_keys.h"
#include "engine/link_mark.h"
#include "engine/reactor_pool.h"
#include "engine/testing/fake_keeper.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {
namespace {

// A function's connection, as far as its vault sees it.
struct Attached final : DeviceVault::Owner {
  void record_kept() override { kept.release(); }
  void note_sent() override { noted.release(); }
  void vault_renewed() override { renewed.release(); }
  std::counting_semaphore<> kept{0};
  std::counting_semaphore<> noted{0};
  std::counting_semaphore<> renewed{0};
};

class KeeperLinkTest : public ::testing::Test {
 protected:
  KeeperLinkTest() {
    Result<std::unique_ptr<ReactorPool>> opened = ReactorPool::open({});
    LW_ASSERT(opened.has_value());
    reactors_ = std::move(*opened);
    Result<UniqueFd> socket = connect_to_keeper(path_);
    LW_ASSERT(socket.has_value());
    keeper_->accept();
    link_ = std::make_unique<KeeperLink>(control(), KeeperLink::Sockets{std::move(*socket), make_keeper_socket()},
                                         path_, "test");
  }
  Reactor& control() { return reactors_->control(); }

  void keeper_dies() { keeper_.reset(); }
  // Another one, which the engine has said hello to.
  void keeper_is_back() {
    keeper_ = std::make_unique<FakeKeeper>(path_);
    keeper_->accept();
    EXPECT_EQ(keeper_->next().kind, PacketKind::hello_again);
  }
  void put(KeeperVault& vault, const EncodedRecord& record) {
    run_on(control(), [&] { vault.put(record); });
  }
  UniqueFd event_ = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  EncodedRecord large_record() const { return {std::vector<uint8_t>(200'000, 7), std::vector<int>(600, event_.get())}; }

  TempDir dir_;
  const std::string path_ = dir_.at("keeper.sock");
  std::unique_ptr<FakeKeeper> keeper_ = std::make_unique<FakeKeeper>(path_);
  std::unique_ptr<ReactorPool> reactors_;
  std::unique_ptr<KeeperLink> link_;
};

TEST_F(KeeperLinkTest, ARecordArrivesWholeAndThenItsNote) {
  KeeperVault vault(*link_, "vm1");
  Attached attached;
  const EncodedRecord record = large_record();
  run_on(control(), [&] { vault.attend(&attached); });
  put(vault, record);
  // More than a socket holds: the rest follows as the keeper takes it.
  std::thread taking([this] { (void)keeper_->store_until(PacketKind::note); });
  attached.kept.acquire();
  run_on(control(), [&] { vault.note(5); });
  attached.noted.acquire();
  taking.join();
  const ItemStore::Held* held = keeper_->store().find("vf/vm1");
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->item.bytes, record.bytes);
  EXPECT_EQ(held->item.descriptors.size(), 600u);
  EXPECT_EQ(held->item.note, 5u);
  run_on(control(), [&] {
    vault.attend(nullptr);
    vault.drop();
    vault.put(record);  // the next front-end, at once
  });
  EXPECT_EQ(keeper_->store_until(PacketKind::drop).key, "vf/vm1");
  EXPECT_EQ(keeper_->store().find("vf/vm1"), nullptr);
  std::thread taking_more([this] { (void)keeper_->store_until(PacketKind::served); });
  while (!std::invoke([&] {
    bool is_idle = false;
    run_on(control(), [&] { is_idle = vault.is_idle(); });
    return is_idle;
  })) {
  }
  tell_keeper(*link_, PacketKind::served);
  taking_more.join();
  EXPECT_EQ(keeper_->store().find("vf/vm1")->item.note, 0u);
}

TEST_F(KeeperLinkTest, WithoutAKeeperEverythingIsKeptAtOnce) {
  KeeperVault vault(*link_, "vm1");
  KeeperShelf shelf(*link_);
  Attached attached;
  const EncodedRecord record = large_record();
  run_on(control(), [&] { vault.attend(&attached); });
  put(vault, record);  // some of it may arrive
  keeper_dies();
  attached.kept.acquire();
  for (int round = 0; round < 3; ++round) {
    put(vault, record);
    attached.kept.acquire();
    run_on(control(), [&] { vault.note(1); });
    attached.noted.acquire();
  }
  shelf.keep("rpc", {1}, {});
  shelf.drop("rpc");
  tell_keeper(*link_, PacketKind::served);
  run_on(control(), [&] { vault.attend(nullptr); });
}

TEST_F(KeeperLinkTest, ANewKeeperIsGivenEverything) {
  KeeperVault vault(*link_, "vm1");
  KeeperShelf shelf(*link_);
  Attached attached;
  run_on(control(), [&] { vault.attend(&attached); });
  shelf.keep("rpc", {1, 2}, {});
  EXPECT_EQ(keeper_->store_until(PacketKind::put).key, "rpc");
  for (int round = 0; round < 2; ++round) {
    keeper_dies();
    keeper_is_back();
    attached.renewed.acquire();
    EXPECT_EQ(keeper_->store_until(PacketKind::put).key, "rpc");
    EXPECT_EQ(keeper_->store().find("rpc")->item.bytes, (std::vector<uint8_t>{1, 2}));
    const UniqueFd spare = make_keeper_socket();  // what a real keeper welcomes it with
    const int number = spare.get();
    keeper_->say({.kind = PacketKind::welcome, .descriptors = {&number, 1}});
    // It is taken before the answer to what follows.
    std::thread answering([this] {
      const Packet question = keeper_->next();
      keeper_->say({.kind = PacketKind::answer, .number = question.number, .bytes = encode_answer(Answer{"yes"})});
    });
    EXPECT_TRUE(ask_keeper(*link_, PacketKind::ask, {}, {}, 20 * kSecond).has_value());
    answering.join();
  }
  run_on(control(), [&] { vault.attend(nullptr); });
}

// What the next engine is given where a service manager still has the items of before.
bool is_discarded(const ItemStore& store) {
  Inheritance inheritance;
  for (const auto& [key, held] : store.items()) {
    KeptItem item{key, held.item.note, held.item.bytes, {}};
    for (const UniqueFd& fd : held.item.descriptors) item.descriptors.emplace_back(::dup(fd.get()));
    inheritance.items[key] = std::move(item);
  }
  discard_outdated(inheritance);
  EXPECT_TRUE(inheritance.items.contains("listener/vm1"));
  EXPECT_FALSE(inheritance.items.contains("mark"));
  return !inheritance.items.contains("vf/vm1");
}

TEST_F(KeeperLinkTest, ItemsOfBeforeAreMarkedWhereTheEngineGoesOnAlone) {
  LinkMark mark(*link_);
  KeeperVault vault(*link_, "vm1");
  KeeperShelf shelf(*link_);
  Attached attached;
  const EncodedRecord record{{1, 2, 3}, {}};
  shelf.keep("listener/vm1", {}, {});
  run_on(control(), [&] { vault.attend(&attached); });
  put(vault, record);
  attached.kept.acquire();
  tell_keeper(*link_, PacketKind::served);
  (void)keeper_->store_until(PacketKind::served);
  const std::unique_ptr<FakeKeeper> dead = std::move(keeper_);
  EXPECT_FALSE(is_discarded(dead->store()));  // nothing happened since
  dead->hang_up();
  put(vault, record);
  attached.kept.acquire();
  EXPECT_TRUE(is_discarded(dead->store()));
  dead->stop_listening();
  keeper_is_back();
  attached.renewed.acquire();
  put(vault, record);
  attached.kept.acquire();
  tell_keeper(*link_, PacketKind::served);
  (void)keeper_->store_until(PacketKind::served);
  EXPECT_FALSE(is_discarded(keeper_->store()));
  EXPECT_TRUE(is_discarded(dead->store()));
  run_on(control(), [&] { vault.attend(nullptr); });
}

TEST_F(KeeperLinkTest, SaysHowFarTheKeeperHoldsEverything) {
  using Holding = KeeperLink::Holding;
  const auto holding = [this] {
    Holding out = Holding::nothing;
    run_on(control(), [&] { out = link_->holding(); });
    return out;
  };
  KeeperVault vault(*link_, "vm1");
  Attached attached;
  const EncodedRecord record = large_record();
  run_on(control(), [&] { vault.attend(&attached); });
  EXPECT_EQ(holding(), Holding::everything) << "of nothing";
  put(vault, record);
  EXPECT_EQ(holding(), Holding::some) << "it is more than the socket takes, and nobody reads";
  std::thread taking([this] { (void)keeper_->store_until(PacketKind::served); });
  attached.kept.acquire();
  EXPECT_EQ(holding(), Holding::everything);
  tell_keeper(*link_, PacketKind::served);
  taking.join();
  keeper_dies();
  while (holding() != Holding::nothing) {
  }
  keeper_is_back();
  attached.renewed.acquire();
  EXPECT_EQ(holding(), Holding::some) << "the new one has nothing yet";
  put(vault, record);
  std::thread taking_again([this] { (void)keeper_->store_until(PacketKind::served); });
  attached.kept.acquire();
  EXPECT_EQ(holding(), Holding::everything);
  run_on(control(), [&] {
    vault.attend(nullptr);
    vault.drop();
  });
  tell_keeper(*link_, PacketKind::served);
  taking_again.join();
  EXPECT_EQ(holding(), Holding::everything) << "there is nothing any more";
}

TEST_F(KeeperLinkTest, SkipsWhatALaterKeeperSays) {
  keeper_->say({.kind = PacketKind{39}, .key = "vf/a"});
  std::thread answering([this] {
    const Packet question = keeper_->next();
    keeper_->say({.kind = PacketKind::answer, .number = question.number, .bytes = encode_answer(Answer{"yes"})});
  });
  EXPECT_TRUE(ask_keeper(*link_, PacketKind::ask, {}, {}, 20 * kSecond).has_value());
  answering.join();
}

// What the engine does with it: an upgrade is refused before anything changes.
TEST(KeptItems, OfALaterVersionAreNotTakenOver) {
  EncodedRecord record = encode_record(DeviceRecord{});
  Inheritance inheritance;
  inheritance.items["vf/vm1"] = KeptItem{"vf/vm1", 1, record.bytes, {}};
  EXPECT_TRUE(check_kept_items(inheritance).has_value());
  inheritance.items["vf/vm1"].bytes[4] = DeviceRecord::kVersion + 1;
  const Result<void> refused = check_kept_items(inheritance);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_NE(refused.error().message.find("kept as vf/vm1 cannot be read"), std::string::npos);
}

// A later engine finds items by these.
TEST(KeptItems, HaveTheKeysThatOtherVersionsKnow) {
  EXPECT_EQ(kept_device_key("a"), "vf/a");
  EXPECT_EQ(kept_listener_key("a"), "listener/a");
  EXPECT_EQ(kept_disk_key("a"), "disk/a");
  EXPECT_STREQ(kKeptRpcKey, "rpc");
  EXPECT_STREQ(kKeptMarkKey, "mark");
}

TEST_F(KeeperLinkTest, GivesAnAnswerOrWhyThereIsNone) {
  const auto ask = [this](uint64_t patience_ns) {
    return std::async(std::launch::async,
                      [this, patience_ns] { return ask_keeper(*link_, PacketKind::upgrade, {}, {}, patience_ns); });
  };
  const auto say = [this](const Packet& to, const Result<Answer>& answer) {
    const std::vector<uint8_t> bytes = encode_answer(answer);
    keeper_->say({.kind = PacketKind::answer, .number = to.number, .bytes = bytes});
  };
  auto answered = ask(20 * kSecond);
  say(keeper_->next(), Answer{"1.2.3"});
  EXPECT_EQ(answered.get()->text, "1.2.3");
  auto refused = ask(20 * kSecond);
  say(keeper_->next(), fail(ErrorCode::refused, "no"));
  EXPECT_EQ(refused.get().error().code, ErrorCode::refused);
  auto late = ask(1);
  EXPECT_EQ(late.get().error().code, ErrorCode::timed_out);
  say(keeper_->next(), Answer{"too late"});  // nobody waits for it
  auto lost = ask(20 * kSecond);
  (void)keeper_->next();
  keeper_dies();
  EXPECT_EQ(lost.get().error().code, ErrorCode::unreachable);
  EXPECT_EQ(ask(20 * kSecond).get().error().code, ErrorCode::unreachable);
}

TEST_F(KeeperLinkTest, NonsenseEndsTheConnectionOnly) {
  const uint8_t nonsense[] = {1, 2, 3};
  ASSERT_EQ(::send(keeper_->connection(), nonsense, sizeof(nonsense), 0), 3);
  EXPECT_EQ(keeper_->next().kind, PacketKind{0});
  keeper_->accept();
  EXPECT_EQ(keeper_->next().kind, PacketKind::hello_again);
}

TEST_F(KeeperLinkTest, AHandOverIsASignalForMain) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  keeper_->say({.kind = PacketKind::hand_over});
  int signal = 0;
  EXPECT_EQ(::sigwait(&signals, &signal), 0);
  EXPECT_EQ(signal, SIGTERM);
}

}  // namespace
}  // namespace laneway
