#include "loadgen/load_options.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

LoadOptions good() {
  LoadOptions options;
  options.sockets = {"disk.sock"};
  return options;
}

ErrorCode refusal(const LoadOptions& options) {
  const auto checked = options.check();
  return checked ? ErrorCode::internal : checked.error().code;
}

TEST(LoadOptions, TheDefaultsReadAndArePossible) {
  EXPECT_TRUE(good().check().has_value());
  EXPECT_FALSE(good().writes());
}

TEST(LoadOptions, RefuseToWriteUnlessOverwritingIsMeant) {
  LoadOptions options = good();
  options.read_percent = 70;
  EXPECT_EQ(refusal(options), ErrorCode::invalid_argument);
  options.may_overwrite = true;
  EXPECT_TRUE(options.check().has_value());
  options = good();
  options.is_verifying = true;
  EXPECT_EQ(refusal(options), ErrorCode::invalid_argument);
}

TEST(LoadOptions, RefuseWhatMakesNoSense) {
  const auto refuses = [](auto change) {
    LoadOptions options = good();
    change(options);
    return refusal(options) == ErrorCode::invalid_argument;
  };
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.sockets.clear(); }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.block_bytes = 0; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.block_bytes = 1000; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.block_bytes = 128 * kMiB; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.segment_bytes = 100; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.offset_bytes = 512; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.read_percent = 101; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.depth = 0; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.depth = 40'000; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.queues = 0; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.queues = 1000; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.queue_size = 100; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.threads = 0; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.threads = 2; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.cpus = {-1}; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.cpus = {100'000}; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.run_ns = 0; }));
  EXPECT_TRUE(refuses([](LoadOptions& options) { options.memory_bytes = UINT64_MAX; }));
}

}  // namespace
}  // namespace laneway
