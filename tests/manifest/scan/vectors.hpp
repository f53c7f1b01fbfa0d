#ifndef SEALSYNC_TESTS_MANIFEST_SCAN_VECTORS_HPP
#define SEALSYNC_TESTS_MANIFEST_SCAN_VECTORS_HPP

#include <sealsync/bytes.hpp>
#include <sealsync/manifest/scan/portable_vector.hpp>

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
    for (const std::size_t size : {1U, 64U, 65U, 96U, 127U, 150U, 192U, 255U, 256U}) check_pattern<Vector, 256>(size);
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
    CHECK(parts.date == (std::uint64_t{120} << 32U | 2025));
    CHECK(parts.minutes_in_seconds == 14 * 3'600 + 30 * 60);
    CHECK(parts.seconds == 59);
    CHECK(parts.nanoseconds == 123'456'789);
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

template <class Vector>
void check_numbers() {
    const auto word = [](std::string_view digits) {
        return find_digits((std::string{digits} + ",.......").data()).digits;
    };
    for (const std::uint64_t number :
         {0U, 1U, 9U, 10U, 12U, 305U, 4'096U, 70'000U, 123'456U, 9'999'999U, 99'999'999U}) {
        const auto digits = word(std::to_string(number));
        CHECK(Vector::values_of_digits({digits, word("1"), word("23"), word("45678901")}) ==
              typename Vector::words{number, 1, 23, 45'678'901});
        CHECK(Vector::values_of_digits({word("9"), digits, digits, digits}) ==
              typename Vector::words{9, number, number, number});
    }
}

template <class Vector>
void check_braces() {
    for (std::size_t at = 0; at < 256; ++at) {
        std::string text(320, 'x');
        text[at] = '}';
        CHECK(Vector::find_brace(text.data()) == at);
        text[256] = '}';
        text[255] = '}';
        CHECK(Vector::find_brace(text.data()) == at);
        text.replace(at, 1, "\xfd"); // no brace, but for one bit
        CHECK(Vector::find_brace(text.data()) == (at == 255 ? Vector::find_brace(std::string(320, 'x').data()) : 255));
    }
    CHECK(Vector::find_brace(std::string(320, 'x').data()) <= 256);
}

template <class Vector>
void check_vector() {
    check_patterns<Vector>();
    check_ids<Vector>();
    check_digests<Vector>();
    check_times<Vector>();
    check_numbers<Vector>();
    check_braces<Vector>();
}

} // namespace sealsync_tests

#endif
