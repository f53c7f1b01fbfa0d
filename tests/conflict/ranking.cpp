#include "siblings.hpp"

#include <sealsync/conflict/ranking.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using conflict_tests::edit;
using indices = std::vector<std::size_t>;

TEST_CASE("ranking: the later timestamp comes first, then the greater run, then the greater number") {
    CHECK(detail::ranks_before(edit(1, 1, 20), edit(9, 9, 10)));
    CHECK(detail::ranks_before(edit(2, 1, 10), edit(1, 9, 10)));
    CHECK(detail::ranks_before(edit(1, 2, 10), edit(1, 1, 10)));
    CHECK_FALSE(detail::ranks_before(edit(1, 1, 10), edit(1, 1, 10)));
}

TEST_CASE("ranking: one dot with two contents is still ordered") {
    auto left = edit(1, 1, 10, "b"), right = edit(1, 1, 10, "a");
    CHECK(detail::ranks_before(left, right));
    CHECK_FALSE(detail::ranks_before(right, left));
    right.device = "phone";
    CHECK(detail::ranks_before(right, left));
    left.version = 2;
    CHECK(detail::ranks_before(left, right));
}

TEST_CASE("ranking: the order is total over every pair") {
    std::vector<sibling> all;
    for (const auto* content : {"", "a", "b"}) {
        for (const int run : {1, 2}) {
            for (const int time : {10, 20}) all.push_back(edit(run, 1, time, content));
        }
    }
    for (const auto& left : all) {
        for (const auto& right : all) {
            const bool same = &left == &right;
            CHECK(detail::ranks_before(left, right) + detail::ranks_before(right, left) == (same ? 0 : 1));
        }
    }
}

TEST_CASE("ranking: the greatest of one is the one") {
    const std::array one = {edit(1, 1, 1)};
    CHECK(detail::greatest(one) == 0);
}

TEST_CASE("ranking: equal contents are one, for which the greatest stands") {
    const std::array all = {edit(1, 1, 10, "same"), edit(2, 1, 30, "other"), edit(3, 1, 20, "same")};
    CHECK(detail::ranked_contents(all) == indices{1, 2});
    const std::array equal = {edit(1, 1, 10, ""), edit(2, 1, 30, ""), edit(3, 1, 20, "")};
    CHECK(detail::ranked_contents(equal) == indices{1});
}

/// What `merged_or_apart` calls its function with: "base|first,second,".
std::optional<bytes> told(std::optional<bytes_view> base, std::span<const bytes_view> contents) {
    std::string text = base ? std::string{as_text(*base)} + '|' : "none|";
    for (const auto content : contents) text += std::string{as_text(content)} + ',';
    return to_bytes(text);
}

TEST_CASE("ranking: a merge gets the base and the distinct contents, greatest first") {
    const std::array all = {edit(1, 1, 10, "a"), edit(2, 1, 30, "b"), edit(3, 1, 20, "a"), edit(4, 1, 5, "c")};
    const auto outcome = detail::merged_or_apart(all, {merge_base::state::known, "old"}, &told);
    REQUIRE(outcome.merged);
    CHECK(as_text(*outcome.merged) == "old|b,a,c,");
    CHECK(outcome.shown == 1);
    CHECK(outcome.beside.empty());
    CHECK(as_text(*detail::merged_or_apart(all, {}, &told).merged) == "none|b,a,c,");
}

TEST_CASE("ranking: equal contents are not merged, nor is anything whose base is unknown or that the merge gives up") {
    const std::array equal = {edit(1, 1, 10, "a"), edit(2, 1, 30, "a")};
    const auto one = detail::merged_or_apart(equal, {merge_base::state::known, "old"}, &told);
    CHECK_FALSE(one.merged);
    CHECK(one.shown == 1);
    CHECK(one.beside.empty());

    const std::array two = {edit(1, 1, 10, "a"), edit(2, 1, 30, "b")};
    const auto none = [](std::optional<bytes_view>, std::span<const bytes_view>) { return std::optional<bytes>{}; };
    for (const auto& apart : {detail::merged_or_apart(two, {merge_base::state::unknown}, &told),
                              detail::merged_or_apart(two, {merge_base::state::known, "old"}, none)}) {
        CHECK_FALSE(apart.merged);
        CHECK(apart.shown == 1);
        CHECK(apart.beside == indices{0});
    }
}

} // namespace
