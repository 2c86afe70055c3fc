// Images in their folder, and what a copy says of itself. Copies are made in tests/manager/test_images.py.
#include "manager/image_import.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/testing/temp_dir.h"
#include "manager/child_process.h"

namespace laneway {
namespace {

TEST(ImageImport, ReadsHowFarACopyIs) {
  EXPECT_EQ(percent_in(""), 0u);
  EXPECT_EQ(percent_in("    (0.00/100%)\r"), 0u);
  EXPECT_EQ(percent_in("    (0.00/100%)\r    (12.34/100%)\r"), 12u);
  EXPECT_EQ(percent_in("    (12.34/100%)\r    ("), 0u);
  EXPECT_EQ(percent_in("    (100.00/100%)\r\n"), 100u);
  EXPECT_EQ(percent_in("(99999999999999999999)"), 0u);
}

TEST(ImageImport, ListsFilesThatCouldBeImages) {
  const TempDir dir;
  for (const char* name : {"b.qcow2", "a.raw", ".hidden"}) std::ofstream(dir.at(name)) << "12345";
  std::filesystem::create_directory(dir.at("folder"));
  const Result<std::vector<ImageEntry>> images = list_images(dir.path());
  ASSERT_TRUE(images.has_value());
  ASSERT_EQ(images->size(), 2u);
  EXPECT_EQ(images->front().name, "a.raw");
  EXPECT_EQ(images->front().size_bytes, 5u);
  const Result<std::vector<ImageEntry>> none = list_images(dir.at("none"));
  ASSERT_FALSE(none.has_value());
  EXPECT_NE(none.error().message.find("--images-dir"), std::string::npos);
}

TEST(ChildProcess, GivesOutputAndExitCode) {
  Result<ChildProcess> child = ChildProcess::start({"sh", "-c", "echo out; echo err >&2; exit 7"});
  ASSERT_TRUE(child.has_value());
  std::string output;
  while (child->read_some(output, kSecond)) {
  }
  EXPECT_EQ(child->wait(), 7);
  EXPECT_EQ(output, "out\nerr\n");
}

TEST(ChildProcess, IsNotThereWhereThereIsNoProgram) {
  const Result<ChildProcess> child = ChildProcess::start({"no-such-program-anywhere"});
  ASSERT_FALSE(child.has_value());
  EXPECT_NE(child.error().message.find("install it"), std::string::npos);
}

TEST(ChildProcess, IsKilledWithItsOwner) {
  std::string output;
  {
    Result<ChildProcess> child = ChildProcess::start({"sh", "-c", "echo $$; exec sleep 1000"});
    ASSERT_TRUE(child.has_value());
    while (output.find('\n') == std::string::npos) ASSERT_TRUE(child->read_some(output, kSecond));
  }
  EXPECT_EQ(::kill(std::stoi(output), 0), -1);
}

}  // namespace
}  // namespace laneway
