// laneway volume create; laneway vf create, start, stop, limit, resize, move, release, and looks; list, show, set and
// delete are all nouns'.
#include <charconv>
#include <ostream>

#include "cli/commands.h"
#include "cli/disk_options.h"
#include "cli/spec_options.h"
#include "terminal/limit_view.h"
#include "terminal/size_text.h"

namespace laneway {

namespace {

const Noun& function() { return *find_noun("function"); }
const Noun& volume() { return *find_noun("volume"); }

constexpr const char* kNameRule = "Name of the new one: letters, digits, '.', '_' and '-', at most 64";

class CreateVolume final : public ApiCommand {
 public:
  explicit CreateVolume(CLI::App& app) {
    app.add_option("name", name_, kNameRule)->required();
    disk_.add_to(app, /*is_needed=*/true);
    change_.add_to(app, Change::Kind::harmless);
    app.footer(
        "Examples:\n"
        "  laneway volume create scratch --memory 1G\n"
        "  laneway volume create db --path vol1/1@10.0.0.5 --path vol1/1@10.0.1.5\n"
        "Then: laneway vf create NAME --volume VOLUME");
  }

  ExitCode run(ApiSession& session) override {
    Result<Json> spec = disk_.volume_spec();
    if (!spec) return session.report_usage(spec.error().message);
    return create_resource(session, change_, {volume(), name_, std::move(*spec)});
  }

 private:
  std::string name_;
  DiskOptions disk_;
  Change change_;
};

class CreateFunction final : public ApiCommand {
 public:
  CreateFunction(CLI::App& app, const SpecSchema& schema) {
    app.add_option("name", name_, kNameRule)->required();
    disk_.add_to(app, /*is_needed=*/false);
    spec_.add_to(app, schema, "function", {"desired", "socket_path"});
    app.add_option("--socket-path", socket_path_,
                   "Where the guest's front-end connects (default: RUN_DIR/vf/NAME.sock)")
        ->type_name(kFilePath);
    change_.add_to(app, Change::Kind::harmless);
    app.footer(
        "With --volume it serves that one; with --memory, --file, --target, ... a volume of its own name is made for "
        "it.\n"
        "Examples:\n"
        "  laneway vf create scratch --memory 1G\n"
        "  laneway vf create vm1 --file /srv/vm1.raw --size 20G\n"
        "  laneway vf create vm2 --target vol1 --lun 1 --queues 8\n"
        "  laneway vf create vm3 --volume db --policy gold\n"
        "Then attach it to a guest: laneway vf qemu-args NAME, or laneway vf xml NAME for libvirt.");
  }

  ExitCode run(ApiSession& session) override {
    Json spec = spec_.given();
    if (spec.contains("volume") == disk_.is_given()) {
      return session.report_usage(
          "Give one disk: --volume, --memory, --null, --file, --target or --path; --help explains.");
    }
    if (!socket_path_.empty()) spec["socket_path"] = absolute_path(socket_path_);
    const std::string next = fmt::format("Attach it: laneway vf qemu-args {0}, or laneway vf xml {0}", name_);
    if (!disk_.is_given()) return create_resource(session, change_, {function(), name_, std::move(spec), next});
    spec["volume"] = name_;
    Result<Json> disk = disk_.volume_spec();
    if (!disk) return session.report_usage(disk.error().message);
    return create_both(session, *disk, {function(), name_, std::move(spec), next});
  }

 private:
  // The volume of a function that was refused is not left behind.
  ExitCode create_both(ApiSession& session, const Json& disk, const Creation& creation) {
    const std::string volumes = std::string("/volumes") + (change_.is_dry_run() ? "?dry_run=true" : "");
    const Result<ApiAnswer> made =
        session.ask({.verb = "POST", .path = volumes, .body = {{"name", name_}, {"spec", disk}}});
    if (!made) return session.report(made.error());
    // A dry run of the function would miss the volume.
    if (change_.is_dry_run()) {
      session.print_data({{"volume", member(made->body, "spec")}, {"vf", creation.spec}});
      return ExitCode::ok;
    }
    const ExitCode code = create_resource(session, change_, creation);
    const bool is_new = made->status == 201;
    if (code != ExitCode::refused || !is_new) return code;
    if (session.get(path_of(function(), name_))) return code;  // it is there, and failed
    (void)session.ask({.verb = "DELETE", .path = path_of(volume(), name_)});
    return code;
  }

  std::string name_, socket_path_;
  DiskOptions disk_;
  SpecOptions spec_;
  Change change_;
};

// start and stop.
class SetDesired final : public ApiCommand {
 public:
  SetDesired(CLI::App& app, const char* desired) : desired_(desired), is_stop_(desired_ == "stopped") {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    change_.add_to(app, is_stop_ ? Change::Kind::destructive : Change::Kind::harmless);
    app.footer(fmt::format("Example:\n  laneway vf {} vm1", is_stop_ ? "stop" : "start"));
  }

  ExitCode run(ApiSession& session) override {
    if (is_stop_ && !change_.is_dry_run()) {
      const auto end = change_.confirm(session, fmt::format("Stop vf {}? A guest on it loses its disk.", name_));
      if (end) return *end;
    }
    return patch_resource(session, change_, {function(), name_, {{"desired", desired_}}});
  }

 private:
  const std::string desired_;
  const bool is_stop_;
  std::string name_;
  Change change_;
};

class LimitFunction final : public ApiCommand {
 public:
  explicit LimitFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    limits_.add_to(app, LimitOptions::For::function_alone);
    app.add_option("--policy", policy_, "The policy that limits it; none takes it out")->type_name("POLICY");
    change_.add_to(app, Change::Kind::harmless);
    app.footer(
        "Changes what is given, at once, also for requests that wait; shows the limits where nothing is given.\n"
        "Examples:\n"
        "  laneway vf limit vm1 --iops-max 5000 --iops-burst 20000 --burst-duration 10\n"
        "  laneway vf limit vm1 --policy gold --iops-min 500");
  }

  ExitCode run(ApiSession& session) override {
    Json spec = Json::object();
    limits_.put_into(spec);
    if (!policy_.empty()) spec["policy"] = policy_ == "none" ? "" : policy_;
    if (!spec.empty()) return patch_resource(session, change_, {function(), name_, spec});
    const Result<Json> document = session.get(path_of(function(), name_));
    if (!document) return session.report(document.error());
    const Result<Json> stats = session.function_stats(name_);
    if (!stats) return session.report(stats.error());
    Json shown = {{"name", name_},
                  {"limits", member(member(*document, "spec"), "limits")},
                  {"group", text_at(member(*document, "spec"), "policy")}};
    for (const char* key : {"waiting", "held", "held_ns"}) shown[key] = number_at(*stats, key);
    if (session.wants_data()) session.print_data(shown);
    if (!session.wants_data()) print_function_limits(shown, session.out());
    return ExitCode::ok;
  }

 private:
  std::string name_, policy_;
  LimitOptions limits_;
  Change change_;
};

class ResizeFunction final : public ApiCommand {
 public:
  explicit ResizeFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    size_ = add_size(app, "size", size_bytes_, "The new size; without it the file or LUN is measured again");
    change_.add_to(app, Change::Kind::harmless);
    app.footer(
        "A running guest sees the new size at once. A LUN is resized on the array; then tell the function to look. "
        "Examples:\n"
        "  laneway vf resize vm2\n"
        "A file or memory disk takes its size from here:\n"
        "  laneway vf resize vm1 40G");
  }

  ExitCode run(ApiSession& session) override {
    if (*size_) return resize_volume(session);
    const Result<ApiAnswer> sizes =
        session.ask({.verb = "POST", .path = path_of(function(), name_) + "/measure", .time_limit_ns = 160 * kSecond});
    if (!sizes) return session.report(sizes.error());
    if (session.wants_data()) session.print_data(sizes->body);
    if (session.wants_data()) return ExitCode::ok;
    session.out() << fmt::format("vf {} has {} (before: {})\n", name_,
                                 size_text(number_at(sizes->body, "capacity_bytes")),
                                 size_text(number_at(sizes->body, "old_capacity_bytes")));
    return ExitCode::ok;
  }

 private:
  ExitCode resize_volume(ApiSession& session) {
    const Result<Json> document = session.get(path_of(function(), name_));
    if (!document) return session.report(document.error());
    const std::string disk = text_at(member(*document, "spec"), "volume");
    return patch_resource(session, change_, {volume(), disk, {{"size_bytes", size_bytes_}}});
  }

  std::string name_;
  uint64_t size_bytes_ = 0;
  CLI::Option* size_ = nullptr;
  Change change_;
};

class MoveFunction final : public ApiCommand {
 public:
  explicit MoveFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_option("--queue", queue_, "A queue's number, or all")->required()->type_name("N|all");
    app.add_option("--reactor", reactor_, "The reactor's number, of laneway reactor list")->required();
    app.footer(
        "The guest does not notice. Until the next start of the engine.\n"
        "Example:\n  laneway vf move vm1 --queue 3 --reactor 1");
  }

  ExitCode run(ApiSession& session) override {
    Json body = {{"reactor", reactor_}};
    if (queue_ != "all") {
      uint32_t number = 0;
      const auto [end, failure] = std::from_chars(queue_.data(), queue_.data() + queue_.size(), number);
      if (failure != std::errc() || end != queue_.data() + queue_.size()) {
        return session.report_usage("--queue takes a queue's number, or all.");
      }
      body["queue"] = number;
    }
    const Result<ApiAnswer> moved =
        session.ask({.verb = "POST", .path = path_of(function(), name_) + "/move", .body = body});
    if (!moved) return session.report(moved.error());
    if (!session.wants_data()) session.out() << fmt::format("vf {} moved to reactor {}\n", name_, reactor_);
    return ExitCode::ok;
  }

 private:
  std::string name_, queue_;
  uint32_t reactor_ = 0;
};

class ReleaseFunction final : public ApiCommand {
 public:
  explicit ReleaseFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.footer(
        "A function is in quarantine where engines died while they restored its device. Release it once the cause is "
        "gone, for instance after an upgrade.\nExample:\n  laneway vf release vm1");
  }

  ExitCode run(ApiSession& session) override {
    const Result<ApiAnswer> released = session.ask({.verb = "POST", .path = path_of(function(), name_) + "/release"});
    if (!released) return session.report(released.error());
    if (!session.wants_data()) session.out() << fmt::format("vf {} is tried again\n", name_);
    return ExitCode::ok;
  }

 private:
  std::string name_;
};

}  // namespace

void add_volume_commands(ApiCommands& tree, const SpecSchema&) {
  tree.add<CreateVolume>(group_of(tree, "volume"), "create", "Makes a volume: a LUN, a file, memory");
}

void add_function_commands(ApiCommands& tree, const SpecSchema& schema) {
  CLI::App& group = group_of(tree, "vf");
  tree.add<CreateFunction>(group, "create", "Makes a function and serves it on a socket", schema);
  tree.add<SetDesired>(group, "start", "Serves a function that was stopped", "serving");
  tree.add<SetDesired>(group, "stop", "Serves it no more, until it is started", "stopped");
  tree.add<LimitFunction>(group, "limit", "Shows or changes a function's limits and its policy");
  tree.add<ResizeFunction>(group, "resize", "Changes a function's size, or looks how large its disk is now");
  tree.add<MoveFunction>(group, "move", "Serves a function's queues on another reactor");
  tree.add<ReleaseFunction>(group, "release", "Serves a function in quarantine again");
  add_function_looks(tree, group);
}

}  // namespace laneway
