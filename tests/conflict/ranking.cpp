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

} // namespace
