#ifndef SEALSYNC_CLOCK_SYSTEM_CLOCK_HPP
#define SEALSYNC_CLOCK_SYSTEM_CLOCK_HPP

#include "clock.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The operating system's wall clock. The only place of the library that reads it, so that everything else runs in
/// simulated time. Thread-safe.
class system_clock {
public:
    [[nodiscard]] wall_time now() const noexcept {
        return std::chrono::time_point_cast<wall_time::duration>(std::chrono::system_clock::now());
    }
};

static_assert(clock<system_clock>);

/// A time that never goes back, from a beginning that means nothing: for timeouts and backoff. Thread-safe.
[[nodiscard]] inline std::chrono::milliseconds monotonic_now() noexcept {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

}} // namespace sealsync

#endif
