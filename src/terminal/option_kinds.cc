#include "terminal/option_kinds.h"

#include <fmt/ranges.h>

#include <filesystem>

#include "terminal/size_text.h"

namespace laneway {

CLI::Option* add_choice(CLI::App& app, const std::string& name, std::string& value, const std::string& description,
                        const std::vector<std::string>& choices) {
  return app.add_option(name, value, description)
      ->check(CLI::IsMember(choices).description(""))
      ->type_name(fmt::format("{}", fmt::join(choices, "|")));
}

CLI::Option* add_size(CLI::App& app, const std::string& name, uint64_t& bytes, const std::string& description) {
  const auto read = [&bytes](const std::string& text) {
    const std::optional<uint64_t> size = parse_size(text);
    if (size) bytes = *size;
    if (!size) throw CLI::ValidationError(text + " is no size; give a number with K, M, G or T, such as 10G");
    return true;
  };
  return app.add_option_function<std::string>(name, read, description)->type_name(kSize);
}

std::string program_of(const CLI::App& app) {
  const CLI::App* root = &app;
  while (root->get_parent() != nullptr) root = root->get_parent();
  return root->get_name();
}

std::string absolute_path(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(path, failed);
  return failed ? path : absolute.lexically_normal().string();
}

}  // namespace laneway
