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

template <class Vector>
void check_differs() {
    std::mt19937_64 random{1};
    for (std::size_t size = Vector::text_least; size < 200; ++size) {
        const auto text = random_text(random, "abc", size);
        std::string mask(size, '\xff');
        CHECK(Vector::differs(text.data(), text.data(), size) == 0);
        for (std::size_t i = 0; i < size; ++i) {
            auto other = text;
            other[i] ^= 4;
            CHECK(Vector::differs(other.data(), text.data(), size) != 0);
            CHECK(Vector::differs(other.data(), text.data(), mask.data(), size) != 0);
            mask[i] = '\0';
            CHECK(Vector::differs(other.data(), text.data(), mask.data(), size) == 0);
            mask[i] = '\xff';
        }
    }
}

template <class Vector>
void check_ids() {
    for (unsigned c = 0; c < 256; ++c) {
        std::string text(64, 'x');
        text[20] = static_cast<char>(c);
        std::array<std::byte, 32> id{};
        const auto size = Vector::copy_id(text.data(), id.data());
        CHECK(size == (is_id_character(static_cast<unsigned char>(c)) ? 32 : 20));
        for (std::size_t i = 0; i < 32; ++i) CHECK(static_cast<char>(id[i]) == (i < size ? text[i] : '\0'));
    }
}

template <class Vector>
void check_digests() {
    std::mt19937_64 random{2};
    for (int i = 0; i < 100; ++i) {
        const auto text = random_text(random, "0123456789abcdef", 64);
        sealsync::digest256 digest;
        CHECK(Vector::decode_digest(text.data(), digest.value.data()) == 0);
        CHECK(digest.hex() == text);
    }
    for (std::size_t at = 0; at < 64; ++at) {
        for (unsigned c = 0; c < 256; ++c) {
            std::string text(64, '7');
            text[at] = static_cast<char>(c);
            sealsync::digest256 digest;
            const bool bad = Vector::decode_digest(text.data(), digest.value.data()) != 0;
            CHECK(bad == !sealsync::digest256::parse(text).has_value());
        }
    }
}

template <class Vector>
void check_times() {
    // Readable beyond its end, as a scan sees to it.
    const std::string text = "2025-01-20T14:30:59.123456789Z" + std::string(64, '#');
    time_digits digits{};
    CHECK(Vector::decode_time(text.data(), digits) == 0);
    CHECK(digits.pairs == std::array<std::uint8_t, 7>{20, 25, 1, 20, 14, 30, 59});
    CHECK(digits.nanoseconds == 123'456'789);
    for (std::size_t at = 0; at < 29; ++at) {
        if (text[at] < '0' || text[at] > '9') continue;
        for (unsigned c = 0; c < 256; ++c) {
            auto other = text;
            other[at] = static_cast<char>(c);
            CHECK((Vector::decode_time(other.data(), digits) != 0) == (c < '0' || c > '9'));
        }
    }
}

template <class Vector>
void check_vector() {
    check_differs<Vector>();
    check_ids<Vector>();
    check_digests<Vector>();
    check_times<Vector>();
}

} // namespace sealsync_tests

#endif
