#include <sealsync/detail/ranges.hpp>

#include <doctest/doctest.h>

#include <numeric>
#include <string>

namespace {

using namespace sealsync;
using namespace sealsync::detail;

TEST_CASE("ranges: any_of, all_of and contains ask every element, and an empty range has none") {
    const std::vector<int> none, some{1, 3, 5};
    const auto odd = [](int n) { return n % 2 == 1; };
    CHECK(all_of(some, odd));
    CHECK(any_of(some, odd));
    CHECK_FALSE(any_of(some, [](int n) { return n > 5; }));
    CHECK_FALSE(all_of(some, [](int n) { return n < 5; }));
    CHECK(all_of(none, odd));
    CHECK_FALSE(any_of(none, odd));
    CHECK(contains(some, 3));
    CHECK_FALSE(contains(some, 2));
}

TEST_CASE("ranges: contains_sorted finds what is there, at both ends and between, and nothing else") {
    for (std::size_t size = 0; size < 9; ++size) {
        std::vector<std::size_t> sorted(size);
        for (std::size_t i = 0; i < size; ++i) sorted[i] = 2 * i + 1;
        for (std::size_t n = 0; n <= 2 * size + 1; ++n)
            CHECK(contains_sorted(sorted, n) == (n % 2 == 1 && n < 2 * size));
    }
}

TEST_CASE("ranges: drop_if keeps the others in their order") {
    std::vector<std::string> words{"a", "bb", "c", "dd", "e"};
    drop_if(words, [](const std::string& word) { return word.size() == 2; });
    CHECK(words == std::vector<std::string>{"a", "c", "e"});
    drop_if(words, [](const std::string&) { return false; });
    CHECK(words.size() == 3);
    drop_if(words, [](const std::string&) { return true; });
    CHECK(words.empty());
}

TEST_CASE("ranges: sorting is stable, in any size") {
    for (std::size_t size = 0; size < 200; size += 7) {
        std::vector<std::pair<std::size_t, std::size_t>> values;
        for (std::size_t i = 0; i < size; ++i) values.emplace_back(i * 7'919 % 5, i);
        auto expected = values;
        std::stable_sort(expected.begin(), expected.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        sort_stably(values, [](const auto& a, const auto& b) { return a.first < b.first; });
        CHECK(values == expected);
    }
}

TEST_CASE("ranges: sort_unique keeps one of equal elements") {
    std::vector<std::string> words{"b", "a", "b", "c", "a"};
    sort_unique(words);
    CHECK(words == std::vector<std::string>{"a", "b", "c"});
    std::vector<int> none;
    sort_unique(none);
    CHECK(none.empty());
}

} // namespace
