// The words for what a request waited for.
#include "engine/slow_request_json.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

class SlowRequestWords : public ::testing::Test {
 protected:
  SlowRequestWords() {
    explanation_.report.spec.name = "vm1";
    explanation_.report.spec.disk = DiskKind::iscsi;
    for (uint32_t id : {0u, 1u}) {
      PathSpec path;
      path.id = id;
      path.target = id == 0 ? "east" : "west";
      path.lun = 1;
      explanation_.report.spec.paths.push_back(path);
    }
    request_.has_target = 1;
    request_.path = 1;
    set(IoStage::ring, SlowRequest::kUnknown);
  }
  void set(IoStage stage, uint32_t duration_us) { request_.stages_us[static_cast<size_t>(stage)] = duration_us; }
  std::string first() {
    uint32_t total_us = 0;
    for (size_t i = 0; i + 1 < kIoStages; ++i) {
      if (request_.stages_us[i] != SlowRequest::kUnknown) total_us += request_.stages_us[i];
    }
    set(IoStage::total, total_us);
    return reasons_of(request_, explanation_).front();
  }

  Explanation explanation_;
  SlowRequest request_;
};

TEST_F(SlowRequestWords, NameTheLimit) {
  set(IoStage::limit, 212'000);
  request_.held_by = encode_held_by({QosRate::iops, false});
  explanation_.report.spec.limits.max[static_cast<size_t>(QosRate::iops)] = 1000;
  EXPECT_EQ(first(), "waited 212 ms for its limit of 1,000 IOPS");
  request_.held_by = encode_held_by({QosRate::write_bytes, true});
  explanation_.report.spec.group = "gold";
  explanation_.group_limits.max[static_cast<size_t>(QosRate::write_bytes)] = 10'000'000;
  EXPECT_EQ(first(), "waited 212 ms for the limit of its group 'gold' of 10,000,000 bytes a second for writes");
  explanation_.group_limits = {};
  EXPECT_EQ(first(), "waited 212 ms for the limit of its group 'gold' that was set then");
}

TEST_F(SlowRequestWords, NameTheTarget) {
  set(IoStage::target, 480'000);
  request_.answered_us = 480'010;
  EXPECT_EQ(first(), "the target answered over path 1 (LUN 1 of target west) after 480 ms");
  request_.answered_us = SlowRequest::kUnknown;
  EXPECT_EQ(first(), "the target had not answered over path 1 (LUN 1 of target west) after 480 ms");
  explanation_.report.spec.paths.resize(1);
  request_.path = 0;
  EXPECT_EQ(first(), "the target had not answered after 480 ms");
}

TEST_F(SlowRequestWords, NameThePathThatWasLost) {
  set(IoStage::path, 900'000);
  request_.lost_us = 600'000;
  request_.fence_us = 300'000;
  request_.lost_path = 0;
  request_.sent_us = 900'100;
  EXPECT_EQ(first(),
            "path 0 (LUN 1 of target east) was lost while the request was under way; it was repeated on path 1 (LUN 1 "
            "of target west) "
            "after 900 ms, 300 ms of these for the fence");
  request_.path = 0;
  EXPECT_EQ(
      first(),
      "path 0 (LUN 1 of target east) was lost while the request was under way; it was repeated once that was back "
      "after 900 ms, 300 ms of these for the fence");
  request_.lost_path = BlockTrace::kNoPath;
  EXPECT_EQ(first(), "waited 600 ms for a session with the target");
}

TEST_F(SlowRequestWords, NameWaitsOfTheEngineAndTheRest) {
  set(IoStage::engine, 50'000);
  request_.slot_us = 30'000;
  request_.window_us = 15'000;
  EXPECT_EQ(first(), "waited 30 ms for a place among the requests under way at the target (its queue depth)");
  EXPECT_EQ(reasons_of(request_, explanation_).size(), 3u);
  set(IoStage::ring, 400'000);
  EXPECT_EQ(first(), "waited up to 400 ms in the guest's ring: the engine was busy, or not running");
  EXPECT_EQ(reasons_of(request_, explanation_).size(), 2u);  // what is less than a twentieth is left out
  set(IoStage::transfer, 900'000);
  EXPECT_EQ(first(), "its data took 900 ms to arrive");
  request_.has_target = 0;
  set(IoStage::target, 5'000'000);
  explanation_.report.description = "file /srv/a.raw";
  EXPECT_EQ(first(), "the disk (file /srv/a.raw) took 5000 ms");
}

TEST_F(SlowRequestWords, TheAnswerHasFiguresAndNoneThatAreUnknown) {
  set(IoStage::target, 480'000);
  request_.end_ns = 5 * kSecond;
  request_.sent_us = 3;
  explanation_.requests = {request_};
  const Json answer = explanation_json(explanation_, 7 * kSecond);
  const Json& request = member(answer, "requests").at(0);
  EXPECT_EQ(number_at(request, "ago_ns"), 2 * kSecond);
  EXPECT_TRUE(member(member(request, "stages_us"), "ring").is_null());
  EXPECT_EQ(number_at(member(request, "pdus_us"), "sent"), 3u);
  EXPECT_TRUE(member(member(request, "pdus_us"), "r2t").is_null());
  EXPECT_TRUE(member(request, "lost_path").is_null());
  EXPECT_EQ(number_at(member(request, "session"), "path"), 1u);
}

}  // namespace
}  // namespace laneway
