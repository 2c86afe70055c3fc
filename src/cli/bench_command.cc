// laneway bench: puts a load on vhost-user-blk sockets, of any server, and measures. It needs no lanewayd, and with
// sockets no engine of ours.
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <ostream>

#include "cli/commands.h"
#include "loadgen/core_distance.h"
#include "loadgen/load_report.h"
#include "loadgen/load_run.h"
#include "loadgen/own_cost.h"

namespace laneway {

namespace {

std::atomic<bool> is_interrupted{false};

void interrupt(int) { is_interrupted = true; }

// A disk takes at least five; what the hard limit allows is ours to use.
void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

constexpr const char* kBenchFooter =
    "Attaches as a guest's driver would, so no guest may be attached meanwhile. Works with every vhost-user-blk "
    "server.\n"
    "Reads unless told otherwise; whatever writes needs --overwrite and destroys what is on the disk.\n"
    "Examples:\n"
    "  laneway bench vm1 --depth 1\n"
    "  laneway bench /run/laneway/vf/vm1.sock --client sleeping --rate 20000\n"
    "  laneway bench a.sock b.sock --block-size 128K --pattern sequential --cpus 2,3 --threads 2\n"
    "  laneway bench a.sock b.sock --idle --time 10\n"
    "  laneway bench a.sock --verify --reads 50 --overwrite --span 1G\n"
    "  laneway bench --self-test --cpus 2,3";

class Bench final : public ApiCommand {
 public:
  explicit Bench(CLI::App& app) {
    app.add_option("socket", load_.sockets, "Sockets of the disks, or names of functions (asked of lanewayd)")
        ->type_name(kFunctionName);
    describe_work(app);
    describe_client(app);
    describe_time(app);
    app.add_flag("--self-test", is_self_test_,
                 "Measure the load generator itself, without a disk, at --depth or at three");
    app.add_option("--core-distance", distance_cpus_, "Measure a cache line's round trip between two CPUs")
        ->delimiter(',')
        ->expected(2)
        ->type_name("CPU,CPU");
    app.footer(kBenchFooter);
  }

  ExitCode run(ApiSession& session) override {
    if (!distance_cpus_.empty()) return run_distance(session);
    load_.is_sequential = pattern_ == "sequential";
    load_.is_sleeping = client_ == "sleeping";
    load_.layout = layout_ == "direct"     ? ChainLayout::direct
                   : layout_ == "indirect" ? ChainLayout::indirect
                                           : ChainLayout::automatic;
    load_.wants_event_idx = !without_event_idx_;
    load_.wants_inflight = !without_inflight_;
    load_.run_ns = static_cast<uint64_t>(run_s_ * static_cast<double>(kSecond));
    load_.warm_up_ns = static_cast<uint64_t>(warm_up_s_ * static_cast<double>(kSecond));
    load_.answer_limit_ns = static_cast<uint64_t>(answer_limit_s_ * static_cast<double>(kSecond));
    if (is_self_test_) return run_self_test(session);
    for (std::string& socket : load_.sockets) {
      if (socket.find('/') != std::string::npos || socket.ends_with(".sock")) continue;
      const Result<Json> shape = session.function_shape(socket);
      if (!shape) return session.report(shape.error());
      socket = text_at(*shape, "socket_path");
    }
    if (const auto checked = load_.check(); !checked) return session.report_usage(checked.error().message);
    return run_on_disks(session);
  }

 private:
  void describe_work(CLI::App& app) {
    add_size(app, "--block-size", load_.block_bytes, "Bytes a request (default 4K)");
    add_size(app, "--segment-size", load_.segment_bytes, "Longest data descriptor (default: the whole block)");
    app.add_option("--reads", load_.read_percent, "Percent of requests that read; the rest writes")
        ->check(CLI::Range(0u, 100u).description(""))
        ->capture_default_str();
    add_choice(app, "--pattern", pattern_, "Order of the blocks", {"random", "sequential"})->capture_default_str();
    add_size(app, "--offset", load_.offset_bytes, "Where the used part of the disk begins (default 0)");
    add_size(app, "--span", load_.span_bytes, "Length of the used part (default: to the end)");
    app.add_flag("--verify", load_.is_verifying, "Write stamped blocks, check every read, read all back at the end");
    app.add_flag("--overwrite", load_.may_overwrite, "Yes, destroy what is on the disk");
    app.add_option("--seed", load_.seed, "Of the random order")->capture_default_str();
  }
  void describe_client(CLI::App& app) {
    depth_ = app.add_option("--depth", load_.depth, "Requests in flight a queue")->capture_default_str();
    app.add_option("--queues", load_.queues, "Queues a disk")->capture_default_str();
    app.add_option("--queue-size", load_.queue_size, "Entries of a ring, a power of two")->capture_default_str();
    add_choice(app, "--client", client_, "Poll the rings, or sleep until called", {"polling", "sleeping"})
        ->capture_default_str();
    add_choice(app, "--descriptors", layout_, "How requests lie in the ring (auto: direct where they fit)",
               {"auto", "direct", "indirect"})
        ->capture_default_str();
    app.add_flag("--no-event-idx", without_event_idx_, "Do not use EVENT_IDX");
    app.add_flag("--no-inflight", without_inflight_,
                 "Keep no in-flight region (INFLIGHT_SHMFD), so the server keeps its own");
    app.add_flag("--idle", load_.is_idle, "Attach, start the rings and ask for nothing: what idle disks cost");
    add_size(app, "--memory", load_.memory_bytes, "Guest memory to share, at least (default: what the rings take)");
    app.add_option("--rate", load_.rate_iops,
                   "Fixed load: requests a second of all disks together (default: no limit)");
    app.add_option("--threads", load_.threads, "Client threads")->capture_default_str();
    app.add_option("--cpus", load_.cpus, "CPUs of the client threads, in turn")->delimiter(',')->type_name("CPU,...");
    app.add_option("--server-pid", load_.server_pid, "Whose CPU time to count (default: who listens on the socket)");
  }
  void describe_time(CLI::App& app) {
    const auto add = [&app](const char* name, double& seconds, const char* description) {
      app.add_option(name, seconds, description)
          ->check(CLI::Range(0.0, 1e6).description(""))
          ->type_name("SECONDS")
          ->capture_default_str();
    };
    add("--time", run_s_, "Measured time");
    add("--warm-up", warm_up_s_, "Load before it, not counted");
    add("--answer-limit", answer_limit_s_, "A disk that answers nothing for this long has failed");
  }

  ExitCode run_on_disks(ApiSession& session) {
    allow_many_descriptors();
    struct sigaction action {};
    action.sa_handler = interrupt;
    action.sa_flags = static_cast<int>(SA_RESETHAND);  // a second Ctrl-C ends the program
    ::sigaction(SIGINT, &action, nullptr);
    const Result<LoadResult> result = run_load(load_, &is_interrupted);
    if (!result) return failed(session, result.error());
    if (session.wants_data()) {
      session.out() << to_json(load_, *result).dump(2) << '\n';
    } else {
      session.out() << to_text(load_, *result);
    }
    return result->is_clean() ? ExitCode::ok : ExitCode::refused;
  }

  ExitCode run_self_test(ApiSession& session) {
    std::vector<uint32_t> depths = {1, 32, 128};
    if (depth_->count() > 0) depths = {load_.depth};
    const Result<OwnCost> result = measure_own_cost(load_, depths);
    if (!result) return failed(session, result.error());
    if (session.wants_data()) {
      session.out() << to_json(*result).dump(2) << '\n';
    } else {
      session.out() << to_text(*result);
    }
    return ExitCode::ok;
  }

  ExitCode run_distance(ApiSession& session) {
    const Result<CoreDistance> distance = measure_core_distance(distance_cpus_[0], distance_cpus_[1]);
    if (!distance) return failed(session, distance.error());
    if (session.wants_data()) {
      session.print_data({{"round_trip_median_ns", distance->median_ns},
                          {"round_trip_min_ns", distance->min_ns},
                          {"round_trip_max_ns", distance->max_ns}});
    } else {
      session.out() << fmt::format("CPU {} to {} and back: {} ns (median; {} to {})\n", distance_cpus_[0],
                                   distance_cpus_[1], distance->median_ns, distance->min_ns, distance->max_ns);
    }
    return ExitCode::ok;
  }

  static ExitCode failed(ApiSession& session, const Error& error) {
    session.say(error.message);
    return error.code == ErrorCode::invalid_argument ? ExitCode::usage : ExitCode::refused;
  }

  LoadOptions load_;
  CLI::Option* depth_ = nullptr;
  std::string pattern_ = "random";
  std::string client_ = "polling";
  std::string layout_ = "auto";
  bool without_event_idx_ = false;
  bool without_inflight_ = false;
  bool is_self_test_ = false;
  std::vector<int> distance_cpus_;
  double run_s_ = 10;
  double warm_up_s_ = 1;
  double answer_limit_s_ = 30;
};

}  // namespace

void add_bench_command(ApiCommands& tree) {
  tree.add<Bench>(tree.root(), "bench", "Measures vhost-user disks, ours and others', as a guest's driver would");
}

}  // namespace laneway
