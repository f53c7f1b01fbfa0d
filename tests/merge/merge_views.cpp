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
    CHECK(winner.edit() == attachment_change().edit);
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
    s.changes[1].edit = dot_of(2, 1);
    s.changes[1].replaces = {s.changes[0].edit};
    merger.add(s);
    const auto object = merger.find(change_type::record, "emma", "rec-123");
    REQUIRE(object);
    CHECK(object->siblings() == 0);
    CHECK_FALSE(object->winner());
    CHECK_FALSE(object->live());
    CHECK(object->id() == "rec-123");
}
