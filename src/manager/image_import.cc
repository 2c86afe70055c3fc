#include "manager/image_import.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "manager/child_process.h"
#include "manager/rules.h"

namespace laneway {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLookEveryNs = 200 * kMillisecond;
constexpr size_t kInfoMaxBytes = 256 << 10;
constexpr size_t kOutputKeptBytes = 4096;
constexpr size_t kImagesMax = 10'000;

struct ImageFacts {
  std::string format;
  uint64_t size_bytes = 0;
};

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '.')) text.pop_back();
  return text.substr(text.find_last_of("\r\n") + 1);
}

Result<std::string> run_to_end(const std::vector<std::string>& words, const JobControl& control) {
  Result<ChildProcess> child = ChildProcess::start(words);
  if (!child) return pass_on(child);
  std::string output;
  while (output.size() < kInfoMaxBytes && child->read_some(output, kLookEveryNs)) {
    if (control.is_to_end()) return fail(ErrorCode::refused, "Nothing was done yet.");
  }
  if (output.size() >= kInfoMaxBytes) child->kill();
  const int code = child->wait();
  if (code == 0) return output;
  return fail(ErrorCode::refused, "{} ended with {}: {}.", words.front(), code, last_line(std::move(output)));
}

// An image is a stranger's: one that names further files of the host would bring their content into a guest.
Result<ImageFacts> look_at_image(const std::string& path, const JobControl& control) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return fail(ErrorCode::not_found, "{}: {}; see GET /images.", path, errno_text(errno));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid_argument, "{} is no file; give another image.", path);
  Result<std::string> output = run_to_end({"qemu-img", "info", "--output=json", "-U", path}, control);
  if (!output) return pass_on(output);
  Result<Json> info = parse_json(*output, kInfoMaxBytes);
  if (!info) return fail(ErrorCode::protocol, "{}: qemu-img did not say what it is; convert it to raw first.", path);
  ImageFacts facts{text_at(*info, "format"), number_at(*info, "virtual-size")};
  if (facts.format != "raw" && facts.format != "qcow2") {
    return fail(ErrorCode::unsupported, "{} is an image of the kind '{}'; convert it to raw or qcow2 first.", path,
                facts.format);
  }
  const bool is_part =
      output->find("backing-filename") != std::string::npos || output->find("data-file") != std::string::npos;
  if (is_part) {
    return fail(ErrorCode::unsupported,
                "{} needs other files; make it whole first: qemu-img convert -O qcow2 {} WHOLE.", path, path);
  }
  if (facts.size_bytes == 0) return fail(ErrorCode::invalid_argument, "{} is empty; give another image.", path);
  return facts;
}

Result<void> io_failure(const std::string& path) {
  return fail(ErrorCode::io, "{} was not written: {}; see to its folder.", path, errno_text(errno));
}

class ImportJob final : public MachineJob {
 public:
  ImportJob(std::string volume, std::string image) : volume_(std::move(volume)), image_(std::move(image)) {}
  Result<void> run(const MachineParts& parts, JobControl& control) override {
    const std::string source = parts.images_folder + "/" + image_;
    Result<ImageFacts> image = look_at_image(source, control);
    if (!image) return pass_on(image);
    const std::optional<Resource> volume = parts.catalog.find(Kind::volume, volume_);
    if (!volume) return fail(ErrorCode::not_found, "There is no volume '{}' any more.", volume_);
    const std::string path = text_at(volume->spec, "path");
    const uint64_t size_bytes = number_at(volume->spec, "size_bytes");
    if (size_bytes != 0 && size_bytes < image->size_bytes) {
      return fail(ErrorCode::no_space, "Volume '{}' has {} bytes and the image {}; make the volume larger.", volume_,
                  size_bytes, image->size_bytes);
    }
    control.note(fmt::format("Copies {} ({}, {} MiB).", image_, image->format, image->size_bytes >> 20));
    const std::string draft = path + ".import";
    Result<void> copied = copy(*image, source, draft, control);
    if (copied) copied = finish(draft, path, size_bytes);
    if (copied) copied = take_place(parts, draft, path);
    std::error_code ignored;
    if (!copied) fs::remove(draft, ignored);
    return copied;
  }

 private:
  static Result<void> copy(const ImageFacts& image, const std::string& source, const std::string& draft,
                           JobControl& control) {
    Result<ChildProcess> child = ChildProcess::start(
        {"qemu-img", "convert", "-p", "-t", "writeback", "-f", image.format, "-O", "raw", source, draft});
    if (!child) return pass_on(child);
    std::string output;
    while (child->read_some(output, kLookEveryNs)) {
      if (control.is_to_end()) return fail(ErrorCode::refused, "The volume is as it was.");
      if (output.size() > kOutputKeptBytes) output.erase(0, output.size() - kOutputKeptBytes);
      control.set_progress(percent_in(output) * 95 / 100);
    }
    const int code = child->wait();
    if (code == 0) return {};
    return fail(ErrorCode::io, "The image was not copied (qemu-img ended with {}): {}.", code,
                last_line(std::move(output)));
  }

  // As large as the volume is to be, of the folder's owner, and on the disk.
  static Result<void> finish(const std::string& draft, const std::string& path, uint64_t size_bytes) {
    const UniqueFd file(::open(draft.c_str(), O_RDWR | O_CLOEXEC));
    struct stat status {};
    struct stat folder {};
    const std::string parent = fs::path(path).parent_path().string();
    if (!file || ::fstat(file.get(), &status) != 0 || ::stat(parent.c_str(), &folder) != 0) return io_failure(draft);
    const bool is_short = size_bytes > static_cast<uint64_t>(status.st_size);
    if (is_short && ::ftruncate(file.get(), static_cast<off_t>(size_bytes)) != 0) return io_failure(draft);
    // The engine, another user, serves it.
    const bool is_given = folder.st_uid == ::geteuid() || ::fchown(file.get(), folder.st_uid, folder.st_gid) == 0;
    if (!is_given || ::fchmod(file.get(), 0660) != 0 || ::fsync(file.get()) != 0) return io_failure(draft);
    return {};
  }

  // Nobody can begin to use the volume meanwhile.
  Result<void> take_place(const MachineParts& parts, const std::string& draft, const std::string& path) const {
    const auto held = parts.ledger.hold();
    if (!functions_on_volume(volume_, parts.catalog).empty()) {
      return fail(ErrorCode::in_use, "Volume '{}' is used by a function meanwhile; delete that, and import again.",
                  volume_);
    }
    if (::rename(draft.c_str(), path.c_str()) != 0) return io_failure(path);
    std::optional<Resource> volume = parts.catalog.find(Kind::volume, volume_);
    if (!volume) return {};
    // The engine uses the file as it is, and makes none.
    volume->notes["is_made"] = true;
    return parts.ledger.set_notes(*volume);
  }

  const std::string volume_;
  const std::string image_;
};

}  // namespace

Result<std::vector<ImageEntry>> list_images(const std::string& folder) {
  std::vector<ImageEntry> images;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code ignored;
    const std::string name = entry.path().filename().string();
    const bool is_image = entry.is_regular_file(ignored) && !name.starts_with('.');
    if (is_image && images.size() < kImagesMax) images.push_back({name, entry.file_size(ignored)});
  }
  if (error) {
    return fail(ErrorCode::io, "{} was not read: {}; make the folder, or name another with --images-dir.", folder,
                error.message());
  }
  std::sort(images.begin(), images.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return images;
}

std::unique_ptr<MachineJob> make_import_job(const std::string& volume, const std::string& image) {
  return std::make_unique<ImportJob>(volume, image);
}

uint64_t percent_in(std::string_view output) {
  const size_t open = output.rfind('(');
  if (open == std::string_view::npos) return 0;
  const std::string_view text = output.substr(open + 1);
  const size_t digit = std::min(text.find_first_not_of(' '), text.size());
  uint64_t percent = 0;
  (void)std::from_chars(text.data() + digit, text.data() + text.size(), percent);
  return std::min<uint64_t>(percent, 100);
}

}  // namespace laneway
