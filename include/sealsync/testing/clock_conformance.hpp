#ifndef SEALSYNC_TESTING_CLOCK_CONFORMANCE_HPP
#define SEALSYNC_TESTING_CLOCK_CONFORMANCE_HPP

#include "../clock/clock.hpp"
#include "conformance.hpp"

#include <thread>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// Runs the conformance suite of docs/concepts/clock.md. A clock may be wrong, jump and stand still, so that little
/// is asked of it: that it can be moved, read from any thread, and that hybrid stamps made of it still ascend.
template <class Clock>
[[nodiscard]] conformance_report check_clock(Clock clock) {
    static_assert(sealsync::clock<Clock>, "not a clock: docs/concepts/clock.md");
    conformance_report report;

    hybrid_clock hybrid;
    bool ascending = true;
    for (int i = 0; i < 1000; ++i) {
        const auto before = hybrid.last();
        ascending = ascending && hybrid.tick(clock.now()) > before;
    }
    report.check(ascending, "hybrid stamps ascend whatever the clock does");

    const auto earlier = clock.now();
    Clock moved{std::move(clock)};
    const auto drift = moved.now() - earlier;
    report.check(drift > -std::chrono::hours{1} && drift < std::chrono::hours{1}, "a moved clock goes on as it was");

    std::vector<wall_time> seen(4);
    std::vector<std::thread> readers;
    for (auto& one : seen) {
        readers.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) one = moved.now();
        });
    }
    for (auto& reader : readers) reader.join();
    bool close = true;
    for (const auto& one : seen) {
        close = close && one - earlier < std::chrono::hours{1} && earlier - one < std::chrono::hours{1};
    }
    report.check(close, "threads that read it at once see about the same time");
    return report;
}

}}} // namespace sealsync::testing

#endif
