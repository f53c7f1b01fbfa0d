#ifndef SEALSYNC_TESTING_SIMULATION_OPTIONS_HPP
#define SEALSYNC_TESTING_SIMULATION_OPTIONS_HPP

#include "../sync_settings.hpp"
#include "fault_plan.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// What a world is like. Drawn from a seed, so that a batch of seeds meets every kind of store.
struct simulation_options {
    std::uint64_t seed = 0;
    std::size_t steps = 300;
    std::size_t devices = 2;
    condition_mode conditions = condition_mode::as_is;
    bool claims_full = false;  ///< says that conditional writes hold, whatever it makes of them
    double faults = 0;         ///< per request
    double crashes = 0;        ///< per sync; a fourth of it per edit
    double interruptions = 0;  ///< per sync: others go on between its requests
    double replica_faults = 0; ///< per call: the disk is full
    bool malice = false;       ///< the store shows what it should not, and hides what it should show
    bool calamities = true;    ///< copies, restores and deaths of devices
    sync_settings settings{};

    [[nodiscard]] static simulation_options draw(std::uint64_t seed, std::size_t steps) {
        random rng{seed ^ 0x5ea15ea15ea15ea1ULL};
        simulation_options drawn;
        drawn.seed = seed;
        drawn.steps = steps;
        drawn.devices = 2 + static_cast<std::size_t>(rng.below(4));
        drawn.conditions = static_cast<condition_mode>(rng.below(5));
        drawn.claims_full = drawn.conditions == condition_mode::ignored && rng.chance(0.5);
        drawn.malice = rng.chance(0.15);
        drawn.faults = one_of(rng, {0.0, 0.01, 0.04, 0.12});
        drawn.crashes = one_of(rng, {0.0, 0.1, 0.3});
        drawn.interruptions = one_of(rng, {0.0, 0.3, 0.6});
        drawn.replica_faults = one_of(rng, {0.0, 0.0, 0.001});
        drawn.calamities = rng.chance(0.8);
        drawn.settings = settings_of(rng);
        // A copy of a replica that pushes what was named no more makes a sibling of it: by its rule, not by the
        // model's.
        if (!drawn.calamities) drawn.settings.unsent_edits_named_max = static_cast<std::size_t>(rng.below(4));
        return drawn;
    }

private:
    [[nodiscard]] static double one_of(random& rng, std::initializer_list<double> values) {
        return *(values.begin() + static_cast<std::ptrdiff_t>(rng.below(values.size())));
    }

    /// Limits so small that rounds, slices and staging happen with a dozen records.
    [[nodiscard]] static sync_settings settings_of(random& rng) {
        sync_settings settings;
        settings.rediscover_every = static_cast<std::uint32_t>(2 + rng.below(20));
        if (rng.chance(0.5)) settings.changes_per_segment_max = 1 + static_cast<std::size_t>(rng.below(5));
        if (rng.chance(0.5)) settings.segments_per_round_max = 1 + static_cast<std::size_t>(rng.below(4));
        if (rng.chance(0.5)) settings.batch_objects_max = 1 + static_cast<std::size_t>(rng.below(4));
        if (rng.chance(0.5)) settings.batch_bytes_max = static_cast<std::size_t>(rng.below(40));
        if (rng.chance(0.3)) settings.history_max = static_cast<std::size_t>(rng.below(3));
        settings.head_attempts_max = static_cast<std::uint32_t>(1 + rng.below(4));
        return settings;
    }
};

/// What a batch of worlds went through: a simulation that met nothing has proven nothing.
struct simulation_counters {
    std::uint64_t worlds = 0, steps = 0, edits = 0, syncs = 0, failed_syncs = 0, refused_edits = 0;
    std::uint64_t conflicts = 0, merges = 0, crashes = 0, faults = 0, lost_answers = 0, interruptions = 0;
    std::uint64_t clones = 0, clones_noticed = 0, restores = 0, deaths = 0, newcomers = 0;
    std::uint64_t heals = 0, refusals = 0, waits = 0, deferred = 0, unannounced = 0;

    void add(const simulation_counters& more) {
        each([&](const char*, auto member) { this->*member += more.*member; });
    }
    [[nodiscard]] std::string text() const {
        std::string all;
        each([&](const char* name, auto member) {
            all += (all.empty() ? "" : ", ") + std::to_string(this->*member) + " " + name;
        });
        return all;
    }

private:
    template <class Visit>
    static void each(Visit&& visit) {
        using self = simulation_counters;
        visit("worlds", &self::worlds), visit("steps", &self::steps), visit("edits", &self::edits);
        visit("syncs", &self::syncs), visit("failed syncs", &self::failed_syncs);
        visit("refused edits", &self::refused_edits), visit("conflicts", &self::conflicts);
        visit("merges", &self::merges), visit("crashes", &self::crashes), visit("faults", &self::faults);
        visit("lost answers", &self::lost_answers), visit("interruptions", &self::interruptions);
        visit("clones", &self::clones);
        visit("clones noticed", &self::clones_noticed), visit("restores", &self::restores);
        visit("deaths", &self::deaths), visit("newcomers", &self::newcomers), visit("heals", &self::heals);
        visit("refusals", &self::refusals), visit("waiting segments", &self::waits);
        visit("deferred edits", &self::deferred), visit("heads left to others", &self::unannounced);
    }
};

}}} // namespace sealsync::testing

#endif
