#pragma once
// TestClient is the little initiator of the fake target's own tests: one connection, no sockets, every byte visible. It
// delivers requests in one piece and cuts whatever comes back into PDUs. Owned by a test.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "target/fake_target.h"
#include "target/wire.h"

namespace laneway::fake {

// A PDU with storage of its own.
struct OwnedPdu {
  Bytes header;
  Bytes payload;

  PduView view() const { return {header, payload}; }
  Op op() const { return view().op(); }
  uint8_t u8(size_t offset) const { return header[offset]; }
  uint16_t u16(size_t offset) const { return view().u16(offset); }
  uint32_t u32(size_t offset) const { return view().u32(offset); }
};

struct LoginWish {
  std::string initiator = "iqn.2026-11.test.client:one";
  std::string target = "iqn.2026-11.test.laneway:fake";
  uint8_t isid_tail = 1;
  bool is_discovery = false;
  bool wants_digests = false;
  TextPairs keys = {};  // more operational keys
};

class TestClient {
 public:
  explicit TestClient(FakeTarget& target) : target_(target), connection_(target.connect(0)) {}

  FakeTarget& target() { return target_; }
  TargetConnection& connection() { return *connection_; }
  uint64_t now_ns = 0;

  // One login request of a stage; flags is the whole second byte (0x87: T, from 1 to 3). The answer, if one came.
  std::optional<OwnedPdu> login_step(uint8_t flags, const TextPairs& pairs);
  // Operational login without authentication; true where it ended in full feature phase.
  bool login(const LoginWish& wish = {});

  // Sends a SCSI command with all its data as immediate data (or none) and returns its tag.
  uint32_t command(const Bytes& cdb, uint32_t expected, bool is_write, ByteView immediate = {});
  uint32_t read_blocks(uint64_t lba, uint32_t blocks);
  uint32_t write_blocks(uint64_t lba, ByteView bytes);
  void data_out(uint32_t tag, uint32_t transfer_tag, uint32_t offset, ByteView bytes, bool is_final = true);
  uint32_t fence(uint8_t function, uint32_t task_tag = kNoTag);
  void send(Header& header, ByteView payload, bool is_immediate = false);

  // What the target has sent since the last call.
  std::vector<OwnedPdu> take();
  // Lets time pass and takes what came.
  std::vector<OwnedPdu> take_at(uint64_t new_now_ns);
  bool is_over() const { return connection_->is_finished(); }
  void close() { connection_.reset(); }

  Digests digests;

 private:
  FakeTarget& target_;
  std::unique_ptr<TargetConnection> connection_;
  Bytes in_;
  LoginWish wish_;
  uint32_t cmd_sn_ = 100;
  uint32_t exp_stat_sn_ = 0;
  uint32_t next_tag_ = 1;
  uint32_t data_sn_ = 0;
};

// Conveniences for assertions.
const OwnedPdu* find_pdu(const std::vector<OwnedPdu>& pdus, Op op);
// The SCSI status of the answer to `tag`, -1 where none came.
int status_of(const std::vector<OwnedPdu>& pdus, uint32_t tag);
// The payload of all Data-In of `tag`, by their offsets.
Bytes read_data(const std::vector<OwnedPdu>& pdus, uint32_t tag);
Bytes pattern(size_t bytes, uint8_t start = 1);
Bytes cdb16(uint8_t opcode, uint64_t lba, uint32_t blocks, uint8_t flags = 0);

}  // namespace laneway::fake
