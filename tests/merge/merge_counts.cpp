#include <sealsync/merge/merge_counts.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

TEST_CASE("merge_counts: each outcome counts once, and counts add up") {
    merge_counts counts;
    counts += merge_outcome::added;
    counts += merge_outcome::known;
    counts += merge_outcome::known;
    counts += merge_outcome::twin;
    CHECK(counts == merge_counts{.added = 1, .known = 2, .twins = 1});
    counts += counts;
    CHECK(counts.changes() == 8);
}
