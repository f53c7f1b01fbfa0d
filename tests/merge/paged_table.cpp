#include <sealsync/merge/indexed_bucket.hpp>
#include <sealsync/merge/paged_table.hpp>
#include <sealsync/merge/seeded_hash.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace sealsync::detail;

namespace {

using table = paged_table<indexed_bucket, hash_of_indexed>;

[[nodiscard]] std::uint32_t find(const table& slots, std::uint32_t hash, std::uint32_t index) {
    return slots.find(hash, hash, [&](const indexed_slot& slot) { return slot.index == index; }).slot.index;
}

} // namespace

TEST_CASE("paged_table: what was inserted is found, through many splits, and nothing else") {
    const seeded_hash hash{4};
    table slots;
    for (std::uint32_t i = 0; i < 50'000; ++i) {
        const auto each = hash.of_words(i, 0);
        CHECK(find(slots, each, i) == no_index);
        slots.insert(each, {each, i});
        REQUIRE(find(slots, each, i) == i);
    }
    CHECK(slots.size() == 50'000);
    std::set<std::uint32_t> all;
    slots.for_each([&](const indexed_slot& slot) { all.insert(slot.index); });
    CHECK(all.size() == 50'000);
    for (std::uint32_t i = 0; i < 50'000; ++i) REQUIRE(find(slots, hash.of_words(i, 0), i) == i);
}

TEST_CASE("paged_table: a good hash looks at few slots, and a slot costs less than 28 bytes") {
    const seeded_hash hash{4};
    table slots;
    for (std::uint32_t i = 0; i < 200'000; ++i) {
        const auto each = hash.of_words(i, 0);
        slots.insert(each, {each, i});
    }
    CHECK(slots.probes() < 200'000 * 4);
    CHECK(slots.bytes_held() < 200'000 * 28);
}

TEST_CASE("paged_table: equal hashes are found one by one, and the directory does not grow for them") {
    table slots;
    for (std::uint32_t i = 0; i < 3'000; ++i) slots.insert(0x12345678, {0x12345678, i});
    for (std::uint32_t i = 0; i < 3'000; ++i) REQUIRE(find(slots, 0x12345678, i) == i);
    CHECK(slots.bytes_held() < 1'000'000);
}

TEST_CASE("paged_table: a guess is a slot of this hash or none, and nearly always one if there is one") {
    const seeded_hash hash{4};
    table slots;
    CHECK(slots.guess(7).empty());
    for (std::uint32_t i = 0; i < 50'000; ++i) slots.insert(hash.of_words(i, 0), {hash.of_words(i, 0), i});
    std::size_t missed = 0;
    for (std::uint32_t i = 0; i < 50'000; ++i) {
        const auto guess = slots.guess(hash.of_words(i, 0));
        missed += std::size_t{guess.empty()};
        if (!guess.empty()) REQUIRE(guess.hash == hash.of_words(i, 0));
    }
    CHECK(missed < 5'000); // what stands in a bucket that follows
    for (std::uint32_t i = 0; i < 50'000; ++i) {
        const auto other = hash.of_words(i, 1);
        const auto guess = slots.guess(other);
        if (!guess.empty()) REQUIRE(guess.hash == other);
    }
}

TEST_CASE("paged_table: no insertion moves more than a page") {
    struct counted_hash {
        std::size_t* asked;
        [[nodiscard]] std::uint32_t operator()(const indexed_slot& slot) const noexcept { return ++*asked, slot.hash; }
    };
    std::size_t asked = 0, most = 0;
    paged_table<slot_bucket<indexed_slot>, counted_hash> slots{counted_hash{&asked}};
    const seeded_hash hash{4};
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        const auto before = asked;
        const auto each = hash.of_words(i, 0);
        slots.insert(each, {each, i});
        most = (std::max)(most, asked - before);
    }
    CHECK(most > 0);
    CHECK(most <= 2'048 + 1'537); // each slot of a page, and again what did not stand in its own bucket
}
