#include "hypervisor/domain_xml.h"

#include <pugixml.hpp>

namespace laneway {

namespace {

using Node = pugi::xml_node;

std::string text_of(const Node& node, const char* attribute) { return node.attribute(attribute).as_string(); }

// Of an element such as <memory unit='KiB'>, which libvirt always writes in KiB.
uint64_t bytes_of(const Node& node) { return node.text().as_ullong() * 1024; }

std::string accelerator_of(const Node& domain) {
  const std::string type = text_of(domain, "type");
  return type == "qemu" ? "tcg" : type;
}

// The engine maps the guest's memory: it must be a file, and a shared one.
bool is_memory_shared(const Node& domain) {
  const Node backing = domain.child("memoryBacking");
  const std::string source = text_of(backing.child("source"), "type");
  const bool is_file = source == "memfd" || source == "file" || !backing.child("hugepages").empty();
  if (!is_file) return false;
  if (text_of(backing.child("access"), "mode") == "shared") return true;
  const Node numa = domain.child("cpu").child("numa");
  size_t cells = 0;
  for (const Node& cell : numa.children("cell")) {
    if (text_of(cell, "memAccess") != "shared") return false;
    ++cells;
  }
  return cells > 0;
}

MachineDisk disk_of(const Node& node) {
  const Node source = node.child("source");
  MachineDisk disk{text_of(node.child("target"), "dev"),
                   text_of(node.child("target"), "bus"),
                   text_of(node, "type"),
                   "",
                   false,
                   false};
  for (const char* name : {"path", "file", "dev", "dir", "name"}) {
    if (disk.source.empty()) disk.source = text_of(source, name);
  }
  if (disk.kind == "volume") disk.source = text_of(source, "pool") + "/" + text_of(source, "volume");
  return disk;
}

bool has_screen(const Node& devices) {
  for (const Node& graphics : devices.children("graphics")) {
    if (text_of(graphics, "type") == "vnc") return true;
  }
  return false;
}

}  // namespace

Result<MachineForm> read_domain(std::string_view xml) {
  pugi::xml_document document;
  const bool is_read = xml.size() <= kDomainXmlMaxBytes && document.load_buffer(xml.data(), xml.size());
  const Node domain = document.child("domain");
  if (!is_read || domain.empty()) {
    return fail(ErrorCode::protocol, "Libvirt described a machine in words that are no domain XML; report this.");
  }
  MachineForm form;
  form.name = domain.child("name").text().as_string();
  form.uuid = domain.child("uuid").text().as_string();
  form.accelerator = accelerator_of(domain);
  const Node vcpu = domain.child("vcpu");
  form.cpus = vcpu.attribute("current").as_uint(vcpu.text().as_uint());
  form.memory_bytes = bytes_of(domain.child("memory"));
  form.memory_now_bytes = bytes_of(domain.child("currentMemory"));
  form.is_memory_shared = is_memory_shared(domain);
  const Node devices = domain.child("devices");
  form.has_serial = !devices.child("console").empty() || !devices.child("serial").empty();
  form.has_screen = has_screen(devices);
  for (const Node& disk : devices.children("disk")) {
    if (form.disks.size() == kDomainDisksMax) break;
    form.disks.push_back(disk_of(disk));
  }
  return form;
}

}  // namespace laneway
