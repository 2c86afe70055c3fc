#include "cli/spec_options.h"

#include <algorithm>
#include <charconv>

#include "cli/yaml_text.h"
#include "terminal/option_kinds.h"
#include "terminal/size_text.h"

namespace laneway {

namespace {

constexpr const char* kSpecGroup = "Spec";

std::string without_unit(const std::string& field) {
  for (const char* unit : {"_s", "_bytes", "_ms"}) {
    if (field.ends_with(unit)) return field.substr(0, field.size() - std::string_view(unit).size());
  }
  return field;
}

bool is_size(const std::string& field) { return field.ends_with("_bytes"); }

uint64_t whole_number(const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  throw CLI::ValidationError(text + " is no whole number; give one such as 8");
}

uint64_t value_of(const std::string& field, const std::string& text) {
  if (text == "none" || (text == "never" && field.ends_with("_s"))) return 0;
  if (!is_size(field)) return whole_number(text);
  const std::optional<uint64_t> size = parse_size(text);
  if (size) return *size;
  throw CLI::ValidationError(text + " is no size; give a number with K, M, G or T, such as 10G");
}

std::vector<std::string> words_of(const Json& choices) {
  std::vector<std::string> words;
  for (const Json& choice : choices) {
    const std::string* text = choice.get_ptr<const std::string*>();
    words.push_back(text != nullptr ? *text : to_line(choice));
  }
  return words;
}

// What completion offers for a text: names of resources.
const char* kind_of_name(const std::string& field) {
  if (field == "volume") return "VOLUME";
  if (field == "policy") return "POLICY";
  if (field == "target") return kTargetName;
  return field.ends_with("path") ? kFilePath : "TEXT";
}

// Puts the value at "a.b.c".
void put_at(Json& object, const std::string& field, Json value) {
  Json* at = &object;
  size_t begin = 0;
  for (size_t dot = field.find('.'); dot != std::string::npos; dot = field.find('.', begin)) {
    at = &(*at)[field.substr(begin, dot - begin)];
    if (!at->is_object()) *at = Json::object();
    begin = dot + 1;
  }
  (*at)[field.substr(begin)] = std::move(value);
}

}  // namespace

std::string option_of(const std::string& field) {
  std::string name = without_unit(field);
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

void SpecOptions::add_to(CLI::App& app, const SpecSchema& schema, const std::string& kind,
                         const std::set<std::string>& without) {
  for (const auto& [key, property] : member(schema.spec_of(kind), "properties").items()) {
    if (without.contains(key)) continue;
    if (key == "limits") {
      limits_.add_to(app, kind == "policy" ? LimitOptions::For::group : LimitOptions::For::function_alone);
      continue;
    }
    const Json& shape = schema.resolve(property);
    const std::string own = text_at(property, "description");
    std::string description = own.empty() ? text_at(shape, "description") : own;
    const Json& fallback =
        member(property, "default").is_null() ? member(shape, "default") : member(property, "default");
    if (fallback.is_number() || (fallback.is_string() && !fallback.get_ref<const std::string&>().empty())) {
      description += fmt::format("{}(default: {})", description.empty() ? "" : " ",
                                 fallback.is_string() ? fallback.get_ref<const std::string&>() : to_line(fallback));
    }
    add_field(app, key, shape, description);
  }
  add_set(app);
}

Json SpecOptions::given() const {
  Json all = given_;
  Json limits = Json::object();
  limits_.put_into(limits);
  all.merge_patch(limits);
  return all;
}

void SpecOptions::add_field(CLI::App& app, const std::string& key, const Json& shape, const std::string& description) {
  const std::string type = text_at(shape, "type");
  const std::string option = option_of(key);
  const Json& choices = member(shape, "enum");
  if (type == "boolean") {
    const std::string name = option + ",!--no-" + option.substr(2);
    app.add_flag_function(
           name, [this, key](std::int64_t count) { given_[key] = count > 0; }, description)
        ->group(kSpecGroup);
    return;
  }
  if (choices.is_array()) {
    const bool is_number = type == "integer";
    const auto read = [this, key, is_number](const std::string& text) {
      given_[key] = is_number ? Json(whole_number(text)) : Json(text);
      return true;
    };
    std::string names;
    for (const std::string& word : words_of(choices)) names += (names.empty() ? "" : "|") + word;
    app.add_option_function<std::string>(option, read, description)
        ->check(CLI::IsMember(words_of(choices)).description(""))
        ->type_name(names)
        ->group(kSpecGroup);
    return;
  }
  if (type == "integer") return add_number(app, key, description);
  if (type != "string") return;  // --set, or a command's own option
  const auto read = [this, key](const std::string& text) {
    given_[key] = text == "none" ? "" : text;
    return true;
  };
  app.add_option_function<std::string>(option, read, description)->type_name(kind_of_name(key))->group(kSpecGroup);
}

void SpecOptions::add_number(CLI::App& app, const std::string& key, const std::string& description) {
  const auto read = [this, key](const std::string& text) {
    given_[key] = value_of(key, text);
    return true;
  };
  app.add_option_function<std::string>(option_of(key), read, description)
      ->type_name(is_size(key)          ? kSize
                  : key.ends_with("_s") ? "SECONDS"
                                        : "N")
      ->group(kSpecGroup);
}

void SpecOptions::add_set(CLI::App& app) {
  const auto read = [this](const std::vector<std::string>& all) {
    for (const std::string& text : all) {
      const size_t equals = text.find('=');
      if (equals == 0 || equals == std::string::npos) {
        throw CLI::ValidationError("--set " + text + " has no value; give FIELD=VALUE, such as limits.iops_max=5000");
      }
      put_at(given_, text.substr(0, equals), scalar_of(text.substr(equals + 1)));
    }
    return true;
  };
  app.add_option_function<std::vector<std::string>>(
         "--set", read,
         "Any field of the spec as the API calls it, such as limits.iops_max=5000; no value: its default")
      ->type_name("FIELD=VALUE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(kSpecGroup);
}

}  // namespace laneway
