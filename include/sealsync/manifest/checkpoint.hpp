#ifndef SEALSYNC_MANIFEST_CHECKPOINT_HPP
#define SEALSYNC_MANIFEST_CHECKPOINT_HPP

#include "head.hpp"
#include "interval_set.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The edits of a run that a checkpoint's author had met, whether or not their versions are still there.
struct met_run {
    run_id run;
    interval_set edits;
    [[nodiscard]] friend bool operator==(const met_run&, const met_run&) = default;
};

/// One part of a checkpoint: what is left of the logs that it covers. What a checkpoint says is the union of its parts,
/// and means something only when all are there. Its format is decided; the engine writes and reads none yet.
struct checkpoint {
    std::uint64_t format = 1;
    std::vector<std::string> critical; ///< extensions that a reader must know; none are defined yet
    vault_id vault;
    std::string scope;
    device_id device;                  ///< of the author
    std::uint64_t part = 1, parts = 1; ///< which, from 1, of how many
    std::optional<digest256> previous; ///< SHA-256 of the stored part before; absent in the first
    stamp last_updated;
    std::vector<head_entry> logs; ///< ascending by log; up to which segment each is covered
    std::vector<met_run> met;     ///< ascending by run; runs older than the retention of tombstones are left out
    std::vector<change> siblings; ///< in any order; twins share a dot, but not the stored digest

    [[nodiscard]] friend bool operator==(const checkpoint&, const checkpoint&) = default;
};

}} // namespace sealsync

#endif
