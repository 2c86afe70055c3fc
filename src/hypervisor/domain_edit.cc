// Definitions are changed as trees: what is not known here stays as it is.
#include <pugixml.hpp>
#include <sstream>

#include "hypervisor/domain_xml.h"

namespace laneway {

namespace {

using Node = pugi::xml_node;

Node child_of(Node parent, const char* name) {
  const Node known = parent.child(name);
  return known.empty() ? parent.append_child(name) : known;
}

void set(Node node, const char* attribute, const std::string& value) {
  if (node.attribute(attribute).empty()) (void)node.append_attribute(attribute);
  node.attribute(attribute).set_value(value.c_str());
}

std::string text_of(const pugi::xml_document& document) {
  std::ostringstream out;
  document.save(out, "  ", pugi::format_default | pugi::format_no_declaration);
  return out.str();
}

// The engine maps the memory: a file, as large pages are one already, and shared.
void share_memory(Node domain) {
  Node backing = child_of(domain, "memoryBacking");
  const std::string source = backing.child("source").attribute("type").as_string();
  const bool is_file = source == "memfd" || source == "file" || !backing.child("hugepages").empty();
  if (!is_file) set(child_of(backing, "source"), "type", "memfd");
  set(child_of(backing, "access"), "mode", "shared");
  for (Node cell : domain.child("cpu").child("numa").children("cell")) {
    if (!cell.attribute("memAccess").empty()) set(cell, "memAccess", "shared");
  }
}

void set_kib(Node node, uint64_t bytes) {
  set(node, "unit", "KiB");
  (void)node.text().set(std::to_string((bytes + 1023) / 1024).c_str());
}

}  // namespace

std::string disk_xml(const FunctionDisk& disk) {
  pugi::xml_document document;
  Node node = document.append_child("disk");
  set(node, "type", "vhostuser");
  set(node, "device", "disk");
  Node driver = node.append_child("driver");
  set(driver, "name", "qemu");
  set(driver, "type", "raw");
  set(driver, "queues", std::to_string(disk.queues));
  set(driver, "queue_size", std::to_string(disk.queue_size));
  Node source = node.append_child("source");
  set(source, "type", "unix");
  set(source, "path", disk.socket_path);
  Node reconnect = source.append_child("reconnect");
  set(reconnect, "enabled", "yes");
  set(reconnect, "timeout", "1");
  Node target = node.append_child("target");
  set(target, "dev", disk.target);
  set(target, "bus", "virtio");
  return text_of(document);
}

Result<std::string> changed_domain(std::string_view xml, const DefinitionChange& change) {
  pugi::xml_document document;
  const bool is_read = xml.size() <= kDomainXmlMaxBytes &&
                       document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_comments);
  Node domain = document.child("domain");
  if (!is_read || domain.empty()) {
    return fail(ErrorCode::protocol, "Libvirt described a machine in words that are no domain XML; report this.");
  }
  if (change.makes_memory_shared) share_memory(domain);
  if (change.memory_bytes) {
    set_kib(child_of(domain, "memory"), *change.memory_bytes);
    set_kib(child_of(domain, "currentMemory"), *change.memory_bytes);
  }
  if (change.cpus) {
    Node vcpu = child_of(domain, "vcpu");
    while (vcpu.remove_attribute("current")) {
    }
    (void)vcpu.text().set(std::to_string(*change.cpus).c_str());
  }
  return text_of(document);
}

}  // namespace laneway
