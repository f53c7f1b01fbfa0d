#include <sealsync/merge/indexed_bucket.hpp>

#include <doctest/doctest.h>

using namespace sealsync::detail;

TEST_CASE("indexed_bucket: what is alike, used and guessed is what looking at one slot after the other finds") {
    auto bucket = indexed_bucket::cleared();
    CHECK(bucket.search(0).used == 0);
    CHECK(bucket.search(0).alike == 0); // an empty slot is of no hash
    CHECK(bucket.guess(0).empty());
    for (std::uint32_t i = 0; i < 8; ++i) {
        bucket.set(i, {i % 3, i});
        CHECK(bucket.get(i).index == i);
        for (std::uint32_t hash = 0; hash < 4; ++hash) {
            unsigned expected = 0;
            for (std::uint32_t at = 0; at <= i; ++at) expected |= unsigned{at % 3 == hash} << at;
            const auto found = bucket.search(hash);
            CHECK(found.used == i + 1);
            CHECK(found.alike == expected);
            CHECK(bucket.guess(hash).index == (hash < 3 && hash <= i ? hash : nothing));
        }
    }
}
