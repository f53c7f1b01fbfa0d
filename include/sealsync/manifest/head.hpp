#ifndef SEALSYNC_MANIFEST_HEAD_HPP
#define SEALSYNC_MANIFEST_HEAD_HPP

#include "segment.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The newest segment of a log that the head's authors knew.
struct head_entry {
    log_id log;
    device_id device;
    std::uint64_t seq = 0;
    digest256 stored; ///< SHA-256 of that segment's stored object
    [[nodiscard]] friend bool operator==(const head_entry&, const head_entry&) = default;
};

/// The scope's announcement. A hint: it may be missing, stale or behind, and heals.
struct head {
    std::uint64_t format = 1;
    std::vector<std::string> critical;
    vault_id vault;
    std::string scope;
    std::vector<head_entry> logs; ///< ascending by log
    std::string checkpoint;       ///< key prefix of the newest checkpoint; empty: none. Reserved

    [[nodiscard]] friend bool operator==(const head&, const head&) = default;
};

}} // namespace sealsync

#endif
