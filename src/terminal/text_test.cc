#include <gtest/gtest.h>

#include <sstream>

#include "terminal/guest_config.h"
#include "terminal/size_text.h"
#include "terminal/table.h"
#include "terminal/top_view.h"

namespace laneway {
namespace {

TEST(ParseSize, ReadsPowersOf1024) {
  EXPECT_EQ(parse_size("512"), 512u);
  EXPECT_EQ(parse_size("64K"), 65536u);
  EXPECT_EQ(parse_size("10M"), uint64_t{10} << 20);
  EXPECT_EQ(parse_size("1g"), uint64_t{1} << 30);
  EXPECT_EQ(parse_size("2TiB"), uint64_t{2} << 40);
}

TEST(ParseSize, RefusesWhatIsNoSizeOrTooLarge) {
  for (const char* text :
       {"", "K", "-1", "1.5G", "1GB", "10 G", "1KK", "0x10", "99999999999999999999", "17179869184G", "+1"}) {
    EXPECT_FALSE(parse_size(text).has_value()) << text;
  }
}

TEST(SizeText, IsShortAndHasAUnit) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(uint64_t{10} << 30), "10 GiB");
  EXPECT_EQ(size_text(UINT64_MAX), "16 EiB");
}

TEST(DurationText, ChoosesTheUnit) {
  EXPECT_EQ(duration_text(999), "999 ns");
  EXPECT_EQ(duration_text(12'300), "12.3 us");
  EXPECT_EQ(duration_text(4'500'000), "4.5 ms");
  EXPECT_EQ(duration_text(2'000'000'000), "2.0 s");
  EXPECT_EQ(uptime_text(59), "59 s");
  EXPECT_EQ(uptime_text(7800), "2 h 10 min");
  EXPECT_EQ(uptime_text(356'400), "4 d 3 h");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
  EXPECT_EQ(count_text(999), "999");
}

TEST(Table, AlignsColumnsAndCountsCharactersNotBytes) {
  Table table({{"NAME"}, {"N", Table::Align::right}, {"LAST"}});
  table.add({"é", "1", ""});
  table.add({"longer", "1000", "x"});
  std::ostringstream out;
  table.print(out);
  EXPECT_EQ(out.str(), "NAME       N  LAST\né          1  -\nlonger  1000  x\n");
}

TEST(PrintPairs, LeavesEmptyValuesOut) {
  std::ostringstream out;
  print_pairs(out, {{"A", "1"}, {"Much longer", ""}, {"Long", "2"}});
  EXPECT_EQ(out.str(), "A:     1\nLong:  2\n");
}

TEST(GuestConfig, EscapesForXmlAndForQemu) {
  const GuestDisk disk{"vm1", "/r/a&b,'c.sock", 8, 128};
  EXPECT_EQ(libvirt_disk(disk, "vdb"),
            "<disk type='vhostuser' device='disk'>\n"
            "  <driver name='qemu' type='raw' queues='8' queue_size='128'/>\n"
            "  <source type='unix' path='/r/a&amp;b,&apos;c.sock'>\n"
            "    <reconnect enabled='yes' timeout='1'/>\n"
            "  </source>\n"
            "  <target dev='vdb' bus='virtio'/>\n"
            "</disk>\n");
  EXPECT_EQ(qemu_arguments(disk, "vm1", 0),
            (std::vector<std::string>{"-chardev", "socket,id=laneway-vm1,path=/r/a&b,,'c.sock,reconnect=1", "-device",
                                      "vhost-user-blk-pci,id=vm1,chardev=laneway-vm1,num-queues=8,queue-size=128"}));
  EXPECT_NE(qemu_arguments(disk, "vm1", 500)[1].find("reconnect-ms=500"), std::string::npos);
}

TEST(TopRates, AreDifferencesOverTheInterval) {
  const auto sample = [](uint64_t reads, uint64_t time_ns) {
    return TopSample{Json{{"functions", {{{"name", "vm1"}, {"reads", reads}, {"read_bytes", reads * 4096}}}}}, time_ns};
  };
  const Json rates = top_rates(sample(1000, 0), sample(3000, 2'000'000'000));
  EXPECT_EQ(number_at(member(rates, "functions")[0], "read_iops"), 1000u);
  EXPECT_EQ(number_at(member(rates, "functions")[0], "read_bytes_per_s"), 4'096'000u);
  // A function that was opened again begins at 0.
  EXPECT_EQ(number_at(member(top_rates(sample(1000, 0), sample(500, 1'000'000'000)), "functions")[0], "read_iops"),
            500u);
  EXPECT_EQ(number_at(member(top_rates({Json::object(), 0}, sample(500, 1'000'000'000)), "functions")[0], "read_iops"),
            500u);
}

}  // namespace
}  // namespace laneway
