#ifndef SEALSYNC_TESTS_MERGE_SCAN_VECTORS_HPP
#define SEALSYNC_TESTS_MERGE_SCAN_VECTORS_HPP

#include <sealsync/bytes.hpp>
#include <sealsync/merge/scan/portable_vector.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>

/// What every level of vectors must answer.
namespace sealsync_tests {

using namespace sealsync::detail;

inline std::string random_text(std::mt19937_64& random, std::string_view characters, std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += characters[random() % characters.size()];
    return text;
}

/// Whether what is read is found faulty.
template <class Vector, class Reading>
bool faulty(Reading&& read) {
    Vector seen;
    read(seen);
    return seen.faults() != 0;
}

template <class Vector, std::size_t Capacity>
void check_pattern(std::size_t size) {
    std::mt19937_64 random{size};
    const auto text = random_text(random, "abc", size);
    pattern<Capacity> expected{text};
    const auto differs = [&](const std::string& there) {
        return faulty<Vector>([&](Vector& seen) { seen.expect(there.data(), expected); });
    };
    CHECK_FALSE(differs(text + std::string(Capacity, '#'))); // whatever stands behind
    for (std::size_t i = 0; i < size; ++i) {
        auto other = text + std::string(Capacity, '\0');
        other[i] ^= 4;
        CHECK(differs(other));
        expected.mask[i] = '\0';
        CHECK_FALSE(differs(other));
        expected.mask[i] = '\xff';
    }
}

template <class Vector>
void check_patterns() {
    for (const std::size_t size : {1U, 7U, 31U, 32U, 33U, 63U, 64U}) check_pattern<Vector, 64>(size);
    for (const std::size_t size : {1U, 64U, 65U, 96U, 127U, 128U, 129U, 150U, 192U, 255U, 256U})
        check_pattern<Vector, 256>(size);
    for (const std::size_t size : {160U, 192U}) check_pattern<Vector, 192>(size);
}

template <class Vector>
void check_ids() {
    for (const std::size_t size : {1U, 8U, 21U, 31U, 32U}) {
        for (unsigned c = 0; c < 256; ++c) {
            for (std::size_t at : {std::size_t{0}, size - 1, size}) {
                std::string text(size, 'x');
                text += std::string(64, '\"');
                text[at] = static_cast<char>(c);
                std::array<std::byte, 32> id{};
                id.fill(std::byte{0xee});
                const bool bad = faulty<Vector>([&](Vector& seen) { seen.copy_id(text.data(), size, id.data()); });
                CHECK(bad == (at < size && !is_id_character(static_cast<unsigned char>(c))));
                for (std::size_t i = 0; !bad && i < 32; ++i) {
                    CHECK(static_cast<char>(id[i]) == (i < size ? text[i] : '\0'));
                }
            }
        }
    }
}

template <class Vector>
void check_digests() {
    std::mt19937_64 random{2};
    sealsync::digest256 digest;
    const auto bad = [&](const std::string& text) {
        return faulty<Vector>([&](Vector& seen) { seen.decode_digest(text.data(), digest.value.data()); });
    };
    for (int i = 0; i < 100; ++i) {
        const auto text = random_text(random, "0123456789abcdef", 64);
        CHECK_FALSE(bad(text));
        CHECK(digest.hex() == text);
    }
    for (std::size_t at = 0; at < 64; ++at) {
        for (unsigned c = 0; c < 256; ++c) {
            std::string text(64, '7');
            text[at] = static_cast<char>(c);
            CHECK(bad(text) == !sealsync::digest256::parse(text).has_value());
        }
    }
}

template <class Vector>
void check_times() {
    // Readable beyond its end, as a scan sees to it.
    const std::string text = "2025-01-20T14:30:59.123456789Z" + std::string(64, '#');
    time_parts parts{};
    const auto bad = [&](const std::string& there) {
        return faulty<Vector>([&](Vector& seen) { parts = seen.decode_time(there.data()); });
    };
    CHECK_FALSE(bad(text));
    CHECK(parts.date == 2025'01'20);
    CHECK(parts.seconds == 14 * 3'600 + 30 * 60);
    CHECK(parts.nanoseconds == 59'123'456'789);
    for (std::size_t at = 0; at < 29; ++at) {
        if (text[at] < '0' || text[at] > '9') continue;
        for (unsigned c = 0; c < 256; ++c) {
            auto other = text;
            other[at] = static_cast<char>(c);
            const bool in_range =
                other.substr(11, 2) < "24" && other.substr(14, 2) < "60" && other.substr(17, 2) < "60";
            CHECK(bad(other) == (c < '0' || c > '9' || !in_range));
        }
    }
}

/// Four numbers, of which the second is read if `second` says so.
template <class Vector>
struct read_four {
    std::array<std::uint64_t, 4> numbers{};
    bool bad = false;

    read_four(const std::array<std::string, 4>& texts, bool second) {
        std::array<std::uint64_t, 4> digits{}, least{};
        for (std::size_t i = 0; i < 4; ++i) {
            const auto word = guess_digits((texts[i] + ",.......").data());
            digits[i] = word.digits;
            least[i] = i == 3 ? least_number[word.count] : least_positive[word.count];
        }
        constexpr auto all = ~std::uint64_t{0};
        bad = faulty<Vector>([&](Vector& seen) {
            seen.read_numbers(digits, least, {all, second ? all : 0, all, all},
                              reinterpret_cast<std::byte*>(numbers.data()));
        });
    }
};

template <class Vector>
void check_numbers() {
    for (const std::uint64_t number :
         {1U, 9U, 10U, 12U, 305U, 4'096U, 70'000U, 123'456U, 9'999'999U, 10'000'000U, 99'999'999U}) {
        for (std::size_t at = 0; at < 4; ++at) {
            std::array<std::string, 4> texts = {"1", "23", "456", "45678901"};
            std::array<std::uint64_t, 4> expected = {1, 23, 456, 45'678'901};
            texts[at] = std::to_string(number);
            expected[at] = number;
            const read_four<Vector> four{texts, true}, three{texts, false};
            CHECK_FALSE(four.bad);
            CHECK(four.numbers == expected);
            CHECK_FALSE(three.bad);
            expected[1] = 0;
            CHECK(three.numbers == expected);
        }
    }
}

template <class Vector>
void check_no_numbers() {
    const auto bad = [](std::size_t at, const std::string& text, bool second) {
        std::array<std::string, 4> texts = {"1", "23", "456", "45678901"};
        texts[at] = text;
        return read_four<Vector>{texts, second}.bad;
    };
    for (std::size_t at = 0; at < 4; ++at) {
        for (const char* text : {"", "00", "01", "0123", "-1", "01234567"}) {
            CHECK(bad(at, text, true));
            CHECK(bad(at, text, false) == (at != 1));
        }
        CHECK(bad(at, "0", true) == (at != 3));
        for (unsigned c = 0; c < 256; ++c) {
            const auto one = static_cast<char>(c);
            const bool digit = one >= '0' && one <= '9', ends = (c & 0x10U) == 0;
            CHECK(bad(at, std::string{'5', one, '7'}, true) == (!digit && !ends));
            CHECK(bad(at, std::string{"123456"} + one, true) == (!digit && !ends));
        }
    }
}

template <class Vector>
void check_braces() {
    for (std::size_t at = 0; at < 64; ++at) {
        std::string text(128, 'x');
        text[at] = '}';
        CHECK(Vector::find_brace(text.data()) == at);
        text[63] = text[64] = '}';
        CHECK(Vector::find_brace(text.data()) == at);
        text.replace(at, 1, "\xfd"); // no brace, but for one bit
        CHECK(Vector::find_brace(text.data()) == (at == 63 ? 64 : 63));
    }
    CHECK(Vector::find_brace((std::string(64, 'x') + '}').data()) == 64);
}

template <class Vector>
void check_vector() {
    check_patterns<Vector>();
    check_ids<Vector>();
    check_digests<Vector>();
    check_times<Vector>();
    check_numbers<Vector>();
    check_no_numbers<Vector>();
    check_braces<Vector>();
}

} // namespace sealsync_tests

#endif
