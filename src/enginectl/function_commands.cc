// laneway-enginectl vf create, list, show, resize, delete
#include <charconv>
#include <optional>

#include "enginectl/commands.h"
#include "enginectl/function_view.h"
#include "terminal/limit_options.h"
#include "terminal/path_view.h"
#include "terminal/size_text.h"

namespace laneway {

namespace {

class CreateFunction final : public EngineCommand {
 public:
  explicit CreateFunction(CLI::App& app) {
    app.add_option("name", name_, "Name of the new function: letters, digits, '.', '_' and '-', at most 64")
        ->required();
    CLI::Option_group* disk = app.add_option_group("Disk", "What is behind the function (exactly one)");
    memory_ = add_size(*disk, "--memory", size_bytes_, "A sparse disk in memory; its content ends with the engine");
    null_ = add_size(*disk, "--null", size_bytes_, "A disk without content, to measure the path in front of a disk");
    file_ = disk->add_option("--file", path_, "A file or block device")->type_name(kFilePath);
    target_ =
        disk->add_option("--target", target_name_, "A LUN of this remembered iSCSI target")->type_name(kTargetName);
    disk->require_option(1);
    size_ = add_size(app, "--size", size_bytes_, "With --file: create the file with this size")->needs(file_);
    app.add_option("--lun", lun_, "With --target: the LUN's number")->needs(target_);
    add_paths(app, *disk);
    app.add_flag("--read-only", is_read_only_, "Refuse the guest's writes");
    app.add_option("--serial", serial_, "What the guest reads as the disk's serial, at most 20 characters");
    app.add_option("--queues", queues_, "Rings the guest may use")->capture_default_str();
    app.add_option("--reactors", reactors_,
                   "Reactors that share its queues, each with a session of its own to a target")
        ->capture_default_str();
    app.add_option("--queue-size", queue_size_, "Largest ring a guest may set up")->capture_default_str();
    add_choice(app, "--block-size", block_size_, "Sector size of a memory, null or file disk", {"512", "4096"});
    app.add_option("--socket", socket_path_, "Where the guest's front-end connects (default: RUN_DIR/vf/NAME.sock)")
        ->type_name(kFilePath);
    add_choice(app, "--cache", cache_, "When a write counts as finished", {"writeback", "writethrough"});
    app.add_option("--deadline", deadline_, "Seconds after which a request fails instead of waiting on, or never")
        ->capture_default_str();
    limits_.add_to(app, LimitOptions::For::function);
    app.footer(
        "Examples:\n"
        "  laneway-enginectl vf create scratch --memory 1G\n"
        "  laneway-enginectl vf create vm1 --file /srv/vm1.raw --size 20G\n"
        "  laneway-enginectl vf create vm2 --target vol1 --lun 1 --queues 8\n"
        "  laneway-enginectl vf create vm3 --path vol1/1@10.0.0.5 --path vol1/1@10.0.1.5\n"
        "Then attach it to a guest: laneway-enginectl vf qemu-args NAME, or laneway-enginectl vf xml NAME for "
        "libvirt.");
  }

  ExitCode run(EngineSession& session) override {
    if (*target_ && lun_ < 0)
      return session.report_usage("--target needs --lun; laneway-enginectl target show lists the LUNs.");
    Json paths = Json::array();
    for (const std::string& text : paths_) {
      Result<Json> path = decode_path_text(text);
      if (!path) return session.report_usage(path.error().message);
      paths.push_back(std::move(*path));
    }
    const std::optional<uint64_t> deadline_s = deadline_seconds();
    if (!deadline_s) return session.report_usage("--deadline takes a number of seconds, at least 1, or never.");
    Json all = params();
    all["deadline_s"] = *deadline_s;
    if (!paths.empty()) all["paths"] = std::move(paths);
    const Result<Json> created = session.call("vf.create", all, 120 * kSecond);
    if (!created) return session.report(created.error());
    if (session.wants_data()) {
      session.print_data(*created);
      return ExitCode::ok;
    }
    const std::string name = text_at(*created, "name");
    session.out() << fmt::format("Function {} serves {} ({}) on {}\n", name,
                                 size_text(number_at(*created, "capacity_bytes")), text_at(*created, "description"),
                                 text_at(*created, "socket_path"))
                  << fmt::format("Attach it: laneway-enginectl vf qemu-args {}, or laneway-enginectl vf xml {}\n", name,
                                 name);
    return ExitCode::ok;
  }

 private:
  void add_paths(CLI::App& app, CLI::Option_group& disk) {
    CLI::Option* const path =
        disk.add_option("--path", paths_, "TARGET/LUN[@HOST[:PORT]], once for each path to one disk")
            ->allow_extra_args(false)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    add_choice(app, "--path-policy", policy_, "How requests are spread over the paths",
               {"failover", "round-robin", "queue-depth", "service-time"})
        ->needs(path);
    failback_ = app.add_option("--failback", failback_s_,
                               "Seconds a path that failed has to be well before its use (default: 10)")
                    ->needs(path);
    app.add_flag("--one-task-set", is_one_task_set_,
                 "Targets with different names are ports of one logical unit: a reset over one ends the tasks of all")
        ->needs(path);
  }

  // 0: never.
  std::optional<uint64_t> deadline_seconds() const {
    if (deadline_ == "never") return 0;
    uint64_t seconds = 0;
    const char* const end = deadline_.data() + deadline_.size();
    const auto [stop, failure] = std::from_chars(deadline_.data(), end, seconds);
    if (failure != std::errc() || stop != end || seconds == 0) return std::nullopt;
    return seconds;
  }

  Json params() const {
    Json params = {{"name", name_},
                   {"read_only", is_read_only_},
                   {"queues", queues_},
                   {"queue_size", queue_size_},
                   {"cache", cache_}};
    params["backend"] = *memory_ ? "memory" : *null_ ? "null" : *file_ ? "file" : "iscsi";
    if (*memory_ || *null_ || *size_) params["capacity_bytes"] = size_bytes_;
    if (*file_) params["path"] = absolute_path(path_);
    if (*target_) params["target"] = target_name_;
    if (*target_) params["lun"] = lun_;
    if (!policy_.empty()) params["path_policy"] = policy_;
    if (*failback_) params["failback_s"] = failback_s_;
    if (is_one_task_set_) params["one_task_set"] = true;
    if (reactors_ != 1) params["reactors"] = reactors_;
    limits_.put_into(params);
    if (!serial_.empty()) params["serial"] = serial_;
    if (!socket_path_.empty()) params["socket_path"] = absolute_path(socket_path_);
    if (!block_size_.empty()) params["block_bytes"] = block_size_ == "4096" ? 4096 : 512;
    return params;
  }

  std::string name_, path_, target_name_, serial_, socket_path_, block_size_;
  std::string cache_ = "writeback";
  uint64_t size_bytes_ = 0;
  int64_t lun_ = -1;
  bool is_read_only_ = false;
  uint32_t queues_ = 4;
  uint32_t reactors_ = 1;
  uint32_t queue_size_ = 256;
  std::string deadline_ = "180";
  std::vector<std::string> paths_;
  std::string policy_;
  uint64_t failback_s_ = 10;
  bool is_one_task_set_ = false;
  CLI::Option* failback_ = nullptr;
  LimitOptions limits_;
  CLI::Option* memory_ = nullptr;
  CLI::Option* null_ = nullptr;
  CLI::Option* file_ = nullptr;
  CLI::Option* target_ = nullptr;
  CLI::Option* size_ = nullptr;
};

class ListFunctions final : public EngineCommand {
 public:
  explicit ListFunctions(CLI::App& app) { app.footer("Example:\n  laneway-enginectl vf list -o json"); }

  ExitCode run(EngineSession& session) override {
    const Result<Json> list = session.call("vf.list", Json::object());
    if (!list) return session.report(list.error());
    if (session.wants_data()) {
      session.print_data(*list);
      return ExitCode::ok;
    }
    print_function_list(member(*list, "functions"), session.out());
    return ExitCode::ok;
  }
};

class ShowFunction final : public EngineCommand {
 public:
  explicit ShowFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.footer("Example:\n  laneway-enginectl vf show vm1");
  }

  ExitCode run(EngineSession& session) override {
    const Result<Json> function = session.call("vf.show", {{"name", name_}});
    if (!function) return session.report(function.error());
    if (session.wants_data()) {
      session.print_data(*function);
      return ExitCode::ok;
    }
    print_function(*function, session.out());
    return ExitCode::ok;
  }

 private:
  std::string name_;
};

class ResizeFunction final : public EngineCommand {
 public:
  explicit ResizeFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    size_ = add_size(app, "size", size_bytes_, "The new size; without it the file or LUN is measured again");
    app.footer(
        "A running guest sees the new size at once. A LUN is resized on the array; then tell the function to look:\n"
        "  laneway-enginectl vf resize vm2\n"
        "A file or memory disk takes its size from here:\n"
        "  laneway-enginectl vf resize vm1 40G");
  }

  ExitCode run(EngineSession& session) override {
    Json params = {{"name", name_}};
    if (*size_) params["capacity_bytes"] = size_bytes_;
    const Result<Json> resized = session.call("vf.resize", params);
    if (!resized) return session.report(resized.error());
    if (session.wants_data()) {
      session.print_data(*resized);
      return ExitCode::ok;
    }
    session.out() << fmt::format("Function {} now has {} (before: {})\n", name_,
                                 size_text(number_at(*resized, "capacity_bytes")),
                                 size_text(number_at(*resized, "old_capacity_bytes")));
    return ExitCode::ok;
  }

 private:
  std::string name_;
  uint64_t size_bytes_ = 0;
  CLI::Option* size_ = nullptr;
};

class DeleteFunction final : public EngineCommand {
 public:
  explicit DeleteFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_flag("--force", is_forced_, "Also while a guest is attached; its disk goes away");
    app.footer("The file or LUN behind the function keeps its content.\nExample:\n  laneway-enginectl vf delete vm1");
  }

  ExitCode run(EngineSession& session) override {
    const Result<Json> deleted = session.call("vf.delete", {{"name", name_}, {"force", is_forced_}});
    if (!deleted) return session.report(deleted.error());
    if (session.wants_data()) {
      session.print_data(*deleted);
      return ExitCode::ok;
    }
    session.out() << fmt::format("Function {} is gone\n", name_);
    return ExitCode::ok;
  }

 private:
  std::string name_;
  bool is_forced_ = false;
};

class ReleaseFunction final : public EngineCommand {
 public:
  explicit ReleaseFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.footer(
        "A function is in quarantine where engines died while they restored its device. Release it once the cause is "
        "gone, for instance after an upgrade.\nExample:\n  laneway-enginectl vf release vm1");
  }

  ExitCode run(EngineSession& session) override {
    const Result<Json> released = session.call("vf.release", {{"name", name_}});
    if (!released) return session.report(released.error());
    if (session.wants_data()) {
      session.print_data(*released);
      return ExitCode::ok;
    }
    session.out() << fmt::format("Function {} is {}\n", name_, text_at(*released, "state"));
    return ExitCode::ok;
  }

 private:
  std::string name_;
};

}  // namespace

void add_function_commands(EngineCommands& tree) {
  CLI::App& group = tree.add_group("vf", "Virtual functions: disks that guests attach");
  tree.add<CreateFunction>(group, "create", "Makes a function and serves it on a socket");
  tree.add<ListFunctions>(group, "list", "Lists the functions");
  tree.add<ShowFunction>(group, "show", "Shows one function and the guest on it");
  tree.add<ResizeFunction>(group, "resize", "Changes a function's size, or looks how large its disk is now");
  tree.add<ReleaseFunction>(group, "release", "Serves a function in quarantine again");
  add_function_looks(tree, group);
  tree.add<DeleteFunction>(group, "delete", "Removes a function; its content stays where it is");
}

}  // namespace laneway
