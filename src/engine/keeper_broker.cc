#include "engine/keeper_broker.h"

#include <netdb.h>

#include <cerrno>
#include <charconv>

#include "engine/keeper_question.h"

namespace laneway {

namespace {

constexpr uint64_t kPatienceNs = 70 * kSecond;  // the keeper gives up earlier

int errno_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::timed_out:
      return ETIMEDOUT;
    case ErrorCode::unreachable:
      return ENOTCONN;
    case ErrorCode::invalid_argument:
      return EINVAL;
    case ErrorCode::no_space:
    case ErrorCode::in_use:
      return EAGAIN;
    default:
      return EIO;
  }
}

}  // namespace

BrokerInPlace::BrokerInPlace() {
  auto broker = std::make_unique<KeeperBroker>();
  broker_ = broker.get();
  set_outside(std::move(broker));
}

Result<Answer> KeeperBroker::ask(KeeperLink& link, const BrokerRequest& request) const {
  return ask_keeper(link, PacketKind::ask, encode_broker_request(request), {}, kPatienceNs);
}

int KeeperBroker::ask_for_errno(KeeperLink& link, const BrokerRequest& request, UniqueFd* file) const {
  Result<Answer> answer = ask(link, request);
  if (!answer) return -errno_of(answer.error().code);
  int number = 0;
  const std::string& text = answer->text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return -EPROTO;
  if (number != 0) return -number;
  if (file == nullptr) return 0;
  if (answer->descriptors.size() != 1) return -EPROTO;
  *file = std::move(answer->descriptors.front());
  return 0;
}

int KeeperBroker::open(const std::string& path, int flags, UniqueFd& file) {
  KeeperLink* const keeper = link();
  if (keeper == nullptr) return Outside::open(path, flags, file);
  return ask_for_errno(*keeper, {BrokerCall::open, static_cast<uint32_t>(flags), path}, &file);
}

int KeeperBroker::unlink(const std::string& path) {
  KeeperLink* const keeper = link();
  if (keeper == nullptr) return Outside::unlink(path);
  return ask_for_errno(*keeper, {BrokerCall::unlink, 0, path}, nullptr);
}

int KeeperBroker::rename(const std::string& from, const std::string& to) {
  KeeperLink* const keeper = link();
  if (keeper == nullptr) return Outside::rename(from, to);
  return ask_for_errno(*keeper, {BrokerCall::rename, 0, from, to}, nullptr);
}

Result<UniqueFd> KeeperBroker::listen(const std::string& path, mode_t mode) {
  KeeperLink* const keeper = link();
  if (keeper == nullptr) return Outside::listen(path, mode);
  Result<Answer> answer = ask(*keeper, {BrokerCall::listen, mode, path});
  if (!answer) return pass_on(answer);
  if (answer->descriptors.size() != 1) return fail(ErrorCode::protocol, "the keeper gave no socket for {}", path);
  return std::move(answer->descriptors.front());
}

Result<std::vector<HostAddress>> KeeperBroker::resolve(const std::string& host, uint16_t port) {
  KeeperLink* const keeper = link();
  if (keeper == nullptr) return Outside::resolve(host, port);
  // An address as it stands needs no name server.
  if (Result<std::vector<HostAddress>> known = look_up_host(host, port, AI_NUMERICHOST); known) return known;
  Result<Answer> answer = ask(*keeper, {BrokerCall::resolve, port, host});
  if (!answer) return pass_on(answer);
  return decode_addresses(answer->text);
}

}  // namespace laneway
