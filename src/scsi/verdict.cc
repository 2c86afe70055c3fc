#include "scsi/verdict.h"

namespace laneway::scsi {
namespace {

constexpr Verdict finish(Status status) { return {.action = Action::done, .status = status}; }
constexpr Verdict again_now() { return {.action = Action::retry_now, .status = Status::io_error}; }
constexpr Verdict again_later() { return {.action = Action::retry_later, .status = Status::io_error}; }

// SPC-5 table 57 and annex F. A unit attention is reported instead of the command's result: the command was not carried
// out.
Verdict judge_unit_attention(const Sense& sense) {
  Verdict verdict = again_now();
  verdict.was_reset = sense.asc == 0x29;
  verdict.were_tasks_cleared = sense.asc == 0x2f;
  switch (sense.code()) {
    case 0x2a06:
    case 0x2a07:  // an implicit transition failed
      verdict.has_access_changed = true;
      break;
    case 0x2a09:
      verdict.has_capacity_changed = true;
      break;
    case 0x3f03:
    case 0x3f05:
      verdict.has_identity_changed = true;
      break;
    case 0x3f0e:
      verdict.has_lun_list_changed = true;
      break;
    case 0x3807:
      verdict.is_space_low = true;
      break;
    default:
      break;
  }
  return verdict;
}

// Whoever took the disk offline may bring it back before a request's deadline.
Verdict not_ready() {
  Verdict verdict = again_later();
  verdict.is_not_ready = true;
  return verdict;
}

Verdict judge_not_ready(const Sense& sense) {
  switch (sense.code()) {
    case 0x0401:  // becoming ready
    case 0x0404:  // format in progress
    case 0x0407:  // operation in progress
    case 0x0409:  // self-test in progress
    case 0x0414:  // space allocation in progress
    case 0x041a:  // start stop in progress
    case 0x041b:  // sanitize in progress
    case 0x0400:  // cause not reportable
    case 0x0402:  // start command required: an array wakes it up by itself
      return not_ready();
    case 0x040a:    // asymmetric access state transition
    case 0x040b:    // standby: another path, or this one after a failover
    case 0x040c: {  // unavailable: likewise
      Verdict verdict = not_ready();
      verdict.is_port_inaccessible = true;
      return verdict;
    }
    case 0x3a00:  // no medium: of a disk that cannot be taken out, an array's word for offline
    case 0x3a01:
    case 0x3a02:
      return not_ready();
    default:
      return finish(Status::io_error);
  }
}

Verdict judge_illegal(const Sense& sense) {
  switch (sense.code()) {
    case 0x2100:
      return finish(Status::out_of_range);
    case 0x2000:
    case 0x2400:
    case 0x2600: {
      Verdict verdict = finish(Status::unsupported);
      verdict.is_unsupported = true;
      return verdict;
    }
    case 0x2500: {
      // It may come back; whether it is the same disk then is asked before anything is sent.
      Verdict verdict = again_now();
      verdict.is_gone = true;
      return verdict;
    }
    default:
      return finish(Status::io_error);
  }
}

Verdict judge_data_protect(const Sense& sense) {
  if (sense.code() == 0x2707) {
    // Somebody may add space; a guest that is told at once takes its file system for broken.
    Verdict verdict = again_later();
    verdict.status = Status::no_space;
    verdict.is_out_of_space = true;
    return verdict;
  }
  Verdict verdict = finish(Status::read_only);
  verdict.is_write_protected = sense.asc == 0x27;
  return verdict;
}

Verdict judge_aborted(const Sense& sense) {
  // 10/xx: protection information does not match; sending it again changes nothing.
  if (sense.asc == 0x10) return finish(Status::io_error);
  return again_later();
}

}  // namespace

Verdict judge_sense(const Sense& sense) {
  // A deferred error is about an earlier command, which was answered long ago: its write may be lost. The command that
  // brings it was not carried out (SPC-5 4.4.7), and is failed, so that a flush never claims what is not so.
  if (sense.is_deferred && sense.key != SenseKey::recovered_error && sense.key != SenseKey::no_sense) {
    return finish(sense.key == SenseKey::medium_error ? Status::medium_error : Status::io_error);
  }
  switch (sense.key) {
    case SenseKey::no_sense:
    case SenseKey::recovered_error:
    case SenseKey::completed:
      return finish(Status::ok);
    case SenseKey::not_ready:
      return judge_not_ready(sense);
    case SenseKey::medium_error:
    case SenseKey::blank_check:
      return finish(Status::medium_error);
    case SenseKey::illegal_request:
      return judge_illegal(sense);
    case SenseKey::unit_attention:
      return judge_unit_attention(sense);
    case SenseKey::data_protect:
      return judge_data_protect(sense);
    case SenseKey::aborted_command:
      return judge_aborted(sense);
    case SenseKey::volume_overflow:
      return finish(Status::no_space);
    case SenseKey::hardware_error:
    case SenseKey::vendor_specific:
    case SenseKey::copy_aborted:
    case SenseKey::reserved:
    case SenseKey::miscompare:
      return finish(Status::io_error);
  }
  return finish(Status::io_error);
}

Verdict judge(uint8_t scsi_status, ByteView sense_bytes) {
  switch (static_cast<ScsiStatus>(scsi_status)) {
    case ScsiStatus::good:
    case ScsiStatus::condition_met:
      return finish(Status::ok);
    case ScsiStatus::busy:
    case ScsiStatus::task_set_full:
    case ScsiStatus::aca_active:
    case ScsiStatus::task_aborted:
      return again_later();
    case ScsiStatus::reservation_conflict:
      return finish(Status::reservation_conflict);
    case ScsiStatus::check_condition:
      break;
    default:
      return finish(Status::io_error);
  }
  const auto sense = decode_sense(sense_bytes);
  return sense ? judge_sense(*sense) : finish(Status::io_error);
}

}  // namespace laneway::scsi
