#include <sealsync/detail/entropy.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace sealsync;

namespace {

struct counting {
    std::uint32_t next = 1;
    std::uint32_t operator()() { return next++; }
};
struct stuck {
    std::uint32_t operator()() const { return 0xffffffffU; }
};

} // namespace

TEST_CASE("entropy: drawn bytes do not repeat") {
    std::set<bytes> met;
    for (int i = 0; i < 100; ++i) {
        bytes drawn(16);
        REQUIRE(detail::fill_random(drawn));
        CHECK(met.insert(drawn).second);
    }
}

TEST_CASE("entropy: every length is filled to its last byte, and no further") {
    for (std::size_t size = 0; size < 20; ++size) {
        bytes drawn(size + 4, std::byte{0});
        counting device{.next = 0x01010101};
        REQUIRE(detail::fill_random_from(device, std::span{drawn}.first(size)));
        for (std::size_t i = 0; i < size; ++i) CHECK(drawn[i] != std::byte{0});
        for (std::size_t i = size; i < drawn.size(); ++i) CHECK(drawn[i] == std::byte{0});
    }
}

TEST_CASE("entropy: a device that repeats one number is refused, and nothing is written") {
    stuck device;
    bytes drawn(8, std::byte{7});
    const auto filled = detail::fill_random_from(device, drawn);
    REQUIRE_FALSE(filled);
    CHECK(filled.error() == errc::io_error);
    CHECK(filled.error().detail() == "it repeats one number");
    CHECK(drawn == bytes(8, std::byte{7}));
}
