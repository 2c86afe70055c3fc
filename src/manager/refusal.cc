#include "manager/refusal.h"

namespace laneway {

std::string_view status_title(unsigned status) {
  switch (status) {
    case 400:
      return "The request is wrong";
    case 401:
      return "Nobody is logged in";
    case 403:
      return "Not allowed";
    case 404:
      return "Not found";
    case 405:
      return "Not offered";
    case 409:
      return "In conflict with what is there";
    case 412:
      return "Changed meanwhile";
    case 415:
      return "Unknown form of content";
    case 428:
      return "A condition is needed";
    case 429:
      return "Too often";
    case 502:
      return "The other side refused";
    case 503:
      return "Not available now";
    case 504:
      return "No answer in time";
    default:
      return "An internal error";
  }
}

tl::unexpected<Refusal> refuse(unsigned status, std::string_view what, std::string_view remedy,
                               std::string_view field) {
  std::string detail(what);
  if (!remedy.empty()) detail += fmt::format("; {}", remedy);
  return tl::unexpected<Refusal>(Refusal{status, detail + ".", std::string(field), std::string(remedy), ""});
}

tl::unexpected<Refusal> refuse(unsigned status, const Finding& finding) {
  return refuse(status, fmt::format("Field '{}' {}", finding.field, finding.what), finding.remedy, finding.field);
}

unsigned http_status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return 400;
    case ErrorCode::permission_denied:
      return 403;
    case ErrorCode::not_found:
    case ErrorCode::already_exists:
    case ErrorCode::in_use:
    case ErrorCode::no_space:
    case ErrorCode::unsupported:
      return 409;
    case ErrorCode::refused:
    case ErrorCode::protocol:
      return 502;
    case ErrorCode::unreachable:
      return 503;
    case ErrorCode::timed_out:
      return 504;
    case ErrorCode::io:
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

tl::unexpected<Refusal> refuse(const Error& error) {
  return tl::unexpected<Refusal>(Refusal{http_status_of(error.code), error.message, "", "", ""});
}

HttpResponse response_of(const Refusal& refusal) {
  Json problem = {{"type", "about:blank"},
                  {"title", status_title(refusal.status)},
                  {"status", refusal.status},
                  {"detail", refusal.detail}};
  if (!refusal.field.empty()) problem["field"] = refusal.field;
  if (!refusal.remedy.empty()) problem["remedy"] = refusal.remedy;
  if (!refusal.task.empty()) problem["task"] = refusal.task;
  return {refusal.status, "application/problem+json", {}, to_line(problem)};
}

}  // namespace laneway
