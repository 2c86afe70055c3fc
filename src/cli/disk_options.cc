#include "cli/disk_options.h"

#include "terminal/option_kinds.h"
#include "terminal/path_view.h"

namespace laneway {

void DiskOptions::add_to(CLI::App& app, bool is_needed) {
  CLI::Option_group* disk = app.add_option_group("Disk", is_needed ? "What it is (exactly one)" : "What is behind it");
  memory_ = add_size(*disk, "--memory", size_bytes_, "A sparse disk in memory; its content ends with the engine");
  null_ = add_size(*disk, "--null", size_bytes_, "A disk without content, to measure the path in front of a disk");
  file_ = disk->add_option("--file", path_, "A file or block device of the host")->type_name(kFilePath);
  target_ = disk->add_option("--target", target_name_, "A LUN of this target")->type_name(kTargetName);
  add_paths(app, *disk);
  if (is_needed) disk->require_option(1);
  if (!is_needed) disk->require_option(0, 1);
  size_ = add_size(app, "--size", size_bytes_, "With --file: make the file with this size")->needs(file_);
  app.add_option("--lun", lun_, "With --target: the LUN's number")->needs(target_);
  add_choice(app, "--block-size", block_size_, "Sector size of a memory, null or file disk", {"512", "4096"});
}

void DiskOptions::add_paths(CLI::App& app, CLI::Option_group& disk) {
  path_option_ = disk.add_option("--path", paths_, "TARGET/LUN[@HOST[:PORT]], once for each path to one disk")
                     ->allow_extra_args(false)
                     ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_choice(app, "--path-policy", policy_, "How requests are spread over the paths",
             {"failover", "round-robin", "queue-depth", "service-time"});
  failback_ = app.add_option("--failback", failback_s_,
                             "Seconds a path that failed has to be well before its use (default: 10)");
  app.add_flag("--one-task-set", is_one_task_set_,
               "Targets with different names are ports of one logical unit: a reset over one ends the tasks of all");
}

bool DiskOptions::is_given() const { return *memory_ || *null_ || *file_ || *target_ || *path_option_; }

Result<Json> DiskOptions::volume_spec() const {
  if (*target_ || *path_option_) return lun_spec();
  Json spec = {{"kind", *memory_ ? "memory" : *null_ ? "null" : "file"}};
  if (*file_) spec["path"] = absolute_path(path_);
  if (!*file_ || *size_) spec["size_bytes"] = size_bytes_;
  if (!block_size_.empty()) spec["block_bytes"] = block_size_ == "4096" ? 4096 : 512;
  return spec;
}

Result<Json> DiskOptions::lun_spec() const {
  Json spec = {{"kind", "lun"}, {"paths", Json::array()}};
  if (*target_ && lun_ < 0) {
    return fail(ErrorCode::invalid_argument, "--target needs --lun; laneway target scan {} lists the LUNs.",
                target_name_);
  }
  if (*target_) spec["paths"].push_back({{"target", target_name_}, {"lun", lun_}});
  for (const std::string& text : paths_) {
    Result<Json> path = decode_path_text(text);
    if (!path) return path;
    spec["paths"].push_back(std::move(*path));
  }
  if (!policy_.empty()) spec["path_policy"] = policy_;
  if (*failback_) spec["failback_s"] = failback_s_;
  if (is_one_task_set_) spec["one_task_set"] = true;
  return spec;
}

}  // namespace laneway
