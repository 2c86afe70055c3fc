#pragma once
// The difference of two specs, field by field, as people check it before they agree.
// Free functions. Any thread.

#include <iosfwd>
#include <string>
#include <vector>

#include "rpc/json.h"

namespace laneway {

struct FieldDifference {
  std::string field;  // "limits.iops_max", "paths[1].target"
  Json before;        // null: it was not there
  Json after;         // null: it is not there any more
};

std::vector<FieldDifference> differences(const Json& before, const Json& after);

// "  ~ field: before -> after", "  + field: after", "  - field: before", a line each.
void print_differences(const std::vector<FieldDifference>& all, std::ostream& out);

}  // namespace laneway
