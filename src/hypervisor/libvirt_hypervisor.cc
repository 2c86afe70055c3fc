#include "hypervisor/libvirt_hypervisor.h"

#include <chrono>

#include "base/log.h"
#include "hypervisor/domain_xml.h"

namespace laneway {

namespace {

// A libvirt that says nothing for some 8 s is taken for hung: its calls end, and it is connected to anew.
constexpr int kKeepAliveSeconds = 2;
constexpr unsigned kKeepAlivesMissed = 3;

constexpr int kEvents[] = {VIR_DOMAIN_EVENT_ID_LIFECYCLE,      VIR_DOMAIN_EVENT_ID_REBOOT,
                           VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE, VIR_DOMAIN_EVENT_ID_DEVICE_ADDED,
                           VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED,
                           VIR_DOMAIN_EVENT_ID_TRAY_CHANGE};

// Libvirt calls each event with its own arguments, of which only the last, ours, is of interest here.
void tell_lifecycle(virConnectPtr, virDomainPtr, int, int, void* opaque) {
  static_cast<LibvirtHypervisor*>(opaque)->wake();
}
void tell_generic(virConnectPtr, virDomainPtr, void* opaque) { static_cast<LibvirtHypervisor*>(opaque)->wake(); }
void tell_balloon(virConnectPtr, virDomainPtr, unsigned long long, void* opaque) {
  static_cast<LibvirtHypervisor*>(opaque)->wake();
}
void tell_device(virConnectPtr, virDomainPtr, const char*, void* opaque) {
  static_cast<LibvirtHypervisor*>(opaque)->wake();
}
void tell_tray(virConnectPtr, virDomainPtr, const char*, int, void* opaque) {
  static_cast<LibvirtHypervisor*>(opaque)->wake();
}
void tell_closed(virConnectPtr, int, void* opaque) { static_cast<LibvirtHypervisor*>(opaque)->wake(); }

virConnectDomainEventGenericCallback callback_of(int event) {
  switch (event) {
    case VIR_DOMAIN_EVENT_ID_LIFECYCLE:
      return VIR_DOMAIN_EVENT_CALLBACK(&tell_lifecycle);
    case VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE:
      return VIR_DOMAIN_EVENT_CALLBACK(&tell_balloon);
    case VIR_DOMAIN_EVENT_ID_TRAY_CHANGE:
      return VIR_DOMAIN_EVENT_CALLBACK(&tell_tray);
    case VIR_DOMAIN_EVENT_ID_REBOOT:
      return VIR_DOMAIN_EVENT_CALLBACK(&tell_generic);
    default:
      return VIR_DOMAIN_EVENT_CALLBACK(&tell_device);
  }
}

std::string version_text(unsigned long number) {
  return fmt::format("{}.{}.{}", number / 1'000'000, number / 1'000 % 1'000, number % 1'000);
}

MachinePower power_of(int state) {
  switch (state) {
    case VIR_DOMAIN_RUNNING:
    case VIR_DOMAIN_BLOCKED:
      return MachinePower::running;
    case VIR_DOMAIN_PAUSED:
      return MachinePower::paused;
    case VIR_DOMAIN_SHUTDOWN:
      return MachinePower::stopping;
    case VIR_DOMAIN_SHUTOFF:
      return MachinePower::stopped;
    case VIR_DOMAIN_CRASHED:
      return MachinePower::crashed;
    case VIR_DOMAIN_PMSUSPENDED:
      return MachinePower::suspended;
    default:
      return MachinePower::unknown;
  }
}

Result<MachineForm> form_of(virDomain* domain, unsigned flags) {
  const LibvirtText xml(virDomainGetXMLDesc(domain, flags));
  if (xml == nullptr) return libvirt_failure("A machine was not described");
  return read_domain(xml.get());
}

Result<MachineFacts> facts_of_domain(virDomain* domain) {
  MachineFacts facts;
  int state = 0;
  if (virDomainGetState(domain, &state, nullptr, 0) != 0) return libvirt_failure("A machine's state was not told");
  facts.power = power_of(state);
  facts.is_persistent = virDomainIsPersistent(domain) == 1;
  int autostart = 0;
  facts.is_autostarted = facts.is_persistent && virDomainGetAutostart(domain, &autostart) == 0 && autostart == 1;
  Result<MachineForm> now = form_of(domain, 0);
  if (!now) return pass_on(now);
  facts.now = std::move(*now);
  facts.stored = facts.now;
  if (!is_on(facts.power) || !facts.is_persistent) return facts;
  Result<MachineForm> stored = form_of(domain, VIR_DOMAIN_XML_INACTIVE);
  if (!stored) return pass_on(stored);
  facts.stored = std::move(*stored);
  return facts;
}

}  // namespace

LibvirtHypervisor::LibvirtHypervisor(std::string uri) : uri_(std::move(uri)) {
  // Errors come as results; libvirt would print them as well.
  virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
}

LibvirtHypervisor::~LibvirtHypervisor() {
  for (LibvirtConsole& console : consoles_) console.end();
  drop_connection();
}

// Looking

Result<HypervisorFacts> LibvirtHypervisor::look() {
  if (Result<void> connected = connect(); !connected) return pass_on(connected);
  Result<ConnectionRef> connection = this->connection();
  if (!connection) return pass_on(connection);
  virDomainPtr* list = nullptr;
  const int count = virConnectListAllDomains(connection->get(), &list, 0);
  if (count < 0) {
    const bool is_lost = virConnectIsAlive(connection->get()) != 1;
    auto failure = libvirt_failure(is_lost ? "Libvirt does not answer any more" : "Libvirt did not list its machines");
    drop_connection();
    return failure;
  }
  const std::vector<DomainRef> domains = take_domains(list, count);
  HypervisorFacts facts{uri_, version_, {}};
  for (const DomainRef& domain : domains) {
    Result<MachineFacts> machine = facts_of_domain(domain.get());
    const bool is_gone = !machine && machine.error().code == ErrorCode::not_found;  // since it was listed
    if (is_gone) continue;
    if (!machine) return pass_on(machine);
    facts.machines.push_back(std::move(*machine));
  }
  return facts;
}

Result<MachineFacts> LibvirtHypervisor::find(const std::string& machine) {
  Result<Named> found = named(machine);
  if (!found) return pass_on(found);
  return facts_of_domain(found->domain.get());
}

void LibvirtHypervisor::await_change(uint64_t time_ns) {
  std::unique_lock lock(mutex_);
  (void)changed_.wait_for(lock, std::chrono::nanoseconds(time_ns), [this] { return has_changed_; });
  has_changed_ = false;
}

void LibvirtHypervisor::wake() {
  {
    const std::lock_guard lock(mutex_);
    has_changed_ = true;
  }
  changed_.notify_all();
}

// The connection

Result<void> LibvirtHypervisor::connect() {
  if (Result<ConnectionRef> known = connection(); known) {
    if (virConnectIsAlive(known->get()) == 1) return {};
    drop_connection();
  }
  ConnectionRef opened(virConnectOpen(uri_.c_str()));
  if (opened == nullptr) {
    Error error = libvirt_failure(fmt::format("Libvirt does not answer at {}", uri_)).value();
    error.code = ErrorCode::unreachable;
    error.message += " Start it (systemctl start libvirtd), or name another with --libvirt.";
    return tl::unexpected<Error>(std::move(error));
  }
  if (virConnectSetKeepAlive(opened.get(), kKeepAliveSeconds, kKeepAlivesMissed) != 0) {
    log_debug("{}", libvirt_failure("A libvirt that hangs is not noticed").value().message);
  }
  version_ = version_of(opened.get());
  listen(opened.get());
  const std::lock_guard lock(mutex_);
  connection_ = std::move(opened);
  return {};
}

Result<ConnectionRef> LibvirtHypervisor::connection() const {
  const std::lock_guard lock(mutex_);
  if (connection_ == nullptr || virConnectRef(connection_.get()) != 0) {
    return fail(ErrorCode::unreachable, "There is no connection to libvirt now; it is made again by itself.");
  }
  return ConnectionRef(connection_.get());
}

void LibvirtHypervisor::listen(virConnect* connection) {
  listening_.clear();
  for (const int event : kEvents) {
    const int id = virConnectDomainEventRegisterAny(connection, nullptr, event, callback_of(event), this, nullptr);
    if (id < 0) log_warning("{}", libvirt_failure("Changes of machines are seen late").value().message);
    if (id >= 0) listening_.push_back(id);
  }
  (void)virConnectRegisterCloseCallback(connection, &tell_closed, this, nullptr);
}

// Each callback holds the connection: without taking them back it would never be closed.
void LibvirtHypervisor::drop_connection() {
  ConnectionRef former;
  {
    const std::lock_guard lock(mutex_);
    former.swap(connection_);
  }
  if (former == nullptr) return;
  for (const int id : listening_) (void)virConnectDomainEventDeregisterAny(former.get(), id);
  (void)virConnectUnregisterCloseCallback(former.get(), &tell_closed);
  listening_.clear();
}

std::string LibvirtHypervisor::version_of(virConnect* connection) const {
  unsigned long library = 0;
  unsigned long emulator = 0;
  if (virConnectGetLibVersion(connection, &library) != 0) return "";
  std::string text = "libvirt " + version_text(library);
  const char* const type = virConnectGetType(connection);
  const bool has_emulator = type != nullptr && virConnectGetVersion(connection, &emulator) == 0 && emulator != 0;
  if (has_emulator) text += fmt::format(", {} {}", type, version_text(emulator));
  return text;
}

}  // namespace laneway
