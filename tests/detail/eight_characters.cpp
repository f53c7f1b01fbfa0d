#include <sealsync/detail/eight_characters.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace {

using namespace sealsync;

bool of_an_id(char c) {
    return std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"}.find(c) !=
           std::string_view::npos;
}

/// Calls `check(text, character)` with each character at each of eight places.
template <class Check>
void for_each_character(std::string_view others, Check check) {
    for (int value = 0; value < 256; ++value) {
        for (std::size_t at = 0; at < 8; ++at) {
            std::string text{others};
            text[at] = static_cast<char>(value);
            check(text, text[at]);
        }
    }
}

TEST_CASE("eight_characters: the first is the lowest byte") {
    CHECK(detail::eight_characters("abcdefgh") == 0x6867666564636261);
    CHECK(detail::reversed_bytes(0x6867666564636261) == 0x6162636465666768);
}

TEST_CASE("eight_of_an_id: takes what an id may be made of, at every place and beside any neighbours") {
    for (const auto* others : {"aaaaaaaa", "ZZZZZZZZ", "0.9_~-z@", "--------", "~~~~~~~~"}) {
        const bool good = std::string_view{others}.find('@') == std::string_view::npos;
        for_each_character(others, [&](const std::string& text, char c) {
            const bool expected = of_an_id(c) && (good || text.find('@') == std::string::npos);
            REQUIRE(detail::eight_of_an_id(detail::eight_characters(text.data())) == expected);
            REQUIRE(detail::sixteen_of_an_id((text + "a.Z_~-09").data()) == expected);
            REQUIRE(detail::sixteen_of_an_id(("a.Z_~-09" + text).data()) == expected);
        });
    }
}

TEST_CASE("hex_digits: gives every lower-case digit its value, and refuses all else, at every place") {
    for (const auto* others : {"00000000", "ffffffff", "0123abcd", "99999999"}) {
        for_each_character(others, [](const std::string& text, char c) {
            std::uint64_t wrong = 0;
            const auto values = detail::hex_digits(detail::eight_characters(text.data()), wrong);
            constexpr std::string_view digits = "0123456789abcdef";
            REQUIRE((wrong == 0) == (c != '\0' && digits.find(c) != std::string_view::npos));
            std::array<std::byte, 8> read{};
            REQUIRE(detail::read_hex((text + "01234567").data(), read.data(), read.size()) == (wrong == 0));
            REQUIRE(detail::read_hex(("89abcdef" + text).data(), read.data(), read.size()) == (wrong == 0));
            if (wrong != 0) return;
            for (unsigned i = 0; i < 4; ++i) {
                REQUIRE(std::to_integer<unsigned>(read[4 + i]) == (detail::joined_digits(values) >> 8 * i & 0xff));
            }
            for (unsigned i = 0; i < 8; ++i) REQUIRE((values >> 8 * i & 0xff) == digits.find(text[i]));
        });
    }
}

TEST_CASE("joined_digits: makes four bytes of eight digits, the first the lowest") {
    std::uint64_t wrong = 0;
    CHECK(detail::joined_digits(detail::hex_digits(detail::eight_characters("0123cdef"), wrong)) == 0xefcd2301);
    CHECK(wrong == 0);
}

} // namespace
