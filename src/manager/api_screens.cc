// A machine's serial console and screen, as WebSockets.
#include "http/websocket_handshake.h"
#include "manager/api_handlers.h"

namespace laneway {

namespace {

// `claim`: of the machine's status, that it has such a thing.
Answer<Resource> machine_with(const ApiParts& parts, const ApiCall& call, const char* claim, const char* what) {
  const UpgradeFault fault = fault_of_upgrade(call.exchange.request());
  Answer<Resource> machine = machine_of_call(parts, call);
  if (!machine) return machine;
  if (fault.status != 0) return refuse(fault.status, fault.what, fault.remedy);
  if (!flag_at(machine->status, claim)) {
    return refuse(409, fmt::format("Machine '{}' has no {}", machine->name, what), "give it one with libvirt");
  }
  const std::string state = text_at(machine->status, "state");
  if (state == "stopped" || state == "crashed") {
    return refuse(409, fmt::format("Machine '{}' is {}", machine->name, state), "start it first");
  }
  return machine;
}

template <typename Open>
Answer<HttpAnswer> open_tunnel(const ApiParts& parts, ApiCall& call, const Resource& machine, Open open) {
  Result<UniqueFd> opened = UniqueFd();
  const auto work = [&] {
    opened = open(*parts.machines.parts().hypervisor);
    const auto held = parts.ledger.hold();
    parts.ledger.record(call.caller.actor, {std::string(facts_of(Kind::machine).name), machine.name},
                        opened ? "done" : opened.error().message);
  };
  if (auto ran = run_on(call.exchange, BlockingPool::machines, work); !ran) return tl::unexpected<Refusal>(ran.error());
  if (!opened) return refuse(opened.error());
  HttpAnswer answer{upgrade_response(call.exchange.request())};
  answer.tunnel = std::move(*opened);
  return answer;
}

}  // namespace

Answer<HttpAnswer> open_serial(const ApiParts& parts, ApiCall& call) {
  const Answer<Resource> machine = machine_with(parts, call, "has_serial", "serial console");
  if (!machine) return tl::unexpected<Refusal>(machine.error());
  const bool takes_over = call.flag("take_over");
  Answer<HttpAnswer> answer = open_tunnel(
      parts, call, *machine, [&](Hypervisor& hypervisor) { return hypervisor.open_serial(machine->name, takes_over); });
  const bool is_busy = !answer && answer.error().detail.find("ctive") != std::string::npos;
  if (!is_busy) return answer;
  return refuse(409, fmt::format("The console of machine '{}' is open elsewhere", machine->name),
                "close it there, or take it over with take_over=true", "take_over");
}

Answer<HttpAnswer> open_screen(const ApiParts& parts, ApiCall& call) {
  const Answer<Resource> machine = machine_with(parts, call, "has_screen", "VNC screen");
  if (!machine) return tl::unexpected<Refusal>(machine.error());
  return open_tunnel(parts, call, *machine,
                     [&](Hypervisor& hypervisor) { return hypervisor.open_screen(machine->name); });
}

}  // namespace laneway
