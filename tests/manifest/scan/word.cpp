#include <sealsync/manifest/scan/word.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace sealsync::detail;

TEST_CASE("word: the first character is the lowest byte") {
    CHECK(load_word("abcdefgh") == word_of("abcdefgh"));
    CHECK((word_of("abcdefgh") & 0xffU) == 'a');
    CHECK(word_of("ab") == (std::uint64_t{'b'} << 8U | 'a'));
}

TEST_CASE("word: a text differs if any of its characters does") {
    const std::string text = "\",\"replaces\":[";
    CHECK(differs(text.data(), "\",\"replaces\":[") == 0);
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto other = text;
        other[i] ^= 1;
        CHECK(differs(other.data(), "\",\"replaces\":[") != 0);
    }
}

TEST_CASE("word: numbers of up to seven digits are read, and nothing else") {
    for (const std::uint64_t number : {0U, 1U, 9U, 10U, 12U, 305U, 4'096U, 70'000U, 123'456U, 9'999'999U}) {
        for (const char* after : {",", "\"", "]       ", "\x80\xff", ":a"}) {
            const auto text = std::to_string(number) + after + "........";
            const auto scanned = scan_number(text.data());
            CHECK(scanned.bad == 0);
            CHECK(scanned.value == number);
            CHECK(scanned.digits == std::to_string(number).size());
        }
    }
    for (const char* text : {"00,.....", "01,.....", ",.......", "-1,.....", "12345678", "a1,.....", "\xff,......"}) {
        CHECK(scan_number(text).bad != 0);
    }
}
