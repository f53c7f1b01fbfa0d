#include <sealsync/merge/indexed_bucket.hpp>
#include <sealsync/merge/seeded_hash.hpp>

#include <doctest/doctest.h>

using namespace sealsync::detail;

namespace {

[[nodiscard]] unsigned all(const bucket_partition& parts) { return parts.low | parts.high | parts.others; }

} // namespace

TEST_CASE("slot_bucket: a partition is what looking at one slot after the other finds, in any bucket") {
    const seeded_hash random{11};
    constexpr std::uint32_t mask = 0x30, home = 0x20;
    unsigned high = 0, others = 0;
    for (std::uint32_t round = 0; round < 500; ++round) {
        slot_bucket<indexed_slot> plain;
        auto quick = indexed_bucket::cleared();
        const unsigned bit = round % 32;
        const unsigned used = round < 9 ? (1U << round) - 1 : random.of_words(round, 8) & 0xffU; // with holes
        bucket_partition expected;
        for (std::uint32_t i = 0; i < 8; ++i) {
            if ((used >> i & 1U) == 0) continue;
            const auto hash = random.of_words(round, i);
            plain.set(i, {hash, i});
            quick.set(i, {hash, i});
            const bool here = (hash & mask) == home, up = (hash >> bit & 1U) != 0;
            (here ? up ? expected.high : expected.low : expected.others) |= 1U << i;
        }
        for (const auto& parts : {plain.partition(hash_of_indexed{}, mask, home, bit),
                                  quick.partition(hash_of_indexed{}, mask, home, bit)}) {
            REQUIRE(parts.low == expected.low);
            REQUIRE(parts.high == expected.high);
            REQUIRE(parts.others == expected.others);
            REQUIRE(all(parts) == used);
        }
        REQUIRE(plain.empty() == (~used & 0xffU));
        REQUIRE(quick.empty() == (~used & 0xffU));
        REQUIRE(plain.search(0).empty == (~used & 0xffU));
        REQUIRE(plain.search(0).alike == used);
        const auto low = plain.kept(expected.low);
        REQUIRE(low.empty() == (~expected.low & 0xffU));
        for (std::uint32_t i = 0; i < 8; ++i) REQUIRE((low.get(i).empty() || low.get(i).index == i));
        high |= expected.high;
        others |= expected.others;
    }
    CHECK(high == 0xffU);
    CHECK(others == 0xffU);
}
