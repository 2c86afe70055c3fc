#pragma once
// CommandWindow numbers commands and knows how many the target takes (RFC 7143 4.2.2.1): CmdSN of the next one,
// MaxCmdSN of the target. Owned by a Session; home reactor only.

#include <cstdint>

#include "iscsi/pdu.h"

namespace laneway::iscsi {

class CommandWindow {
 public:
  explicit CommandWindow(uint32_t first_cmd_sn = 1) : cmd_sn_(first_cmd_sn), max_cmd_sn_(first_cmd_sn - 1) {}

  uint32_t cmd_sn() const { return cmd_sn_; }
  bool is_open() const { return !sn_before(max_cmd_sn_, cmd_sn_); }
  // The number of a command that is sent now.
  uint32_t take() { return cmd_sn_++; }

  // From any PDU of the target. Numbers that contradict each other or go backwards are ignored, as the clause says: a
  // window closes by commands using it up, never by a smaller MaxCmdSN.
  void update(uint32_t exp_cmd_sn, uint32_t max_cmd_sn) {
    if (sn_before(max_cmd_sn, exp_cmd_sn - 1)) return;
    if (sn_before(max_cmd_sn_, max_cmd_sn)) max_cmd_sn_ = max_cmd_sn;
  }

 private:
  uint32_t cmd_sn_;
  uint32_t max_cmd_sn_;  // closed until the target says otherwise
};

}  // namespace laneway::iscsi
