#include <sealsync/manifest/compact/number_bytes.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace sealsync;
using namespace sealsync::detail;

namespace {

constexpr auto top = std::numeric_limits<std::uint64_t>::max();

TEST_CASE("number_bytes: a number takes as many bytes as it has, and zero none") {
    CHECK(number_bytes(0) == 0);
    CHECK(number_bytes(1) == 1);
    CHECK(number_bytes(255) == 1);
    CHECK(number_bytes(256) == 2);
    CHECK(number_bytes((std::uint64_t{1} << 53U) - 1) == 7);
    CHECK(number_bytes(top) == 8);
}

TEST_CASE("number_bytes: of every length, mask and least let exactly the numbers of that length pass") {
    for (unsigned bit = 0; bit < 64; ++bit) {
        for (const auto value : {std::uint64_t{1} << bit, (std::uint64_t{2} << bit) - 1}) {
            const auto count = number_bytes(value);
            CHECK((value & mask_of_length[count]) == value);
            CHECK(value >= least_of_length[count]);
            if (count < 8) CHECK(value < least_of_length[count + 1]);
            if (count > 1) CHECK((value & mask_of_length[count - 1]) != value);
        }
    }
}

TEST_CASE("number_bytes: lengths that no number has let nothing pass") {
    for (std::size_t count = 9; count < 16; ++count) CHECK((top & mask_of_length[count]) < least_of_length[count]);
}

TEST_CASE("number_bytes: what is stored is loaded, lowest byte first") {
    std::array<std::byte, 8> at{};
    store_le(at.data(), 0x0102030405060708, 8);
    CHECK(at[0] == std::byte{8});
    CHECK(at[7] == std::byte{1});
    CHECK(load_le64(at.data()) == 0x0102030405060708);
    CHECK(load_le32(at.data()) == 0x05060708);
    at.fill({});
    store_le(at.data(), 0x0102030405060708, 2);
    CHECK(load_le64(at.data()) == 0x0708);
    store_le64(at.data(), 0x1112131415161718);
    CHECK(load_le64(at.data()) == 0x1112131415161718);
}

TEST_CASE("zigzag: small differences of either sign are small numbers, and each has its own") {
    const auto minus = [](std::uint64_t value) { return std::uint64_t{0} - value; };
    CHECK(zigzag(0) == 0);
    CHECK(zigzag(minus(1)) == 1);
    CHECK(zigzag(1) == 2);
    CHECK(zigzag(minus(2)) == 3);
    for (const auto value : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{77}, top >> 1U, (top >> 1U) + 1, top}) {
        CHECK(unzigzag(zigzag(value)) == value);
        CHECK(zigzag(unzigzag(value)) == value);
    }
}

} // namespace
