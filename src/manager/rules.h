#pragma once
// Rules between resources that schemas cannot say: what a spec names must be there, what is in use is not deleted, what
// cannot change under a guest does not change. Free functions over the catalog, with the ledger held. Any thread.

#include "manager/catalog.h"
#include "manager/refusal.h"

namespace laneway {

// `before` is null where it is new.
Answer<void> check_rules(const Resource& next, const Resource* before, const Catalog& catalog);
Answer<void> check_unused(const Resource& resource, const Catalog& catalog);
// No machine would lose its disk.
Answer<void> check_detached(const Resource& resource, const Catalog& catalog);

// Names of what uses it.
std::vector<std::string> functions_on_volume(std::string_view volume, const Catalog& catalog);
std::vector<std::string> functions_with_policy(std::string_view policy, const Catalog& catalog);
std::vector<std::string> volumes_on_target(std::string_view target, const Catalog& catalog);

// Takes limits of 0, which mean none, out of a spec: one limit is written in one way.
void drop_empty_limits(Json& spec);

}  // namespace laneway
