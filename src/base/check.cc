#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace laneway {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "laneway: internal error: '%s' does not hold at %s:%d; this is a defect, please report it\n",
               condition, file, line);
  std::abort();
}

}  // namespace laneway
