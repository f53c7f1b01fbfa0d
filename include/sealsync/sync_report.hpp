#ifndef SEALSYNC_SYNC_REPORT_HPP
#define SEALSYNC_SYNC_REPORT_HPP

#include "storage/operations.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What one `sync()` did. An idle one has pulled and pushed nothing.
struct sync_report {
    std::uint64_t pulled = 0;    ///< changes of other devices merged
    std::uint64_t pushed = 0;    ///< own changes committed to the store
    std::uint64_t conflicts = 0; ///< objects that this sync left with versions beside the shown one
    std::uint64_t deferred = 0;  ///< own changes kept back because an attachment's source changed or is gone
    std::uint64_t waiting = 0;   ///< segments that wait for others that have not arrived
    request_counts requests{};
    std::uint64_t bytes_sent = 0, bytes_received = 0; ///< of object bodies
    bool stopped = false;                             ///< stopped on request: sync again to go on
    bool cloned = false;                              ///< another machine uses a copy of this device's replica
    bool announced = true;                            ///< the head names everything that is committed
    /// One per log that was refused, and one per content that is lost or damaged in the store; everything else was
    /// merged. Each sync looks again.
    std::vector<failure> refusals{};

    [[nodiscard]] bool idle() const noexcept { return pulled == 0 && pushed == 0; }
};

enum class sync_phase { discovering, pulling, pushing, announcing };

struct sync_progress {
    sync_phase phase = sync_phase::discovering;
    std::uint64_t done = 0, total = 0; ///< objects of this phase
    std::uint64_t bytes = 0;           ///< transferred since the sync began
};

using sync_observer = std::function<void(const sync_progress&)>;

struct sync_options {
    std::stop_token stop{};
    bool rediscover = false;        ///< list the store even if the head answers
    bool allow_mass_delete = false; ///< a person has agreed to `errc::mass_delete`
    sync_observer observer{};       ///< called on the syncing thread, often
};

struct verify_report {
    std::uint64_t logs = 0, segments = 0, objects = 0, attachments = 0;
    std::uint64_t bytes = 0;         ///< read from the store
    std::uint64_t orphans = 0;       ///< stored objects that no segment names: left by crashed pushes
    std::uint64_t foreign = 0;       ///< keys under the vault that are not of any known form
    std::vector<failure> problems{}; ///< everything that is missing, damaged or out of place
    bool stopped = false;
    [[nodiscard]] bool ok() const noexcept { return problems.empty() && !stopped; }
};

}} // namespace sealsync

#endif
