#pragma once
// At its first start lanewayd takes over what the engine has: targets, groups and functions become resources, with the
// settings that they have. Once for a store; what is made in the engine by hand later is left alone. Reconciler's
// thread; blocks for the store.

#include "manager/catalog.h"
#include "manager/engine_view.h"
#include "manager/ledger.h"

namespace laneway {

// Begins again where it was killed. Nothing where it was done before.
Result<void> adopt_engine(const EngineView& view, const Catalog& catalog, Ledger& ledger);

}  // namespace laneway
