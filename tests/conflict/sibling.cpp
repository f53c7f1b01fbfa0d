#include <sealsync/conflict/sibling.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace sealsync;

namespace {

sibling made(std::int64_t time, std::uint64_t n) {
    return {.dot = {*run_id::parse("000102030405060708090a0b0c0d0e0f"), n}, .timestamp = {time}};
}

} // namespace

TEST_CASE("shown_before: the later timestamp comes first") {
    CHECK(shown_before(made(2, 1), made(1, 9)));
    CHECK_FALSE(shown_before(made(1, 9), made(2, 1)));
}

TEST_CASE("shown_before: equal timestamps are decided by the dot, so that every device agrees") {
    CHECK(shown_before(made(5, 2), made(5, 1)));
    CHECK_FALSE(shown_before(made(5, 1), made(5, 2)));
    CHECK_FALSE(shown_before(made(5, 1), made(5, 1)));
}

TEST_CASE("shown_before: does not depend on the order of arrival") {
    std::vector<sibling> siblings{made(1, 1), made(3, 2), made(3, 4), made(2, 3)};
    const auto less = [](const sibling& left, const sibling& right) { return left.dot < right.dot; };
    std::sort(siblings.begin(), siblings.end(), less);
    do {
        auto shown = siblings;
        std::sort(shown.begin(), shown.end(), shown_before);
        CHECK(shown.front().dot.n == 4);
        CHECK(shown.back().dot.n == 1);
    } while (std::next_permutation(siblings.begin(), siblings.end(), less));
}

TEST_CASE("resolution: unless told otherwise shows the first sibling and writes nothing") {
    const resolution shown;
    CHECK(shown.shown == 0);
    CHECK(shown.beside.empty());
    CHECK_FALSE(shown.merged);
}
