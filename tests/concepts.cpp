#include <sealsync/concepts.hpp>

#include <sealsync/testing/archetypes.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using namespace sealsync::testing;

namespace {

/// A model may return more than it must, take by value, and be called as const: none of that is asked for.
struct generous_clock {
    [[nodiscard]] constexpr wall_time now() const noexcept { return wall_time{std::chrono::seconds{1}}; }
};

template <sealsync::clock Clock>
wall_time read(Clock clock) {
    return clock.now();
}

} // namespace

TEST_CASE("concepts: constrain functions, so that a model is passed by its concept's name") {
    CHECK(read(generous_clock{}) == wall_time{std::chrono::seconds{1}});
    CHECK(read(clock_archetype{nullptr}) == wall_time{});
}
