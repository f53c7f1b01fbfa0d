#include <sealsync/merge/entry_pool.hpp>

#include <doctest/doctest.h>

#include <map>

using namespace sealsync::detail;

TEST_CASE("entry_pool: entries stay where they are, and what was given back comes again") {
    entry_pool pool;
    const auto first = pool.take();
    const auto* const place = &pool[first];
    for (int i = 0; i < 5'000; ++i) static_cast<void>(pool.take());
    CHECK(&pool[first] == place);
    pool.give_back(70);
    pool.give_back(3);
    CHECK(pool[3].size_and_marks == 0);
    CHECK(pool.take() == 3);
    CHECK(pool.take() == 70);
    CHECK(pool.take() == 5'001);
    CHECK(pool.size() == 5'002);
    CHECK(pool.bytes_held() >= 5'002 * sizeof(merge_entry));
}

TEST_CASE("rest_pool: blocks of any size keep what they hold, and freed ones are used again") {
    rest_pool pool;
    std::map<std::uint32_t, std::vector<std::byte>> blocks;
    for (std::uint32_t bytes = 16; bytes < 700'000; bytes = bytes * 5 / 4 + 16) {
        std::vector<std::byte> block(bytes, static_cast<std::byte>(bytes % 251));
        const auto at = pool.copy(block.data(), bytes);
        CHECK(blocks.emplace(at, std::move(block)).second);
    }
    for (const auto& [at, block] : blocks) CHECK(std::memcmp(pool[at], block.data(), block.size()) == 0);

    const auto held = pool.bytes_held();
    for (int round = 0; round < 100; ++round) {
        for (const auto& [at, block] : blocks) pool.give_back(at, static_cast<std::uint32_t>(block.size()));
        decltype(blocks) again;
        for (auto& [at, block] : blocks) {
            const auto bytes = static_cast<std::uint32_t>(block.size());
            const auto place = pool.copy(block.data(), bytes);
            CHECK(again.emplace(place, std::move(block)).second);
        }
        blocks = std::move(again);
    }
    CHECK(pool.bytes_held() == held);
    for (const auto& [at, block] : blocks) CHECK(std::memcmp(pool[at], block.data(), block.size()) == 0);
}
