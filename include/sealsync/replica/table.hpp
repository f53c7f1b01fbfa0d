#ifndef SEALSYNC_REPLICA_TABLE_HPP
#define SEALSYNC_REPLICA_TABLE_HPP

#include "../bytes.hpp"
#include "../function_ref.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The ordered maps from bytes to bytes that a replica keeps. What the rows mean is the engine's business
/// (`sync/rows.hpp`); the numbers are part of the replica's format.
enum class replica_table : std::uint8_t {
    header = 1,  ///< one row per fact: vault, device, last stamp, ...
    object = 2,  ///< an object's siblings
    content = 3, ///< a version's plaintext
    outbox = 4,  ///< edits not yet committed to the store, in the order they were made
    source = 5,  ///< where the bytes of attachments not yet uploaded are
    cursor = 6,  ///< how far each log has been merged
    met = 7,     ///< which edits of each run have been met
    derived = 8, ///< ids of conflicting siblings, to their records
    staged = 9,  ///< contents fetched, but not yet named by a sibling
};

inline constexpr std::uint8_t replica_table_count = 9;

/// Called in ascending order of the keys (byte by byte); returns whether to go on. Views are valid during the call.
using row_visitor = function_ref<bool(bytes_view key, bytes_view value)>;

}} // namespace sealsync

#endif
