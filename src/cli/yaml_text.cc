#include "cli/yaml_text.h"

#include <yaml-cpp/yaml.h>

#include <charconv>

namespace laneway {

namespace {

constexpr size_t kNodesMax = 200'000;  // aliases can make a small file large
constexpr uint32_t kDepthMax = kJsonDepthMax;

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_plain(const std::string& text) {
  if (text.empty() || !scalar_of(text).is_string()) return false;
  const bool is_word = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/@+-") ==
                       std::string::npos;
  // What YAML 1.1 takes for truth values, numbers or dates is in quotes for its readers.
  const bool is_letter = (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z') || text[0] == '/';
  return is_word && is_letter && text != "y" && text != "n" && text != "yes" && text != "no" && text != "on" &&
         text != "off";
}

std::string scalar_text(const Json& value) {
  const std::string* text = value.get_ptr<const std::string*>();
  if (text == nullptr) return to_line(value);
  return is_plain(*text) ? *text : to_line(value);  // JSON's quotes are YAML's
}

void write(const Json& value, size_t indent, std::string& out);

void write_member(const Json& value, size_t indent, std::string& out) {
  if (value.is_structured() && !value.empty()) {
    out += '\n';
    write(value, indent, out);
  } else {
    out += ' ' + scalar_text(value) + '\n';
  }
}

void write(const Json& value, size_t indent, std::string& out) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, each] : value.items()) {
      out += std::string(indent, ' ') + scalar_text(Json(key)) + ':';
      write_member(each, indent + 2, out);
    }
    return;
  }
  if (!value.is_array() || value.empty()) {
    out += std::string(indent, ' ') + scalar_text(value) + '\n';
    return;
  }
  for (const Json& each : value) {
    if (!each.is_structured() || each.empty()) {
      out += std::string(indent, ' ') + "- " + scalar_text(each) + '\n';
      continue;
    }
    std::string block;
    write(each, indent + 2, block);
    block.replace(indent, 1, "-");
    out += block;
  }
}

// Nodes of the library to values of ours, bounded.
class Reader {
 public:
  explicit Reader(const std::string& name) : name_(name) {}

  Result<Json> read(const YAML::Node& node, uint32_t depth) {
    if (++nodes_ > kNodesMax || depth > kDepthMax) {
      return fail(ErrorCode::invalid_argument, "{}, line {}: it is too large or too deep; split it.", name_,
                  line(node));
    }
    if (node.IsMap()) return read_map(node, depth);
    if (node.IsSequence()) {
      Json list = Json::array();
      for (const YAML::Node& each : node) {
        Result<Json> item = read(each, depth + 1);
        if (!item) return item;
        list.push_back(std::move(*item));
      }
      return list;
    }
    if (!node.IsScalar()) return Json();
    // A tag "!" is what the library gives to a text in quotes.
    return node.Tag() == "!" ? Json(node.Scalar()) : scalar_of(node.Scalar());
  }

 private:
  Result<Json> read_map(const YAML::Node& node, uint32_t depth) {
    Json map = Json::object();
    for (const auto& each : node) {
      if (!each.first.IsScalar()) {
        return fail(ErrorCode::invalid_argument, "{}, line {}: a key is no text; write NAME: VALUE.", name_,
                    line(each.first));
      }
      const std::string key = each.first.Scalar();
      if (map.contains(key)) {
        return fail(ErrorCode::invalid_argument, "{}, line {}: '{}' is there twice; keep one.", name_, line(each.first),
                    key);
      }
      Result<Json> value = read(each.second, depth + 1);
      if (!value) return value;
      map[key] = std::move(*value);
    }
    return map;
  }

  static int line(const YAML::Node& node) { return node.Mark().line + 1; }

  const std::string& name_;
  size_t nodes_ = 0;
};

}  // namespace

Json scalar_of(const std::string& text) {
  if (text.empty() || text == "~" || text == "null") return {};
  if (text == "true" || text == "false") return text == "true";
  const std::string_view digits = text[0] == '-' ? std::string_view(text).substr(1) : std::string_view(text);
  if (is_digits(digits) && (digits.size() == 1 || digits[0] != '0')) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
  }
  return text;
}

std::string to_yaml(const Json& value) {
  std::string out;
  write(value, 0, out);
  return out;
}

Result<Json> parse_yaml(const std::string& text, const std::string& name) {
  try {
    const YAML::Node node = YAML::Load(text);
    return Reader(name).read(node, 0);
  } catch (const YAML::Exception& error) {
    return fail(ErrorCode::invalid_argument, "{}, line {}: it is no YAML ({}); correct it.", name, error.mark.line + 1,
                error.msg);
  }
}

}  // namespace laneway
