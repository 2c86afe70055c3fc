#include "target/fake_target.h"

#include <algorithm>
#include <utility>

namespace laneway::fake {

namespace {

constexpr uint32_t kTasksMax = 4096;
constexpr uint8_t kAttentionResetAsc = 0x29;

// Heap order: the task that is due next comes first.
bool is_later(const Task* a, const Task* b) { return std::pair(a->due_ns, a->order) > std::pair(b->due_ns, b->order); }

std::string port_name(const Session& session) {
  std::string name = session.initiator + ",i";
  for (const uint8_t byte : session.isid) name += static_cast<char>(byte);
  return name;
}

}  // namespace

FakeTarget::FakeTarget(const TargetOptions& options)
    : options_(options), random_(options.seed), tasks_(kTasksMax), command_window_(options.command_window) {
  for (const LunOptions& lun : options.luns) luns_.push_back(std::make_unique<ScsiDisk>(lun));
}

FakeTarget::~FakeTarget() { LW_ASSERT(connections_.empty()); }

std::unique_ptr<TargetConnection> FakeTarget::connect(uint64_t now_ns, uint16_t port) {
  ++counters_.connections;
  port_states_.try_emplace(port, uint8_t{0});
  auto connection = std::make_unique<TargetConnection>(*this, now_ns, port);
  connections_.push_back(connection.get());
  return connection;
}

void FakeTarget::forget(TargetConnection& connection) { std::erase(connections_, &connection); }

void FakeTarget::on_time(uint64_t now_ns) {
  now_ns_ = std::max(now_ns_, now_ns);
  while (!timeline_.empty() && timeline_.front()->due_ns <= now_ns_) {
    std::pop_heap(timeline_.begin(), timeline_.end(), is_later);
    Task& task = *timeline_.back();
    timeline_.pop_back();
    task.is_scheduled = false;
    step(task);
  }
  for (TargetConnection* connection : connections_) connection->drip(now_ns_);
  pump_all();
}

void FakeTarget::pump_all() {
  for (TargetConnection* connection : connections_) connection->pump();
}

uint64_t FakeTarget::next_deadline_ns() const {
  uint64_t next_ns = timeline_.empty() ? kNever : timeline_.front()->due_ns;
  for (const TargetConnection* connection : connections_) next_ns = std::min(next_ns, connection->drip_due_ns_);
  return next_ns;
}

size_t FakeTarget::running_tasks() const { return tasks_.capacity() - tasks_.free_count(); }

ScsiDisk* FakeTarget::lun(uint64_t number) {
  if (std::find(missing_luns_.begin(), missing_luns_.end(), number) != missing_luns_.end()) return nullptr;
  for (const auto& lun : luns_) {
    if (lun->options().number == number) return lun.get();
  }
  return nullptr;
}

// Sessions

Session& FakeTarget::open_session(const Session& wanted) {
  ++counters_.logins;
  for (const auto& old : sessions_) {
    if (wanted.is_discovery || old->initiator != wanted.initiator || old->isid != wanted.isid) continue;
    ++counters_.reinstatements;
    if (options_.ends_old_session_tasks) {
      std::vector<Task*> running = timeline_;
      for (Task* task : running) {
        if (task->session == old->number) kill(*task);
      }
    }
    if (TargetConnection* connection = connection_of(old->number)) {
      connection->abort();  // ends the session as well
    } else {
      end_session(old->number);
    }
    break;
  }
  sessions_.push_back(std::make_unique<Session>(wanted));
  Session& session = *sessions_.back();
  session.number = next_session_++;
  if (!session.is_discovery) add_login_attentions(session);
  return session;
}

bool FakeTarget::knows_port(const Session& session) const {
  return std::find(ports_since_boot_.begin(), ports_since_boot_.end(), port_name(session)) != ports_since_boot_.end();
}

// The attention after a power cut stays with the initiator port, over lost sessions too, until it was reported.
void FakeTarget::attention_told(const Session& session) {
  if (!knows_port(session)) ports_since_boot_.push_back(port_name(session));
}

void FakeTarget::add_login_attentions(Session& session) {
  const bool is_after_cut = counters_.power_cuts > 0 && !options_.hides_power_cuts && !knows_port(session);
  if (!is_after_cut && !options_.attention_at_login) return;
  const uint8_t ascq = is_after_cut ? 1 : 0;  // power on occurred; reset of some kind
  for (const auto& lun : luns_) session.attentions.push_back({lun->options().number, kAttentionResetAsc, ascq});
}

void FakeTarget::end_session(uint32_t number) {
  std::erase_if(sessions_, [&](const auto& session) { return session->number == number; });
}

Session* FakeTarget::session(uint32_t number) {
  for (const auto& session : sessions_) {
    if (session->number == number) return session.get();
  }
  return nullptr;
}

TargetConnection* FakeTarget::connection_of(uint32_t session_number) {
  for (TargetConnection* connection : connections_) {
    if (session_number != 0 && connection->session_ == session_number) return connection;
  }
  return nullptr;
}

// Tasks

Task* FakeTarget::take_task() {
  Task* task = tasks_.take();
  LW_ASSERT(task != nullptr);  // no test runs that many at once
  Bytes room = std::move(task->payload);
  room.clear();
  *task = Task{};
  task->payload = std::move(room);
  return task;
}

void FakeTarget::give_back(Task& task) {
  LW_ASSERT(!task.is_scheduled);
  task.session = 0;
  tasks_.give_back(task);
}

void FakeTarget::schedule(Task& task, uint64_t due_ns) {
  task.due_ns = due_ns;
  task.order = order_++;
  task.is_scheduled = true;
  timeline_.push_back(&task);
  std::push_heap(timeline_.begin(), timeline_.end(), is_later);
}

void FakeTarget::start(Task& task) {
  uint64_t delay_ns = options_.latency_min_ns;
  if (options_.latency_max_ns > delay_ns) delay_ns += random_.below(options_.latency_max_ns - delay_ns);
  bool ends_connection = false;
  if (!script_.empty()) {
    if (const auto fault = script_.fire(FaultKind::delay, task.op)) delay_ns += fault->value;
    if (task.is_write) {
      if (const auto fault = script_.fire(FaultKind::late_write, task.op)) {
        delay_ns += fault->value;
        ends_connection = true;
      }
    }
    if (const auto fault = script_.fire(FaultKind::short_read, task.op)) {
      task.missing_bytes = static_cast<uint32_t>(fault->value);
    }
  }
  if (delay_ns == 0) return step(task);
  const bool is_torn = options_.tears_writes && task.op == OpFilter::write;
  schedule(task, now_ns_ + (is_torn ? delay_ns / 4 : delay_ns));
  if (!ends_connection) return;
  if (TargetConnection* connection = connection_of(task.session)) connection->abort();
}

void FakeTarget::step(Task& task) {
  ScsiDisk* disk = lun(task.lun);
  const auto move = disk == nullptr ? std::nullopt : disk->block_move(task.cdb);
  if (move && move->refused.status != kGood) {
    task.outcome = move->refused;
  } else if (move && move->is_write) {
    if (!step_write(task, *move)) return;
  } else if (move) {
    ++counters_.reads;
    task.available_bytes = move->length_bytes;
    const uint64_t given = move->length_bytes - std::min<uint64_t>(move->length_bytes, task.missing_bytes);
    task.source = disk->disk().read(move->offset_bytes, given);
  } else {
    execute(task);
  }
  answer(task);
}

// Lands the next piece of a write; true where it was the last.
bool FakeTarget::step_write(Task& task, const BlockMove& move) {
  Disk& disk = lun(task.lun)->disk();
  if (task.payload.size() < move.length_bytes) {
    violate("a write command announces less data than its CDB says");
    task.outcome = check(0x0b, 0x4b, 0x02);
    return true;
  }
  uint64_t piece = move.length_bytes - task.landed_bytes;
  const bool is_torn = options_.tears_writes && options_.latency_max_ns > 0 && piece > disk.block_bytes();
  if (is_torn) piece = disk.block_bytes() * (1 + random_.below(piece / disk.block_bytes()));
  if (session(task.session) == nullptr) ++counters_.late_effects;
  const bool is_forgotten = !script_.empty() && script_.fire(FaultKind::forget_write, task.op);
  const ByteView landing = ByteView(task.payload).subspan(task.landed_bytes, piece);
  if (!is_forgotten) disk.write(move.offset_bytes + task.landed_bytes, landing, move.is_stable);
  task.landed_bytes += piece;
  if (task.landed_bytes == move.length_bytes) {
    ++counters_.writes;
    return true;
  }
  schedule(task, now_ns_ + 1 + random_.below(options_.latency_max_ns));
  return false;
}

void FakeTarget::execute(Task& task) {
  Bytes reply;
  ScsiDisk* disk = lun(task.lun);
  if (task.cdb[0] == 0xa0) {  // REPORT LUNS, answered by the target for every LUN
    reply.assign(8, 0);
    for (const auto& known : luns_) {
      const uint64_t number = known->options().number;
      if (lun(number) == nullptr) continue;
      reply.resize(reply.size() + 8);
      store_be<uint64_t>(reply, reply.size() - 8, number << 48);
    }
    store_be<uint32_t>(reply, 0, static_cast<uint32_t>(reply.size() - 8));
  } else if (disk != nullptr && options_.has_port_groups && task.cdb[0] == 0xa3 && (task.cdb[1] & 0x1f) == 0x0a) {
    report_port_groups(reply);
  } else if (disk != nullptr) {
    task.outcome = disk->execute(task.cdb, task.payload, reply);
    if (options_.has_port_groups && task.cdb[0] == 0x12) tell_port(task, reply);
  } else if (task.cdb[0] == 0x12) {
    reply.assign(36, 0);
    reply[0] = 0x7f;  // no device can be here
    reply[4] = 31;
  } else {
    task.outcome = check(5, 0x25);
  }
  if (task.outcome.status == kGood && task.op == OpFilter::flush) ++counters_.flushes;
  if (task.outcome.status == kGood && task.cdb[0] == 0x42) ++counters_.unmaps;
  if (task.outcome.status == kGood && (task.cdb[0] == 0x93 || task.cdb[0] == 0x41)) ++counters_.write_sames;
  if (!task.is_read) return;
  if (reply.size() > allocation_length(task.cdb)) reply.resize(allocation_length(task.cdb));
  task.payload = std::move(reply);
  task.source = task.payload;
  task.available_bytes = task.payload.size();
}

void FakeTarget::answer(Task& task) {
  TargetConnection* connection = connection_of(task.session);
  if (connection == nullptr || task.is_mute) {
    if (connection != nullptr) connection->drop_task(task);
    if (connection == nullptr) give_back(task);
  } else {
    connection->answer(task);
  }
  if (!fences_.empty()) finish_fences();
}

void FakeTarget::kill(Task& task) {
  ++counters_.fenced_tasks;
  if (task.is_scheduled) {
    std::erase(timeline_, &task);
    std::make_heap(timeline_.begin(), timeline_.end(), is_later);
    task.is_scheduled = false;
  }
  if (TargetConnection* connection = connection_of(task.session)) {
    connection->drop_task(task);
  } else {
    give_back(task);
  }
}

// Task management

bool FakeTarget::is_fenced_by(const Task& task, const FenceRequest& request) const {
  switch (request.function) {
    case 1:
      return task.session == request.session && task.tag == request.task_tag;
    case 2:
      return task.session == request.session && task.lun == request.lun;
    case 4:
    case 5:
      return task.lun == request.lun;
    case 6:
    case 7:
      return true;
    default:
      return false;
  }
}

void FakeTarget::fence(const FenceRequest& request) {
  const bool is_known = (request.function >= 1 && request.function <= 7 && request.function != 3);
  if (!is_known) return tell_fence_end(request, 5);
  if (request.function < 6 && lun(request.lun) == nullptr) return tell_fence_end(request, 2);
  std::vector<Task*> hit;
  for (uint32_t i = 0; i < tasks_.capacity(); ++i) {
    Task& task = tasks_.at(i);
    if (task.session != 0 && is_fenced_by(task, request)) hit.push_back(&task);
  }
  if (request.function == 1 && hit.empty()) return tell_fence_end(request, 1);
  FenceRequest waiting = request;
  waiting.number = next_fence_++;
  for (Task* task : hit) {
    if (options_.fence_waits && task->is_scheduled) {
      task->fence = waiting.number;
      task->is_mute = true;
    } else {
      kill(*task);
    }
  }
  if (request.function >= 5) {
    for (const auto& other : sessions_) {
      if (other->number == request.session && !options_.attention_to_resetter) continue;
      if (!other->is_discovery) other->attentions.push_back({request.lun, kAttentionResetAsc, 3});
    }
  }
  fences_.push_back(waiting);
  finish_fences();
}

void FakeTarget::finish_fences() {
  for (size_t i = 0; i < fences_.size();) {
    const FenceRequest request = fences_[i];
    const bool is_held = std::any_of(timeline_.begin(), timeline_.end(),
                                     [&](const Task* task) { return task->fence == request.number; });
    if (is_held) {
      ++i;
      continue;
    }
    fences_.erase(fences_.begin() + static_cast<std::ptrdiff_t>(i));
    tell_fence_end(request, 0);
  }
}

void FakeTarget::tell_fence_end(const FenceRequest& request, uint8_t response) {
  TargetConnection* connection = connection_of(request.session);
  if (connection != nullptr) connection->send_fence_response(request.tag, response);
}

}  // namespace laneway::fake
