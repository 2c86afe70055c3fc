// laneway vf xml, qemu-args
#include "cli/commands.h"
#include "cli/guest_config.h"

namespace laneway {

namespace {

class LibvirtXml final : public Command {
 public:
  explicit LibvirtXml(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_option("--dev", device_name_, "The disk's name in the domain")->capture_default_str();
    app.footer(
        "Example:\n"
        "  laneway vf xml vm1 > disk.xml && virsh attach-device DOMAIN disk.xml --live\n"
        "The domain's memory must be shared: <memoryBacking> with a memfd source and shared access.");
  }

  ExitCode run(Session& session) override {
    const Result<Json> function = session.call("vf.show", {{"name", name_}});
    if (!function) return session.report(function.error());
    const std::string xml = libvirt_disk(guest_disk(*function), device_name_);
    if (session.wants_json()) {
      session.print_json({{"xml", xml}});
    } else {
      session.out() << xml;
    }
    return ExitCode::ok;
  }

 private:
  std::string name_;
  std::string device_name_ = "vda";
};

class QemuArgs final : public Command {
 public:
  explicit QemuArgs(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_option("--id", id_, "The device's id in QEMU (default: the function's name)");
    app.add_option("--reconnect-ms", reconnect_ms_,
                   "For QEMU 9.2 and newer, needed from 11: pause before connecting again");
    app.footer(
        "Prints the arguments one a line; the hint about memory goes to standard error. Example:\n"
        "  qemu-system-x86_64 -m 4G -object memory-backend-memfd,id=ram,size=4G,share=on \\\n"
        "    -machine q35,memory-backend=ram $(laneway vf qemu-args vm1)");
  }

  ExitCode run(Session& session) override {
    const Result<Json> function = session.call("vf.show", {{"name", name_}});
    if (!function) return session.report(function.error());
    const std::string id = id_.empty() ? name_ : id_;
    const std::vector<std::string> arguments = qemu_arguments(guest_disk(*function), id, reconnect_ms_);
    if (session.wants_json()) {
      session.print_json({{"arguments", arguments}});
      return ExitCode::ok;
    }
    for (size_t i = 0; i + 1 < arguments.size(); i += 2)
      session.out() << arguments[i] << ' ' << arguments[i + 1] << '\n';
    session.err() << "The guest's memory must be shared: -object memory-backend-memfd,id=ram,size=RAM,share=on "
                     "-machine memory-backend=ram (RAM as in -m)\n";
    return ExitCode::ok;
  }

 private:
  std::string name_, id_;
  uint32_t reconnect_ms_ = 0;
};

}  // namespace

void add_function_guest_commands(CommandTree& tree) {
  CLI::App& group = *tree.root().get_subcommand("vf");
  tree.add<LibvirtXml>(group, "xml", "Prints the disk element for a libvirt domain");
  tree.add<QemuArgs>(group, "qemu-args", "Prints the arguments for a QEMU command line");
}

}  // namespace laneway
