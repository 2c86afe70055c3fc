// Bytes become requests of operations that the API's document has, with values that it describes and some that it does
// not; whatever they are, the API answers, and as documented.
#include <cstdint>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "manager/testing/api_stage.h"

namespace laneway {
namespace {

// Draws from the input; zeroes when it is used up.
class Draw {
 public:
  Draw(const uint8_t* bytes, size_t size) : bytes_(bytes), size_(size) {}
  uint8_t byte() { return at_ < size_ ? bytes_[at_++] : 0; }
  size_t below(size_t bound) { return bound == 0 ? 0 : (byte() * 256u + byte()) % bound; }
  bool is_at_end() const { return at_ >= size_; }
  std::string text(size_t most) {
    std::string out;
    for (size_t left = below(most); left > 0; --left) out += static_cast<char>(byte());
    return out;
  }

 private:
  const uint8_t* bytes_;
  size_t size_;
  size_t at_ = 0;
};

constexpr const char* kNames[] = {"a", "b", "iqn.2026-11.io.example:a", "a b", "", "admin"};

class Maker {
 public:
  Maker(const ApiDocument& document, Draw& draw) : document_(document), draw_(draw) {}

  Json value(const Json& reference, int depth) {
    const Json& schema = document_.resolve(reference);
    const uint8_t chance = draw_.byte();
    if (chance > 250) return wild();
    if (schema.contains("oneOf")) return value(schema["oneOf"][draw_.below(schema["oneOf"].size())], depth);
    if (schema.contains("enum")) return schema["enum"][draw_.below(schema["enum"].size())];
    const std::string type = text_at(schema, "type");
    if (type == "object") return object(schema, depth);
    if (type == "array") {
      Json out = Json::array();
      for (size_t left = draw_.below(3); left > 0; --left) out.push_back(value(member(schema, "items"), depth + 1));
      return out;
    }
    if (type == "boolean") return chance % 2 == 0;
    if (type == "integer") return number_at(schema, "minimum") + draw_.below(5000);
    return chance < 200 ? kNames[draw_.below(std::size(kNames))] : draw_.text(80);
  }

 private:
  Json wild() {
    const Json odd[] = {nullptr, -1, 1.5, UINT64_MAX, "", Json::array(), Json::object(), draw_.text(300)};
    return odd[draw_.below(std::size(odd))];
  }
  Json object(const Json& schema, int depth) {
    Json out = Json::object();
    for (const auto& [key, property] : member(schema, "properties").items()) {
      if (depth < 6 && draw_.byte() < 150) out[key] = value(property, depth + 1);
    }
    if (draw_.byte() > 250) out[draw_.text(12)] = wild();
    return out;
  }

  const ApiDocument& document_;
  Draw& draw_;
};

void send_one(ApiStage& stage, Draw& draw) {
  const ApiDocument& document = stage.plane().document();
  const ApiOperation& operation = document.operations()[draw.below(document.operations().size())];
  Maker maker(document, draw);
  Sent sent;
  sent.method = operation.verb;
  for (const std::string& segment : operation.segments) {
    sent.path += "/" + (segment.starts_with('{') ? kNames[draw.below(std::size(kNames))] : segment);
  }
  char mark = '?';
  for (const ApiParameter& parameter : operation.parameters) {
    if (parameter.name == "wait" || draw.byte() < 128) continue;
    const Json value = maker.value(*parameter.schema, 0);
    const std::string text = plain_text(value);
    if (parameter.place == "header") sent.headers.emplace_back(parameter.name, draw.byte() < 128 ? "*" : text);
    if (parameter.place == "query") sent.path += std::exchange(mark, '&') + parameter.name + "=" + text;
  }
  if (operation.body != nullptr) sent.body = maker.value(*operation.body, 0);
  if (operation.body != nullptr && draw.byte() > 240) sent.raw_body = draw.text(500);
  (void)stage.send(sent);
  LW_ASSERT(stage.last_mismatch.empty());
}

}  // namespace
}  // namespace laneway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  laneway::set_log_level(laneway::LogLevel::error);
  laneway::ApiStage stage;
  laneway::Draw draw(data, size);
  for (int requests = 0; requests < 20 && !draw.is_at_end(); ++requests) {
    laneway::send_one(stage, draw);
    if (draw.byte() < 60) stage.plane().reconciler().turn();
  }
  return 0;
}
