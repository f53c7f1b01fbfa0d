#include "../tries.hpp"
#include "histories.hpp"

#include <doctest/doctest.h>

using namespace sealsync_tests;

TEST_CASE("manifest_merger: agrees with sibling_set on random histories, version by version and in the end") {
    for (std::uint64_t seed = 0; seed < tries(150U); ++seed) {
        random_history history{seed};
        auto edits = history.edits(60, 6);
        if (seed % 3 == 0) history.add_twins(edits);
        manifest_merger merger{settings_for(seed)};
        reference_merger reference;
        for (const auto& s : history.segments(std::move(edits))) {
            merge_counts expected;
            for (const auto& each : s.changes) expected += reference.add(each);
            CHECK(*merger.add(bytes_view{*write_segment(s, field)}) == expected);
        }
        CHECK(siblings_of(merger) == reference.siblings());
        CHECK(merger.objects() == reference.siblings().size());
    }
}

TEST_CASE("manifest_merger: order and grouping make no difference, not even of histories that nobody honest wrote") {
    for (std::uint64_t seed = 0; seed < tries(100U); ++seed) {
        random_history history{seed};
        auto edits = history.edits(40, 3);
        history.add_twins(edits);
        auto& random = history.random();
        // Dots of other objects replaced, circles, one edit on several objects, other words for the same stored bytes.
        for (std::size_t i = 0; i < 30; ++i) {
            auto hostile = edits[random.below(edits.size())];
            if (random.one_in(2)) hostile.timestamp = {static_cast<std::int64_t>(random.below(50))};
            if (random.one_in(2)) hostile.dot = edits[random.below(edits.size())].dot;
            if (random.one_in(2)) hostile.replaces = {edits[random.below(edits.size())].dot};
            if (random.one_in(2) && hostile.replaces != std::vector{hostile.dot}) edits.push_back(hostile);
        }
        for (auto& each : edits) std::erase(each.replaces, each.dot);

        manifest_merger one{settings_for(1)}, other{settings_for(2)};
        for (const auto& s : history.segments(edits)) one.add(s);
        for (const auto& s : history.segments(edits)) other.add(s);
        CHECK(siblings_of(one) == siblings_of(other));
    }
}

TEST_CASE("manifest_merger: what is fed twice is known, and changes nothing") {
    random_history history{5};
    manifest_merger merger{settings_for()};
    const auto segments = history.segments(history.edits(500, 20));
    for (const auto& s : segments) merger.add(s);
    const auto before = siblings_of(merger);
    merger.take_changed([](const object_view&) {});
    for (const auto& s : segments) CHECK(merger.add(s).known == s.changes.size());
    CHECK(siblings_of(merger) == before);
    merger.take_changed([](const object_view&) { FAIL("nothing changed"); });
}

TEST_CASE("manifest_merger: the winner is what last-write-wins shows: a live sibling hides tombstones") {
    random_history history{11};
    manifest_merger merger{settings_for()};
    for (const auto& s : history.segments(history.edits(2'000, 50))) merger.add(s);
    std::size_t winners = 0;
    merger.for_each_winner([&](const object_view& object, const version_view& winner) {
        ++winners;
        const auto best = winner.to_change();
        CHECK(winner.erased() == !object.live());
        for (const auto& each : changes_of(object)) {
            if ((each.action == change_action::erase) != winner.erased()) continue;
            CHECK(std::tuple{each.timestamp, each.dot} <= std::tuple{best.timestamp, best.dot});
        }
    });
    CHECK(winners == merger.objects());
}
