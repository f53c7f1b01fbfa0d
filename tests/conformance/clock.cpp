#include <sealsync/clock/manual_clock.hpp>
#include <sealsync/clock/system_clock.hpp>
#include <sealsync/testing/clock_conformance.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using std::chrono::hours;

struct may_throw {
    wall_time now();
};
struct in_seconds {
    std::chrono::sys_seconds now() noexcept;
};
static_assert(!sealsync::clock<may_throw>);
static_assert(!sealsync::clock<in_seconds>);

/// Only what the concept grants.
struct jumping {
    jumping() = default;
    jumping(jumping&&) = default;
    jumping& operator=(jumping&&) = delete;
    wall_time now() noexcept { return wall_time{hours{(step = !step) ? 1 : 2}}; }
    bool step = false;
};
static_assert(sealsync::clock<jumping>);

/// Loses a part of its offset with every move.
struct forgetful {
    explicit forgetful(hours by) : offset{by} {}
    forgetful(forgetful&& other) noexcept : offset{other.offset / 4} {}
    wall_time now() const noexcept { return wall_time{offset}; }
    hours offset;
};

TEST_CASE("clock conformance: the models conform") {
    const auto system = testing::check_clock(system_clock{});
    CHECK_MESSAGE(system.ok(), system.text());
    const auto manual = testing::check_clock(manual_clock{wall_time{hours{1000}}});
    CHECK_MESSAGE(manual.ok(), manual.text());
}

TEST_CASE("clock conformance: a clock before 1970 or at the end of time conforms") {
    CHECK(testing::check_clock(manual_clock{wall_time{-hours{24 * 365}}}).ok());
    CHECK(testing::check_clock(manual_clock{wall_time{hours{24 * 365 * 200}}}).ok());
}

TEST_CASE("clock conformance: a clock that loses itself in a move is caught") {
    CHECK_FALSE(testing::check_clock(forgetful{hours{100}}).ok());
}

} // namespace
