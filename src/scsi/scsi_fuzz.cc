// Answers of a disk, whatever they are, decode within their bounds. The first byte chooses the kind of answer.
#include "base/bytes.h"
#include "scsi/capacity.h"
#include "scsi/identity.h"
#include "scsi/inquiry.h"
#include "scsi/lun.h"
#include "scsi/mode.h"
#include "scsi/port_groups.h"
#include "scsi/report_luns.h"
#include "scsi/verdict.h"

namespace {

using namespace laneway;
using namespace laneway::scsi;

void decode_pages(ByteView bytes) {
  if (const auto inquiry = decode_standard_inquiry(bytes)) LW_ASSERT(inquiry->product.size() <= 16);
  if (const auto pages = decode_supported_pages(bytes)) LW_ASSERT(pages->size() <= bytes.size());
  if (const auto serial = decode_unit_serial_number(bytes)) LW_ASSERT(serial->size() <= bytes.size());
  (void)decode_block_limits(bytes);
  (void)decode_provisioning(bytes);
  if (const auto groups = decode_port_groups(bytes)) {
    size_t total = 0;
    for (const PortGroup& group : *groups) total += 8 + group.ports.size() * 4;
    LW_ASSERT(total <= bytes.size());
    (void)find_group(*groups, {.relative_port = 1, .group = 1});
  }
}

void decode_identity(ByteView bytes) {
  const auto designators = decode_designators(bytes);
  if (!designators) return;
  size_t total = 0;
  for (const Designator& designator : *designators) {
    total += designator.bytes.size() + 4;
    (void)designator_text(designator);
  }
  LW_ASSERT(total <= bytes.size());
  (void)port_identity_of(*designators);
  const std::string identity = choose_identity(*designators);
  LW_ASSERT(identity.find('\n') == std::string::npos && identity.size() < 1024);
}

void decode_sizes(ByteView bytes) {
  for (const auto& capacity : {decode_read_capacity_16(bytes), decode_read_capacity_10(bytes)}) {
    if (!capacity) continue;
    LW_ASSERT(capacity->blocks > 0 && capacity->block_bytes > 0);
    LW_ASSERT(capacity->blocks <= UINT64_MAX / capacity->block_bytes);
    LW_ASSERT(capacity->physical_block_bytes >= capacity->block_bytes);
  }
  if (const auto list = decode_report_luns(bytes)) {
    LW_ASSERT(list->luns.size() * 8 <= bytes.size() && list->needed_bytes >= 8 + list->luns.size() * 8);
    for (const uint64_t lun : list->luns) {
      const auto number = decode_lun(lun);
      LW_ASSERT(!number || decode_lun(encode_lun(*number)) == number);
    }
  }
}

void decode_answers(ByteView bytes) {
  if (const auto sense = decode_sense(bytes)) LW_ASSERT(describe_sense(*sense).size() < 256);
  if (bytes.empty()) return;
  const Verdict verdict = judge(bytes[0], bytes.subspan(1));
  LW_ASSERT(verdict.action == Action::done || verdict.status != Status::ok);
  const Verdict checked = judge(0x02, bytes);
  LW_ASSERT(checked.action == Action::done || checked.status != Status::ok);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteView bytes = ByteView(data, size).subspan(1);
  switch (data[0] & 7) {
    case 0:
      decode_pages(bytes);
      break;
    case 1:
      decode_identity(bytes);
      break;
    case 2:
      decode_sizes(bytes);
      break;
    case 3:
      decode_answers(bytes);
      break;
    case 4:
      (void)decode_mode_sense_6(bytes);
      break;
    case 5:
      (void)decode_mode_sense_10(bytes);
      break;
    default:
      decode_pages(bytes);
      decode_identity(bytes);
      decode_sizes(bytes);
      decode_answers(bytes);
      (void)decode_mode_sense_6(bytes);
      (void)decode_mode_sense_10(bytes);
  }
  return 0;
}
