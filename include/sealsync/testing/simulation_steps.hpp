#ifndef SEALSYNC_TESTING_SIMULATION_STEPS_HPP
#define SEALSYNC_TESTING_SIMULATION_STEPS_HPP

#include "simulation_options.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

enum class step_kind : std::uint8_t {
    put,
    put_if_current,
    update, ///< several puts and erases together
    erase,
    edit_beside, ///< of a version that stands beside the shown one
    attach,      ///< and a record that lists it
    put_profile,
    sync,
    look, ///< reads everything through the public face
    turn_clock,
    back_up,
    restore, ///< from an older backup, silently
    clone,   ///< a copy of the replica goes on as another device, silently
    die,
    join,
};

/// One step of a world. Everything random about it comes from its own salt, so that dropping other steps changes it
/// as little as can be.
struct simulation_step {
    step_kind kind = step_kind::sync;
    std::size_t device = 0; ///< among the running ones, modulo their number
    std::uint64_t salt = 0;
};

[[nodiscard]] inline step_kind draw_step_kind(random& rng, bool calamities) {
    struct weight {
        step_kind kind;
        std::uint64_t of;
    };
    static constexpr weight weights[] = {
        {step_kind::put, 26},        {step_kind::put_if_current, 3}, {step_kind::update, 7},
        {step_kind::erase, 6},       {step_kind::edit_beside, 6},    {step_kind::attach, 5},
        {step_kind::put_profile, 3}, {step_kind::sync, 34},          {step_kind::look, 3},
        {step_kind::turn_clock, 2},  {step_kind::back_up, 2},        {step_kind::restore, 1},
        {step_kind::clone, 1},       {step_kind::join, 1},           {step_kind::die, 1}};
    constexpr std::uint64_t harmless = 97, all = 101;
    auto drawn = rng.below(calamities ? all : harmless);
    for (const auto& one : weights) {
        if (drawn < one.of) return one.kind;
        drawn -= one.of;
    }
    return step_kind::sync;
}

[[nodiscard]] inline std::vector<simulation_step> draw_steps(const simulation_options& options) {
    random rng{options.seed};
    std::vector<simulation_step> steps;
    for (std::size_t i = 0; i < options.steps; ++i) {
        const auto kind = draw_step_kind(rng, options.calamities);
        const auto device = static_cast<std::size_t>(rng.below(60)); // divisible by 1 to 6
        steps.push_back({kind, device, rng()});
    }
    return steps;
}

}}} // namespace sealsync::testing

#endif
