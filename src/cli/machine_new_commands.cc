// laneway image list; volume import; vm create, delete: a machine from an image.
#include <fstream>
#include <ostream>

#include "cli/commands.h"
#include "cli/document_view.h"
#include "terminal/table.h"

namespace laneway {

namespace {

constexpr const char* kMachine = "MACHINE";

class ListImages final : public ApiCommand {
 public:
  explicit ListImages(CLI::App& app) { app.footer("Example:\n  laneway image list"); }

  ExitCode run(ApiSession& session) override {
    const Result<Json> images = session.get("/images");
    if (!images) return session.report(images.error());
    const Json& items = member(*images, "items");
    if (session.wants_data()) session.print_data(items);
    if (session.wants_data()) return ExitCode::ok;
    Table table({{"NAME"}, {"SIZE", Table::Align::right}});
    for (const Json& image : items) {
      table.add({text_at(image, "name"), value_text(member(image, "size_bytes"), ValueStyle::size)});
    }
    table.print(session.out());
    return ExitCode::ok;
  }
};

class ImportImage final : public ApiCommand {
 public:
  explicit ImportImage(CLI::App& app) {
    app.add_option("name", name_, "The volume: a file that no function uses")->required()->type_name("VOLUME");
    app.add_option("image", image_, "The image, of laneway image list")->required()->type_name("IMAGE");
    change_.set_wait(3600);
    change_.add_wait_to(app, true);
    app.footer(
        "What the volume's file held is gone. laneway task cancel takes it back while it runs.\n"
        "Example:\n  laneway volume import vm1-root debian-12-generic-amd64.qcow2");
  }

  ExitCode run(ApiSession& session) override {
    const auto end = change_.confirm(session, fmt::format("Replace what volume {} holds by {}?", name_, image_));
    if (end) return *end;
    const Result<ApiAnswer> done = change_.carry_out(
        session,
        {.verb = "POST", .path = path_of(*find_noun("volume"), name_) + "/import", .body = {{"image", image_}}});
    if (!done) return change_.report(session, done.error());
    if (!session.wants_data()) session.out() << fmt::format("volume {} holds {}\n", name_, image_);
    return ExitCode::ok;
  }

 private:
  std::string name_, image_;
  Change change_;
};

class CreateMachine final : public ApiCommand {
 public:
  explicit CreateMachine(CLI::App& app) {
    app.add_option("name", name_, "Name of the new one: letters, digits, '.', '_' and '-', at most 64")->required();
    app.add_option("--cpus", cpus_, "Processors")->type_name("N")->capture_default_str();
    add_size(app, "--memory", memory_bytes_, "Memory")->required();
    app.add_option("--function", functions_, "A disk of it, several in their order; it starts from the first")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name(kFunctionName);
    app.add_option("--network", network_, "none, user (outward only), bridge:NAME or network:NAME")
        ->type_name("KIND[:NAME]");
    app.add_flag("--autostart", is_autostart_, "libvirt starts it with the host");
    app.add_flag("--huge-pages", has_huge_pages_, "Of the host's pool of them");
    numa_ = app.add_option("--numa-node", numa_node_, "Whose memory and processors it has")->type_name("N");
    app.add_option("--user", user_, "cloud-init: a user that may become root")->type_name("NAME");
    app.add_option("--ssh-key-file", key_files_, "cloud-init: public keys of that user, a line each")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name(kFilePath);
    app.add_option("--hostname", hostname_, "cloud-init: its name (default: that of the machine)");
    app.add_flag("--start", is_started_, "Switch it on");
    change_.add_wait_to(app, false);
    app.footer(
        "Example:\n"
        "  laneway vm create vm1 --cpus 2 --memory 2G --function vm1-root --network user --user anna \\\n"
        "    --ssh-key-file ~/.ssh/id_ed25519.pub --start");
  }

  ExitCode run(ApiSession& session) override {
    Json spec = {{"cpus", cpus_}, {"memory_bytes", memory_bytes_}, {"functions", functions_}};
    if (!network_.empty()) spec["network"] = network();
    if (is_autostart_) spec["autostart"] = true;
    if (has_huge_pages_) spec["huge_pages"] = true;
    if (*numa_) spec["numa_node"] = numa_node_;
    Result<Json> told = cloud_init();
    if (!told) return session.report_usage(told.error().message);
    Json body = {{"name", name_}, {"spec", spec}, {"start", is_started_}};
    if (!told->empty()) body["cloud_init"] = *told;
    const Result<ApiAnswer> made = change_.carry_out(session, {.verb = "POST", .path = "/machines", .body = body});
    if (!made) return change_.report(session, made.error());
    if (!session.wants_data()) session.out() << fmt::format("vm {} is {}\n", name_, is_started_ ? "started" : "there");
    if (!session.wants_data()) return ExitCode::ok;
    const Result<Json> document = session.get(path_of(*find_noun("machine"), name_));
    if (!document) return session.report(document.error());
    session.print_data(*document);
    return ExitCode::ok;
  }

 private:
  Json network() const {
    const size_t colon = network_.find(':');
    Json network = {{"kind", network_.substr(0, colon)}};
    if (colon != std::string::npos) network["name"] = network_.substr(colon + 1);
    return network;
  }

  Result<Json> cloud_init() const {
    Json told = Json::object();
    if (!user_.empty()) told["user"] = user_;
    if (!hostname_.empty()) told["hostname"] = hostname_;
    for (const std::string& path : key_files_) {
      std::ifstream file(path);
      if (!file) return fail(ErrorCode::invalid_argument, "{} cannot be read; check its path.", path);
      for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line[0] != '#') told["ssh_keys"].push_back(line);
      }
    }
    return told;
  }

  std::string name_, network_, user_, hostname_;
  uint32_t cpus_ = 1;
  uint32_t numa_node_ = 0;
  uint64_t memory_bytes_ = 0;
  std::vector<std::string> functions_, key_files_;
  bool is_autostart_ = false;
  bool has_huge_pages_ = false;
  bool is_started_ = false;
  CLI::Option* numa_ = nullptr;
  Change change_;
};

class DeleteMachine final : public ApiCommand {
 public:
  explicit DeleteMachine(CLI::App& app) {
    app.add_option("name", name_, "The machine")->required()->type_name(kMachine);
    app.add_flag("--force", is_forced_, "Also one that is on");
    change_.add_wait_to(app, true);
    app.footer("What its disks hold stays: functions and volumes. Example:\n  laneway vm delete vm1");
  }

  ExitCode run(ApiSession& session) override {
    const std::string path = path_of(*find_noun("machine"), name_);
    const Result<Json> before = session.get(path);
    if (!before) return session.report(before.error());
    const std::string state = text_at(member(*before, "status"), "state");
    if (const auto end = change_.confirm(session, fmt::format("Delete vm {} ({})?", name_, state))) return *end;
    const Result<ApiAnswer> gone =
        change_.carry_out(session, {.verb = "DELETE", .path = path + (is_forced_ ? "?force=true" : "")});
    if (!gone) return change_.report(session, gone.error());
    if (!session.wants_data()) session.out() << fmt::format("vm {} is gone\n", name_);
    return ExitCode::ok;
  }

 private:
  std::string name_;
  bool is_forced_ = false;
  Change change_;
};

}  // namespace

void add_machine_new_commands(ApiCommands& tree) {
  CLI::App& vm = group_of(tree, "vm");
  tree.add<CreateMachine>(vm, "create", "Makes a machine of functions as its disks");
  tree.add<DeleteMachine>(vm, "delete", "Deletes a machine; its disks stay");
  tree.add<ImportImage>(group_of(tree, "volume"), "import", "Copies an image into a volume that is a file");
  CLI::App& image = tree.add_group("image", "Images of the host that volumes can be made of");
  tree.add<ListImages>(image, "list", "Lists the images");
}

}  // namespace laneway
