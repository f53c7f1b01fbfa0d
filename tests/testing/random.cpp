#include <sealsync/testing/random.hpp>

#include <doctest/doctest.h>

#include <set>

namespace ss = sealsync;

TEST_CASE("random: the same seed gives the same numbers, on every machine") {
    ss::testing::random rng{1234567};
    CHECK(rng() == 6457827717110365317ULL); // the reference implementation's
    CHECK(rng() == 3203168211198807973ULL);
}

TEST_CASE("random: another seed gives other numbers") {
    ss::testing::random one{1}, two{2};
    CHECK(one() != two());
}

TEST_CASE("random: below stays below and reaches everything") {
    ss::testing::random rng{3};
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 200; ++i) seen.insert(rng.below(6));
    CHECK(seen == std::set<std::uint64_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("random: chance holds at its ends and is about right between them") {
    ss::testing::random rng{4};
    int hits = 0;
    for (int i = 0; i < 10'000; ++i) {
        CHECK_FALSE(rng.chance(0));
        CHECK(rng.chance(1));
        hits += rng.chance(0.25) ? 1 : 0;
    }
    CHECK(hits > 2'300);
    CHECK(hits < 2'700);
}

TEST_CASE("random: a shuffle keeps every item") {
    ss::testing::random rng{5};
    std::vector<int> items{1, 2, 3, 4, 5, 6, 7, 8};
    const auto before = items;
    rng.shuffle(items);
    CHECK(items != before);
    CHECK(std::set<int>(items.begin(), items.end()) == std::set<int>(before.begin(), before.end()));
}

TEST_CASE("random: some_bytes are as many as asked for, and differ") {
    ss::testing::random rng{6};
    const auto one = rng.some_bytes(32), two = rng.some_bytes(32);
    CHECK(one.size() == 32);
    CHECK(one != two);
}
