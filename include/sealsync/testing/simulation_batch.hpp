#ifndef SEALSYNC_TESTING_SIMULATION_BATCH_HPP
#define SEALSYNC_TESTING_SIMULATION_BATCH_HPP

#include "simulation.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// A world that broke an invariant, and the steps that led to it.
struct simulation_failure {
    simulation_options options;
    std::vector<simulation_step> steps;
    std::string what;
};

/// One world; nothing if every invariant held.
template <class ConflictPolicy, class Traits = default_traits>
[[nodiscard]] std::optional<simulation_failure>
simulate(const simulation_options& options, std::vector<simulation_step> steps, simulation_counters* counters = nullptr,
         std::function<void(const std::string&)> trace = {}) {
    std::optional<simulation_failure> failed;
    simulation_counters counted;
    try {
        simulation<ConflictPolicy, Traits> run{options, std::move(trace)};
        try {
            run.run(steps);
        } catch (const simulation_violation& violation) {
            failed = simulation_failure{options, {}, violation.what};
        }
        counted = run.counters();
    } catch (const simulation_violation& violation) {
        failed = simulation_failure{options, {}, violation.what};
    }
    if (counters != nullptr) counters->add(counted);
    if (!failed) return std::nullopt;
    steps.resize((std::min)(steps.size(), static_cast<std::size_t>(counted.steps))); // what came after did not matter
    failed->steps = std::move(steps);
    return failed;
}

/// Worlds `from` to `to - 1`, until one fails.
template <class ConflictPolicy, class Traits = default_traits>
[[nodiscard]] std::optional<simulation_failure> simulate_seeds(std::uint64_t from, std::uint64_t to, std::size_t steps,
                                                               simulation_counters& counters) {
    for (auto seed = from; seed < to; ++seed) {
        const auto options = simulation_options::draw(seed, steps);
        if (auto failed = simulate<ConflictPolicy, Traits>(options, draw_steps(options), &counters)) return failed;
    }
    return std::nullopt;
}

/// Leaves out steps as long as some invariant still breaks: halves first, single ones last.
template <class ConflictPolicy, class Traits = default_traits>
[[nodiscard]] simulation_failure shrink(simulation_failure failed, std::size_t tries_max = 3000) {
    std::size_t tries = 0;
    for (auto size = std::max<std::size_t>(failed.steps.size() / 2, 1); size > 0; size /= 2) {
        for (std::size_t at = 0; at < failed.steps.size() && tries < tries_max;) {
            auto fewer = failed.steps;
            const auto begin = fewer.begin() + static_cast<std::ptrdiff_t>(at);
            fewer.erase(begin, begin + static_cast<std::ptrdiff_t>((std::min)(size, fewer.size() - at)));
            ++tries;
            auto still = simulate<ConflictPolicy, Traits>(failed.options, std::move(fewer));
            if (still) {
                failed = *std::move(still);
            } else {
                at += size;
            }
        }
    }
    return failed;
}

/// What happens in a failing run, for a person.
template <class ConflictPolicy, class Traits = default_traits>
[[nodiscard]] std::string story_of(const simulation_failure& failed) {
    std::string story;
    const auto told = [&](const std::string& line) { story += "  " + line + '\n'; };
    (void)simulate<ConflictPolicy, Traits>(failed.options, failed.steps, nullptr, told);
    return story + "  => " + failed.what + '\n';
}

}}} // namespace sealsync::testing

#endif
