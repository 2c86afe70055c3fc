// What is done to machines: long work as a task, small changes at once.
#include "manager/api_handlers.h"
#include "manager/machine_disks.h"
#include "manager/machine_making.h"
#include "manager/machine_power.h"
#include "manager/machine_status.h"

namespace laneway {

namespace {

Answer<void> check_function(const ApiParts& parts, const std::string& name) {
  if (parts.catalog.find(Kind::function, name)) return {};
  return refuse(404, fmt::format("There is no function '{}'", name), "GET /api/v1/functions lists those there are",
                "function");
}

// A machine shares a function's socket with nobody.
Answer<void> check_free(const ApiParts& parts, const std::string& function, const std::string& machine) {
  for (const std::string& other : machines_with_function(function, parts.catalog)) {
    if (other == machine) continue;
    return refuse(409, fmt::format("Function '{}' is a disk of machine '{}'", function, other), "detach it there first",
                  "function");
  }
  return {};
}

DefinitionChange change_of(const Json& spec) {
  DefinitionChange change;
  if (spec.contains("cpus")) change.cpus = number_at(spec, "cpus");
  if (spec.contains("memory_bytes")) change.memory_bytes = number_at(spec, "memory_bytes");
  if (spec.contains("autostart")) change.is_autostarted = flag_at(spec, "autostart");
  if (spec.contains("memory_now_bytes")) change.memory_now_bytes = number_at(spec, "memory_now_bytes");
  change.makes_memory_shared = flag_at(spec, "shared_memory");
  return change;
}

Answer<void> check_change(const Resource& machine, const ApiCall& call) {
  const std::string if_match = call.text("if-match");
  if (if_match != "*" && if_match != etag_of(machine)) {
    return refuse(
        412, fmt::format("If-Match is {}, and its definition has changed meanwhile to {}", if_match, etag_of(machine)),
        "read it again and decide anew", "If-Match");
  }
  const Json& wanted = member(call.body, "spec");
  const std::string state = text_at(machine.status, "state");
  if (wanted.contains("memory_now_bytes") && state != "running") {
    return refuse(409, fmt::format("Machine '{}' is {}, and its balloon moves only while it runs", machine.name, state),
                  "start it first", "spec.memory_now_bytes");
  }
  if (number_at(wanted, "memory_now_bytes") > number_at(machine.status, "memory_bytes")) {
    return refuse(409,
                  fmt::format("Machine '{}' runs with {} bytes of memory", machine.name,
                              number_at(machine.status, "memory_bytes")),
                  "give at most that", "spec.memory_now_bytes");
  }
  if (!flag_at(machine.status, "is_persistent")) {
    return refuse(
        409,
        fmt::format("Machine '{}' has no definition that could be changed: it is gone when it stops", machine.name),
        "define it with libvirt first");
  }
  return {};
}

// A document of that kind as it is now.
HttpAnswer current_answer(const ApiParts& parts, const JobSubject& subject, unsigned status) {
  std::string etag;
  std::string text = parts.catalog.document(subject.kind, subject.name, &etag);
  HttpAnswer answer = json_answer(status, text.empty() ? "{}" : std::move(text));
  if (!etag.empty()) answer.response.headers.emplace_back("etag", etag);
  return answer;
}

}  // namespace

Answer<HttpAnswer> begin_job(const ApiParts& parts, ApiCall& call, const JobSubject& subject,
                             std::unique_ptr<MachineJob> job) {
  Answer<std::string> task = refuse(500, "Nothing was done", "report it");
  const auto work = [&] { task = parts.machines.submit(subject, call.caller.actor, std::move(job)); };
  if (auto ran = run_on(call.exchange, BlockingPool::store, work); !ran) return tl::unexpected<Refusal>(ran.error());
  if (!task) return tl::unexpected<Refusal>(task.error());
  await_task(parts, call, *task);
  const std::optional<TaskView> view = parts.tasks.find(*task);
  const bool has_failed = view && view->has_ended() && view->state != TaskState::done;
  if (has_failed) {
    auto refusal = refuse(409, view->reason.substr(0, view->reason.rfind('.')), "");
    refusal.value().task = *task;
    return refusal;
  }
  HttpAnswer answer = current_answer(parts, subject, view && view->has_ended() ? 200 : 202);
  answer.response.headers.emplace_back("location", "/api/v1/tasks/" + *task);
  return answer;
}

Answer<Resource> machine_of_call(const ApiParts& parts, const ApiCall& call) {
  std::optional<Resource> machine = parts.catalog.find(Kind::machine, call.name());
  if (!machine) {
    return refuse(404, fmt::format("There is no machine '{}'", call.name()),
                  "GET /api/v1/machines lists those there are", "name");
  }
  if (text_at(machine->status, "state") != "unknown") return *machine;
  const std::string reason = text_at(machine->status, "reason");
  return refuse(
      503, fmt::format("Nothing is known of machine '{}' now: {}", call.name(), reason.substr(0, reason.rfind('.'))),
      "see to libvirt");
}

// There, when the task has ended well; 202 while it has not ended.
Answer<HttpAnswer> create_machine(const ApiParts& parts, ApiCall& call) {
  const std::string name = text_at(call.body, "name");
  if (parts.machines.parts().hypervisor == nullptr) {
    return refuse(503, "lanewayd was started without libvirt", "start it without --libvirt none");
  }
  if (parts.catalog.find(Kind::machine, name)) {
    return refuse(409, fmt::format("There is a machine '{}' already", name), "choose another name, or PATCH that one",
                  "name");
  }
  const Json& spec = member(call.body, "spec");
  for (const Json& function : member(spec, "functions")) {
    const std::string each = function.get<std::string>();
    if (!parts.catalog.find(Kind::function, each)) {
      return refuse(409, fmt::format("Field 'spec.functions' names function '{}', which is not there", each),
                    "make it first", "spec.functions");
    }
    if (auto is_free = check_free(parts, each, name); !is_free) return tl::unexpected<Refusal>(is_free.error());
  }
  call.parameters["name"] = name;
  Answer<HttpAnswer> answer =
      begin_job(parts, call, {"create", Kind::machine, call.name()},
                make_create_job({name, spec, member(call.body, "cloud_init"), flag_at(call.body, "start")}));
  if (answer && answer->response.status == 200) answer->response.status = 201;
  return answer;
}

Answer<HttpAnswer> delete_machine(const ApiParts& parts, ApiCall& call) {
  if (!parts.catalog.find(Kind::machine, call.name())) return HttpAnswer{{204, "", {}, ""}};
  const Answer<Resource> machine = machine_of_call(parts, call);
  if (!machine) return tl::unexpected<Refusal>(machine.error());
  Answer<HttpAnswer> answer = begin_job(parts, call, {"delete", Kind::machine, call.name()},
                                        make_delete_job(machine->name, call.flag("force")));
  if (answer && answer->response.status == 200) return HttpAnswer{{204, "", {}, ""}};
  return answer;
}

Answer<HttpAnswer> attach_function(const ApiParts& parts, ApiCall& call) {
  const Answer<Resource> machine = machine_of_call(parts, call);
  if (!machine) return tl::unexpected<Refusal>(machine.error());
  const std::string function = call.text("function");
  if (auto there = check_function(parts, function); !there) return tl::unexpected<Refusal>(there.error());
  if (auto is_free = check_free(parts, function, machine->name); !is_free)
    return tl::unexpected<Refusal>(is_free.error());
  return begin_job(parts, call, {"attach", Kind::machine, call.name()},
                   make_attach_job({machine->name, function, call.text("target"), call.number("guest_s")}));
}

Answer<HttpAnswer> detach_function(const ApiParts& parts, ApiCall& call) {
  const Answer<Resource> machine = machine_of_call(parts, call);
  if (!machine) return tl::unexpected<Refusal>(machine.error());
  const std::string function = call.text("function");
  if (auto there = check_function(parts, function); !there) return tl::unexpected<Refusal>(there.error());
  return begin_job(parts, call, {"detach", Kind::machine, call.name()}, make_detach_job(machine->name, function));
}

Answer<HttpAnswer> power_machine(const ApiParts& parts, ApiCall& call) {
  const Answer<Resource> machine = machine_of_call(parts, call);
  if (!machine) return tl::unexpected<Refusal>(machine.error());
  const std::string name = text_at(call.body, "action");
  const std::optional<PowerAction> action = power_action_of(name);
  if (!action) return refuse(400, fmt::format("Field 'action' is '{}'", name), "see the API's document", "action");
  return begin_job(parts, call, {name, Kind::machine, call.name()},
                   make_power_job(machine->name, *action, number_at(call.body, "guest_s")));
}

Answer<HttpAnswer> patch_machine(const ApiParts& parts, ApiCall& call) {
  const Answer<Resource> machine = machine_of_call(parts, call);
  if (!machine) return tl::unexpected<Refusal>(machine.error());
  if (auto fits = check_change(*machine, call); !fits) return tl::unexpected<Refusal>(fits.error());
  const MachineParts& of_machines = parts.machines.parts();
  Result<void> changed;
  const auto work = [&] {
    changed = of_machines.hypervisor->change(machine->name, change_of(member(call.body, "spec")));
    const auto held = parts.ledger.hold();
    parts.ledger.record(call.caller.actor, {std::string(facts_of(Kind::machine).name), machine->name},
                        changed ? "done" : changed.error().message);
    of_machines.watch.catch_up();
  };
  if (auto ran = run_on(call.exchange, BlockingPool::machines, work); !ran) return tl::unexpected<Refusal>(ran.error());
  if (!changed) return refuse(changed.error());
  return current_answer(parts, {"", Kind::machine, call.name()}, 200);
}

}  // namespace laneway
