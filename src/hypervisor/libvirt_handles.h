#pragma once
// Owners of libvirt's objects, and its errors as ours. Libvirt keeps the last error for each thread: it is taken right
// after the call that failed. Only for .cc files and headers of this module that speak with libvirt.

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "base/result.h"

namespace laneway {

struct LibvirtCloser {
  void operator()(virConnect* connection) const { (void)virConnectClose(connection); }
  void operator()(virDomain* domain) const { (void)virDomainFree(domain); }
  void operator()(char* text) const { std::free(text); }  // libvirt's way to give a text
};
using ConnectionRef = std::unique_ptr<virConnect, LibvirtCloser>;
using DomainRef = std::unique_ptr<virDomain, LibvirtCloser>;
using LibvirtText = std::unique_ptr<char, LibvirtCloser>;

// Takes over a list that libvirt made, and all that is in it.
std::vector<DomainRef> take_domains(virDomain** list, int count);

// What libvirt said last on this thread, as "DOING: WORDS." `doing` is a claim such as "Machine 'a' was not started".
[[nodiscard]] tl::unexpected<Error> libvirt_failure(const std::string& doing);

}  // namespace laneway
