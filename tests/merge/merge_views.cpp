#include "histories.hpp"

#include <doctest/doctest.h>

using namespace sealsync_tests;

TEST_CASE("merge_views: an object and its versions show what their manifest said") {
    manifest_merger merger{settings_for()};
    auto s = sample_segment();
    merger.add(s);
    const auto attachment = merger.find(change_type::attachment, "emma", attachment_change().id.text());
    REQUIRE(attachment);
    CHECK(attachment->type() == change_type::attachment);
    CHECK(attachment->collection() == "emma");
    CHECK(attachment->id() == attachment_change().id.text());
    CHECK(attachment->siblings() == 1);
    CHECK(attachment->live());
    const auto winner = *attachment->winner();
    CHECK(winner.device() == "iphone");
    CHECK(winner.edit() == attachment_change().dot);
    CHECK(winner.stored() == attachment_change().stored);
    CHECK(winner.size() == 90'210);
    CHECK(winner.version() == 0);
    CHECK(winner.timestamp() == attachment_change().timestamp);
    CHECK(winner.action() == change_action::insert);
    CHECK(winner.to_change() == attachment_change());
}

TEST_CASE("merge_views: an object that was deleted is there, but not live, and shows the tombstone") {
    manifest_merger merger{settings_for()};
    merger.add(sample_segment());
    const auto object = merger.find(change_type::record, "emma", "rec-123");
    REQUIRE(object);
    CHECK_FALSE(object->live());
    CHECK(object->winner()->erased());
    CHECK_FALSE(object->winner()->stored());
}

TEST_CASE("merge_views: an object without versions has no winner") {
    manifest_merger merger{settings_for()};
    auto s = sample_segment();
    s.changes = {record_change(), record_change()};
    s.changes[0].replaces = {dot_of(2, 1)};
    s.changes[1].dot = dot_of(2, 1);
    s.changes[1].replaces = {s.changes[0].dot};
    merger.add(s);
    const auto object = merger.find(change_type::record, "emma", "rec-123");
    REQUIRE(object);
    CHECK(object->siblings() == 0);
    CHECK_FALSE(object->winner());
    CHECK_FALSE(object->live());
    CHECK(object->id() == "rec-123");
}

TEST_CASE("merge_views: of twins, all else alike, the lesser digest is shown, and first, in whatever order they came") {
    std::array<change, 3> twins{record_change(), record_change(), record_change()};
    for (std::uint8_t i = 0; i < 3; ++i) twins[i].stored = digest_of(static_cast<std::uint8_t>(0x20 + i));
    std::array<std::size_t, 3> order{0, 1, 2};
    do {
        manifest_merger merger{settings_for()};
        auto s = sample_segment();
        s.changes.clear();
        for (const auto i : order) s.changes.push_back(twins[i]);
        merger.add(s);
        const auto object = merger.find(change_type::record, "emma", "rec-123");
        REQUIRE(object);
        CHECK(object->winner()->stored() == digest_of(0x20));
        std::vector<change> seen;
        object->for_each_sibling([&](const version_view& each) { seen.push_back(each.to_change()); });
        CHECK(std::equal(seen.begin(), seen.end(), twins.begin(), twins.end()));
    } while (std::next_permutation(order.begin(), order.end()));
}
