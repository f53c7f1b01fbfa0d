#ifndef SEALSYNC_DETAIL_EIGHT_CHARACTERS_HPP
#define SEALSYNC_DETAIL_EIGHT_CHARACTERS_HPP

#include "../config.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#endif

/// Eight characters in one word, judged at once on any processor: ids, digests and times are most of a manifest, and
/// character by character they cost more than all else of it.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

inline constexpr std::uint64_t every_byte = 0x0101010101010101;

[[nodiscard]] constexpr std::uint64_t reversed_bytes(std::uint64_t word) noexcept {
    word = (word >> 8U & 0x00ff00ff00ff00ff) | (word & 0x00ff00ff00ff00ff) << 8U;
    word = (word >> 16U & 0x0000ffff0000ffff) | (word & 0x0000ffff0000ffff) << 16U;
    return word >> 32U | word << 32U;
}

/// The first character is the lowest byte, whatever the machine's order.
[[nodiscard]] inline std::uint64_t eight_characters(const char* text) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, text, sizeof word);
    return std::endian::native == std::endian::big ? reversed_bytes(word) : word;
}

/// The highest bit of each byte whose lower seven are from `first` to `last`.
[[nodiscard]] constexpr std::uint64_t bytes_within(std::uint64_t word, unsigned first, unsigned last) noexcept {
    const auto seven = word & every_byte * 0x7f;
    return (seven + every_byte * (0x80 - first)) & ~(seven + every_byte * (0x7f - last)) & every_byte * 0x80;
}

/// Whether all eight are of `A-Z a-z 0-9 . _ ~ -`.
[[nodiscard]] constexpr bool eight_of_an_id(std::uint64_t word) noexcept {
    const auto good = bytes_within(word | every_byte * 0x20, 'a', 'z') | bytes_within(word, '0', '9') |
                      bytes_within(word, '-', '.') | bytes_within(word, '_', '_') | bytes_within(word, '~', '~');
    return (good & ~word & every_byte * 0x80) == every_byte * 0x80;
}

/// The values of eight lower-case hex digits, each in its byte; sets a bit of `wrong` if one is none.
[[nodiscard]] constexpr std::uint64_t hex_digits(std::uint64_t word, std::uint64_t& wrong) noexcept {
    // Letters are moved to follow the digits, as ':' to '?'. What arrives there must have been a letter.
    const auto letters = word >> 6U & every_byte;
    const auto moved = word - letters * ('a' - ':');
    const auto values = moved & every_byte * 0x0f;
    wrong |= (moved & every_byte * 0xf0) ^ every_byte * '0';
    wrong |= ((values + every_byte * 6) >> 4U & every_byte) ^ letters;
    return values;
}

/// Joins each pair of `hex_digits` to a byte: four bytes, the first the lowest.
[[nodiscard]] constexpr std::uint32_t joined_digits(std::uint64_t values) noexcept {
    auto word = (values << 4U | values >> 8U) & 0x00ff00ff00ff00ff;
    word = (word | word >> 8U) & 0x0000ffff0000ffff;
    return static_cast<std::uint32_t>(word | word >> 16U);
}

#if defined(__SSE2__) || defined(_M_X64)
/// The bytes that are from `first` to `last`, with all their bits set.
[[nodiscard]] inline __m128i bytes_within(__m128i characters, char first, char last) noexcept {
    const auto above = _mm_sub_epi8(characters, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(static_cast<char>(last - first))), above);
}

/// Whether all sixteen are of `A-Z a-z 0-9 . _ ~ -`.
[[nodiscard]] inline bool sixteen_of_an_id(const char* text) noexcept {
    const auto characters = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
    const auto folded = _mm_or_si128(characters, _mm_set1_epi8(0x20));
    const auto plain = _mm_or_si128(bytes_within(folded, 'a', 'z'), bytes_within(characters, '0', '9'));
    const auto marks =
        _mm_or_si128(_mm_cmpeq_epi8(characters, _mm_set1_epi8('_')), _mm_cmpeq_epi8(characters, _mm_set1_epi8('~')));
    const auto good = _mm_or_si128(_mm_or_si128(plain, marks), bytes_within(characters, '-', '.'));
    return _mm_movemask_epi8(good) == 0xffff;
}

/// The same for sixteen digits at once; a bit of `wrong` is set if one is none.
[[nodiscard]] inline std::uint64_t sixteen_digits(const char* text, __m128i& wrong) noexcept {
    const auto characters = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
    const auto is_decimal = bytes_within(characters, '0', '9'), is_letter = bytes_within(characters, 'a', 'f');
    wrong = _mm_or_si128(wrong, _mm_cmpeq_epi8(_mm_or_si128(is_decimal, is_letter), _mm_setzero_si128()));
    // The low half of a letter is one less than it counts above nine.
    const auto values =
        _mm_add_epi8(_mm_and_si128(characters, _mm_set1_epi8(0x0f)), _mm_and_si128(is_letter, _mm_set1_epi8(9)));
    const auto joined = _mm_or_si128(_mm_slli_epi16(values, 4), _mm_srli_epi16(values, 8));
    const auto packed = _mm_packus_epi16(_mm_and_si128(joined, _mm_set1_epi16(0xff)), _mm_setzero_si128());
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(packed));
}

/// Reads `count` pairs of digits, a multiple of 8; false if one is no digit.
[[nodiscard]] inline bool read_hex(const char* text, std::byte* out, std::size_t count) noexcept {
    auto wrong = _mm_setzero_si128();
    for (; count > 0; count -= 8, text += 16, out += 8) {
        const auto eight = sixteen_digits(text, wrong);
        std::memcpy(out, &eight, sizeof eight);
    }
    return _mm_movemask_epi8(wrong) == 0;
}
#else
[[nodiscard]] inline bool sixteen_of_an_id(const char* text) noexcept {
    return eight_of_an_id(eight_characters(text)) && eight_of_an_id(eight_characters(text + 8));
}

/// Reads `count` pairs of digits, a multiple of 8; false if one is no digit.
[[nodiscard]] inline bool read_hex(const char* text, std::byte* out, std::size_t count) noexcept {
    std::uint64_t wrong = 0;
    for (; count > 0; count -= 4, text += 8, out += 4) {
        const auto four = joined_digits(hex_digits(eight_characters(text), wrong));
        out[0] = static_cast<std::byte>(four);
        out[1] = static_cast<std::byte>(four >> 8U);
        out[2] = static_cast<std::byte>(four >> 16U);
        out[3] = static_cast<std::byte>(four >> 24U);
    }
    return wrong == 0;
}
#endif

}}} // namespace sealsync::detail

#endif
