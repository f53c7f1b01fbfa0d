#include <sealsync/merge/indexed_bucket.hpp>

#include <doctest/doctest.h>

using namespace sealsync::detail;

TEST_CASE("indexed_bucket: what is alike, used and guessed is what looking at one slot after the other finds") {
    auto bucket = indexed_bucket::cleared();
    CHECK(bucket.search(0).empty == 0xffU);
    CHECK(bucket.empty() == 0xffU);
    CHECK(bucket.search(0).alike == 0); // an empty slot is of no hash
    CHECK(bucket.guess(0).empty());
    for (std::uint32_t i = 0; i < 8; ++i) {
        bucket.set(i, {i % 3, i});
        CHECK(bucket.get(i).index == i);
        for (std::uint32_t hash = 0; hash < 4; ++hash) {
            unsigned expected = 0;
            for (std::uint32_t at = 0; at <= i; ++at) expected |= unsigned{at % 3 == hash} << at;
            const auto found = bucket.search(hash);
            CHECK(found.empty == (0xfeU << i & 0xffU));
            CHECK(found.alike == expected);
            CHECK(bucket.guess(hash).index == (hash < 3 && hash <= i ? hash : no_index));
        }
    }
}

TEST_CASE("indexed_bucket: keeps the slots that it shall, each in its place, and is empty elsewhere") {
    auto bucket = indexed_bucket::cleared();
    for (std::uint32_t i = 0; i < 8; ++i) bucket.set(i, {i, i});
    for (unsigned slots = 0; slots < 256; ++slots) {
        const auto some = bucket.kept(slots);
        REQUIRE(some.empty() == (~slots & 0xffU));
        for (std::uint32_t i = 0; i < 8; ++i) {
            const bool there = (slots >> i & 1U) != 0;
            REQUIRE(some.search(i).alike == (there ? 1U << i : 0U));
            REQUIRE(some.guess(i).index == (there ? i : no_index));
        }
    }
}
