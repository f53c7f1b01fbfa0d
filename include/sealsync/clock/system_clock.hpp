#ifndef SEALSYNC_CLOCK_SYSTEM_CLOCK_HPP
#define SEALSYNC_CLOCK_SYSTEM_CLOCK_HPP

#include "../concepts.hpp"

namespace sealsync::inline SEALSYNC_ABI {

/// The operating system's wall clock. The only place of the library that reads it, so that everything else runs in
/// simulated time. Thread-safe.
class system_clock {
public:
    [[nodiscard]] wall_time now() const noexcept {
        return std::chrono::time_point_cast<wall_time::duration>(std::chrono::system_clock::now());
    }
};

static_assert(clock<system_clock>);

} // namespace sealsync

#endif
