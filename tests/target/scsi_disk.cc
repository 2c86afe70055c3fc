#include "target/scsi_disk.h"

#include <algorithm>

namespace laneway::fake {

namespace {

// What the opcodes of block moves have in common (SBC-3 clauses 5.8 to 5.11, 5.32 to 5.35).
struct MoveFields {
  bool is_write = false;
  uint64_t lba = 0;
  uint64_t blocks = 0;
  bool is_stable = false;
};

std::optional<MoveFields> read_move(const Cdb& cdb) {
  const bool is_stable = (cdb[1] & 0x08) != 0;
  switch (cdb[0]) {
    case 0x08:
    case 0x0a:
      return MoveFields{cdb[0] == 0x0a, load_be24(cdb, 1) & 0x1fffff, cdb[4] == 0 ? 256u : cdb[4], false};
    case 0x28:
    case 0x2a:
      return MoveFields{cdb[0] == 0x2a, load_be<uint32_t>(cdb, 2), load_be<uint16_t>(cdb, 7), is_stable};
    case 0xa8:
    case 0xaa:
      return MoveFields{cdb[0] == 0xaa, load_be<uint32_t>(cdb, 2), load_be<uint32_t>(cdb, 6), is_stable};
    case 0x88:
    case 0x8a:
      return MoveFields{cdb[0] == 0x8a, load_be<uint64_t>(cdb, 2), load_be<uint32_t>(cdb, 10), is_stable};
    default:
      return std::nullopt;
  }
}

constexpr ScsiOutcome kOk{};

void pad_text(Bytes& out, std::string_view text, size_t width) {
  for (size_t i = 0; i < width; ++i) out.push_back(i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{' '});
}

}  // namespace

OpFilter op_of(const Cdb& cdb) {
  if (const auto move = read_move(cdb)) return move->is_write ? OpFilter::write : OpFilter::read;
  switch (cdb[0]) {
    case 0x35:
    case 0x91:
      return OpFilter::flush;
    case 0x12:
      return OpFilter::inquiry;
    case 0x41:
    case 0x42:
    case 0x93:
      return OpFilter::discard;
    default:
      return OpFilter::other;
  }
}

uint32_t allocation_length(const Cdb& cdb) {
  switch (cdb[0]) {
    case 0x12:
      return load_be<uint16_t>(cdb, 3);
    case 0x03:
    case 0x1a:
      return cdb[4];
    case 0x5a:
      return load_be<uint16_t>(cdb, 7);
    case 0x9e:
      return load_be<uint32_t>(cdb, 10);
    case 0xa0:
    case 0xa3:
      return load_be<uint32_t>(cdb, 6);
    default:
      return UINT32_MAX;
  }
}

Bytes encode_sense(const Sense& sense, bool is_descriptor_format) {
  if (is_descriptor_format) return {0x72, sense.key, sense.asc, sense.ascq, 0, 0, 0, 0};
  Bytes bytes(18);
  bytes[0] = 0x70;
  bytes[2] = sense.key;
  bytes[7] = 10;
  bytes[12] = sense.asc;
  bytes[13] = sense.ascq;
  return bytes;
}

ScsiDisk::ScsiDisk(const LunOptions& options)
    : options_(options),
      own_disk_({options.capacity_bytes, options.block_bytes, options.loses_cache, options.lies_about_sync,
                 options.is_large_paged}) {}

void ScsiDisk::set_identity(uint64_t naa_high, uint64_t naa_low) {
  options_.naa_high = naa_high;
  options_.naa_low = naa_low;
}

void ScsiDisk::resize(uint64_t capacity_bytes) {
  LW_ASSERT(capacity_bytes <= disk_->reserved_bytes());
  options_.capacity_bytes = capacity_bytes;
  disk_->resize(capacity_bytes);
}

bool ScsiDisk::is_on_disk(uint64_t lba, uint64_t blocks) const {
  const uint64_t total = disk_->capacity_bytes() / disk_->block_bytes();
  return lba <= total && blocks <= total - lba;
}

std::optional<BlockMove> ScsiDisk::block_move(const Cdb& cdb) const {
  const auto fields = read_move(cdb);
  if (!fields) return std::nullopt;
  BlockMove move;
  move.is_write = fields->is_write;
  move.is_stable = fields->is_stable || !options_.has_write_cache;
  if (!is_on_disk(fields->lba, fields->blocks)) {
    move.refused = check(5, 0x21);
    return move;
  }
  move.offset_bytes = fields->lba * disk_->block_bytes();
  move.length_bytes = fields->blocks * disk_->block_bytes();
  if (options_.transfer_blocks_max > 0 && fields->blocks > options_.transfer_blocks_max) move.refused = check(5, 0x24);
  if (move.is_write && options_.is_read_only) move.refused = check(7, 0x27);
  return move;
}

ScsiOutcome ScsiDisk::execute(const Cdb& cdb, ByteView parameters, Bytes& reply) {
  switch (cdb[0]) {
    case 0x00:
    case 0x1b:
      return kOk;
    case 0x03:
      reply = encode_sense({}, false);
      return kOk;
    case 0x12:
      return inquire(cdb, reply);
    case 0x1a:
      mode_sense(false, cdb[2] & 0x3f, reply);
      return kOk;
    case 0x5a:
      mode_sense(true, cdb[2] & 0x3f, reply);
      return kOk;
    case 0x25:
      capacity_10(reply);
      return kOk;
    case 0x9e:
      if ((cdb[1] & 0x1f) != 0x10) break;
      capacity_16(reply);
      return kOk;
    case 0x35:
    case 0x91:
      return sync(cdb);
    case 0x42:
      return unmap(parameters);
    case 0x41:
    case 0x93:
      return write_same(cdb, parameters);
    default:
      break;
  }
  return check(5, 0x20);
}

ScsiOutcome ScsiDisk::inquire(const Cdb& cdb, Bytes& reply) const {
  const bool is_vpd = (cdb[1] & 1) != 0;
  if (is_vpd) return product_page(cdb[2], reply) ? kOk : check(5, 0x24);
  if (cdb[2] != 0) return check(5, 0x24);
  reply = {0x00, 0x00, 0x06, 0x12, 91, 0x00, 0x00, 0x02};  // disk, SPC-4, HISUP, response format 2, CMDQUE
  pad_text(reply, "LANEWAY", 8);
  pad_text(reply, "TEST TARGET", 16);
  pad_text(reply, "1", 4);
  reply.resize(96);
  return kOk;
}

bool ScsiDisk::product_page(uint8_t page, Bytes& reply) const {
  reply = {0x00, page, 0x00, 0x00};
  switch (page) {
    case 0x00:
      reply.insert(reply.end(), {0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2});
      break;
    case 0x80:
      reply.insert(reply.end(), options_.serial.begin(), options_.serial.end());
      break;
    case 0x83:
      identification_page(reply);
      break;
    case 0xb0:
      limits_page(reply);
      break;
    case 0xb1:
      reply.resize(64);
      break;
    case 0xb2:
      reply.resize(8);
      reply[5] = options_.can_unmap ? 0xe4 : 0x00;  // LBPU, LBPWS, LBPWS10, LBPRZ
      reply[6] = options_.can_unmap ? 2 : 0;        // thin
      break;
    default:
      return false;
  }
  store_be<uint16_t>(reply, 2, static_cast<uint16_t>(reply.size() - 4));
  return true;
}

void ScsiDisk::identification_page(Bytes& reply) const {
  // A T10 vendor designator and the NAA 6 one (SPC-4 clause 7.8.6).
  reply.insert(reply.end(), {0x02, 0x01, 0x00, static_cast<uint8_t>(8 + options_.serial.size())});
  pad_text(reply, "LANEWAY", 8);
  reply.insert(reply.end(), options_.serial.begin(), options_.serial.end());
  reply.insert(reply.end(), {0x01, 0x03, 0x00, 16});
  reply.resize(reply.size() + 16);
  store_be<uint64_t>(reply, reply.size() - 16, options_.naa_high);
  store_be<uint64_t>(reply, reply.size() - 8, options_.naa_low);
}

void ScsiDisk::limits_page(Bytes& reply) const {
  reply.resize(64);
  store_be<uint32_t>(reply, 8, options_.transfer_blocks_max);
  if (options_.can_unmap) {
    store_be<uint32_t>(reply, 20, options_.unmap_blocks_max);
    store_be<uint32_t>(reply, 24, options_.unmap_ranges_max);
    store_be<uint32_t>(reply, 28, 1);  // optimal granularity
  }
  if (options_.can_write_same) store_be<uint64_t>(reply, 36, options_.write_same_blocks_max);
}

void ScsiDisk::mode_sense(bool is_long, uint8_t page, Bytes& reply) const {
  const auto specific = static_cast<uint8_t>((options_.is_read_only ? 0x80 : 0) | 0x10);  // WP, DPOFUA
  reply = is_long ? Bytes{0, 0, 0, specific, 0, 0, 0, 0} : Bytes{0, 0, specific, 0};
  if (page == 0x08 || page == 0x3f) {
    const size_t at = reply.size();
    reply.resize(at + 20);
    reply[at] = 0x08;
    reply[at + 1] = 18;
    reply[at + 2] = options_.has_write_cache ? 0x04 : 0x00;  // WCE
  }
  if (page == 0x0a || page == 0x3f) {
    const size_t at = reply.size();
    reply.resize(at + 12);
    reply[at] = 0x0a;
    reply[at + 1] = 10;
    reply[at + 3] = 0x10;  // commands may be reordered
  }
  if (is_long) {
    store_be<uint16_t>(reply, 0, static_cast<uint16_t>(reply.size() - 2));
  } else {
    reply[0] = static_cast<uint8_t>(reply.size() - 1);
  }
}

void ScsiDisk::capacity_10(Bytes& reply) const {
  const uint64_t last = disk_->capacity_bytes() / disk_->block_bytes() - 1;
  reply.resize(8);
  store_be<uint32_t>(reply, 0, static_cast<uint32_t>(std::min<uint64_t>(last, UINT32_MAX)));
  store_be<uint32_t>(reply, 4, disk_->block_bytes());
}

void ScsiDisk::capacity_16(Bytes& reply) const {
  reply.resize(32);
  store_be<uint64_t>(reply, 0, disk_->capacity_bytes() / disk_->block_bytes() - 1);
  store_be<uint32_t>(reply, 8, disk_->block_bytes());
  reply[14] = options_.can_unmap ? 0xc0 : 0x00;  // LBPME, LBPRZ
}

ScsiOutcome ScsiDisk::sync(const Cdb& cdb) {
  const bool is_long = cdb[0] == 0x91;
  const uint64_t lba = is_long ? load_be<uint64_t>(cdb, 2) : load_be<uint32_t>(cdb, 2);
  const uint64_t blocks = is_long ? load_be<uint32_t>(cdb, 10) : load_be<uint16_t>(cdb, 7);
  if (!is_on_disk(lba, blocks)) return check(5, 0x21);
  if (blocks == 0 && lba == 0) {
    disk_->sync_all();
    return kOk;
  }
  const uint64_t offset = lba * disk_->block_bytes();
  disk_->sync(offset, blocks == 0 ? disk_->capacity_bytes() - offset : blocks * disk_->block_bytes());
  return kOk;
}

ScsiOutcome ScsiDisk::unmap(ByteView parameters) {
  if (!options_.can_unmap) return check(5, 0x20);
  if (options_.is_read_only) return check(7, 0x27);
  if (parameters.size() < 8) return parameters.empty() ? kOk : check(5, 0x1a);
  const size_t ranges = load_be<uint16_t>(parameters, 2) / 16;
  if (parameters.size() - 8 < ranges * 16 || load_be<uint16_t>(parameters, 0) < 6 + ranges * 16) return check(5, 0x26);
  if (ranges > options_.unmap_ranges_max) return check(5, 0x26);
  for (int is_real = 0; is_real < 2; ++is_real) {  // all are checked before the first is done
    uint64_t total = 0;
    for (size_t i = 0; i < ranges; ++i) {
      const uint64_t lba = load_be<uint64_t>(parameters, 8 + i * 16);
      const uint64_t blocks = load_be<uint32_t>(parameters, 16 + i * 16);
      total += blocks;
      if (!is_on_disk(lba, blocks)) return check(5, 0x21);
      if (is_real == 1) disk_->zero(lba * disk_->block_bytes(), blocks * disk_->block_bytes());
    }
    if (total > options_.unmap_blocks_max) return check(5, 0x26);
  }
  return kOk;
}

ScsiOutcome ScsiDisk::write_same(const Cdb& cdb, ByteView block) {
  if (!options_.can_write_same) return check(5, 0x20);
  if (options_.is_read_only) return check(7, 0x27);
  const bool is_long = cdb[0] == 0x93;
  const bool is_unmap = (cdb[1] & 0x08) != 0;
  const bool has_no_block = is_long && (cdb[1] & 0x01) != 0;  // NDOB
  const uint64_t lba = is_long ? load_be<uint64_t>(cdb, 2) : load_be<uint32_t>(cdb, 2);
  const uint64_t blocks = is_long ? load_be<uint32_t>(cdb, 10) : load_be<uint16_t>(cdb, 7);
  if (blocks == 0 || blocks > options_.write_same_blocks_max || (is_unmap && !options_.can_unmap))
    return check(5, 0x24);
  if (!is_on_disk(lba, blocks)) return check(5, 0x21);
  if (!has_no_block && block.size() != disk_->block_bytes()) return check(5, 0x24);
  const bool is_zero = std::all_of(block.begin(), block.end(), [](uint8_t byte) { return byte == 0; });
  if (is_zero) {
    disk_->zero(lba * disk_->block_bytes(), blocks * disk_->block_bytes());
    return kOk;
  }
  for (uint64_t i = 0; i < blocks; ++i)
    disk_->write((lba + i) * disk_->block_bytes(), block, !options_.has_write_cache);
  return kOk;
}

}  // namespace laneway::fake
