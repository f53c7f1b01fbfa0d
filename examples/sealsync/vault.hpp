#ifndef SEALSYNC_CLI_VAULT_HPP
#define SEALSYNC_CLI_VAULT_HPP

#include "any_storage.hpp"
#include "counted_storage.hpp"
#include "folder_policy.hpp"

#include <sealsync/clock/system_clock.hpp>
#include <sealsync/ext/botan/botan_cipher.hpp>
#include <sealsync/ext/sqlite/sqlite_replica.hpp>
#include <sealsync/sync_engine.hpp>

namespace cli {

using store_type = counted_storage<any_storage>;
using vault_type =
    ss::basic_sync_engine<store_type, ss::botan_cipher, ss::system_clock, folder_policy, ss::sqlite_replica>;
using collection_type = vault_type::collection_type;

/// All of a folder is one collection.
inline constexpr const char* collection_name = "folder";

/// The changed facts of a file, by its record's id; nothing if they were never changed alone. Facts that the store has
/// lost leave those of the file's own record.
[[nodiscard]] inline ss::result<std::optional<facts_record>> changed_facts_of(collection_type& records,
                                                                              std::string_view id) {
    if (!is_record_id(id)) return std::optional<facts_record>{};
    const auto record = records.get(facts_id(id));
    if (!record && record.error() == ss::errc::missing_object) return std::optional<facts_record>{};
    if (!record) return record.error();
    return *record ? decode_facts_record((*record)->content) : std::nullopt;
}

} // namespace cli

#endif
