#pragma once
// How the API's documents look to people: a list as a table by its noun's columns, one document as pairs and tables.
// Free functions. One thread.

#include <iosfwd>
#include <string>

#include "cli/nouns.h"
#include "rpc/json.h"

namespace laneway {

// The member at "a.b.c"; null where there is none.
const Json& field_at(const Json& document, std::string_view field);
std::string value_text(const Json& value, ValueStyle style);

void print_list(const Noun& noun, const Json& items, bool is_wide, std::ostream& out);
// What it is, what is wanted and how it is.
void print_document(const Noun& noun, const Json& document, std::ostream& out);

}  // namespace laneway
