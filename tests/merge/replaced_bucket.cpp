#include <sealsync/merge/replaced_bucket.hpp>

#include <doctest/doctest.h>

using namespace sealsync::detail;

TEST_CASE("replaced_bucket: finds what is the same in all three numbers, and nothing else") {
    replaced_bucket bucket;
    const replaced_slot slot{7, 1, 2};
    CHECK(bucket.search(slot).used == 0);
    CHECK(bucket.search(slot).alike == 0);
    bucket.set(0, {7, 1, 3});
    bucket.set(1, {7, 2, 2});
    bucket.set(2, {std::uint64_t{7} << 32U, 1, 2});
    CHECK(bucket.search(slot).used == 3);
    CHECK(bucket.search(slot).alike == 0);
    bucket.set(3, slot);
    CHECK(bucket.search(slot).used == 4);
    CHECK(bucket.search(slot).alike == 0b1000U);
    CHECK(bucket.get(3) == slot);
}
