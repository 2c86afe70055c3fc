#include "manager/seed_image.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/check.h"
#include "base/fd.h"

namespace laneway {

namespace {

constexpr size_t kSectorBytes = 2048;
constexpr uint32_t kVolumeSector = 16;  // what is before it is the system's (clause 6.2.1)
constexpr uint32_t kPathTableSector = 18;
constexpr uint32_t kRootSector = 20;
constexpr uint32_t kFilesSector = 21;
constexpr size_t kPathTableBytes = 10;
constexpr uint8_t kIsFolder = 2;

void append_little(std::string& text, uint32_t number, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xff);
}

void append_big(std::string& text, uint32_t number, size_t bytes) {
  for (size_t i = bytes; i > 0; --i) text += static_cast<char>(number >> (8 * (i - 1)) & 0xff);
}

// Clauses 7.2.3 and 7.3.3: in both orders.
void append_both(std::string& text, uint32_t number, size_t bytes) {
  append_little(text, number, bytes);
  append_big(text, number, bytes);
}

void append_padded(std::string& text, std::string_view words, size_t bytes, char filler = ' ') {
  text += words.substr(0, bytes);
  text.append(bytes - std::min(words.size(), bytes), filler);
}

void fill_sector(std::string& text) { text.append((kSectorBytes - text.size() % kSectorBytes) % kSectorBytes, '\0'); }

uint32_t sectors_of(size_t bytes) { return static_cast<uint32_t>((bytes + kSectorBytes - 1) / kSectorBytes); }

// Clause 9.1.
std::string directory_record(std::string_view name, uint32_t sector, size_t bytes, uint8_t flags) {
  std::string record(1, '\0');  // extended attributes: none
  append_both(record, sector, 4);
  append_both(record, static_cast<uint32_t>(bytes), 4);
  record += std::string("\x7e\x0b\x17\x00\x00\x00\x00", 7);  // 23 November 2026
  record += static_cast<char>(flags);
  record.append(2, '\0');
  append_both(record, 1, 2);
  record += static_cast<char>(name.size());
  record += name;
  if (record.size() % 2 == 0) record += '\0';  // the length byte before it makes it even
  return static_cast<char>(record.size() + 1) + record;
}

std::string root_record(std::string_view name) { return directory_record(name, kRootSector, kSectorBytes, kIsFolder); }

constexpr std::string_view kSelf("\0", 1);
constexpr std::string_view kParent("\1", 1);

// Clause 8.4.
std::string volume_descriptor(std::string_view label, uint32_t sectors) {
  std::string text(
      "\x01"
      "CD001\x01\0",
      8);
  append_padded(text, "", 32);
  append_padded(text, label, 32);
  text.append(8, '\0');
  append_both(text, sectors, 4);
  text.append(32, '\0');
  append_both(text, 1, 2);
  append_both(text, 1, 2);
  append_both(text, kSectorBytes, 2);
  append_both(text, kPathTableBytes, 4);
  append_little(text, kPathTableSector, 4);
  append_little(text, 0, 4);
  append_big(text, kPathTableSector + 1, 4);
  append_big(text, 0, 4);
  text += root_record(kSelf);
  append_padded(text, "", 4 * 128 + 3 * 37);
  for (int i = 0; i < 4; ++i) text += "0000000000000000" + std::string(1, '\0');  // times: not given
  text += std::string("\x01\0", 2);
  fill_sector(text);
  return text;
}

std::string path_table(bool is_big) {
  std::string text("\x01\0", 2);
  is_big ? append_big(text, kRootSector, 4) : append_little(text, kRootSector, 4);
  is_big ? append_big(text, 1, 2) : append_little(text, 1, 2);
  text.append(2, '\0');
  fill_sector(text);
  return text;
}

}  // namespace

std::string encode_seed_image(std::string_view label, const std::vector<SeedFile>& files) {
  LW_ASSERT(files.size() <= kSeedFilesMax);
  std::string folder = root_record(kSelf) + root_record(kParent);
  uint32_t sector = kFilesSector;
  for (const SeedFile& file : files) {
    folder += directory_record(file.name, sector, file.content.size(), 0);
    sector += sectors_of(file.content.size());
  }
  LW_ASSERT(folder.size() <= kSectorBytes);
  std::string image(kVolumeSector * kSectorBytes, '\0');
  image += volume_descriptor(label, sector);
  image += std::string(
      "\xff"
      "CD001\x01",
      7);
  fill_sector(image);
  image += path_table(false) + path_table(true) + folder;
  fill_sector(image);
  for (const SeedFile& file : files) {
    image += file.content;
    fill_sector(image);
  }
  return image;
}

std::vector<SeedFile> cloud_init_files(const std::string& instance, const Json& cloud_init) {
  const std::string hostname = text_at(cloud_init, "hostname", instance);
  Json config = {{"hostname", hostname}, {"ssh_pwauth", false}};
  const std::string user = text_at(cloud_init, "user");
  const Json& keys = member(cloud_init, "ssh_keys");
  if (!user.empty()) {
    config["users"] = Json::array({{{"name", user},
                                    {"shell", "/bin/bash"},
                                    {"sudo", "ALL=(ALL) NOPASSWD:ALL"},
                                    {"lock_passwd", true},
                                    {"ssh_authorized_keys", keys.is_array() ? keys : Json::array()}}});
  }
  const Json meta = {{"instance-id", instance}, {"local-hostname", hostname}};
  // In name order, as ECMA-119 wants it. JSON is YAML.
  return {{"meta-data", to_line(meta) + "\n"}, {"user-data", "#cloud-config\n" + to_line(config) + "\n"}};
}

Result<void> write_seed(const std::string& path, const std::string& image) {
  const std::string draft = path + ".new";
  const auto failed = [&] {
    return fail(ErrorCode::io, "{} was not written: {}; see to the folder.", path, errno_text(errno));
  };
  {
    const UniqueFd file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    const bool is_written = file &&
                            ::write(file.get(), image.data(), image.size()) == static_cast<ssize_t>(image.size()) &&
                            ::fsync(file.get()) == 0;
    if (!is_written) return failed();
  }
  if (::rename(draft.c_str(), path.c_str()) != 0) return failed();
  return {};
}

}  // namespace laneway
