#pragma once
// Images of disks (raw or qcow2, in one folder of the host) copied into volumes that are files. The volume's file is
// the former one or the whole image, never a part. A job; on its thread.

#include <memory>
#include <string>

#include "manager/machine_jobs.h"

namespace laneway {

struct ImageEntry {
  std::string name;
  uint64_t size_bytes = 0;  // of the file
};
// The files of the folder that could be images, by name.
Result<std::vector<ImageEntry>> list_images(const std::string& folder);

// `image` is a name in the folder.
std::unique_ptr<MachineJob> make_import_job(const std::string& volume, const std::string& image);

// "(12.34/100%)" at the end of what qemu-img says: 12.
uint64_t percent_in(std::string_view output);

}  // namespace laneway
