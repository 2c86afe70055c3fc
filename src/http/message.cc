#include "http/message.h"

namespace laneway {

std::string_view HttpRequest::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

std::optional<std::string_view> HttpRequest::parameter(std::string_view name) const {
  for (const auto& [each, value] : parameters) {
    if (each == name) return value;
  }
  return std::nullopt;
}

}  // namespace laneway
