#include "terminal/limit_options.h"

#include <charconv>
#include <cmath>

#include "terminal/option_kinds.h"
#include "terminal/size_text.h"

namespace laneway {

namespace {

constexpr const char* kNumber = "N";

constexpr const char* kGroup = "Limits";
constexpr double kSecondsMost = 24 * 3600;

// 0 stands for none in what the engine takes.
bool is_none(const std::string& text) { return text == "none" || text == "0"; }

uint64_t number_of(const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) {
    throw CLI::ValidationError(text + " is no number of requests; give one such as 5000, or none");
  }
  return number;
}

uint64_t milliseconds_of(const std::string& text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  if (!is_whole || !(seconds >= 0.001) || seconds > kSecondsMost) {
    throw CLI::ValidationError(text + " is no time in seconds; give one from 0.001 to 86400, or none");
  }
  return static_cast<uint64_t>(std::llround(seconds * 1000));
}

}  // namespace

void LimitOptions::add_number(CLI::App& app, const std::string& name, const char* field,
                              const std::string& description) {
  const auto read = [this, field](const std::string& text) {
    limits_[field] = is_none(text) ? 0 : number_of(text);
    return true;
  };
  app.add_option_function<std::string>(name, read, description)->type_name(kNumber)->group(kGroup);
}

void LimitOptions::add_bytes(CLI::App& app, const std::string& name, const char* field,
                             const std::string& description) {
  const auto read = [this, field](const std::string& text) {
    const std::optional<uint64_t> size = is_none(text) ? 0 : parse_size(text);
    if (!size) throw CLI::ValidationError(text + " is no size; give a number with K, M, G or T, such as 200M, or none");
    limits_[field] = *size;
    return true;
  };
  app.add_option_function<std::string>(name, read, description)->type_name(kSize)->group(kGroup);
}

void LimitOptions::add_to(CLI::App& app, For what) {
  add_number(app, "--iops-max", "iops_max", "Requests a second at most");
  add_number(app, "--read-iops-max", "read_iops_max", "Reads a second at most");
  add_number(app, "--write-iops-max", "write_iops_max", "Writes, flushes and discards a second at most");
  add_bytes(app, "--bytes-max", "bytes_max", "Bytes a second at most");
  add_bytes(app, "--read-bytes-max", "read_bytes_max", "Bytes read a second at most");
  add_bytes(app, "--write-bytes-max", "write_bytes_max", "Bytes written a second at most");
  add_number(app, "--iops-burst", "iops_burst", "Requests that may come beyond --iops-max after a quiet time");
  add_number(app, "--read-iops-burst", "read_iops_burst", "The same of reads");
  add_number(app, "--write-iops-burst", "write_iops_burst", "The same of writes");
  add_bytes(app, "--bytes-burst", "bytes_burst", "Bytes that may come beyond --bytes-max after a quiet time");
  add_bytes(app, "--read-bytes-burst", "read_bytes_burst", "The same of bytes read");
  add_bytes(app, "--write-bytes-burst", "write_bytes_burst", "The same of bytes written");
  const auto read_duration = [this](const std::string& text) {
    limits_["burst_duration_ms"] = is_none(text) ? 0 : milliseconds_of(text);
    return true;
  };
  app.add_option_function<std::string>("--burst-duration", read_duration,
                                       "Seconds over which a burst is let out at least (default: at once)")
      ->type_name("SECONDS")
      ->group(kGroup);
  if (what == For::group) return;
  add_number(app, "--iops-min", "iops_min", "Requests a second that the function gets however busy its group is");
  add_bytes(app, "--bytes-min", "bytes_min", "The same of bytes");
  if (what == For::function_alone) return;
  app.add_option_function<std::string>(
         "--group", [this](const std::string& name) { group_ = name == "none" ? "" : name; },
         "The group whose limits the function shares; none takes it out")
      ->type_name(kGroupName)
      ->group(kGroup);
}

void LimitOptions::put_into(Json& params) const {
  if (!limits_.empty()) params["limits"] = limits_;
  if (group_) params["group"] = *group_;
}

}  // namespace laneway
