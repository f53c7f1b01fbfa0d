#include <sealsync/clock/clock.hpp>

#include "../immovable.hpp"

#include <sealsync/testing/archetypes.hpp>

using namespace sealsync;
using namespace sealsync::testing;

namespace near_miss {

struct clock_without_now : clock_archetype {
    void now() = delete;
};
struct clock_that_may_throw : clock_archetype {
    wall_time now();
};
struct clock_of_milliseconds : clock_archetype {
    std::chrono::sys_time<std::chrono::milliseconds> now() noexcept;
};
struct steady_clock_that_has_no_date : clock_archetype {
    std::chrono::steady_clock::time_point now() noexcept;
};
struct clock_that_cannot_move : clock_archetype, immovable {};

} // namespace near_miss

static_assert(sealsync::clock<clock_archetype>);
static_assert(!sealsync::clock<near_miss::clock_without_now>);
static_assert(!sealsync::clock<near_miss::clock_that_may_throw>);
static_assert(!sealsync::clock<near_miss::clock_of_milliseconds>);
static_assert(!sealsync::clock<near_miss::steady_clock_that_has_no_date>);
static_assert(!sealsync::clock<near_miss::clock_that_cannot_move>);
