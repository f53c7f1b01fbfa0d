#include <sealsync/merge/seeded_hash.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>

using sealsync::detail::seeded_hash;

TEST_CASE("seeded_hash: the same for the same seed, another for another") {
    CHECK(seeded_hash{1}.of_text("emma") == seeded_hash{1}.of_text("emma"));
    CHECK(seeded_hash{1}.of_text("emma") != seeded_hash{2}.of_text("emma"));
    std::array<std::byte, 32> id{};
    CHECK(seeded_hash{1}.of_id(id.data(), 1, 2) != seeded_hash{2}.of_id(id.data(), 1, 2));
}

TEST_CASE("seeded_hash: every byte of an id counts, and so do kind and collection") {
    const seeded_hash hash{9};
    std::array<std::byte, 32> id{};
    std::set<std::uint32_t> all{hash.of_id(id.data(), 1, 2), hash.of_id(id.data(), 2, 1), hash.of_id(id.data(), 1, 3)};
    for (std::size_t i = 0; i < id.size(); ++i) {
        id[i] = std::byte{1};
        all.insert(hash.of_id(id.data(), 1, 2));
        id[i] = std::byte{0};
    }
    CHECK(all.size() == 35);
}

TEST_CASE("seeded_hash: texts of any length differ where they differ, zeros at the end included") {
    const seeded_hash hash{9};
    std::set<std::uint32_t> all;
    for (std::size_t size = 0; size < 100; ++size) all.insert(hash.of_text(std::string(size, '\0')));
    for (std::size_t size = 1; size < 100; ++size) all.insert(hash.of_text(std::string(size, 'a')));
    CHECK(all.size() == 199);
}

TEST_CASE("seeded_hash: of an id it is the sum of five products, however they are computed") {
    std::array<std::byte, 32> id;
    for (std::size_t i = 0; i < id.size(); ++i) id[i] = static_cast<std::byte>(i * 37 + 200);
    CHECK(seeded_hash{0x5ea15c}.of_id(id.data(), 0x11, 0xfedcba98) == 0xceecee99);
}
