#include "siblings.hpp"

#include <sealsync/conflict/keep_both.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using conflict_tests::edit;
using indices = std::vector<std::size_t>;

resolution resolve(std::vector<sibling> siblings) { return keep_both{}.resolve(siblings, {}).value(); }

TEST_CASE("keep_both: the latest is shown, the others are beside it, latest first") {
    const auto outcome = resolve({edit(1, 1, 1, "a"), edit(2, 1, 3, "b"), edit(3, 1, 2, "c"), edit(4, 1, 2, "d")});
    CHECK(outcome.shown == 1);
    CHECK(outcome.beside == indices{3, 2, 0});
    CHECK_FALSE(outcome.merged);
}

TEST_CASE("keep_both: a single version is no conflict") {
    CHECK(resolve({edit(1, 1, 1, "a")}).shown == 0);
    CHECK(resolve({edit(1, 1, 1, "a")}).beside.empty());
}

TEST_CASE("keep_both: equal edits made twice are no conflict") {
    const auto outcome = resolve({edit(1, 1, 1, "same"), edit(2, 1, 2, "same")});
    CHECK(outcome.shown == 1);
    CHECK(outcome.beside.empty());
}

TEST_CASE("keep_both: equal contents beside are shown once, by the latest of them") {
    const auto outcome = resolve({edit(1, 1, 1, "b"), edit(2, 1, 9, "a"), edit(3, 1, 2, "b"), edit(4, 1, 3, "a")});
    CHECK(outcome.shown == 1);
    CHECK(outcome.beside == indices{2});
}

TEST_CASE("keep_both: an empty content is a content") {
    CHECK(resolve({edit(1, 1, 1, ""), edit(2, 1, 2, "a")}).beside == indices{0});
    CHECK(resolve({edit(1, 1, 1, ""), edit(2, 1, 2, "")}).beside.empty());
}

TEST_CASE("keep_both: contents that begin alike are different") {
    CHECK(resolve({edit(1, 1, 1, "ab"), edit(2, 1, 2, "abc")}).beside == indices{0});
}

TEST_CASE("keep_both: contents are read") { static_assert(keep_both::reads == policy_reads::contents); }

} // namespace
