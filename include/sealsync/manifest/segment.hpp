#ifndef SEALSYNC_MANIFEST_SEGMENT_HPP
#define SEALSYNC_MANIFEST_SEGMENT_HPP

#include "change.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A place in a log that a segment's author had merged.
struct log_position {
    log_id log;
    std::uint64_t seq = 0;
    [[nodiscard]] friend bool operator==(const log_position&, const log_position&) = default;
    [[nodiscard]] friend auto operator<=>(const log_position&, const log_position&) = default;
};

/// An immutable manifest: the changes of one push. Plain manifests (format 0) have `format`, `version`,
/// `last_updated` and `changes` only.
struct segment {
    std::uint64_t format = 1;
    std::vector<std::string> critical; ///< extensions that a reader must know; none are defined yet
    vault_id vault;
    std::string scope; ///< prefix of the scope: `users/{user}`
    device_id device;
    std::string device_name; ///< for people; in the first segment of a log, else empty
    log_id log;
    std::uint64_t seq = 0;             ///< its number in the log, from 1; `version` in JSON
    std::optional<digest256> previous; ///< SHA-256 of the stored segment before; absent in the first
    stamp last_updated;
    std::vector<log_position> seen; ///< ascending by log; what is new since the log's previous segment
    std::vector<change> changes;

    [[nodiscard]] friend bool operator==(const segment&, const segment&) = default;
};

}} // namespace sealsync

#endif
