#pragma once
// The status of a resource before anything was measured: just made, or just loaded from the store. Of users and tokens
// it is all there is: it follows from what lanewayd remembers of them. Free functions. Any thread.

#include "manager/resource.h"

namespace laneway {

Json first_status(const Resource& resource);

}  // namespace laneway
