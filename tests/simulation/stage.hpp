#ifndef SEALSYNC_TESTS_SIMULATION_STAGE_HPP
#define SEALSYNC_TESTS_SIMULATION_STAGE_HPP

#include <sealsync/testing/simulation.hpp>

#include <doctest/doctest.h>

/// Directed scenarios, judged by the simulator's oracle: it throws at the first commit that is not what it must be.
namespace stage {

using namespace sealsync;
using namespace sealsync::testing;

template <class ConflictPolicy, class Traits = default_traits>
class scene {
public:
    using device = simulated_device<ConflictPolicy, Traits>;
    using walk_type = simulation_walk<ConflictPolicy, Traits>;

    explicit scene(condition_mode conditions, std::size_t devices = 0)
        : run_{{.seed = 7, .devices = devices, .conditions = conditions}} {}

    [[nodiscard]] simulated_world<ConflictPolicy, Traits>& world() { return run_.world(); }
    [[nodiscard]] device& join() { return world().join(); }
    [[nodiscard]] auto emma(device& d) { return d.engine->collection(walk_type::collection); }

    /// The edit's number in the model.
    std::size_t put(device& d, std::string_view id, std::string_view text, put_options options = {}) {
        d.clock.advance(std::chrono::seconds{1});
        const auto made = emma(d).put(id, text, std::move(options));
        if (!made) violated("put: " + made.error().message());
        return *model().find(made->dot);
    }
    void sync(device& d, bool rediscover = false) { (void)run_.sync(d, rediscover); }
    /// A sync that may fail or crash; after a crash the device is opened again.
    void try_sync(device& d) {
        world().survive(d, [&] {
            d.doing.syncing = true;
            run_.world().say(d, "tries to sync");
            (void)d.engine->sync();
            d.doing.syncing = false;
        });
        d.doing.syncing = false;
        d.calm();
    }
    void reopen(device& d) { world().restore(d, d.back_up()); }
    void converge() { run_.converge(); }

    [[nodiscard]] const simulation_model& model() { return world().oracle().model(); }
    [[nodiscard]] std::vector<std::size_t> siblings(device& d, std::string_view id) {
        return model().siblings(
            d.view, {change_type::record, *collection_id::make(walk_type::collection), *object_id::make(id)});
    }
    /// Whether every running device has the edit, or one whose author had seen it.
    [[nodiscard]] bool all_know(std::size_t edit) {
        const auto all = world().running();
        return std::all_of(all.begin(), all.end(), [&](const device* d) { return d->view.reflects(edit); });
    }

private:
    simulation<ConflictPolicy, Traits> run_;
};

/// Plays `play(policy, conditions)` for every policy and every kind of store.
template <class Play>
void everywhere(Play&& play) {
    for (const auto conditions : {condition_mode::as_is, condition_mode::off, condition_mode::create_only,
                                  condition_mode::ignored, condition_mode::racy}) {
        try {
            play(last_write_wins{}, conditions);
            play(keep_both{}, conditions);
            play(merge_of_lines{}, conditions);
        } catch (const simulation_violation& violation) {
            FAIL_CHECK(violation.what, " (conditions: ", static_cast<int>(conditions), ")");
        }
    }
}

} // namespace stage

#endif
