#include "keeper/manifest.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

#include "keeper/packet.h"

namespace laneway {

namespace {

struct ManifestWire {
  uint64_t magic;
  uint64_t note;
  uint32_t key_bytes;
  uint32_t descriptors;
  uint32_t bytes;
  uint32_t reserved;
};
static_assert(sizeof(ManifestWire) == 32);

constexpr uint64_t kMagic = 0x31306d6574494e4c;  // "LNItem01"
constexpr size_t kFileBytesMax = sizeof(ManifestWire) + kKeyBytesMax + kItemDescriptorsMax * 8 + kItemBytesMax;

void append(std::vector<uint8_t>& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

}  // namespace

std::vector<uint8_t> encode_manifest(const Manifest& manifest) {
  const ManifestWire wire{kMagic,
                          manifest.note,
                          static_cast<uint32_t>(manifest.key.size()),
                          static_cast<uint32_t>(manifest.descriptors.size()),
                          static_cast<uint32_t>(manifest.bytes.size()),
                          0};
  std::vector<uint8_t> out;
  append(out, bytes_of(wire));
  append(out, bytes_of_text(manifest.key));
  for (const uint64_t number : manifest.descriptors) append(out, bytes_of(number));
  append(out, manifest.bytes);
  return out;
}

Result<Manifest> decode_manifest(const std::vector<uint8_t>& bytes) {
  ManifestWire wire{};
  if (!copy_out(bytes, 0, wire) || wire.magic != kMagic) return fail(ErrorCode::protocol, "no manifest of ours");
  if (wire.key_bytes > kKeyBytesMax || wire.descriptors > kItemDescriptorsMax || wire.bytes > kItemBytesMax ||
      bytes.size() != sizeof(wire) + wire.key_bytes + wire.descriptors * sizeof(uint64_t) + wire.bytes) {
    return fail(ErrorCode::protocol, "a manifest of {} bytes that says otherwise", bytes.size());
  }
  ByteView rest = ByteView(bytes).subspan(sizeof(wire));
  Manifest manifest;
  manifest.key = text_of(rest.first(wire.key_bytes));
  if (!is_key(manifest.key)) return fail(ErrorCode::protocol, "a manifest without a key");
  manifest.note = wire.note;
  rest = rest.subspan(wire.key_bytes);
  for (uint32_t i = 0; i < wire.descriptors; ++i) {
    manifest.descriptors.push_back(load_le<uint64_t>(rest, i * sizeof(uint64_t)));
  }
  rest = rest.subspan(wire.descriptors * sizeof(uint64_t));
  manifest.bytes.assign(rest.begin(), rest.end());
  return manifest;
}

Result<UniqueFd> write_manifest(const Manifest& manifest) {
  UniqueFd file(::memfd_create("laneway-item", MFD_CLOEXEC));
  const std::vector<uint8_t> bytes = encode_manifest(manifest);
  if (file && ::pwrite(file.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size())) return file;
  return fail(ErrorCode::no_space, "no memory file: {}", errno_text(errno));
}

Result<Manifest> read_manifest(const UniqueFd& file) {
  struct stat found {};
  if (::fstat(file.get(), &found) != 0 || !S_ISREG(found.st_mode) || found.st_size < 0 ||
      static_cast<size_t>(found.st_size) > kFileBytesMax) {
    return fail(ErrorCode::protocol, "no memory file of ours");
  }
  std::vector<uint8_t> bytes(static_cast<size_t>(found.st_size));
  if (::pread(file.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return fail(ErrorCode::io, "a memory file that cannot be read");
  }
  return decode_manifest(bytes);
}

void write_note(const UniqueFd& file, uint64_t note) {
  (void)::pwrite(file.get(), &note, sizeof(note), offsetof(ManifestWire, note));
}

}  // namespace laneway
