#ifndef SEALSYNC_MERGE_SCAN_WORD_HPP
#define SEALSYNC_MERGE_SCAN_WORD_HPP

#include "../../detail/vector_level.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>

/// Eight characters at a time in an ordinary register: the first is the lowest byte, whatever the machine's order.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

[[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t load_word(const char* at) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    if constexpr (std::endian::native == std::endian::big) {
        std::uint64_t turned = 0;
        for (int i = 0; i < 8; ++i) turned = turned << 8U | (word >> (8 * i) & 0xffU);
        return turned;
    }
    return word;
}

/// Up to eight characters as `load_word` would see them.
[[nodiscard]] constexpr std::uint64_t word_of(std::string_view text) noexcept {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        word |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
    }
    return word;
}

/// Zero if `text`, whose length is known when this is compiled, stands at `at`. Two words that overlap see 9 to 16.
template <std::size_t Size>
[[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t differs(const char* at, const char (&text)[Size]) noexcept {
    constexpr std::size_t size = Size - 1;
    static_assert(size >= 8, "read more at once");
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i + 8 < size; i += 8) difference |= load_word(at + i) ^ load_word(text + i);
    return difference | (load_word(at + size - 8) ^ load_word(text + size - 8));
}

/// The digits that stand somewhere, at most eight: what follows them must be looked at, be it a digit.
struct digit_word {
    std::uint64_t digits; ///< their values, right-aligned: the last is the highest byte, zeros before the first
    std::size_t count;
    unsigned char first; ///< value of the first character: over 9 if it is no digit
};

/// Reads eight bytes.
[[nodiscard]] SEALSYNC_ALWAYS_INLINE digit_word find_digits(const char* at) noexcept {
    constexpr std::uint64_t zeros = 0x3030303030303030, ones = 0x0101010101010101;
    const std::uint64_t digits = load_word(at) ^ zeros;
    // A byte over 9 gets its high bit; the carry out of it reaches only what is behind the first of them.
    const std::uint64_t ends = ((digits + ones * 0x76) | digits) & ones * 0x80;
    const auto bits = static_cast<unsigned>(std::countr_zero(ends)) & 0x78U;
    return {digits << ((64U - bits) & 63U), bits / 8, static_cast<unsigned char>(digits)};
}

/// Not zero unless these are the digits of a number, without zeros before it.
[[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t no_number(const digit_word& word) noexcept {
    return std::uint64_t{word.first > 9} | (std::uint64_t{word.first == 0} & std::uint64_t{word.count > 1});
}

/// What stands before the first character that has not the bit 0x10, at most eight: all digits have it, `,` and `"`
/// have not. Whether they are digits is not seen to.
struct guessed_digits {
    std::uint64_t digits; ///< as in `digit_word`
    std::size_t count;
};
/// Reads eight bytes.
[[nodiscard]] SEALSYNC_ALWAYS_INLINE guessed_digits guess_digits(const char* at) noexcept {
    const std::uint64_t digits = load_word(at) ^ 0x3030303030303030U;
    const auto bits = static_cast<unsigned>(std::countr_zero(digits & 0x1010101010101010U)) & 0x78U;
    return {digits << ((64U - bits) & 63U), bits / 8};
}

/// By how many digits a number has, the least that it can be; none has no digits.
using least_by_count = std::array<std::uint64_t, 9>;
inline constexpr least_by_count least_number = {
    std::uint64_t{1} << 62U, 0, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000};
inline constexpr least_by_count least_positive = {
    std::uint64_t{1} << 62U, 1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000};

[[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t value_of_digits(std::uint64_t digits) noexcept {
    digits = digits * 10 + (digits >> 8U);
    return ((digits & 0x000000ff000000ffU) * 0x000f424000000064U +
            (digits >> 16U & 0x000000ff000000ffU) * 0x0000271000000001U) >>
           32U;
}

}}} // namespace sealsync::detail

#endif
