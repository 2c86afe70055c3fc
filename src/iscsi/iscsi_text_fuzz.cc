// Text of a target: pairs, numbers, binary values, target lists and addresses stay within their bounds, and what the
// login machine makes of an answer never exceeds them.
#include "iscsi/discovery.h"
#include "iscsi/login.h"
#include "iscsi/text.h"

namespace {

using namespace laneway;
using namespace laneway::iscsi;

void read_pairs(std::string_view text) {
  TextReader reader(text);
  size_t read = 0;
  while (const auto key = reader.next()) {
    LW_ASSERT(!key->name.empty() && key->name.size() <= kTextNameBytesMax && key->value.size() <= kTextValueBytesMax);
    read += key->name.size() + 1 + key->value.size();
    LW_ASSERT(read <= text.size());
    (void)decode_number(key->value);
    (void)decode_yes_no(key->value);
    const auto binary = decode_binary(key->value, 64);
    LW_ASSERT(!binary || (!binary->empty() && binary->size() <= 64));
    if (binary) LW_ASSERT(decode_binary(encode_binary(*binary), 64) == binary);
    LW_ASSERT(printable(key->value).size() <= 64);
    LW_ASSERT(!is_iscsi_name(key->value) || key->value.size() <= kIscsiNameBytesMax);
  }
}

void list_targets(std::string_view text) {
  const auto targets = decode_send_targets(text);
  if (!targets) return;
  LW_ASSERT(targets->size() <= kDiscoveredTargetsMax);
  for (const DiscoveredTarget& target : *targets) {
    LW_ASSERT(is_iscsi_name(target.name) && target.portals.size() <= kDiscoveredPortalsMax);
    for (const DiscoveredPortal& portal : target.portals) LW_ASSERT(!portal.host.empty() && portal.port != 0);
  }
}

// The first byte chooses credentials; then answers of one byte of flags, one of length, and text.
void log_in(ByteView script) {
  SessionOptions options;
  options.initiator_name = "iqn.a";
  options.target_name = "iqn.b";
  options.chap.fill_challenge = [](ByteSpan out) { std::fill(out.begin(), out.end(), uint8_t{7}); };
  if ((script[0] & 1) != 0) options.chap.initiator = {"a", "b"};
  if ((script[0] & 3) == 3) options.chap.target = {"c", "d"};
  if ((script[0] & 4) != 0) options.header_digest = options.data_digest = DigestPolicy::prefer_crc32c;
  script = script.subspan(1);
  Login login(options);
  while (script.size() >= 2) {
    const size_t length = std::min<size_t>(script[1], script.size() - 2);
    const LoginResponsePdu response{.is_transit = (script[0] & 0x80) != 0,
                                    .is_continued = (script[0] & 0x40) != 0,
                                    .current_stage = login.stage(),
                                    .next_stage = login.next_stage(),
                                    .tsih = 1,
                                    .status_class = static_cast<uint8_t>(script[0] >> 4 & 3)};
    const auto next = login.take(response, text_of(script.subspan(2, length)));
    if (!next || *next != Login::Next::send) return;
    LW_ASSERT(login.text().size() <= kTextValueBytesMax);
    script = script.subspan(2 + length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(ByteView(data, size));
  read_pairs(text);
  list_targets(text);
  (void)decode_target_address(text);
  if (size > 0) log_in(ByteView(data, size));
  return 0;
}
