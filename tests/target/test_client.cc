#include "target/test_client.h"

#include <algorithm>

namespace laneway::fake {

std::optional<OwnedPdu> TestClient::login_step(uint8_t flags, const TextPairs& pairs) {
  Header header(Op::login);
  header.u8(1, flags).u8(8, 0x80).u8(13, wish_.isid_tail).u32(16, next_tag_).u32(28, exp_stat_sn_);
  Bytes text;
  for (const auto& [key, value] : pairs) append_text(text, key, value);
  send(header, text, true);
  const std::vector<OwnedPdu> answers = take();
  return answers.empty() ? std::nullopt : std::optional(answers.front());
}

bool TestClient::login(const LoginWish& wish) {
  wish_ = wish;
  TextPairs pairs = {{"InitiatorName", wish.initiator}};
  if (wish.is_discovery) {
    pairs.emplace_back("SessionType", "Discovery");
  } else {
    pairs.emplace_back("TargetName", wish.target);
  }
  if (wish.wants_digests) pairs.insert(pairs.end(), {{"HeaderDigest", "CRC32C,None"}, {"DataDigest", "CRC32C"}});
  pairs.insert(pairs.end(), wish.keys.begin(), wish.keys.end());
  const auto answer = login_step(0x87, pairs);
  if (!answer || answer->u16(36) != 0 || (answer->u8(1) & 0x83) != 0x83) return false;
  digests = {wish.wants_digests, wish.wants_digests};
  return true;
}

uint32_t TestClient::command(const Bytes& cdb, uint32_t expected, bool is_write, ByteView immediate) {
  const uint32_t tag = next_tag_++;
  data_sn_ = 0;
  Header header(Op::command);
  unsigned flags = 0x80;
  if (expected > 0) flags |= is_write ? 0x20 : 0x40;
  header.u8(1, flags).u32(16, tag).u32(20, expected);
  for (size_t i = 0; i < cdb.size(); ++i) header.u8(32 + i, cdb[i]);
  send(header, immediate);
  return tag;
}

uint32_t TestClient::read_blocks(uint64_t lba, uint32_t blocks) {
  return command(cdb16(0x88, lba, blocks), blocks * 512, false);
}

uint32_t TestClient::write_blocks(uint64_t lba, ByteView bytes) {
  const auto length = static_cast<uint32_t>(bytes.size());
  return command(cdb16(0x8a, lba, length / 512), length, true, bytes);
}

void TestClient::data_out(uint32_t tag, uint32_t transfer_tag, uint32_t offset, ByteView bytes, bool is_final) {
  Header header(Op::data_out);
  header.u8(1, is_final ? 0x80 : 0).u32(16, tag).u32(20, transfer_tag).u32(36, data_sn_++).u32(40, offset);
  if (is_final) data_sn_ = 0;
  header.u32(28, exp_stat_sn_);
  Bytes stream;
  append_pdu(stream, header, bytes, digests);
  connection_->received(stream, now_ns);
}

uint32_t TestClient::fence(uint8_t function, uint32_t task_tag) {
  const uint32_t tag = next_tag_++;
  Header header(Op::task_management);
  header.u8(1, 0x80u | function).u32(16, tag).u32(20, task_tag);
  send(header, {}, true);
  return tag;
}

void TestClient::send(Header& header, ByteView payload, bool is_immediate) {
  if (is_immediate) header.u8(0, header.bytes()[0] | 0x40u);
  header.u32(24, cmd_sn_).u32(28, exp_stat_sn_);
  if (!is_immediate) ++cmd_sn_;
  Bytes stream;
  append_pdu(stream, header, payload, digests);
  connection_->received(stream, now_ns);
}

std::vector<OwnedPdu> TestClient::take() {
  std::array<iovec, 3> pieces;
  while (const size_t count = connection_->gather(pieces)) {
    size_t bytes = 0;
    for (const iovec& piece : std::span(pieces).first(count)) {
      const auto* start = static_cast<const uint8_t*>(piece.iov_base);
      in_.insert(in_.end(), start, start + piece.iov_len);
      bytes += piece.iov_len;
    }
    connection_->sent(bytes);
  }
  std::vector<OwnedPdu> pdus;
  for (;;) {
    const CutPdu cut = cut_pdu(in_, digests, 16 << 20);
    if (cut.outcome == Cut::incomplete || cut.outcome == Cut::bad_header_digest) break;
    const PduView& pdu = cut.pdu;
    pdus.push_back({{pdu.header.begin(), pdu.header.end()}, {pdu.payload.begin(), pdu.payload.end()}});
    const bool has_stat_sn = pdu.op() != Op::r2t && !(pdu.op() == Op::data_in && (pdu.u8(1) & 1) == 0) &&
                             !(pdu.op() == Op::nop_in && pdu.u32(16) == kNoTag);
    if (has_stat_sn) exp_stat_sn_ = pdu.u32(24) + 1;
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(cut.taken_bytes));
  }
  return pdus;
}

std::vector<OwnedPdu> TestClient::take_at(uint64_t new_now_ns) {
  now_ns = new_now_ns;
  target_.on_time(now_ns);
  return take();
}

const OwnedPdu* find_pdu(const std::vector<OwnedPdu>& pdus, Op op) {
  const auto found = std::find_if(pdus.begin(), pdus.end(), [op](const OwnedPdu& pdu) { return pdu.op() == op; });
  return found == pdus.end() ? nullptr : &*found;
}

int status_of(const std::vector<OwnedPdu>& pdus, uint32_t tag) {
  for (const OwnedPdu& pdu : pdus) {
    const bool is_status = pdu.op() == Op::response || (pdu.op() == Op::data_in && (pdu.u8(1) & 1) != 0);
    if (is_status && pdu.u32(16) == tag) return pdu.u8(3);
  }
  return -1;
}

Bytes read_data(const std::vector<OwnedPdu>& pdus, uint32_t tag) {
  Bytes data;
  for (const OwnedPdu& pdu : pdus) {
    if (pdu.op() != Op::data_in || pdu.u32(16) != tag) continue;
    const size_t offset = pdu.u32(40);
    data.resize(std::max(data.size(), offset + pdu.payload.size()));
    std::copy(pdu.payload.begin(), pdu.payload.end(), data.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  return data;
}

Bytes pattern(size_t bytes, uint8_t start) {
  Bytes filled(bytes);
  for (size_t i = 0; i < bytes; ++i) filled[i] = static_cast<uint8_t>(start + i / 7);
  return filled;
}

Bytes cdb16(uint8_t opcode, uint64_t lba, uint32_t blocks, uint8_t flags) {
  Bytes cdb(16);
  cdb[0] = opcode;
  cdb[1] = flags;
  store_be<uint64_t>(cdb, 2, lba);
  store_be<uint32_t>(cdb, 10, blocks);
  return cdb;
}

}  // namespace laneway::fake
