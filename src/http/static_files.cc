#include "http/static_files.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/bytes.h"
#include "base/fd.h"
#include "http/problem.h"

namespace laneway {

namespace {

namespace fs = std::filesystem;

struct Extension {
  std::string_view name;
  std::string_view type;
};
constexpr std::array kExtensions = std::to_array<Extension>({
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/plain; charset=utf-8"},
    {".yaml", "application/yaml"},
    {".xml", "application/xml"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".gif", "image/gif"},
    {".webp", "image/webp"},
    {".ico", "image/vnd.microsoft.icon"},
    {".woff", "font/woff"},
    {".woff2", "font/woff2"},
    {".ttf", "font/ttf"},
    {".wasm", "application/wasm"},
});

std::string_view type_of(std::string_view extension) {
  for (const Extension& each : kExtensions) {
    if (each.name == extension) return each.type;
  }
  return "application/octet-stream";
}

// Of the content alone: the same on every host and after every start.
std::string etag_of(std::string_view content) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  const ByteView bytes = bytes_of_text(content);
  (void)::SHA256(bytes.data(), bytes.size(), digest.data());
  std::string etag = "\"";
  for (size_t i = 0; i < 16; ++i) etag += fmt::format("{:02x}", digest[i]);
  return etag + '"';
}

Result<std::string> read_plain(const fs::path& path, uint64_t bytes_max) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  std::string content;
  std::array<char, 64 * 1024> piece;
  ssize_t count = file ? 1 : -1;
  while (count > 0) {
    count = ::read(file.get(), piece.data(), piece.size());
    if (count > 0) content.append(piece.data(), static_cast<size_t>(count));
    if (content.size() > bytes_max) {
      return fail(ErrorCode::no_space, "The files of the console are more than {} MiB; name the right directory.",
                  StaticFiles::kBytesMax >> 20);
    }
  }
  if (count < 0) {
    return fail(ErrorCode::permission_denied, "{} cannot be read: {}; check its permissions.", path.string(),
                errno_text(errno));
  }
  return content;
}

bool has_extension(std::string_view path) {
  const size_t slash = path.rfind('/');
  return path.find('.', slash == std::string_view::npos ? 0 : slash) != std::string_view::npos;
}

// If-None-Match: a list of tags, perhaps weak, or a star.
bool is_known(std::string_view if_none_match, std::string_view etag) {
  return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos;
}

}  // namespace

Result<std::unique_ptr<StaticFiles>> StaticFiles::open(const std::string& directory) {
  auto made = std::unique_ptr<StaticFiles>(new StaticFiles());
  std::error_code error;
  uint64_t room = kBytesMax;
  fs::recursive_directory_iterator at(directory, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const fs::path& path = at->path();
    const bool is_hidden = path.filename().string().front() == '.';
    const fs::file_status status = at->symlink_status(error);
    if (is_hidden && fs::is_directory(status)) at.disable_recursion_pending();
    if (is_hidden || !fs::is_regular_file(status)) continue;
    Result<std::string> content = read_plain(path, room);
    if (!content) return pass_on(content);
    room -= content->size();
    if (made->files_.size() == kFilesMax) {
      return fail(ErrorCode::no_space, "{} holds more than {} files; name the right directory.", directory, kFilesMax);
    }
    File file{std::move(*content), std::string(type_of(path.extension().string())), ""};
    file.etag = etag_of(file.content);
    made->files_.emplace("/" + fs::relative(path, directory, error).generic_string(), std::move(file));
  }
  if (error) {
    return fail(ErrorCode::not_found, "The console's directory {} cannot be read: {}; name the directory of its files.",
                directory, error.message());
  }
  return made;
}

const StaticFiles::File* StaticFiles::find(const std::string& path) const {
  auto found = files_.find(path.back() == '/' ? path + "index.html" : path);
  if (found == files_.end() && !has_extension(path)) found = files_.find("/index.html");
  return found == files_.end() ? nullptr : &found->second;
}

HttpResponse StaticFiles::answer(const HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse refused = problem_response({.status = 405, .detail = "Files can only be read."});
    refused.headers.emplace_back("allow", "GET, HEAD");
    return refused;
  }
  const File* const file = request.path.empty() ? nullptr : find(request.path);
  if (file == nullptr) {
    return problem_response({.status = 404, .detail = fmt::format("There is no file {}.", request.path)});
  }
  HttpResponse response{.status = 200, .content_type = file->content_type};
  response.headers.emplace_back("etag", file->etag);
  // Files below assets/ carry a hash of their content in their names.
  const bool is_immutable = request.path.rfind("/assets/", 0) == 0;
  response.headers.emplace_back("cache-control", is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (is_known(request.header("if-none-match"), file->etag)) {
    response.status = 304;
  } else {
    response.body = file->content;
  }
  return response;
}

}  // namespace laneway
