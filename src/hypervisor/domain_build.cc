// Definitions of new machines: q35, virtio, memory that functions can reach, a serial console and a screen.
#include <pugixml.hpp>
#include <sstream>

#include "hypervisor/domain_xml.h"

namespace laneway {

namespace {

using Node = pugi::xml_node;

constexpr uint64_t kFreePorts = 8;  // for disks that come while it runs

Node add(Node parent, const char* name, std::initializer_list<std::pair<const char*, std::string>> attributes) {
  Node node = parent.append_child(name);
  for (const auto& [key, value] : attributes) node.append_attribute(key).set_value(value.c_str());
  return node;
}

void add_text(Node parent, const char* name, const std::string& text) {
  (void)parent.append_child(name).text().set(text.c_str());
}

void add_memory(Node domain, const MachinePlan& plan) {
  (void)add(domain, "memory", {{"unit", "KiB"}}).text().set(std::to_string(plan.memory_bytes / 1024).c_str());
  Node backing = domain.append_child("memoryBacking");
  if (plan.has_huge_pages) (void)backing.append_child("hugepages");
  if (!plan.has_huge_pages) add(backing, "source", {{"type", "memfd"}});
  add(backing, "access", {{"mode", "shared"}});
  if (!plan.numa_node) return;
  Node tune = domain.append_child("numatune");
  add(tune, "memory", {{"mode", "strict"}, {"nodeset", std::to_string(*plan.numa_node)}});
}

void add_system(Node domain, const MachinePlan& plan) {
  Node vcpu = domain.append_child("vcpu");
  (void)vcpu.text().set(std::to_string(plan.cpus).c_str());
  if (!plan.processors.empty()) vcpu.append_attribute("cpuset").set_value(plan.processors.c_str());
  Node system = domain.append_child("os");
  (void)add(system, "type", {{"arch", "x86_64"}, {"machine", "q35"}}).text().set("hvm");
  add(system, "boot", {{"dev", "hd"}});
  Node features = domain.append_child("features");
  (void)features.append_child("acpi");
  (void)features.append_child("apic");
  add(domain, "cpu", {{"mode", plan.has_kvm ? "host-passthrough" : "maximum"}});
  add(domain, "clock", {{"offset", "utc"}});
  add_text(domain, "on_crash", "destroy");
}

void add_disks(Node devices, const MachinePlan& plan) {
  for (const FunctionDisk& disk : plan.disks) {
    const std::string text = disk_xml(disk);
    (void)devices.append_buffer(text.data(), text.size());
  }
  if (plan.seed_path.empty()) return;
  Node seed = add(devices, "disk", {{"type", "file"}, {"device", "disk"}});
  add(seed, "driver", {{"name", "qemu"}, {"type", "raw"}});
  add(seed, "source", {{"file", plan.seed_path}});
  add(seed, "target", {{"dev", "vdz"}, {"bus", "virtio"}});
  (void)seed.append_child("readonly");
}

void add_network(Node devices, const MachinePlan& plan) {
  if (plan.network_kind == "none" || plan.network_kind.empty()) return;
  Node interface = add(devices, "interface", {{"type", plan.network_kind}});
  if (plan.network_kind != "user") add(interface, "source", {{plan.network_kind.c_str(), plan.network_name}});
  add(interface, "model", {{"type", "virtio"}});
}

void add_devices(Node domain, const MachinePlan& plan) {
  Node devices = domain.append_child("devices");
  add(devices, "controller", {{"type", "pci"}, {"index", "0"}, {"model", "pcie-root"}});
  for (uint64_t i = 0; i < plan.disks.size() + kFreePorts; ++i) {
    add(devices, "controller", {{"type", "pci"}, {"model", "pcie-root-port"}});
  }
  add(devices, "controller", {{"type", "usb"}, {"model", "qemu-xhci"}});
  add_disks(devices, plan);
  add_network(devices, plan);
  add(devices, "serial", {{"type", "pty"}});
  add(devices, "console", {{"type", "pty"}});
  add(devices, "input", {{"type", "tablet"}, {"bus", "usb"}});
  Node screen = add(devices, "graphics", {{"type", "vnc"}});
  add(screen, "listen", {{"type", "none"}});  // lanewayd reaches it through libvirt: no port is open
  add(devices.append_child("video"), "model", {{"type", "vga"}});
  add(devices, "memballoon", {{"model", "virtio"}, {"freePageReporting", plan.reports_free_pages ? "on" : "off"}});
  Node random = add(devices, "rng", {{"model", "virtio"}});
  (void)add(random, "backend", {{"model", "random"}}).text().set("/dev/urandom");
}

}  // namespace

std::string new_domain(const MachinePlan& plan) {
  pugi::xml_document document;
  Node domain = document.append_child("domain");
  domain.append_attribute("type").set_value(plan.has_kvm ? "kvm" : "qemu");
  add_text(domain, "name", plan.name);
  add_memory(domain, plan);
  add_system(domain, plan);
  add_devices(domain, plan);
  std::ostringstream out;
  document.save(out, "  ", pugi::format_default | pugi::format_no_declaration);
  return out.str();
}

}  // namespace laneway
