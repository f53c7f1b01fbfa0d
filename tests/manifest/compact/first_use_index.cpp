#include <sealsync/manifest/compact/first_use_index.hpp>

#include <doctest/doctest.h>

#include <string>

using sealsync::detail::first_use_check;
using sealsync::detail::first_use_index;

namespace {

TEST_CASE("first_use_index: things are numbered in the order in which they are first met") {
    first_use_index index;
    CHECK(index.index_of("b") == 0);
    CHECK(index.index_of("a") == 1);
    CHECK(index.index_of("a") == 1);
    CHECK(index.index_of("b") == 0);
    CHECK(index.index_of("c") == 2);
    REQUIRE(index.ids().size() == 3);
    CHECK(*index.ids()[0] == "b");
    CHECK(*index.ids()[1] == "a");
    CHECK(*index.ids()[2] == "c");
}

TEST_CASE("first_use_check: numbers come as an index gives them, or not at all") {
    first_use_check uses{3};
    CHECK(uses.take(0));
    CHECK(uses.take(1));
    CHECK(uses.take(0));
    CHECK_FALSE(uses.all_used());
    CHECK(uses.take(2));
    CHECK(uses.all_used());
    CHECK_FALSE(uses.take(3));
    first_use_check skips{3};
    CHECK_FALSE(skips.take(1));
    first_use_check empty{0};
    CHECK(empty.all_used());
    CHECK_FALSE(empty.take(0));
    first_use_check begun{2, 1};
    CHECK(begun.take(1));
    CHECK(begun.all_used());
}

} // namespace
