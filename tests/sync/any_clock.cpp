#include <sealsync/clock/manual_clock.hpp>
#include <sealsync/sync/any_clock.hpp>
#include <sealsync/testing/archetypes.hpp>
#include <sealsync/testing/clock_conformance.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::any_clock;

TEST_CASE("any_clock: it is the clock that it wraps, and conforms") {
    manual_clock clock{wall_time{std::chrono::hours{480'000}}};
    any_clock any{std::in_place, clock};
    CHECK(any.now() == clock.now());
    clock.advance(std::chrono::seconds{-3}); // a handle: both are one clock
    CHECK(any.now() == wall_time{std::chrono::hours{480'000} - std::chrono::seconds{3}});
    const auto report = testing::check_clock(std::move(any));
    CHECK_MESSAGE(report.ok(), report.text());
}

TEST_CASE("any_clock: a clock that has only what the concept asks for will do") {
    any_clock any{std::in_place, testing::clock_archetype{nullptr}};
    CHECK(any.now() == wall_time{});
}

} // namespace
