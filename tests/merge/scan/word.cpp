#include <sealsync/merge/scan/word.hpp>

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

TEST_CASE("word: digits are found, at most eight, and are the number that they say") {
    for (const std::uint64_t number :
         {0U, 1U, 9U, 10U, 12U, 305U, 4'096U, 70'000U, 123'456U, 9'999'999U, 12'345'678U}) {
        for (const char* after : {",", "\"", "]       ", "\x80\xff", ":a"}) {
            const auto text = std::to_string(number) + after + "........";
            const auto word = find_digits(text.data());
            CHECK(value_of_digits(word.digits) == number);
            CHECK(word.count == std::to_string(number).size());
            CHECK(no_number(word) == 0);
            const auto guessed = guess_digits((std::to_string(number) + ",").append(8, '.').data());
            CHECK(guessed.digits == word.digits);
            CHECK(guessed.count == word.count);
            CHECK(least_positive[word.count] <= (std::max)(number, std::uint64_t{1}));
            CHECK(least_positive[word.count] * 10 > number);
            CHECK(least_number[word.count] == (word.count == 1 ? 0 : least_positive[word.count]));
        }
    }
    CHECK(find_digits("123456789").count == 8);
    CHECK(guess_digits("123456789").count == 8);
    CHECK(guess_digits(",1234567").count == 0);
    CHECK(least_number[0] > 99'999'999);
    CHECK(least_positive[0] > 99'999'999);
}

TEST_CASE("word: what begins with a zero or with no digit is no number") {
    for (const char* text : {"00,.....", "01,.....", ",.......", "-1,.....", "a1,.....", "\xff,......", "01234567"}) {
        CHECK(no_number(find_digits(text)) != 0);
    }
}

TEST_CASE("foreseen: is the value, whatever it was before") {
    std::size_t usual = 0;
    for (const std::size_t value : {3U, 3U, 0U, 0U, 7U, 3U}) CHECK(foreseen(value, usual) == value);
}
