#include "iscsi/options.h"

#include <gtest/gtest.h>

#include "iscsi/testing/session_bench.h"

namespace laneway::iscsi {
namespace {

using testing::bench_options;

TEST(SessionOptions, TakesTheDefaults) { EXPECT_TRUE(check_options(bench_options())); }

TEST(SessionOptions, RefusesWhatNoSessionCanStartWith) {
  using Change = void (*)(SessionOptions&);
  const struct {
    const char* what;
    Change change;
  } cases[] = {
      {"no initiator name", [](SessionOptions& o) { o.initiator_name.clear(); }},
      {"malformed initiator name", [](SessionOptions& o) { o.initiator_name = "host"; }},
      {"malformed target name", [](SessionOptions& o) { o.target_name = "iqn.2026-11.test:a b"; }},
      {"discovery with a target", [](SessionOptions& o) { o.kind = SessionKind::discovery; }},
      {"no slots", [](SessionOptions& o) { o.queue_depth = 0; }},
      {"too many slots", [](SessionOptions& o) { o.queue_depth = kQueueDepthMax + 1; }},
      {"small burst", [](SessionOptions& o) { o.max_burst_bytes = 511; }},
      {"large burst", [](SessionOptions& o) { o.max_burst_bytes = 1u << 24; }},
      {"first burst over the burst", [](SessionOptions& o) { o.max_burst_bytes = o.first_burst_bytes - 1; }},
      {"small segment", [](SessionOptions& o) { o.max_receive_segment_bytes = 511; }},
      {"no R2T", [](SessionOptions& o) { o.max_outstanding_r2t = 0; }},
      {"many R2Ts", [](SessionOptions& o) { o.max_outstanding_r2t = kOutstandingR2tMax + 1; }},
      {"huge buffer", [](SessionOptions& o) { o.receive_buffer_bytes = UINT32_MAX; }},
      {"secret without user", [](SessionOptions& o) { o.chap.initiator.secret = "hidden-word"; }},
      {"user without secret", [](SessionOptions& o) { o.chap.initiator.user = "alice"; }},
      {"overlong secret",
       [](SessionOptions& o) {
         o.chap.initiator = {"alice", std::string(256, 's')};
       }},
      {"user with NUL",
       [](SessionOptions& o) {
         o.chap.initiator = {std::string("a\0b", 3), "hidden-word"};
       }},
      {"mutual alone",
       [](SessionOptions& o) {
         o.chap.target = {"array", "hidden-word"};
       }},
      {"one secret both ways",
       [](SessionOptions& o) {
         o.chap.initiator = {"alice", "hidden-word"};
         o.chap.target = {"array", "hidden-word"};
       }},
      {"no algorithm",
       [](SessionOptions& o) {
         o.chap.initiator = {"alice", "hidden-word"};
         o.chap.algorithms.clear();
       }},
  };
  for (const auto& entry : cases) {
    SessionOptions options = bench_options();
    entry.change(options);
    auto checked = check_options(options);
    ASSERT_FALSE(checked) << entry.what;
    EXPECT_EQ(checked.error().code, ErrorCode::invalid_argument) << entry.what;
    EXPECT_EQ(checked.error().message.find("hidden-word"), std::string::npos) << entry.what;
    EXPECT_FALSE(Session::open(options)) << entry.what;
  }
}

TEST(Isid, OfTheRandomFormatCarriesItsParts) {
  // RFC 7143 11.12.5: type 10b in the top bits, 24 random bits, a qualifier.
  EXPECT_EQ(make_isid(0xabcdef, 0x1234), (Isid{0x80, 0xab, 0xcd, 0xef, 0x12, 0x34}));
}

}  // namespace
}  // namespace laneway::iscsi
