#include "terminal/guest_config.h"

#include <fmt/format.h>

namespace laneway {

namespace {

std::string xml_escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '\'':
        escaped += "&apos;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// QEMU's option syntax: a comma inside a value is written twice.
std::string comma_doubled(const std::string& text) {
  std::string doubled;
  for (const char c : text) doubled += c == ',' ? std::string(",,") : std::string(1, c);
  return doubled;
}

}  // namespace

GuestDisk guest_disk(const Json& function) {
  return {text_at(function, "name"), text_at(function, "socket_path"), number_at(function, "queues", 1),
          number_at(function, "queue_size", 256)};
}

std::string libvirt_disk(const GuestDisk& disk, const std::string& device_name) {
  return fmt::format(
      "<disk type='vhostuser' device='disk'>\n"
      "  <driver name='qemu' type='raw' queues='{}' queue_size='{}'/>\n"
      "  <source type='unix' path='{}'>\n"
      "    <reconnect enabled='yes' timeout='1'/>\n"
      "  </source>\n"
      "  <target dev='{}' bus='virtio'/>\n"
      "</disk>\n",
      disk.queues, disk.queue_size, xml_escaped(disk.socket_path), xml_escaped(device_name));
}

std::vector<std::string> qemu_arguments(const GuestDisk& disk, const std::string& id, uint32_t reconnect_ms) {
  const std::string reconnect = reconnect_ms == 0 ? "reconnect=1" : fmt::format("reconnect-ms={}", reconnect_ms);
  const std::string chardev = comma_doubled("laneway-" + id);
  return {"-chardev", fmt::format("socket,id={},path={},{}", chardev, comma_doubled(disk.socket_path), reconnect),
          "-device",
          fmt::format("vhost-user-blk-pci,id={},chardev={},num-queues={},queue-size={}", comma_doubled(id), chardev,
                      disk.queues, disk.queue_size)};
}

}  // namespace laneway
