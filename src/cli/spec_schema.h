#pragma once
// SpecSchema is what api/openapi.yaml says about specs: their fields, for the options of create and set, and their
// defaults, so that a short spec and the full one that lanewayd shows can be compared. Owned by the run. One thread.

#include <string>

#include "rpc/json.h"

namespace laneway {

class SpecSchema {
 public:
  SpecSchema();

  // The schema of a kind's spec ("function"), with references as they are; null where the API has none.
  const Json& spec_of(const std::string& kind) const;
  // What a reference stands for; anything else is itself.
  const Json& resolve(const Json& schema) const;
  // The schema that holds for this value: the branch of a choice that it names.
  const Json& branch_of(const Json& schema, const Json& value) const;

  // Adds the defaults of fields that the value does not have; null takes a field back to its default.
  void fill_in(const Json& schema, Json& value) const;
  // Takes away the fields that have their default.
  void strip(const Json& schema, Json& value) const;

 private:
  const Json& default_of(const Json& property) const;

  Json document_;
};

}  // namespace laneway
