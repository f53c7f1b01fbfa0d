#ifndef SEALSYNC_TESTS_SIMULATION_SABOTAGES_HPP
#define SEALSYNC_TESTS_SIMULATION_SABOTAGES_HPP

#include "random_worlds.hpp"
#include "sabotaged.hpp"

namespace sabotages {

using namespace random_worlds;

inline constexpr std::uint64_t seeds_max = 2000;

/// A check that has never failed proves nothing: with a rule off, the same worlds must break.
inline void must_be_caught(const char* sabotage, const protocol_rules& rules) {
    sabotaged::rules = rules;
    simulation_counters met;
    const auto failed = simulate_seeds<keep_both, sabotaged>(0, seeds_max, steps_per_world, met);
    REQUIRE_MESSAGE(failed, sabotage, " was not caught in ", seeds_max, " worlds");
    std::cout << sabotage << ": caught in world " << met.worlds << ": " << failed->what << std::endl;
    const auto shortest = shrink<keep_both, sabotaged>(*failed, 200);
    CHECK(shortest.steps.size() <= failed->steps.size());
    CHECK(simulate<keep_both, sabotaged>(shortest.options, shortest.steps)); // what is told does fail
}

} // namespace sabotages

#endif
