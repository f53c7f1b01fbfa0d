#include <sealsync/manifest/interval_set.hpp>

#include <doctest/doctest.h>

#include <random>
#include <set>

namespace {

using sealsync::bytes;
using sealsync::interval_set;
constexpr auto top = std::numeric_limits<std::uint64_t>::max();

interval_set of(std::initializer_list<std::uint64_t> numbers) {
    interval_set set;
    for (const auto n : numbers) set.insert(n);
    return set;
}

bytes encoded(std::initializer_list<std::uint64_t> numbers) {
    sealsync::detail::wire_writer out;
    for (const auto n : numbers) out.number(n);
    return std::move(out).take();
}

TEST_CASE("interval_set: intervals are appended only above and apart from what is there") {
    sealsync::interval_set set;
    CHECK_FALSE(set.append({2, 1}));
    CHECK(set.empty());
    CHECK(set.append({1, 3}));
    for (const sealsync::interval_set::interval wrong :
         {sealsync::interval_set::interval{4, 5}, {3, 9}, {0, 0}, {1, 3}}) {
        CHECK_FALSE(set.append(wrong));
    }
    CHECK(set.append({5, 5}));
    CHECK(set.append({top, top}));
    CHECK_FALSE(set.append({top, top}));
    sealsync::interval_set inserted;
    for (const std::uint64_t n : {top, std::uint64_t{3}, std::uint64_t{5}, std::uint64_t{1}, std::uint64_t{2}})
        inserted.insert(n);
    CHECK(set == inserted);
}

TEST_CASE("interval_set: numbers that come in order are one interval") {
    interval_set set;
    for (std::uint64_t n = 1; n <= 10'000; ++n) set.insert(n);
    REQUIRE(set.intervals().size() == 1);
    CHECK(set.intervals()[0] == interval_set::interval{1, 10'000});
    CHECK(set.encode().size() == 4);
}

TEST_CASE("interval_set: the number between two intervals joins them, in whatever order") {
    CHECK(of({1, 3, 2}) == of({1, 2, 3}));
    CHECK(of({3, 1, 2}).intervals().size() == 1);
    CHECK(of({1, 3}).intervals().size() == 2);
    CHECK(of({5, 4}).intervals()[0] == interval_set::interval{4, 5});
}

TEST_CASE("interval_set: a number inserted again changes nothing") {
    auto set = of({1, 2, 3, 7});
    set.insert(2);
    set.insert(7);
    CHECK(set == of({1, 2, 3, 7}));
}

TEST_CASE("interval_set: the least and the greatest number are numbers like others") {
    const auto set = of({top, 0, top - 1, 1, top - 3});
    CHECK(set.contains(0));
    CHECK(set.contains(1));
    CHECK_FALSE(set.contains(2));
    CHECK(set.contains(top - 3));
    CHECK_FALSE(set.contains(top - 2));
    CHECK(set.contains(top));
    CHECK(set.intervals().size() == 3);
    CHECK(interval_set::decode(set.encode()) == set);
    CHECK(interval_set::decode(of({top}).encode()) == of({top}));
    CHECK(interval_set::decode(of({0}).encode()) == of({0}));
}

TEST_CASE("interval_set: it holds what a std::set holds, and survives encoding, in 200 random histories") {
    std::mt19937_64 random{7};
    for (int history = 0; history < 200; ++history) {
        interval_set set;
        std::set<std::uint64_t> model;
        const auto range = 1 + random() % 300;
        for (int step = 0; step < 150; ++step) {
            const auto n = random() % range;
            set.insert(n);
            model.insert(n);
        }
        for (std::uint64_t n = 0; n <= range; ++n) REQUIRE(set.contains(n) == (model.count(n) > 0));
        std::uint64_t count = 0;
        for (std::size_t i = 0; i < set.intervals().size(); ++i) {
            count += set.intervals()[i].last - set.intervals()[i].first + 1;
            if (i > 0) REQUIRE(set.intervals()[i].first > set.intervals()[i - 1].last + 1);
        }
        REQUIRE(count == model.size());
        REQUIRE(interval_set::decode(set.encode()) == set);
    }
}

TEST_CASE("interval_set: the empty set is one byte") {
    CHECK(interval_set{}.empty());
    CHECK(interval_set{}.encode() == encoded({0}));
    CHECK(interval_set::decode(encoded({0})) == interval_set{});
    CHECK_FALSE(interval_set{}.contains(0));
}

TEST_CASE("interval_set: only what encode makes is decoded") {
    CHECK_FALSE(interval_set::decode({}));
    CHECK_FALSE(interval_set::decode(encoded({1, 5})));
    CHECK_FALSE(interval_set::decode(encoded({1, 5, 0, 0})));
    CHECK_FALSE(interval_set::decode(encoded({1'000'000, 5, 0})));
    CHECK_FALSE(interval_set::decode(encoded({1, 5, top})));
    CHECK_FALSE(interval_set::decode(encoded({2, 5, top - 5, 0, 0})));
    CHECK_FALSE(interval_set::decode(encoded({2, 5, top - 6, 0, 0})));
    CHECK_FALSE(interval_set::decode(encoded({2, 5, 0, top - 6, 0})));
    const auto padded = bytes{std::byte{0x81}, std::byte{0}, std::byte{5}, std::byte{0}};
    CHECK_FALSE(interval_set::decode(padded));
}

TEST_CASE("interval_set: random bytes decode to nothing, or to a set that encodes to them") {
    std::mt19937_64 random{11};
    int decoded = 0;
    for (int i = 0; i < 20'000; ++i) {
        bytes noise(1 + random() % 8);
        for (auto& each : noise) each = static_cast<std::byte>(random() % 4 == 0 ? random() : random() % 5);
        if (const auto set = interval_set::decode(noise)) {
            ++decoded;
            REQUIRE(set->encode() == noise);
        }
    }
    CHECK(decoded > 100);
}

} // namespace

TEST_CASE("interval_set: joined, it holds what either held, whatever overlaps or touches") {
    std::mt19937_64 random{4};
    for (int round = 0; round < 500; ++round) {
        interval_set left, right, both;
        for (auto count = random() % 20; count > 0; --count) {
            const auto n = random() % 40;
            (random() % 2 == 0 ? left : right).insert(n);
            both.insert(n);
        }
        left.join(right);
        CHECK(left == both);
    }
    interval_set top, low;
    top.insert((std::numeric_limits<std::uint64_t>::max)());
    low.insert(0);
    low.join(top);
    CHECK(low.intervals().size() == 2);
}
