#include "../manifest/samples.hpp"

#include <sealsync/merge/entry_change.hpp>
#include <sealsync/merge/staged_changes.hpp>

#include <doctest/doctest.h>

using namespace sealsync_tests;
using namespace sealsync::detail;

namespace {

/// Two changes staged side by side.
struct pair_of_entries {
    pair_of_entries(const change& left, const change& right) {
        change_viewer viewer;
        stage.stage(viewer(left));
        stage.stage(viewer(right));
    }
    [[nodiscard]] bool left_before() const { return entry_before(stage[0], stage[1], stage.texts); }
    [[nodiscard]] bool left_wins() const { return wins(stage[0], stage[1], stage.texts); }
    [[nodiscard]] bool left_older() const { return plain_before(stage[0], stage[1], stage.texts); }

    seeded_hash hash{1};
    staged_changes stage{hash};
};

template <class Change>
change with(Change change_it) {
    auto c = record_change();
    change_it(c);
    return c;
}

} // namespace

TEST_CASE("entry_change: siblings are ordered by dot, then by stored digest, none first") {
    const auto c = record_change();
    CHECK(pair_of_entries{c, with([](change& o) { o.dot = dot_of(2, 1); })}.left_before());
    CHECK(pair_of_entries{c, with([](change& o) { o.dot.n = 8; })}.left_before());
    CHECK(pair_of_entries{c, with([](change& o) { o.stored = digest_of(0x12); })}.left_before());
    CHECK(pair_of_entries{with([](change& o) { o.stored.reset(); }), c}.left_before());
    CHECK_FALSE(pair_of_entries{c, c}.left_before());
}

TEST_CASE("entry_change: a live version wins over a later tombstone, else the greatest (timestamp, dot)") {
    const auto c = record_change();
    const auto erased = with([](change& o) {
        o.action = change_action::erase;
        o.timestamp.nanoseconds += 5;
    });
    CHECK(pair_of_entries{c, erased}.left_wins());
    CHECK_FALSE(pair_of_entries{erased, c}.left_wins());
    CHECK(pair_of_entries{with([](change& o) { ++o.timestamp.nanoseconds; }), c}.left_wins());
    CHECK(pair_of_entries{with([](change& o) { ++o.dot.n; }), c}.left_wins());
    CHECK(pair_of_entries{with([](change& o) { o.dot = dot_of(2, 1); }), c}.left_wins());
}

TEST_CASE("entry_change: plain versions are ordered by version, timestamp and device") {
    const auto c = record_change();
    CHECK(pair_of_entries{c, with([](change& o) { ++o.version, o.timestamp = {}; })}.left_older());
    CHECK(pair_of_entries{c, with([](change& o) { ++o.timestamp.nanoseconds; })}.left_older());
    CHECK(pair_of_entries{with([](change& o) { o.device = *device_id::make("ipad"); }), c}.left_older());
    CHECK_FALSE(pair_of_entries{c, c}.left_older());
}

TEST_CASE("entry_change: of two changes that say different things one is before the other") {
    const auto c = record_change();
    const std::vector<change> others = {with([](change& o) { ++o.version; }),
                                        with([](change& o) { o.replaces.pop_back(); }),
                                        with([](change& o) { o.attachments.clear(); }),
                                        with([](change& o) { o.merge = merge_kind::based; }),
                                        with([](change& o) { o.merge = merge_kind::blind; }),
                                        with([](change& o) {
                                            o.packed = packed_place{"p", 1, 2};
                                        })};
    for (const auto& other : others) CHECK(said_before(c, other) != said_before(other, c));
    CHECK_FALSE(said_before(c, c));
}
