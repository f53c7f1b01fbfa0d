#include <sealsync/detail/list.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>

namespace {

using sealsync::detail::list;

std::string joined(const list<std::string>& words) {
    std::string all;
    for (const auto& word : words) all += word + ".";
    return all;
}

TEST_CASE("list: grows, and keeps what was put into it in its order") {
    list<std::string> words;
    CHECK(words.empty());
    for (int i = 0; i < 100; ++i) words.push_back(std::string(40, 'x') + std::to_string(i));
    REQUIRE(words.size() == 100);
    for (std::size_t i = 0; i < 100; ++i) CHECK(words[i] == std::string(40, 'x') + std::to_string(i));
    CHECK(words.front() == words[0]);
    CHECK(words.back() == words[99]);
    CHECK(words.end() - words.begin() == 100);
    CHECK(words.data() == words.begin());
}

TEST_CASE("list: an element of the list may be put into it while it grows") {
    list<std::string> words;
    words.push_back(std::string(40, 'x'));
    for (int i = 0; i < 20; ++i) words.push_back(words.front());
    for (const auto& word : words) CHECK(word == std::string(40, 'x'));
}

TEST_CASE("list: made of a size it holds so many elements without a value") {
    const list<std::string> blank(3);
    CHECK(joined(blank) == "...");
    const list<std::uint64_t> numbers(5);
    for (const auto number : numbers) CHECK(number == 0);
}

TEST_CASE("list: an element that is erased leaves the others in their order") {
    list<std::string> words;
    for (const auto* word : {"a", "b", "c", "d"}) words.push_back(word);
    words.erase(1);
    CHECK(joined(words) == "a.c.d.");
    words.erase(2);
    CHECK(joined(words) == "a.c.");
    words.erase(0);
    words.erase(0);
    CHECK(words.empty());
}

TEST_CASE("list: truncate, pop_back and clear drop from the end, each element once") {
    const auto counted = std::make_shared<int>(0);
    {
        list<std::shared_ptr<int>> all;
        for (int i = 0; i < 10; ++i) all.push_back(counted);
        CHECK(counted.use_count() == 11);
        all.truncate(7);
        all.truncate(9); // no element is beyond
        CHECK(all.size() == 7);
        CHECK(counted.use_count() == 8);
        all.pop_back();
        CHECK(counted.use_count() == 7);
        all.clear();
        CHECK(counted.use_count() == 1);
        all.push_back(counted);
    }
    CHECK(counted.use_count() == 1);
}

TEST_CASE("list: moves leave nothing behind and lose nothing") {
    const auto counted = std::make_shared<int>(0);
    list<std::shared_ptr<int>> from, to;
    from.push_back(counted);
    to.push_back(counted);
    to.push_back(counted);
    to = std::move(from);
    CHECK(to.size() == 1);
    CHECK(counted.use_count() == 2);
    const list<std::shared_ptr<int>> last{std::move(to)};
    CHECK(last.size() == 1);
    CHECK(counted.use_count() == 2);
}

TEST_CASE("list: elements stand where their alignment asks") {
    struct alignas(32) wide {
        std::uint64_t n = 0;
    };
    list<wide> all;
    for (std::uint64_t n = 0; n < 9; ++n) all.push_back({n});
    for (std::size_t i = 0; i < 9; ++i) {
        CHECK(reinterpret_cast<std::uintptr_t>(&all[i]) % 32 == 0);
        CHECK(all[i].n == i);
    }
}

} // namespace
