#ifndef SEALSYNC_CLOCK_MANUAL_CLOCK_HPP
#define SEALSYNC_CLOCK_MANUAL_CLOCK_HPP

#include "clock.hpp"

#include <atomic>
#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A clock for tests and simulations: it stands still until told otherwise. Copies are handles to one clock, so that
/// a test moves the time of an engine that owns its copy. Thread-safe.
class manual_clock {
public:
    explicit manual_clock(wall_time start = {})
        : nanoseconds_{std::make_shared<std::atomic<std::int64_t>>(start.time_since_epoch().count())} {}

    [[nodiscard]] wall_time now() const noexcept { return wall_time{std::chrono::nanoseconds{nanoseconds_->load()}}; }
    /// To any time, also an earlier one.
    void set(wall_time time) noexcept { nanoseconds_->store(time.time_since_epoch().count()); }
    /// By any duration, also a negative one.
    void advance(std::chrono::nanoseconds by) noexcept { nanoseconds_->fetch_add(by.count()); }

private:
    std::shared_ptr<std::atomic<std::int64_t>> nanoseconds_;
};

static_assert(clock<manual_clock>);

}} // namespace sealsync

#endif
