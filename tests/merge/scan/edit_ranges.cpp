#include <sealsync/merge/scan/edit_ranges.hpp>

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <utility>

using sealsync::detail::edit_ranges;

TEST_CASE("edit_ranges: edits that follow each other are distinct, and so is nothing at all") {
    edit_ranges edits;
    CHECK(edits.distinct());
    for (std::uint64_t n = 1; n < 100; ++n) edits.add(0, n);
    CHECK(edits.distinct());
    edits.clear();
    edits.add(3, 7);
    CHECK(edits.distinct());
}

TEST_CASE("edit_ranges: an edit that is there twice is found, wherever it stands") {
    for (const std::uint64_t twice : {1U, 5U, 10U}) {
        edit_ranges edits;
        for (std::uint64_t n = 1; n <= 10; ++n) edits.add(0, n);
        edits.add(1, twice);
        CHECK(edits.distinct());
        edits.add(0, twice);
        CHECK_FALSE(edits.distinct());
    }
}

TEST_CASE("edit_ranges: says what a set says") {
    std::mt19937_64 random{5};
    edit_ranges edits;
    int distinct = 0;
    for (int round = 0; round < 2'000; ++round) {
        edits.clear();
        std::set<std::pair<std::uint32_t, std::uint64_t>> all;
        std::size_t added = 0;
        std::uint64_t n = 0;
        for (; added < random() % 12; ++added) {
            n = random() % 4 == 0 ? 1 + random() % 20 : n + 1;
            const auto run = static_cast<std::uint32_t>(random() % 8 / 7);
            edits.add(run, n);
            all.emplace(run, n);
        }
        CHECK(edits.distinct() == (all.size() == added));
        if (all.size() == added) ++distinct;
    }
    CHECK(distinct > 500);
    CHECK(distinct < 1'950);
}
