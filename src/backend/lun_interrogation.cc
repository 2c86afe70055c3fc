#include "backend/lun_interrogation.h"

#include <algorithm>

#include "backend/disk_size.h"
#include "scsi/capacity.h"
#include "scsi/identity.h"
#include "scsi/lun.h"
#include "scsi/mode.h"

namespace laneway {

namespace {

constexpr uint32_t kAttemptsMax = 32;  // unit attentions in a row before it counts as a failure
constexpr uint64_t kPauseNs = 100 * kMillisecond;
constexpr uint16_t kVpdBytes = 1024;
constexpr uint16_t kInquiryBytes = 96;
constexpr uint8_t kModeBytes = 192;

}  // namespace

LunInterrogation::LunInterrogation(Reactor& reactor, LunInterrogationOwner& owner)
    : reactor_(reactor), owner_(owner), pause_timer_(this, fire_by<&LunInterrogation::ask>) {}

LunInterrogation::~LunInterrogation() { reactor_.cancel(pause_timer_); }

void LunInterrogation::start(iscsi::Session& session, uint32_t lun) {
  facts_ = LunFacts{};
  facts_.limits.is_cache_known = false;
  facts_.lun = lun;
  pages_.clear();
  block_limits_ = {};
  may_have_lost_cache_ = false;
  has_groups_ = false;
  access_ = {};
  is_ready_check_ = false;
  begin(session, lun, Step::ready);
}

void LunInterrogation::start_ready_check(iscsi::Session& session, uint32_t lun) {
  is_ready_check_ = true;
  may_have_lost_cache_ = false;
  begin(session, lun, Step::ready);
}

void LunInterrogation::begin(iscsi::Session& session, uint32_t lun, Step first) {
  LW_ASSERT(!is_running());
  session_ = &session;
  task_.lun = scsi::encode_lun(lun);
  outcome_ = {};
  told_state_.reset();
  has_news_ = false;
  step_ = first;
  attempts_ = 0;
  ask();
}

void LunInterrogation::stop() {
  is_asked_ = false;
  step_ = Step::none;
  session_ = nullptr;
  reactor_.cancel(pause_timer_);
}

void LunInterrogation::set_command() {
  switch (step_) {
    case Step::none:
      break;
    case Step::ready:
      task_.cdb = scsi::encode_test_unit_ready();
      break;
    case Step::inquiry:
      task_.cdb = scsi::encode_inquiry(kInquiryBytes);
      break;
    case Step::pages:
      task_.cdb = scsi::encode_inquiry_vpd(scsi::VpdPage::supported_pages, kVpdBytes);
      break;
    case Step::identity:
      task_.cdb = scsi::encode_inquiry_vpd(scsi::VpdPage::device_identification, kVpdBytes);
      break;
    case Step::serial:
      task_.cdb = scsi::encode_inquiry_vpd(scsi::VpdPage::unit_serial_number, kVpdBytes);
      break;
    case Step::limits:
      task_.cdb = scsi::encode_inquiry_vpd(scsi::VpdPage::block_limits, kVpdBytes);
      break;
    case Step::provisioning:
      task_.cdb = scsi::encode_inquiry_vpd(scsi::VpdPage::logical_block_provisioning, kVpdBytes);
      break;
    case Step::capacity_16:
      task_.cdb = scsi::encode_read_capacity_16(scsi::kReadCapacity16Bytes);
      break;
    case Step::capacity_10:
      task_.cdb = scsi::encode_read_capacity_10();
      break;
    case Step::mode:
      task_.cdb = scsi::encode_mode_sense_6(scsi::kModePageCaching, kModeBytes);
      break;
    case Step::groups:
      task_.cdb = scsi::encode_report_target_port_groups(scsi::kPortGroupsBytes);
      break;
  }
  switch (step_) {
    case Step::none:
    case Step::ready:
      task_.data_bytes = 0;
      break;
    case Step::inquiry:
      task_.data_bytes = kInquiryBytes;
      break;
    case Step::capacity_16:
      task_.data_bytes = scsi::kReadCapacity16Bytes;
      break;
    case Step::capacity_10:
      task_.data_bytes = scsi::kReadCapacity10Bytes;
      break;
    case Step::mode:
      task_.data_bytes = kModeBytes;
      break;
    default:
      task_.data_bytes = kVpdBytes;
      break;
  }
}

void LunInterrogation::ask() {
  set_command();
  task_.direction = task_.data_bytes == 0 ? iscsi::DataDirection::none : iscsi::DataDirection::from_target;
  vector_ = {buffer_.data(), task_.data_bytes};
  task_.data = {&vector_, 1};
  task_.owner = this;
  is_asked_ = true;
  session_->submit(task_);
  owner_.interrogation_moved();
}

void LunInterrogation::pause() { reactor_.arm(pause_timer_, reactor_.now_ns() + kPauseNs); }

void LunInterrogation::task_finished() {
  is_asked_ = false;
  if (!is_running() || task_.outcome == iscsi::TaskOutcome::lost) return;
  if (task_.outcome == iscsi::TaskOutcome::answered) return answered();
  if (++attempts_ < kAttemptsMax) return pause();
  end(fail(ErrorCode::protocol, "LUN {}: the target does not carry out its commands (iSCSI response {:#x})", facts_.lun,
           task_.iscsi_response));
}

void LunInterrogation::answered() {
  const scsi::Verdict verdict = scsi::judge(task_.scsi_status, task_.sense());
  if (verdict.was_reset) note_reset();
  if (verdict.has_capacity_changed || verdict.has_lun_list_changed || verdict.has_identity_changed ||
      verdict.has_access_changed) {
    has_news_ = true;
  }
  if (verdict.is_port_inaccessible) {
    // Identity and groups are told all the same.
    const auto sense = scsi::decode_sense(task_.sense());
    told_state_ = sense ? scsi::access_state_of(sense->code()) : std::nullopt;
    if (told_state_) access_.state = *told_state_;
    if (told_state_ && step_ == Step::ready) return go_on(after(step_));
    const bool is_about_identity = step_ == Step::inquiry || step_ == Step::pages || step_ == Step::identity ||
                                   step_ == Step::serial || step_ == Step::ready;
    if (is_about_identity) return pause();
    if (told_state_) return go_on(step_ == Step::groups ? Step::none : last_step());
  }
  switch (verdict.action) {
    case scsi::Action::retry_now:
      if (++attempts_ < kAttemptsMax) return ask();
      return refused(verdict);
    case scsi::Action::retry_later:
      return pause();
    case scsi::Action::done:
      break;
  }
  if (verdict.status != Status::ok) return refused(verdict);
  if (auto learned = learn(ByteView(buffer_).first(task_.transferred_bytes)); !learned) {
    if (!is_optional(step_)) return end(std::move(learned));
  }
  go_on(after(step_));
}

// Loss of the nexus and resets by task management leave the cache alone (SAM-5 6.3).
void LunInterrogation::note_reset() {
  const auto sense = scsi::decode_sense(task_.sense());
  const uint16_t code = sense ? sense->code() : 0x2900;
  if (code != 0x2902 && code != 0x2903 && code != 0x2907) may_have_lost_cache_ = true;
}

void LunInterrogation::refused(const scsi::Verdict& verdict) {
  if (step_ == Step::capacity_16 && verdict.is_unsupported) return go_on(Step::capacity_10);
  if (verdict.is_gone) {
    return end(fail(ErrorCode::not_found, "there is no LUN {}; list the target's LUNs and choose one", facts_.lun));
  }
  // Some disks do not know the command and are ready all the same.
  if (is_optional(step_) || (step_ == Step::ready && verdict.is_unsupported)) return go_on(after(step_));
  const auto sense = scsi::decode_sense(task_.sense());
  end(fail(ErrorCode::refused, "LUN {} refuses to describe itself: {}", facts_.lun,
           sense ? scsi::describe_sense(*sense) : fmt::format("SCSI status {:#x}", task_.scsi_status)));
}

bool LunInterrogation::is_optional(Step step) const {
  return step != Step::ready && step != Step::inquiry && step != Step::capacity_16 && step != Step::capacity_10;
}

bool LunInterrogation::has_page(scsi::VpdPage page) const {
  return std::find(pages_.begin(), pages_.end(), static_cast<uint8_t>(page)) != pages_.end();
}

LunInterrogation::Step LunInterrogation::after(Step step) const {
  switch (step) {
    case Step::none:
      return Step::none;
    case Step::ready:
      return is_ready_check_ ? Step::none : Step::inquiry;
    case Step::inquiry:
      return Step::pages;
    case Step::pages:
      if (has_page(scsi::VpdPage::device_identification)) return Step::identity;
      [[fallthrough]];
    case Step::identity:
      if (has_page(scsi::VpdPage::unit_serial_number)) return Step::serial;
      [[fallthrough]];
    case Step::serial:
      if (told_state_) return last_step();
      if (has_page(scsi::VpdPage::block_limits)) return Step::limits;
      [[fallthrough]];
    case Step::limits:
      if (has_page(scsi::VpdPage::logical_block_provisioning)) return Step::provisioning;
      [[fallthrough]];
    case Step::provisioning:
      return Step::capacity_16;
    case Step::capacity_16:
    case Step::capacity_10:
      return Step::mode;
    case Step::mode:
      return last_step();
    case Step::groups:
      return Step::none;
  }
  return Step::none;
}

void LunInterrogation::go_on(Step next) {
  attempts_ = 0;
  if (next == Step::none) {
    if (!is_ready_check_) settle();
    return end({});
  }
  step_ = next;
  ask();
}

void LunInterrogation::end(Result<void> outcome) {
  outcome_ = std::move(outcome);
  stop();
  owner_.interrogation_ended();
}

Result<void> LunInterrogation::learn(ByteView bytes) {
  switch (step_) {
    case Step::none:
    case Step::ready:
      return {};
    case Step::inquiry:
      return learn_inquiry(bytes);
    case Step::pages: {
      auto pages = scsi::decode_supported_pages(bytes);
      if (pages) pages_ = std::move(*pages);
      return {};
    }
    case Step::identity:
      return learn_identity(bytes);
    case Step::serial: {
      auto serial = scsi::decode_unit_serial_number(bytes);
      if (serial) facts_.serial = std::move(*serial);
      return {};
    }
    case Step::limits:
      return learn_limits(bytes);
    case Step::provisioning:
      return learn_provisioning(bytes);
    case Step::capacity_16:
    case Step::capacity_10:
      return learn_capacity(bytes);
    case Step::mode:
      return learn_mode(bytes);
    case Step::groups:
      return learn_groups(bytes);
  }
  return {};
}

Result<void> LunInterrogation::learn_inquiry(ByteView bytes) {
  auto inquiry = scsi::decode_standard_inquiry(bytes);
  if (!inquiry) return pass_on(inquiry);
  if (inquiry->qualifier != 0) {
    return fail(ErrorCode::not_found, "there is no LUN {}; list the target's LUNs and choose one", facts_.lun);
  }
  if (!inquiry->is_usable_disk()) {
    return fail(ErrorCode::unsupported, "LUN {} is no disk but a device of type {:#x}; choose a disk", facts_.lun,
                inquiry->device_type);
  }
  has_groups_ = inquiry->target_port_groups != 0;
  facts_.vendor = inquiry->vendor;
  facts_.product = inquiry->product;
  return {};
}

Result<void> LunInterrogation::learn_identity(ByteView bytes) {
  auto designators = scsi::decode_designators(bytes);
  if (!designators) return pass_on(designators);
  facts_.identity = scsi::choose_identity(*designators);
  access_.port = scsi::port_identity_of(*designators);
  return {};
}

Result<void> LunInterrogation::learn_groups(ByteView bytes) {
  auto groups = scsi::decode_port_groups(bytes);
  if (!groups) return pass_on(groups);
  const scsi::PortGroup* own = scsi::find_group(*groups, access_.port);
  if (own == nullptr) return {};
  access_.is_told = true;
  // A disk that just said it cannot be reached here is asked again before it is believed.
  if (!told_state_ || !scsi::is_accessible(own->state)) access_.state = own->state;
  return {};
}

// In blocks until settle() knows their size.
Result<void> LunInterrogation::learn_limits(ByteView bytes) {
  auto limits = scsi::decode_block_limits(bytes);
  if (!limits) return pass_on(limits);
  block_limits_ = *limits;
  return {};
}

Result<void> LunInterrogation::learn_provisioning(ByteView bytes) {
  auto provisioning = scsi::decode_provisioning(bytes);
  if (!provisioning) return pass_on(provisioning);
  facts_.limits.has_unmap = provisioning->has_unmap;
  facts_.limits.has_write_same_unmap = provisioning->has_write_same_16_unmap;
  if (provisioning->reads_zero_when_unmapped != 0) facts_.limits.reads_zero_when_unmapped = true;
  return {};
}

Result<void> LunInterrogation::learn_capacity(ByteView bytes) {
  auto capacity =
      step_ == Step::capacity_16 ? scsi::decode_read_capacity_16(bytes) : scsi::decode_read_capacity_10(bytes);
  if (!capacity) return pass_on(capacity);
  const std::string disk = fmt::format("LUN {}", facts_.lun);
  if (auto checked = check_block_size(disk, capacity->block_bytes); !checked) return checked;
  if (capacity->blocks > kCapacityBytesMax / capacity->block_bytes) {
    return fail(ErrorCode::protocol, "LUN {} claims {} blocks, more than any disk has", facts_.lun, capacity->blocks);
  }
  facts_.limits.block_bytes = capacity->block_bytes;
  facts_.limits.capacity_bytes = capacity->blocks * capacity->block_bytes;
  facts_.physical_block_bytes = capacity->physical_block_bytes;
  if (capacity->reads_zero_when_unmapped) facts_.limits.reads_zero_when_unmapped = true;
  return check_disk_size(disk, facts_.limits.capacity_bytes, capacity->block_bytes);
}

Result<void> LunInterrogation::learn_mode(ByteView bytes) {
  facts_.limits.is_cache_known = false;
  auto mode = scsi::decode_mode_sense_6(bytes);
  if (!mode) return pass_on(mode);
  facts_.is_write_protected = mode->is_write_protected;
  facts_.limits.has_fua = mode->has_dpo_fua;
  facts_.limits.has_volatile_cache = mode->has_write_cache.value_or(true);
  facts_.limits.is_cache_known = mode->has_write_cache.has_value();
  return {};
}

void LunInterrogation::settle() {
  LunLimits& limits = facts_.limits;
  const uint64_t block = limits.block_bytes;
  limits.transfer_max_bytes = block_limits_.max_transfer_blocks * block;
  limits.unmap_max_bytes = block_limits_.max_unmap_blocks * block;
  limits.write_same_max_bytes = std::min(block_limits_.max_write_same_blocks, uint64_t{UINT32_MAX}) * block;
  limits.has_write_same = block_limits_.max_write_same_blocks > 0 || limits.has_write_same_unmap;
  facts_.optimal_io_bytes = static_cast<uint32_t>(std::min(block_limits_.optimal_transfer_blocks * block, kGiB));
  facts_.unmap_granularity_bytes =
      static_cast<uint32_t>(std::min(block_limits_.unmap_granularity_blocks * block, kGiB));
  if (facts_.identity.empty() && !facts_.serial.empty()) {
    facts_.identity = fmt::format("serial.{}.{}.{}", facts_.vendor, facts_.product, facts_.serial);
  }
}

}  // namespace laneway
