#include <gtest/gtest.h>

#include "scsi/capacity.h"
#include "scsi/identity.h"
#include "scsi/inquiry.h"
#include "scsi/mode.h"
#include "scsi/report_luns.h"

namespace laneway::scsi {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes page(uint8_t code, const Bytes& content) {
  Bytes bytes{0, code, static_cast<uint8_t>(content.size() >> 8), static_cast<uint8_t>(content.size())};
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

Bytes designator(uint8_t code_set, uint8_t association, uint8_t kind, const Bytes& value) {
  Bytes bytes{code_set, static_cast<uint8_t>(association << 4 | kind), 0, static_cast<uint8_t>(value.size())};
  bytes.insert(bytes.end(), value.begin(), value.end());
  return bytes;
}

Bytes text_bytes(std::string_view text) { return {text.begin(), text.end()}; }

Bytes join(const std::vector<Bytes>& parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::string identity_of(const std::vector<Bytes>& designators) {
  auto decoded = decode_designators(page(0x83, join(designators)));
  return decoded ? choose_identity(*decoded) : "error";
}

TEST(Inquiry, DecodesStandardData) {
  Bytes bytes(36);
  bytes[0] = 0x20;
  bytes[2] = 5;
  bytes[5] = 0x30;
  bytes[7] = 2;
  const std::string text =
      "LIO-ORG disk            \x01"
      "4.0";
  std::copy(text.begin(), text.end(), bytes.begin() + 8);
  const auto inquiry = decode_standard_inquiry(bytes);  // SPC-5 6.6.2
  ASSERT_TRUE(inquiry);
  EXPECT_EQ(inquiry->qualifier, 1);
  EXPECT_FALSE(inquiry->is_usable_disk());
  EXPECT_TRUE(inquiry->has_command_queuing);
  EXPECT_EQ(inquiry->target_port_groups, 3);
  EXPECT_EQ(inquiry->vendor, "LIO-ORG");
  EXPECT_EQ(inquiry->product, "disk");
  EXPECT_EQ(inquiry->revision, "4.0");
  bytes[0] = 0;
  EXPECT_TRUE(decode_standard_inquiry(bytes)->is_usable_disk());
  bytes.pop_back();
  EXPECT_FALSE(decode_standard_inquiry(bytes));
}

TEST(Vpd, RefusesOtherPagesAndCutHeaders) {
  EXPECT_FALSE(decode_supported_pages(page(0x80, {0})));
  EXPECT_FALSE(decode_unit_serial_number(page(0x83, {})));
  EXPECT_FALSE(decode_block_limits(page(0xb2, Bytes(60))));
  EXPECT_FALSE(decode_provisioning(page(0xb0, Bytes(60))));
  EXPECT_FALSE(decode_designators(page(0x80, {})));
  for (size_t size = 0; size < 4; ++size) {
    const Bytes cut(size);
    EXPECT_FALSE(decode_supported_pages(cut));
    EXPECT_FALSE(decode_designators(cut));
  }
  EXPECT_FALSE(decode_block_limits(page(0xb0, Bytes(11))));
  EXPECT_FALSE(decode_provisioning(page(0xb2, Bytes(3))));
}

TEST(Vpd, DecodesSupportedPagesAndSerial) {
  EXPECT_EQ(*decode_supported_pages(page(0x00, {0, 0x80, 0x83})), (Bytes{0, 0x80, 0x83}));
  EXPECT_EQ(*decode_unit_serial_number(page(0x80, text_bytes("  beaf11 \n"))), "beaf11");
  // A length beyond what was read: what is there counts.
  EXPECT_EQ(*decode_supported_pages(Bytes{0, 0, 0xff, 0xff, 0, 0x80}), (Bytes{0, 0x80}));
}

TEST(Vpd, DecodesBlockLimits) {
  Bytes content(60);
  content[0] = 1;
  store_be<uint16_t>(content, 2, 8);
  store_be<uint32_t>(content, 4, 65535);
  store_be<uint32_t>(content, 8, 1024);
  store_be<uint32_t>(content, 16, UINT32_MAX);
  store_be<uint32_t>(content, 20, 64);
  store_be<uint32_t>(content, 24, 2048);
  store_be<uint32_t>(content, 28, 0x80000007);
  store_be<uint64_t>(content, 32, 0x100000000);
  const BlockLimits limits = *decode_block_limits(page(0xb0, content));  // SBC-4 6.6.4
  EXPECT_TRUE(limits.is_write_same_zero_refused);
  EXPECT_EQ(limits.optimal_granularity_blocks, 8);
  EXPECT_EQ(limits.max_transfer_blocks, 65535u);
  EXPECT_EQ(limits.optimal_transfer_blocks, 1024u);
  EXPECT_EQ(limits.max_unmap_blocks, UINT32_MAX);
  EXPECT_EQ(limits.max_unmap_ranges, 64u);
  EXPECT_EQ(limits.unmap_granularity_blocks, 2048u);
  EXPECT_EQ(limits.unmap_alignment_blocks, 7u);
  EXPECT_EQ(limits.max_write_same_blocks, 0x100000000u);
  content[28] = 0;
  EXPECT_FALSE(decode_block_limits(page(0xb0, content))->unmap_alignment_blocks);
  content.resize(12);  // as SBC-2 had it
  EXPECT_EQ(decode_block_limits(page(0xb0, content))->max_unmap_blocks, 0u);
  EXPECT_EQ(decode_block_limits(page(0xb0, content))->max_transfer_blocks, 65535u);
}

TEST(Vpd, DecodesProvisioning) {
  const Provisioning thin = *decode_provisioning(page(0xb2, {0, 0xc4, 2, 0}));  // SBC-4 6.6.6
  EXPECT_TRUE(thin.has_unmap);
  EXPECT_TRUE(thin.has_write_same_16_unmap);
  EXPECT_EQ(thin.reads_zero_when_unmapped, 1);
  EXPECT_EQ(thin.type, 2);
  const Provisioning full = *decode_provisioning(page(0xb2, {0, 0, 1, 0}));
  EXPECT_FALSE(full.has_unmap);
  EXPECT_EQ(full.type, 1);
}

TEST(Identity, PrefersNaaOverEuiOverNameOverVendor) {
  const Bytes naa = designator(1, 0, 3, {0x60, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  const Bytes short_naa = designator(1, 0, 3, {0x50, 1, 2, 3, 4, 5, 6, 7});
  const Bytes eui = designator(1, 0, 2, {0, 0x25, 0x38, 0x5b, 1, 2, 3, 4});
  const Bytes name = designator(3, 0, 8, text_bytes(std::string("iqn.2026-11.test:disk,L,0x1\0\0", 29)));
  const Bytes vendor = designator(2, 0, 1, text_bytes("LIO-ORG disk 7 "));
  EXPECT_EQ(identity_of({vendor, name, eui, short_naa, naa}), "naa.600102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(identity_of({naa, short_naa}), "naa.600102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(identity_of({short_naa, vendor}), "naa.5001020304050607");
  EXPECT_EQ(identity_of({vendor, name, eui}), "eui.0025385b01020304");
  EXPECT_EQ(identity_of({vendor, name}), "iqn.2026-11.test:disk,L,0x1");
  EXPECT_EQ(identity_of({vendor}), "t10.LIO-ORG_disk_7");
}

TEST(Identity, LooksAtLogicalUnitsOnly) {
  const Bytes port = designator(1, 1, 3, {0x50, 1, 2, 3, 4, 5, 6, 7});
  const Bytes device = designator(1, 2, 3, {0x50, 1, 2, 3, 4, 5, 6, 8});
  const Bytes group = designator(1, 0, 5, {0, 0, 0, 1});
  const Bytes zeros = designator(1, 0, 3, Bytes(16));
  const Bytes empty = designator(1, 0, 3, {});
  EXPECT_EQ(identity_of({port, device, group, zeros, empty}), "");
  EXPECT_EQ(identity_of({}), "");
}

TEST(Identity, DoesNotDependOnTheOrderOfThePage) {
  const Bytes a = designator(1, 0, 3, {0x50, 1, 2, 3, 4, 5, 6, 7});
  const Bytes b = designator(1, 0, 3, {0x50, 1, 2, 3, 4, 5, 6, 8});
  EXPECT_EQ(identity_of({a, b}), identity_of({b, a}));
}

TEST(Identity, RefusesPagesThatAreCutOrOverrun) {
  EXPECT_EQ(identity_of({{1, 3, 0, 9, 1, 2}}), "error");  // a designator longer than the page
  Bytes cut = page(0x83, designator(1, 0, 3, {0x50, 1, 2, 3, 4, 5, 6, 7}));
  cut.pop_back();
  // Half an identity would be another disk's.
  EXPECT_FALSE(decode_designators(cut));
  EXPECT_EQ(decode_designators(page(0x83, {1, 3, 0}))->size(), 0u);  // less than a header at the end is padding
}

TEST(Capacity, DecodesReadCapacity16) {
  Bytes bytes(32);
  store_be<uint64_t>(bytes, 0, 0x1ffffffff);
  store_be<uint32_t>(bytes, 8, 512);
  bytes[12] = 1;
  bytes[13] = 3;
  bytes[14] = 0xc0;
  const Capacity capacity = *decode_read_capacity_16(bytes);  // SBC-4 5.16.2
  EXPECT_EQ(capacity.blocks, 0x200000000u);
  EXPECT_EQ(capacity.block_bytes, 512u);
  EXPECT_EQ(capacity.physical_block_bytes, 4096u);
  EXPECT_TRUE(capacity.has_protection);
  EXPECT_TRUE(capacity.is_thin);
  EXPECT_TRUE(capacity.reads_zero_when_unmapped);
  EXPECT_EQ(decode_read_capacity_16(ByteView(bytes).first(12))->physical_block_bytes, 512u);
  EXPECT_FALSE(decode_read_capacity_16(ByteView(bytes).first(11)));
  bytes[13] = 15;  // absurd exponent: not believed
  EXPECT_EQ(decode_read_capacity_16(bytes)->physical_block_bytes, 512u);
}

TEST(Capacity, RefusesSizesThatCannotBe) {
  for (const uint32_t block_bytes : {0u, 520u, 4097u, 0x80000000u}) {
    Bytes bytes(32);
    store_be<uint32_t>(bytes, 8, block_bytes);
    EXPECT_FALSE(decode_read_capacity_16(bytes)) << block_bytes;
    Bytes small(8);
    store_be<uint32_t>(small, 4, block_bytes);
    EXPECT_FALSE(decode_read_capacity_10(small)) << block_bytes;
  }
  for (const uint64_t last : {UINT64_MAX, UINT64_MAX - 1, uint64_t{1} << 55}) {
    Bytes bytes(32);
    store_be<uint64_t>(bytes, 0, last);
    store_be<uint32_t>(bytes, 8, 512);
    EXPECT_FALSE(decode_read_capacity_16(bytes)) << last;
  }
}

TEST(Capacity, DecodesReadCapacity10) {
  Bytes bytes(8);
  store_be<uint32_t>(bytes, 0, UINT32_MAX);
  store_be<uint32_t>(bytes, 4, 4096);
  EXPECT_EQ(decode_read_capacity_10(bytes)->blocks, uint64_t{1} << 32);
  EXPECT_EQ(decode_read_capacity_10(bytes)->block_bytes, 4096u);
  EXPECT_FALSE(decode_read_capacity_10(ByteView(bytes).first(7)));
}

TEST(ReportLuns, ListsWhatWasReadAndSaysHowMuchThereIs) {
  Bytes bytes(8 + 24);
  store_be<uint32_t>(bytes, 0, 24);
  store_be<uint64_t>(bytes, 16, 0x0001000000000000);
  store_be<uint64_t>(bytes, 24, 0x4100000000000000);
  LunList list = *decode_report_luns(bytes);  // SPC-5 6.33
  EXPECT_EQ(list.luns, (std::vector<uint64_t>{0, 0x0001000000000000, 0x4100000000000000}));
  EXPECT_EQ(list.needed_bytes, 32u);
  list = *decode_report_luns(ByteView(bytes).first(20));
  EXPECT_EQ(list.luns.size(), 1u);
  EXPECT_EQ(list.needed_bytes, 32u);
  EXPECT_FALSE(decode_report_luns(ByteView(bytes).first(7)));
  store_be<uint32_t>(bytes, 0, 25);
  EXPECT_FALSE(decode_report_luns(bytes));
  store_be<uint32_t>(bytes, 0, UINT32_MAX - 7);
  EXPECT_FALSE(decode_report_luns(bytes));
}

TEST(ModeSense, FindsWriteProtectionAndCache) {
  // SPC-5 7.5: header, a subpage, a page, then the caching page of SBC-4 6.5.6.
  const Bytes pages = join({{0x5f, 1, 0, 2, 9, 9}, {0x0a, 1, 9}, {0x88, 0x12, 0x04}, Bytes(17)});
  Bytes six{static_cast<uint8_t>(3 + pages.size()), 0, 0x90, 0};
  six.insert(six.end(), pages.begin(), pages.end());
  const ModeSense mode = *decode_mode_sense_6(six);
  EXPECT_TRUE(mode.is_write_protected);
  EXPECT_TRUE(mode.has_dpo_fua);
  EXPECT_EQ(mode.has_write_cache, true);

  Bytes ten{0, static_cast<uint8_t>(6 + 8 + pages.size()), 0, 0x00, 0, 0, 0, 8};
  ten.resize(16);
  ten.insert(ten.end(), pages.begin(), pages.end());
  ten[16 + 9 + 2] = 0;
  const ModeSense other = *decode_mode_sense_10(ten);
  EXPECT_FALSE(other.is_write_protected);
  EXPECT_EQ(other.has_write_cache, false);
}

TEST(ModeSense, StaysInsideWhatWasRead) {
  EXPECT_FALSE(decode_mode_sense_6(Bytes(3)));
  EXPECT_FALSE(decode_mode_sense_10(Bytes(7)));
  const Bytes cases[] = {{3, 0, 0x80, 0},             // no pages
                         {255, 0, 0, 255},            // block descriptors beyond the end
                         {255, 0, 0, 0, 0x08},        // a cut page header
                         {255, 0, 0, 0, 0x08, 0x12},  // a cut page
                         {255, 0, 0, 0, 0x48, 1, 0},  // a cut subpage header
                         {255, 0, 0, 0, 0x0a, 0xff, 1}};
  for (const Bytes& bytes : cases) EXPECT_FALSE(decode_mode_sense_6(bytes)->has_write_cache);
}

}  // namespace
}  // namespace laneway::scsi
