#include <sealsync/detail/sorted_table.hpp>
#include <sealsync/testing/random.hpp>

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace {

using sealsync::detail::sorted_table;
using words = sorted_table<std::string, int>;

std::string keys_of(const words& table) {
    std::string all;
    for (const auto& [key, value] : table) all += key + ".";
    return all;
}

TEST_CASE("sorted_table: keys come in ascending order, whatever the order they were made in") {
    words table;
    for (const auto* key : {"c", "a", "d", "b"}) table[key] = key[0];
    CHECK(keys_of(table) == "a.b.c.d.");
    CHECK(table.size() == 4);
    for (const auto& [key, value] : table) CHECK(value == key[0]);
}

TEST_CASE("sorted_table: a key has one row, and is made without a value") {
    words table;
    CHECK(table["a"] == 0);
    table["a"] = 7;
    CHECK(table["a"] == 7);
    CHECK(table.size() == 1);
}

TEST_CASE("sorted_table: finds what is there, by anything that compares like a key, and makes nothing") {
    words table;
    CHECK(table.find(std::string_view{"a"}) == nullptr);
    for (const auto* key : {"b", "d"}) table[key] = key[0];
    for (const std::string_view absent : {"", "a", "c", "e"}) CHECK(table.find(absent) == nullptr);
    REQUIRE(table.find(std::string_view{"d"}) != nullptr);
    *table.find(std::string_view{"d"}) = 9;
    const auto& read = table;
    CHECK(*read.find(std::string_view{"d"}) == 9);
    CHECK(table.size() == 2);
}

TEST_CASE("sorted_table: cleared it is empty and can be filled again") {
    words table;
    table["a"] = 1;
    table.clear();
    CHECK(table.find(std::string_view{"a"}) == nullptr);
    CHECK(table.begin() == table.end());
    table["b"] = 2;
    CHECK(keys_of(table) == "b.");
}

TEST_CASE("sorted_table: values only move") {
    sorted_table<int, std::unique_ptr<int>> table;
    for (const int key : {3, 1, 2}) table[key] = std::make_unique<int>(key);
    for (const auto& [key, value] : table) CHECK(*value == key);
}

TEST_CASE("sorted_table: holds what a map holds") {
    sealsync::testing::random numbers{23};
    sorted_table<std::uint64_t, std::uint64_t> table;
    std::map<std::uint64_t, std::uint64_t> model;
    for (std::uint64_t i = 0; i < 2'000; ++i) {
        const auto key = numbers.below(700);
        table[key] += i;
        model[key] += i;
        const auto asked = numbers.below(700);
        const auto at = model.find(asked);
        const auto* found = table.find(asked);
        REQUIRE((found != nullptr) == (at != model.end()));
        if (found != nullptr) REQUIRE(*found == at->second);
    }
    REQUIRE(table.size() == model.size());
    auto expected = model.begin();
    for (const auto& [key, value] : table) {
        REQUIRE(key == expected->first);
        REQUIRE(value == expected->second);
        ++expected;
    }
}

} // namespace
