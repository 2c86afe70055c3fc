#include "terminal/function_looks.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <ostream>

#include "base/clock.h"
#include "base/units.h"
#include "terminal/explain_view.h"
#include "terminal/guest_config.h"
#include "terminal/option_kinds.h"
#include "terminal/stats_view.h"

namespace laneway {

namespace {

void add_name(CLI::App& app, std::string& name) {
  app.add_option("name", name, "The function")->required()->type_name(kFunctionName);
}

void sort_by_time(Json& requests) {
  std::stable_sort(requests.begin(), requests.end(),
                   [](const Json& a, const Json& b) { return number_at(a, "total_us") > number_at(b, "total_us"); });
}

}  // namespace

StatsLook::StatsLook(CLI::App& app) {
  add_name(app, name_);
  app.footer("Counters since the function was opened. Example:\n  " + program_of(app) + " vf stats vm1");
}

ExitCode StatsLook::run(FunctionSession& session) {
  const Result<Json> stats = session.function_stats(name_);
  if (!stats) return session.report(stats.error());
  if (session.wants_data()) {
    session.print_data(*stats);
  } else {
    print_function_stats(*stats, session.out());
  }
  return ExitCode::ok;
}

TopLook::TopLook(CLI::App& app) {
  app.add_flag("--stages", has_stages_, "Show where requests spend their time (mean of each stage)");
  app.add_flag("--once", is_once_, "Measure one interval, print and end (as when the output is no terminal)");
  app.add_option("--interval", interval_s_, "Seconds between two looks")
      ->check(CLI::Range(1u, 3600u).description(""))
      ->type_name("SECONDS")
      ->capture_default_str();
  app.footer("Example:\n  " + program_of(app) + " vf top --stages\nEnds with Ctrl-C.");
}

ExitCode TopLook::run(FunctionSession& session) {
  const bool is_live = !is_once_ && !session.wants_data() && ::isatty(STDOUT_FILENO) == 1;
  TopSample before;
  if (const Result<void> taken = take(session, before); !taken) return session.report(taken.error());
  do {
    wait_for_interval();
    TopSample after;
    if (const Result<void> taken = take(session, after); !taken) return session.report(taken.error());
    const Json rates = top_rates(before, after);
    if (session.wants_data()) session.print_data(rates);
    if (is_live) session.out() << "\x1b[H\x1b[J";  // home, clear below
    if (!session.wants_data()) (has_stages_ ? print_top_stages : print_top)(rates, session.out());
    session.out().flush();
    before = std::move(after);
  } while (is_live);
  return ExitCode::ok;
}

Result<void> TopLook::take(FunctionSession& session, TopSample& sample) {
  Result<Json> stats = session.function_stats("");
  if (!stats) return pass_on(stats);
  sample.stats = std::move(*stats);
  MonotonicClock clock;
  sample.time_ns = clock.now_ns();
  return {};
}

void TopLook::wait_for_interval() const { (void)::poll(nullptr, 0, static_cast<int>(interval_s_ * 1000)); }

ExplainLook::ExplainLook(CLI::App& app) {
  add_name(app, name_);
  app.add_flag("--slowest", is_by_time_, "Show the slowest first, not the last");
  app.add_option("--count", count_, "How many requests to show at most")
      ->check(CLI::Range(1u, 10000u).description(""))
      ->type_name("N")
      ->capture_default_str();
  app.footer(
      "The last slow requests and the slowest of the last hour, and what each of them waited for.\n"
      "Example:\n  " +
      program_of(app) + " vf explain vm1");
}

ExitCode ExplainLook::run(FunctionSession& session) {
  Result<Json> explanation = session.function_explanation(name_);
  if (!explanation) return session.report(explanation.error());
  if (is_by_time_) sort_by_time((*explanation)["requests"]);
  if (session.wants_data()) {
    session.print_data(*explanation);
  } else {
    print_explanation(*explanation, count_, static_cast<uint64_t>(std::time(nullptr)), session.out());
  }
  return ExitCode::ok;
}

LibvirtXmlLook::LibvirtXmlLook(CLI::App& app) {
  add_name(app, name_);
  app.add_option("--dev", device_name_, "The disk's name in the domain")->capture_default_str();
  app.footer(
      "Example:\n"
      "  " +
      program_of(app) +
      " vf xml vm1 > disk.xml && virsh attach-device DOMAIN disk.xml --live\n"
      "The domain's memory must be shared: <memoryBacking> with a memfd source and shared access.");
}

ExitCode LibvirtXmlLook::run(FunctionSession& session) {
  const Result<Json> function = session.function_shape(name_);
  if (!function) return session.report(function.error());
  const std::string xml = libvirt_disk(guest_disk(*function), device_name_);
  if (session.wants_data()) {
    session.print_data({{"xml", xml}});
  } else {
    session.out() << xml;
  }
  return ExitCode::ok;
}

QemuArgsLook::QemuArgsLook(CLI::App& app) {
  add_name(app, name_);
  app.add_option("--id", id_, "The device's id in QEMU (default: the function's name)");
  app.add_option("--reconnect-ms", reconnect_ms_,
                 "For QEMU 9.2 and newer, needed from 11: pause before connecting again");
  app.footer(
      "Prints the arguments one a line; the hint about memory goes to standard error. Example:\n"
      "  qemu-system-x86_64 -m 4G -object memory-backend-memfd,id=ram,size=4G,share=on \\\n"
      "    -machine q35,memory-backend=ram $(" +
      program_of(app) + " vf qemu-args vm1)");
}

ExitCode QemuArgsLook::run(FunctionSession& session) {
  const Result<Json> function = session.function_shape(name_);
  if (!function) return session.report(function.error());
  const std::string id = id_.empty() ? name_ : id_;
  const std::vector<std::string> arguments = qemu_arguments(guest_disk(*function), id, reconnect_ms_);
  if (session.wants_data()) {
    session.print_data({{"arguments", arguments}});
    return ExitCode::ok;
  }
  for (size_t i = 0; i + 1 < arguments.size(); i += 2) session.out() << arguments[i] << ' ' << arguments[i + 1] << '\n';
  session.err() << "The guest's memory must be shared: -object memory-backend-memfd,id=ram,size=RAM,share=on "
                   "-machine memory-backend=ram (RAM as in -m)\n";
  return ExitCode::ok;
}

}  // namespace laneway
