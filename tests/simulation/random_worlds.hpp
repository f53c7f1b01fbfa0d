#ifndef SEALSYNC_TESTS_SIMULATION_RANDOM_WORLDS_HPP
#define SEALSYNC_TESTS_SIMULATION_RANDOM_WORLDS_HPP

#include <sealsync/testing/simulation_batch.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>

namespace random_worlds {

using namespace sealsync;
using namespace sealsync::testing;

inline constexpr std::size_t steps_per_world = 300;

struct seed_range {
    std::uint64_t from, to;
};

/// SEALSYNC_SEEDS="17" or "0-100000" takes the place of the seeds that CI walks; SEALSYNC_STEPS of their length.
inline seed_range seeds_or(seed_range usual) {
    const char* const wanted = std::getenv("SEALSYNC_SEEDS");
    if (wanted == nullptr) return usual;
    const std::string text = wanted;
    const auto dash = text.find('-');
    const auto from = std::stoull(text);
    return {from, dash == std::string::npos ? from + 1 : std::stoull(text.substr(dash + 1))};
}
inline std::size_t steps() {
    const char* const wanted = std::getenv("SEALSYNC_STEPS");
    return wanted == nullptr ? steps_per_world : static_cast<std::size_t>(std::stoull(wanted));
}

template <class ConflictPolicy, class Traits = default_traits>
std::string report(const simulation_failure& failed) {
    const std::string name = simulated_policy<ConflictPolicy>::name;
    const auto shortest = shrink<ConflictPolicy, Traits>(failed);
    return "seed " + std::to_string(failed.options.seed) + ": " + failed.what +
           "\nreplay: SEALSYNC_SEEDS=" + std::to_string(failed.options.seed) +
           " SEALSYNC_STEPS=" + std::to_string(failed.options.steps) + " build/dev-gcc/bin/sealsync_simulation -tc='*" +
           name + "*'\nthe shortest run found, " + std::to_string(shortest.steps.size()) + " steps:\n" +
           story_of<ConflictPolicy, Traits>(shortest);
}

/// Walks the worlds, prints what they met, and requires that they met what they are for.
template <class ConflictPolicy>
void walk(seed_range usual) {
    const auto seeds = seeds_or(usual);
    simulation_counters met;
    const auto failed = simulate_seeds<ConflictPolicy>(seeds.from, seeds.to, steps(), met);
    std::cout << simulated_policy<ConflictPolicy>::name << ": " << met.text() << std::endl;
    if (failed) FAIL_CHECK(report<ConflictPolicy>(*failed));
    if (seeds.to - seeds.from < 100) return;
    CHECK(met.worlds == seeds.to - seeds.from);
    CHECK(met.conflicts > 0);
    CHECK(met.crashes > 0);
    CHECK(met.lost_answers > 0);
    CHECK(met.clones > 0);
    CHECK(met.clones_noticed > 0);
    CHECK(met.restores > 0);
    CHECK(met.deaths > 0);
    CHECK(met.heals > 0);
    CHECK(met.refusals > 0);
    CHECK(met.waits > 0);
    CHECK(met.interruptions > 0);
}

} // namespace random_worlds

#endif
