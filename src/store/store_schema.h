#pragma once
// What the store's file looks like inside: its application id, the versions of its tables and how an older version
// becomes the present one, and the checks that a file passes before it is used. One thread.

#include <cstdint>
#include <span>

#include "base/result.h"
#include "store/sqlite_connection.h"

namespace laneway {

constexpr uint64_t kStoreApplicationId = 0x4c6e5779;  // "LnWy"

// SQL that makes version N + 1 of version N, N being its place in the list. A released step never changes.
std::span<const char* const> store_migrations();

// Refuses what is no store of ours, is damaged, or is of a newer version than the last step makes. `is_thorough` also
// compares tables with their indexes. Changes nothing.
Result<void> check_store(const SqliteConnection& connection, size_t version_max, bool is_thorough);

// Brings a new or older file to the version after the last step, all or nothing.
Result<void> migrate_store(const SqliteConnection& connection, std::span<const char* const> migrations);

}  // namespace laneway
