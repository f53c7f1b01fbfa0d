#include <sealsync/merge/replaced_bucket.hpp>

#include <doctest/doctest.h>

using namespace sealsync::detail;

TEST_CASE("replaced_bucket: finds what is the same in all three numbers, and nothing else") {
    replaced_bucket bucket;
    const replaced_slot slot{7, 1, 2};
    CHECK(bucket.search(slot).empty == 0b1111U);
    CHECK(bucket.search(slot).alike == 0);
    bucket.set(0, {7, 1, 3});
    bucket.set(1, {7, 2, 2});
    bucket.set(2, {std::uint64_t{7} << 32U, 1, 2});
    CHECK(bucket.search(slot).empty == 0b1000U);
    CHECK(bucket.search(slot).alike == 0);
    bucket.set(3, slot);
    CHECK(bucket.search(slot).empty == 0);
    CHECK(bucket.search(slot).alike == 0b1000U);
    CHECK(bucket.get(3) == slot);
}

TEST_CASE("replaced_bucket: keeps the slots that it shall, each in its place, and is empty elsewhere") {
    replaced_bucket bucket;
    for (std::uint32_t i = 0; i < 4; ++i) bucket.set(i, {i + 1, 7, i});
    for (unsigned slots = 0; slots < 16; ++slots) {
        const auto some = bucket.kept(slots);
        CHECK(some.empty() == (~slots & 0xfU));
        for (std::uint32_t i = 0; i < 4; ++i) {
            CHECK(some.get(i) == ((slots >> i & 1U) != 0 ? bucket.get(i) : replaced_slot{}));
        }
    }
}
