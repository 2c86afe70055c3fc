#include "backend/iscsi_probe.h"

#include <gtest/gtest.h>

#include "backend/iscsi_discovery.h"
#include "backend/testing/iscsi_test_disk.h"

namespace laneway {

namespace {

Tgtd::Options with_chap() {
  Tgtd::Options options;
  options.user = "guest";
  options.secret = "a-secret-of-guests";
  return options;
}

class ProbeTest : public testing::Test {
 protected:
  void start(const Tgtd::Options& options) {
    tgtd_ = std::make_unique<Tgtd>(options);
    ASSERT_TRUE(tgtd_->why_not().empty()) << tgtd_->why_not();
    settings_ = IscsiTestDisk::quick_settings();
    settings_.name = "array";
    settings_.target_name = tgtd_->target_name();
    settings_.initiator_name = "iqn.2026-11.test.laneway:host";
    settings_.portals = {{"127.0.0.1", tgtd_->port()}};
    settings_.chap.initiator = {options.user, options.secret};
  }
  Result<IscsiTargetReport> probe() {
    IscsiTarget target(settings_);
    return probe_target(thread_.reactor(), target, 10 * kSecond);
  }
  void expect_refused(ErrorCode code, const std::string& words) {
    const auto report = probe();
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code, code) << report.error().message;
    EXPECT_NE(report.error().message.find(words), std::string::npos) << report.error().message;
    EXPECT_EQ(report.error().message.find("secret-of"), std::string::npos) << "a secret is shown";
  }

  ReactorThread thread_;
  std::unique_ptr<Tgtd> tgtd_;
  IscsiTargetSettings settings_;
};

TEST_F(ProbeTest, DescribesTheTargetsDisks) {
  start({});
  const auto report = probe();
  ASSERT_TRUE(report.has_value()) << report.error().message;
  ASSERT_EQ(report->luns.size(), 1u);  // LUN 0 is a controller
  const LunFacts& lun = report->luns[0];
  EXPECT_EQ(lun.lun, 1u);
  EXPECT_EQ(lun.limits.capacity_bytes, kTestDiskCapacityBytes);
  EXPECT_EQ(lun.limits.block_bytes, 512u);
  EXPECT_FALSE(lun.identity.empty());
  EXPECT_EQ(lun.vendor, "IET");
  EXPECT_TRUE(lun.limits.has_volatile_cache);
  EXPECT_TRUE(lun.limits.has_unmap);
}

TEST_F(ProbeTest, SeesThatADiskHasNoVolatileCache) {
  start({.has_write_cache = false});
  const auto report = probe();
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_FALSE(report->luns.at(0).limits.has_volatile_cache);
}

TEST_F(ProbeTest, DiscoversTargets) {
  start({});
  IscsiDiscoveryRequest request;
  request.portal = settings_.portals[0];
  request.initiator_name = settings_.initiator_name;
  const auto targets = discover_targets(thread_.reactor(), request);
  ASSERT_TRUE(targets.has_value()) << targets.error().message;
  ASSERT_EQ(targets->size(), 1u);
  EXPECT_EQ(targets->at(0).name, tgtd_->target_name());
  ASSERT_FALSE(targets->at(0).portals.empty());
  EXPECT_EQ(targets->at(0).portals[0].port, tgtd_->port());
}

TEST_F(ProbeTest, ProvesTheSecretInBothDirections) {
  Tgtd::Options options = with_chap();
  options.mutual_user = "array";
  options.mutual_secret = "a-secret-of-arrays";
  start(options);
  settings_.chap.target = {"array", "a-secret-of-arrays"};
  const auto report = probe();
  EXPECT_TRUE(report.has_value()) << report.error().message;
}

TEST_F(ProbeTest, AWrongSecretIsToldAsSuch) {
  start(with_chap());
  settings_.chap.initiator.secret = "the-wrong-secret";
  expect_refused(ErrorCode::permission_denied, "refuse");
}

TEST_F(ProbeTest, AMissingSecretIsToldAsSuch) {
  start(with_chap());
  settings_.chap.initiator = {};
  expect_refused(ErrorCode::permission_denied, "CHAP");
}

TEST_F(ProbeTest, ATargetWithTheWrongSecretIsNotBelieved) {
  Tgtd::Options options = with_chap();
  options.mutual_user = "array";
  options.mutual_secret = "a-secret-of-arrays";
  start(options);
  settings_.chap.target = {"array", "what-we-think-it-is"};
  expect_refused(ErrorCode::permission_denied, "target");
}

TEST_F(ProbeTest, AnUnknownTargetIsToldAsSuch) {
  start({});
  settings_.target_name = "iqn.2026-11.test.laneway:nowhere";
  expect_refused(ErrorCode::not_found, "nowhere");
}

TEST_F(ProbeTest, ADeadPortIsUnreachable) {
  start({});
  tgtd_->kill();
  expect_refused(ErrorCode::unreachable, "127.0.0.1");
}

TEST_F(ProbeTest, AnUnknownHostIsUnreachable) {
  start({});
  settings_.portals = {{"no-such-host.invalid", 3260}};
  expect_refused(ErrorCode::unreachable, "no-such-host.invalid");
}

TEST_F(ProbeTest, ASilentTargetIsGivenUp) {
  start({});
  tgtd_->freeze();
  settings_.login_timeout_ns = 300 * kMillisecond;
  expect_refused(ErrorCode::timed_out, "127.0.0.1");
  tgtd_->thaw();
}

TEST_F(ProbeTest, TheDeadlineBoundsAProbeOfASilentTarget) {
  start({});
  tgtd_->freeze();
  IscsiTarget target(settings_);
  const auto report = probe_target(thread_.reactor(), target, 300 * kMillisecond);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, ErrorCode::timed_out) << report.error().message;
  tgtd_->thaw();
}

TEST_F(ProbeTest, ALunThatIsNotThereIsToldAsSuch) {
  start({});
  IscsiTarget target(settings_);
  const auto facts = probe_lun(thread_.reactor(), target, 9);
  ASSERT_FALSE(facts.has_value());
  EXPECT_EQ(facts.error().code, ErrorCode::not_found) << facts.error().message;
  const auto controller = probe_lun(thread_.reactor(), target, 0);
  ASSERT_FALSE(controller.has_value());
  EXPECT_EQ(controller.error().code, ErrorCode::unsupported) << controller.error().message;
  EXPECT_FALSE(probe_lun(thread_.reactor(), target, 99999).has_value());
}

TEST_F(ProbeTest, TheNextPortalIsTriedWhenOneIsDead) {
  start({});
  Tgtd dead({});
  dead.kill();
  settings_.portals.insert(settings_.portals.begin(), {"127.0.0.1", dead.port()});
  const auto report = probe();
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->portal, portal_text(settings_.portals[1]));
}

}  // namespace

}  // namespace laneway
