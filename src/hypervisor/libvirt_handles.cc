#include "hypervisor/libvirt_handles.h"

#include <span>

namespace laneway {

namespace {

ErrorCode code_of(int libvirt_code) {
  switch (libvirt_code) {
    case VIR_ERR_NO_DOMAIN:
      return ErrorCode::not_found;
    case VIR_ERR_DOM_EXIST:
      return ErrorCode::already_exists;
    case VIR_ERR_OPERATION_INVALID:
    case VIR_ERR_RESOURCE_BUSY:
      return ErrorCode::in_use;
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_ACCESS_DENIED:
    case VIR_ERR_OPERATION_DENIED:
      return ErrorCode::permission_denied;
    case VIR_ERR_OPERATION_UNSUPPORTED:
    case VIR_ERR_CONFIG_UNSUPPORTED:
    case VIR_ERR_NO_SUPPORT:
      return ErrorCode::unsupported;
    case VIR_ERR_OPERATION_TIMEOUT:
    case VIR_ERR_AGENT_UNRESPONSIVE:
      return ErrorCode::timed_out;
    case VIR_ERR_NO_CONNECT:
    case VIR_ERR_INVALID_CONN:
    case VIR_ERR_RPC:
      return ErrorCode::unreachable;
    case VIR_ERR_XML_ERROR:
    case VIR_ERR_XML_DETAIL:
    case VIR_ERR_INVALID_ARG:
      return ErrorCode::invalid_argument;
    default:
      return ErrorCode::refused;
  }
}

}  // namespace

std::vector<DomainRef> take_domains(virDomain** list, int count) {
  std::vector<DomainRef> domains;
  for (virDomain* domain : std::span(list, static_cast<size_t>(count))) domains.emplace_back(domain);
  std::free(static_cast<void*>(list));
  return domains;
}

tl::unexpected<Error> libvirt_failure(const std::string& doing) {
  const virError* const error = virGetLastError();
  if (error == nullptr || error->message == nullptr)
    return fail(ErrorCode::refused, "{}; libvirt gave no reason.", doing);
  std::string words = error->message;
  while (!words.empty() && (words.back() == '\n' || words.back() == '.')) words.pop_back();
  const ErrorCode code = code_of(error->code);
  virResetLastError();
  return fail(code, "{}: {}.", doing, words);
}

}  // namespace laneway
