// The image that a new machine's guest reads. That Linux reads it is seen in tests/manager/test_making.py.
#include "manager/seed_image.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/testing/temp_dir.h"

namespace laneway {
namespace {

constexpr size_t kSector = 2048;

uint32_t little_at(const std::string& image, size_t at) {
  uint32_t number = 0;
  for (size_t i = 4; i > 0; --i) number = number << 8 | static_cast<uint8_t>(image[at + i - 1]);
  return number;
}

TEST(SeedImage, IsAnIso9660VolumeWithItsFiles) {
  const std::string text(5000, 't');
  const std::string image = encode_seed_image("cidata", {{"meta-data", "short"}, {"user-data", text}, {"vendor", ""}});
  ASSERT_EQ(image.size() % kSector, 0u);
  const std::string volume = image.substr(16 * kSector, kSector);
  EXPECT_EQ(volume.substr(0, 8), std::string("\x01"
                                             "CD001\x01\0",
                                             8));
  EXPECT_EQ(volume.substr(40, 8), "cidata  ");
  EXPECT_EQ(little_at(volume, 80), image.size() / kSector);
  EXPECT_EQ(volume[881], '\x01');
  EXPECT_EQ(image.substr(17 * kSector, 6),
            "\xff"
            "CD001");
  const uint32_t root = little_at(volume, 156 + 2);
  std::map<std::string, std::string> files;
  for (size_t at = root * kSector; image[at] != '\0'; at += static_cast<uint8_t>(image[at])) {
    const auto name_bytes = static_cast<uint8_t>(image[at + 32]);
    const bool is_folder = (image[at + 25] & 2) != 0;
    if (!is_folder)
      files[image.substr(at + 33, name_bytes)] =
          image.substr(little_at(image, at + 2) * kSector, little_at(image, at + 10));
  }
  EXPECT_EQ(files.size(), 3u);
  EXPECT_EQ(files["meta-data"], "short");
  EXPECT_EQ(files["user-data"], text);
  EXPECT_EQ(files["vendor"], "");
}

TEST(SeedImage, TellsCloudInitWhoMayComeIn) {
  const std::vector<SeedFile> files =
      cloud_init_files("vm1-7", {{"user", "anna"}, {"ssh_keys", {"ssh-ed25519 AAAA anna"}}, {"hostname", "web"}});
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].name, "meta-data");
  EXPECT_EQ(parse_json(files[0].content, 4096).value_or(Json()),
            Json({{"instance-id", "vm1-7"}, {"local-hostname", "web"}}));
  const std::string head = "#cloud-config\n";
  ASSERT_EQ(files[1].content.substr(0, head.size()), head);
  const Json config = parse_json(files[1].content.substr(head.size()), 4096).value_or(Json());
  EXPECT_EQ(text_at(config, "hostname"), "web");
  EXPECT_EQ(text_at(config["users"][0], "name"), "anna");
  EXPECT_EQ(config["users"][0]["ssh_authorized_keys"], Json({"ssh-ed25519 AAAA anna"}));
  EXPECT_EQ(config["ssh_pwauth"], false);
  EXPECT_FALSE(parse_json(cloud_init_files("a", Json::object())[1].content.substr(head.size()), 4096)
                   .value_or(Json())
                   .contains("users"));
}

TEST(SeedImage, IsReplacedWholeOrNotAtAll) {
  const TempDir dir;
  const std::string path = dir.at("seed");
  ASSERT_TRUE(write_seed(path, "first").has_value());
  ASSERT_TRUE(write_seed(path, "second").has_value());
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);
  EXPECT_EQ(text, "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), std::filesystem::directory_iterator()), 1);
  const Result<void> nowhere = write_seed(dir.at("no/such/folder"), "x");
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_NE(nowhere.error().message.find("no/such/folder"), std::string::npos);
}

}  // namespace
}  // namespace laneway
