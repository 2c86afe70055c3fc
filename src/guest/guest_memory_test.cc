#include "guest/guest_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace laneway {
namespace {

constexpr uint64_t kPage = 4096;

UniqueFd memory_file(uint64_t size_bytes) {
  UniqueFd fd(memfd_create("guest", MFD_CLOEXEC));
  EXPECT_TRUE(fd);
  EXPECT_EQ(ftruncate(fd.get(), static_cast<off_t>(size_bytes)), 0);
  return fd;
}

GuestRegion region_at(uint64_t guest, uint64_t size, uint64_t user = 0, uint64_t offset = 0) {
  return {GuestAddr{guest}, size, UserAddr{user != 0 ? user : guest + (1ull << 40)}, offset};
}

TEST(GuestMemory, ViewsBytesOfTheFileAtTheRegionsOffset) {
  UniqueFd fd = memory_file(4 * kPage);
  const char text[] = "lane";
  ASSERT_EQ(pwrite(fd.get(), text, 4, kPage + 100), 4);
  GuestMemory memory;
  // An offset that is no multiple of a page is legal.
  ASSERT_TRUE(memory.add(region_at(0x10000, kPage, 0, kPage + 50), std::move(fd)));
  const auto view = memory.view(GuestAddr{0x10000 + 50}, 4);
  ASSERT_TRUE(view);
  EXPECT_EQ(text_of(*view), "lane");
  (*view)[0] = 'c';
  char back = 0;
  ASSERT_EQ(pread(memory.region_fd(0), &back, 1, kPage + 100), 1);
  EXPECT_EQ(back, 'c');
}

TEST(GuestMemory, AFileThatBecomesShorterCostsItsContentAndNothingElse) {
  const UniqueFd cut = memory_file(4 * kPage);
  GuestMemory memory, other;
  ASSERT_TRUE(memory.add(region_at(0x10000, 4 * kPage), UniqueFd(dup(cut.get()))));
  ASSERT_TRUE(other.add(region_at(0x10000, kPage), memory_file(kPage)));
  const auto view = memory.view(GuestAddr{0x10000}, 4 * kPage);
  ASSERT_TRUE(view);
  (*view)[0] = 1;
  (*view)[3 * kPage] = 1;
  const uint32_t losses = ForeignMapping::losses();
  ASSERT_EQ(ftruncate(cut.get(), kPage), 0);
  EXPECT_FALSE(memory.is_lost()) << "nobody has touched what is gone";
  EXPECT_EQ((*view)[3 * kPage], 0);  // would end the process
  EXPECT_TRUE(memory.is_lost());
  EXPECT_EQ(ForeignMapping::losses(), losses + 1);
  EXPECT_EQ((*view)[0], 0) << "the rest is gone as well";
  (*view)[3 * kPage] = 2;
  EXPECT_EQ((*view)[3 * kPage], 2);
  EXPECT_FALSE(other.is_lost());

  // New memory in its place is good again.
  GuestMemory fresh;
  ASSERT_TRUE(fresh.add(region_at(0x10000, kPage), memory_file(kPage)));
  memory = std::move(fresh);
  EXPECT_FALSE(memory.is_lost());
}

TEST(ForeignMappingDeathTest, ABusErrorElsewhereStillEndsTheProcess) {
  const UniqueFd file = memory_file(kPage);
  const ForeignMapping guarded = ForeignMapping::map(file.get(), kPage, 0);
  ASSERT_TRUE(guarded.is_mapped());
  void* plain = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  ASSERT_NE(plain, MAP_FAILED);
  ASSERT_EQ(ftruncate(file.get(), 0), 0);
  EXPECT_EXIT(*static_cast<volatile uint8_t*>(plain) = 1, testing::KilledBySignal(SIGBUS), "");
  EXPECT_EXIT(raise(SIGBUS), testing::KilledBySignal(SIGBUS), "");
  munmap(plain, kPage);
}

TEST(ForeignMapping, SaysWhyAFileCannotBeMapped) {
  EXPECT_FALSE(ForeignMapping::map(-1, kPage, 0).is_mapped());
  EXPECT_EQ(errno, EBADF);
}

TEST(GuestMemory, RefusesViewsThatLeaveTheirRegion) {
  GuestMemory memory;
  ASSERT_TRUE(memory.add(region_at(0x10000, kPage), memory_file(kPage)));
  ASSERT_TRUE(memory.add(region_at(0x10000 + kPage, kPage), memory_file(kPage)));
  EXPECT_TRUE(memory.view(GuestAddr{0x10000}, kPage));
  EXPECT_FALSE(memory.view(GuestAddr{0x10000}, kPage + 1));
  EXPECT_FALSE(memory.view(GuestAddr{0x10001}, kPage));
  EXPECT_FALSE(memory.view(GuestAddr{0xffff}, 1));
  EXPECT_FALSE(memory.view(GuestAddr{0x10000 + 2 * kPage}, 1));
  EXPECT_FALSE(memory.view(GuestAddr{0x10000}, UINT64_MAX));
  EXPECT_FALSE(memory.view(GuestAddr{UINT64_MAX}, 1));
  EXPECT_TRUE(memory.view(GuestAddr{0x10000 + 2 * kPage - 1}, 1));
}

TEST(GuestMemory, GivesTheLongestPrefixOfABufferThatSpansRegions) {
  GuestMemory memory;
  ASSERT_TRUE(memory.add(region_at(0x10000, kPage), memory_file(kPage)));
  const auto prefix = memory.view_prefix(GuestAddr{0x10000 + kPage - 16}, 64);
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->size(), 16u);
  EXPECT_FALSE(memory.view_prefix(GuestAddr{0x10000 + kPage}, 64));
}

TEST(GuestMemory, TranslatesUserAddresses) {
  GuestMemory memory;
  ASSERT_TRUE(memory.add(region_at(0x10000, kPage, 0x7f0000000000), memory_file(kPage)));
  EXPECT_EQ(memory.guest_address(UserAddr{0x7f0000000123}), GuestAddr{0x10123});
  EXPECT_EQ(memory.guest_address(UserAddr{0x7f0000000000 + kPage}), std::nullopt);
  ASSERT_TRUE(memory.view(UserAddr{0x7f0000000000}, kPage));
  EXPECT_EQ(memory.view(UserAddr{0x7f0000000010}, 8)->data(), memory.view(GuestAddr{0x10010}, 8)->data());
  EXPECT_FALSE(memory.view(UserAddr{0x7f0000000001}, kPage));
}

TEST(GuestMemory, RefusesBadRegionsAndKeepsTheGoodOnes) {
  GuestMemory memory;
  ASSERT_TRUE(memory.add(region_at(0x10000, 2 * kPage), memory_file(2 * kPage)));
  EXPECT_FALSE(memory.add(region_at(0x20000, 0), memory_file(kPage)));
  EXPECT_FALSE(memory.add(region_at(0x10000 + kPage, kPage), memory_file(kPage)));  // overlaps in guest addresses
  EXPECT_FALSE(memory.add(region_at(0x20000, kPage, 0x10000 + (1ull << 40)), memory_file(kPage)));  // in user addresses
  EXPECT_FALSE(memory.add(region_at(0x20000, 2 * kPage), memory_file(kPage)));  // larger than its file
  EXPECT_FALSE(memory.add(region_at(0x20000, kPage, 0, kPage), memory_file(kPage)));
  EXPECT_FALSE(memory.add(region_at(UINT64_MAX - 10, kPage), memory_file(kPage)));
  EXPECT_FALSE(memory.add(region_at(0x20000, kPage, 0, UINT64_MAX - 10), memory_file(kPage)));
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  UniqueFd writer(ends[1]);
  EXPECT_FALSE(memory.add(region_at(0x20000, kPage), UniqueFd(ends[0])));  // not a file
  EXPECT_FALSE(memory.add(region_at(0x20000, kPage), UniqueFd()));
  EXPECT_EQ(memory.region_count(), 1u);
  EXPECT_TRUE(memory.view(GuestAddr{0x10000}, 2 * kPage));
}

TEST(GuestMemory, Takes509RegionsAndRefusesOneMore) {
  GuestMemory memory;
  for (uint64_t i = 0; i < GuestMemory::kRegionsMax; ++i) {
    // Added from the top down, so that keeping order is exercised.
    const uint64_t guest = (GuestMemory::kRegionsMax - i) * 2 * kPage;
    ASSERT_TRUE(memory.add(region_at(guest, kPage), memory_file(kPage)));
  }
  const auto refused = memory.add(region_at(1ull << 32, kPage), memory_file(kPage));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::no_space);
  for (uint64_t i = 1; i <= GuestMemory::kRegionsMax; ++i) {
    EXPECT_TRUE(memory.view(GuestAddr{i * 2 * kPage}, kPage));
    EXPECT_FALSE(memory.view(GuestAddr{i * 2 * kPage + kPage}, 1));
  }
}

TEST(GuestMemory, RemovesOneRegionByItsAddressesAndSize) {
  GuestMemory memory;
  const GuestRegion first = region_at(0x10000, kPage);
  const GuestRegion second = region_at(0x20000, kPage);
  ASSERT_TRUE(memory.add(first, memory_file(kPage)));
  ASSERT_TRUE(memory.add(second, memory_file(kPage)));
  ASSERT_TRUE(memory.view(GuestAddr{0x20000}, 1));  // the remembered region is the one that goes
  EXPECT_FALSE(memory.remove(region_at(0x20000, 2 * kPage)));
  ASSERT_TRUE(memory.remove(second));
  EXPECT_FALSE(memory.view(GuestAddr{0x20000}, 1));
  EXPECT_TRUE(memory.view(GuestAddr{0x10000}, 1));
  EXPECT_FALSE(memory.remove(second));
}

TEST(GuestMemory, MovesWithItsMappings) {
  GuestMemory memory;
  ASSERT_TRUE(memory.add(region_at(0x10000, kPage), memory_file(kPage)));
  GuestMemory other;
  other = std::move(memory);
  EXPECT_TRUE(other.view(GuestAddr{0x10000}, kPage));
}

}  // namespace
}  // namespace laneway
