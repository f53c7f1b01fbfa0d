#include <sealsync/sync/outgoing_edit.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::held_edits;
using detail::object_ref;

const auto emma = *collection_id::make("emma");
const auto noah = *collection_id::make("noah");
const auto scan = *object_id::make("scan");
const auto photo = *object_id::make("photo");

TEST_CASE("outgoing_edit: until something is known of it, it is not ready") {
    const detail::outgoing_edit fresh{3, {{change_type::record, emma, scan}, {{}, 1}, 2}};
    CHECK(fresh.place == 3);
    CHECK(fresh.row.group == 2);
    CHECK_FALSE(fresh.ready);
    CHECK(fresh.content.empty());
    CHECK_FALSE(fresh.what.stored);
}

TEST_CASE("outgoing_edit: a group is held if it is kept back or overtaken, and its neighbours are not") {
    held_edits held;
    CHECK_FALSE(held.holds(5));
    held.kept_back.insert(5);
    held.overtaken.insert(9);
    for (std::uint64_t group = 0; group < 12; ++group) CHECK(held.holds(group) == (group == 5 || group == 9));
    held.overtaken = {};
    CHECK(held.holds(5));
    CHECK_FALSE(held.holds(9));
}

TEST_CASE("outgoing_edit: a change relies on a lost source if any that it lists is lost, in its own collection") {
    held_edits held;
    change c;
    c.collection = emma;
    CHECK_FALSE(held.relies_on_lost_source(c));
    c.attachments = {photo, scan};
    CHECK_FALSE(held.relies_on_lost_source(c));
    held.lost_sources.insert({change_type::attachment, noah, scan}); // the same bytes elsewhere
    held.lost_sources.insert({change_type::record, emma, scan});     // a record of that name
    CHECK_FALSE(held.relies_on_lost_source(c));
    held.lost_sources.insert({change_type::attachment, emma, scan});
    CHECK(held.relies_on_lost_source(c));
    c.attachments = {photo};
    CHECK_FALSE(held.relies_on_lost_source(c));
}

} // namespace
