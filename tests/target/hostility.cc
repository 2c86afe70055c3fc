#include "target/hostility.h"

#include <algorithm>
#include <iterator>

#include "target/fake_target.h"
#include "target/target_connection.h"

namespace laneway::fake {

namespace {

constexpr uint8_t kFinal = 0x80;
constexpr uint8_t kHasStatus = 0x01;
constexpr uint32_t kStorm = 3000;
constexpr uint32_t kBlock = 512;
constexpr uint32_t kSegmentAll = 0xffffff;  // what three bytes of length can say
constexpr size_t kAhsBytesMax = 255 * 4;
constexpr uint64_t kDripNs = 2 * kSecond;
constexpr uint32_t kBeyondAll = 0x7fffffff;  // as far as serial numbers reach

constexpr Lie kLies[] = {
    {"overlap", "read", "range"},
    {"gap", "read", "range"},
    {"beyond", "read", "range"},
    {"data-sn", "read", "sequence"},
    {"crumbs", "read", "flood"},
    {"late", "any", "tag"},
    {"whole-claimed", "read", ""},
    {"data-for-write", "write", "range"},
    {"r2t-for-read", "read", "range"},
    {"r2t-again", "write", "sequence"},
    {"r2t-beyond", "write", "range"},
    {"r2t-endless", "write", "range"},
    {"stat-sn", "any", "sequence"},
    {"unknown-tag", "any", "tag"},
    {"opcode", "any", "framing"},
    {"segment", "any", "framing"},
    {"sense-length", "any", "framing"},
    {"additional-header", "any", ""},
    {"window", "any", ""},
    {"news-storm", "any", "flood"},
    {"ping-storm", "any", "flood"},
    {"async-storm", "any", "flood"},
    {"reject-storm", "any", "flood"},
    {"drip", "any", "drip"},
};

}  // namespace

std::span<const Lie> known_lies() { return kLies; }

bool is_known_lie(std::string_view name) {
  return std::any_of(std::begin(kLies), std::end(kLies), [&](const Lie& each) { return each.name == name; });
}

// True where the command is answered nevertheless.
bool TargetConnection::lie(Task& task, std::string_view name) {
  if (name == "overlap" || name == "gap" || name == "beyond" || name == "data-sn" || name == "data-for-write") {
    lie_about_data(task, name);
  } else if (name == "crumbs") {
    for (uint32_t i = 0; i < task.expected_bytes; ++i) lie_data_in(task, {i, i, 1});
  } else if (name == "late") {
    Task finished;
    finished.tag = finished_tag_;
    lie_data_in(finished, {0, 0, kBlock});
  } else if (name == "whole-claimed") {
    lie_data_in(task, {0, 0, task.expected_bytes / 2, true});  // GOOD without a residual
  } else if (name.starts_with("r2t-")) {
    lie_r2t(task, name);
  } else if (name.ends_with("-storm")) {
    lie_storm(name);
  } else {
    return lie_about_form(task, name);
  }
  drop_task(task);
  return false;
}

void TargetConnection::lie_about_data(Task& task, std::string_view name) {
  const uint32_t half = task.expected_bytes / 2;  // of a read of several blocks
  if (name == "overlap") {
    lie_data_in(task, {0, 0, kBlock});
    lie_data_in(task, {1, kBlock / 2, half});
  }
  if (name == "gap") lie_data_in(task, {0, kBlock, half});
  if (name == "beyond") lie_data_in(task, {0, 0, task.expected_bytes + kBlock});
  if (name == "data-sn") lie_data_in(task, {5, 0, half});
  if (name == "data-for-write") lie_data_in(task, {0, 0, half});
}

// In PDUs as long as the initiator takes them.
void TargetConnection::lie_data_in(const Task& task, DataLie data) {
  while (data.bytes > 0) {
    const uint32_t bytes = std::min(data.bytes, terms_.send_segment_max);
    data.bytes -= bytes;
    const bool has_status = data.has_status && data.bytes == 0;
    Header header(Op::data_in);
    header.u8(1, has_status ? unsigned{kFinal} | kHasStatus : 0).u32(16, task.tag).u32(20, kNoTag);
    header.u32(36, data.data_sn++).u32(40, data.offset);
    append(number(header, has_status ? take_stat_sn() : 0), Bytes(bytes, 0xee), OpFilter::any);
    data.offset += bytes;
  }
}

void TargetConnection::lie_r2t(const Task& task, std::string_view name) {
  const auto ask = [&](uint32_t r2t_sn, uint32_t offset, uint32_t bytes) {
    Header header(Op::r2t);
    header.u8(1, kFinal).u32(16, task.tag).u32(20, next_tag_++).u32(36, r2t_sn).u32(40, offset).u32(44, bytes);
    append(number(header, stat_sn_), {}, OpFilter::any);
  };
  const uint32_t end = task.expected_bytes;
  if (name == "r2t-for-read") ask(0, 0, end);
  if (name == "r2t-beyond") ask(0, end, kBlock);
  // The last block is not among what an initiator sends unasked where writes are large.
  if (name == "r2t-again") {
    ask(0, end - kBlock, kBlock);
    ask(0, end - kBlock, kBlock);
  }
  for (uint32_t i = 0; name == "r2t-endless" && i < kStorm; ++i) ask(i, 0, kBlock);
}

// PDUs that may come at any time, many of them.
void TargetConnection::lie_storm(std::string_view name) {
  for (uint32_t i = 0; i < kStorm; ++i) {
    if (name == "news-storm") announce_window();
    if (name == "ping-storm") send_ping();
    if (name == "async-storm") send_async(255, 0, 0, 0);
    if (name != "reject-storm") continue;
    Header rejected(Op::command);
    rejected.u32(16, 0x00010000 + i);
    send_reject({rejected.bytes(), {}}, 0x09);
  }
}

// Lies about PDUs as such.
bool TargetConnection::lie_about_form(Task& task, std::string_view name) {
  Header header(Op::response);
  header.u8(1, kFinal).u32(16, task.tag);
  if (name == "stat-sn") append(number(header, stat_sn_ + 7), {}, OpFilter::any);
  if (name == "unknown-tag") append(number(header.u32(16, 0xfedcba98), take_stat_sn()), {}, OpFilter::any);
  if (name == "opcode") append(number(header.u8(0, 0x3e), stat_sn_), {}, OpFilter::any);
  if (name == "sense-length") append(number(header.u8(3, 2), take_stat_sn()), Bytes{0xff, 0xff, 0x70}, OpFilter::any);
  if (name == "segment") append_header(out_.own(), number(header, take_stat_sn()), kSegmentAll);
  if (name == "drip") drip_due_ns_ = target_.now_ns_;
  if (name == "window") {
    // Backwards, contradicting itself, and as far as serial numbers reach.
    for (const uint32_t max_cmd_sn : {exp_cmd_sn_ - 100, exp_cmd_sn_ - 2, exp_cmd_sn_ + kBeyondAll - 1}) {
      Header news(Op::nop_in);
      news.u8(1, kFinal).u32(16, kNoTag).u32(20, kNoTag).u32(24, stat_sn_).u32(28, exp_cmd_sn_).u32(32, max_cmd_sn);
      append(news, {}, OpFilter::any);
    }
    max_cmd_sn_ = exp_cmd_sn_ + kBeyondAll - 1;  // it was said, so it may be used
    return true;
  }
  if (name == "additional-header") {
    Header news(Op::nop_in);
    news.u8(1, kFinal).u8(4, kAhsBytesMax / 4).u32(16, kNoTag).u32(20, kNoTag);
    append_header(out_.own(), number(news, stat_sn_), 0);
    out_.own().insert(out_.own().end(), kAhsBytesMax, 0xee);
    return true;
  }
  drop_task(task);
  return false;
}

// A byte now and then of a PDU that never ends.
void TargetConnection::drip(uint64_t now_ns) {
  if (is_finished_) drip_due_ns_ = kNever;
  if (drip_due_ns_ == kNever || now_ns < drip_due_ns_) return;
  if (dripped_bytes_ == 0) append_header(out_.own(), Header(Op::response).u8(1, kFinal), kBlock);
  out_.own().push_back(0xee);
  // Its payload is not to come to an end here.
  drip_due_ns_ = ++dripped_bytes_ < kBlock ? now_ns + kDripNs : kNever;
}

}  // namespace laneway::fake
