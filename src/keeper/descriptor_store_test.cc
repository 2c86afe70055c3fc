// Items in the service manager's store: the next keeper has the same ones, and nothing else stays there.
#include "keeper/descriptor_store.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "keeper/testing/fake_manager.h"

namespace laneway {
namespace {

UniqueFd event() { return UniqueFd(::eventfd(0, EFD_CLOEXEC)); }
UniqueFd copy_of(const UniqueFd& fd) { return UniqueFd(::dup(fd.get())); }

class DescriptorStoreTest : public ::testing::Test {
 protected:
  KeptItem item(const std::string& key, std::initializer_list<const UniqueFd*> fds, uint64_t note = 0) const {
    KeptItem out{key, note, {1, 2, 3}, {}};
    for (const UniqueFd* fd : fds) out.descriptors.push_back(copy_of(*fd));
    return out;
  }
  std::map<std::string, KeptItem> next_keeper() {
    store_ = std::make_unique<DescriptorStore>(manager_);
    std::map<std::string, KeptItem> out;
    for (KeptItem& each : store_->take(manager_.held())) out[each.key] = std::move(each);
    return out;
  }

  FakeManager manager_;
  std::unique_ptr<DescriptorStore> store_ = std::make_unique<DescriptorStore>(manager_);
  UniqueFd a_ = event();
  UniqueFd b_ = event();
  UniqueFd memory_{::memfd_create("guest", MFD_CLOEXEC)};
};

TEST_F(DescriptorStoreTest, TheNextKeeperHasTheSameItems) {
  store_->item_kept(item("vf/a", {&a_, &memory_, &b_, &memory_}, 4));
  store_->item_kept(item("disk/a", {&memory_}));
  store_->item_kept(item("rpc", {}));
  const KeptItem noted = item("vf/a", {}, 9);
  store_->item_noted(noted);
  for (int round = 0; round < 2; ++round) {
    const auto items = next_keeper();
    ASSERT_EQ(items.size(), 3u);
    const KeptItem& device = items.at("vf/a");
    EXPECT_EQ(device.note, 9u);
    EXPECT_EQ(device.bytes, (std::vector<uint8_t>{1, 2, 3}));
    ASSERT_EQ(device.descriptors.size(), 4u);
    EXPECT_TRUE(is_same_file(device.descriptors[0].get(), a_.get()));
    EXPECT_TRUE(is_same_file(device.descriptors[1].get(), memory_.get()));
    EXPECT_TRUE(is_same_file(device.descriptors[2].get(), b_.get()));
    EXPECT_TRUE(is_same_file(device.descriptors[3].get(), memory_.get()));
    EXPECT_TRUE(is_same_file(items.at("disk/a").descriptors[0].get(), memory_.get()));
  }
}

TEST_F(DescriptorStoreTest, HoldsAFileOnceAndNoLongerThanItIsUsed) {
  store_->item_kept(item("vf/a", {&a_, &memory_, &memory_}));
  store_->item_kept(item("vf/b", {&b_, &memory_}));
  EXPECT_EQ(manager_.count("file."), 3u);
  store_->item_kept(item("vf/a", {&a_}));  // put again, without its memory
  EXPECT_EQ(manager_.count("file."), 3u);
  EXPECT_EQ(manager_.count("item."), 2u);
  store_->item_dropped("vf/b");
  EXPECT_EQ(manager_.count("file."), 1u);
  store_->item_dropped("vf/a");
  store_->item_dropped("nothing");
  EXPECT_EQ(manager_.held().size(), 0u);
}

TEST_F(DescriptorStoreTest, OfTwoManifestsTheNewerCounts) {
  store_->item_kept(item("vf/a", {&a_}));
  std::vector<NamedFd> before = manager_.held();
  store_->item_kept(item("vf/a", {&b_}));
  std::vector<NamedFd> both = manager_.held();
  for (NamedFd& each : before) both.push_back(std::move(each));
  store_ = std::make_unique<DescriptorStore>(manager_);
  const std::vector<KeptItem> items = store_->take(std::move(both));
  ASSERT_EQ(items.size(), 1u);
  EXPECT_TRUE(is_same_file(items[0].descriptors[0].get(), b_.get()));
}

TEST_F(DescriptorStoreTest, TakesOutWhatIsOfNoUse) {
  store_->item_kept(item("vf/a", {&a_}));
  store_->item_kept(item("vf/b", {&b_}));
  manager_.lose("file.1");                                          // of vf/a
  (void)manager_.tell("FDSTORE=1\nFDNAME=item.77", memory_.get());  // no manifest
  const auto items = next_keeper();
  ASSERT_EQ(items.size(), 1u);
  EXPECT_TRUE(items.contains("vf/b"));
  EXPECT_EQ(manager_.held().size(), 2u);
}

TEST_F(DescriptorStoreTest, WaitsForAManagerThatIsBusy) {
  manager_.is_busy = true;
  store_->item_kept(item("vf/a", {&a_}));
  EXPECT_TRUE(store_->has_unsent());
  EXPECT_TRUE(manager_.held().empty());
  manager_.is_busy = false;
  store_->flush();
  EXPECT_FALSE(store_->has_unsent());
  EXPECT_EQ(next_keeper().size(), 1u);
}

TEST_F(DescriptorStoreTest, TellsABusyManagerTheRestAfterAllThatItIsToHold) {
  manager_.is_busy = true;
  store_->item_kept(item("vf/a", {&a_}));
  store_->tell("READY=1");
  EXPECT_TRUE(manager_.told.empty());
  manager_.is_busy = false;
  store_->flush();
  EXPECT_EQ(manager_.told, std::vector<std::string>{"READY=1"});
  EXPECT_EQ(next_keeper().size(), 1u);
}

TEST(Manifest, IsDecodedAsItWasEncodedAndRefusedOtherwise) {
  const Manifest manifest{"vf/a", 7, {1, 99}, {4, 5, 6}};
  const std::vector<uint8_t> bytes = encode_manifest(manifest);
  const Result<Manifest> decoded = decode_manifest(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->key, "vf/a");
  EXPECT_EQ(decoded->note, 7u);
  EXPECT_EQ(decoded->descriptors, manifest.descriptors);
  EXPECT_EQ(decoded->bytes, manifest.bytes);
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_manifest({bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length)}).has_value());
  }
  for (size_t at = 0; at < 32; ++at) {  // the head: other numbers there fit no file of this length
    std::vector<uint8_t> damaged = bytes;
    damaged[at] ^= 0x80;
    const bool is_free = (at >= 8 && at < 16) || at >= 28;  // note, reserved
    EXPECT_EQ(decode_manifest(damaged).has_value(), is_free) << at;
  }
}

}  // namespace
}  // namespace laneway
