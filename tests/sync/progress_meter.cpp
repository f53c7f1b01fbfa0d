#include <sealsync/storage/memory_storage.hpp>
#include <sealsync/sync/progress_meter.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using enum sync_phase;

struct rig {
    std::vector<sync_progress> told{};
    sync_observer observer{[this](const sync_progress& now) { told.push_back(now); }};
    detail::metered_storage store{detail::any_storage{std::in_place, memory_storage{}}};
    detail::progress_meter meter{observer, store};

    rig() = default;
    rig(const rig&) = delete;

    /// What was told since this was last asked: phase, done and total of each.
    struct step {
        sync_phase phase;
        std::uint64_t done, total;
        [[nodiscard]] friend bool operator==(const step&, const step&) = default;
    };
    [[nodiscard]] std::vector<step> steps() {
        std::vector<step> all;
        for (const auto& one : std::exchange(told, {})) all.push_back({one.phase, one.done, one.total});
        return all;
    }
};
using step_list = std::vector<rig::step>;

TEST_CASE("progress_meter: a phase of nothing is told when it begins, and only then") {
    rig r;
    r.meter.expect(discovering, 0); // the first, although it is what a meter has before any
    CHECK(r.steps() == step_list{{discovering, 0, 0}});
    r.meter.expect(discovering, 0);
    CHECK(r.steps().empty());
    r.meter.expect(announcing, 0);
    CHECK(r.steps() == step_list{{announcing, 0, 0}});
}

TEST_CASE("progress_meter: each advance is told, with what is done and what there is to do") {
    rig r;
    r.meter.expect(pulling, 3);
    CHECK(r.steps().empty()); // the first object tells it
    r.meter.advance(1);
    r.meter.advance(2);
    CHECK(r.steps() == step_list{{pulling, 1, 3}, {pulling, 3, 3}});
}

TEST_CASE("progress_meter: more of the same phase adds to its total; another phase begins anew") {
    rig r;
    r.meter.expect(pushing, 2);
    r.meter.advance(2);
    r.meter.expect(pushing, 3);
    r.meter.advance(1);
    CHECK(r.steps() == step_list{{pushing, 2, 2}, {pushing, 3, 5}});
    r.meter.expect(announcing, 1);
    r.meter.advance(1);
    r.meter.expect(pushing, 4);
    r.meter.advance(1);
    CHECK(r.steps() == step_list{{announcing, 1, 1}, {pushing, 1, 4}});
}

TEST_CASE("progress_meter: bytes are what the storage has sent and received, over all phases") {
    rig r;
    const auto key = object_key::make("a").value();
    REQUIRE(r.store.put_one({key, "12345"}, {}));
    r.meter.expect(pushing, 1);
    r.meter.advance(1);
    REQUIRE(r.store.get_one({key}, {}));
    r.meter.expect(announcing, 0);
    REQUIRE(r.told.size() == 2);
    CHECK(r.told[0].bytes == 5);
    CHECK(r.told[1].bytes == 10);
}

TEST_CASE("progress_meter: without an observer nobody is told") {
    const sync_observer none;
    rig r;
    detail::progress_meter meter{none, r.store};
    meter.expect(discovering, 0);
    meter.expect(pulling, 1);
    meter.advance(1);
    CHECK(r.told.empty());
}

} // namespace
