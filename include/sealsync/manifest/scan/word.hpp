#ifndef SEALSYNC_MANIFEST_SCAN_WORD_HPP
#define SEALSYNC_MANIFEST_SCAN_WORD_HPP

#include "vector_level.hpp"

#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>

/// Eight characters at a time in an ordinary register: the first is the lowest byte, whatever the machine's order.
namespace sealsync::inline SEALSYNC_ABI::detail {

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

/// A number of one to seven digits. `bad` is not zero for anything else, a leading zero included.
struct scanned_number {
    std::uint64_t value;
    std::size_t digits;
    std::uint64_t bad;
};

/// Reads eight bytes. What has more digits is no fault, but the business of a slower reader.
[[nodiscard]] SEALSYNC_ALWAYS_INLINE scanned_number scan_number(const char* at) noexcept {
    constexpr std::uint64_t zeros = 0x3030303030303030, ones = 0x0101010101010101;
    std::uint64_t digits = load_word(at) ^ zeros;
    // A byte over 9 gets its high bit; the carry out of it reaches only what is behind the first of them.
    const std::uint64_t ends = ((digits + ones * 0x76) | digits) & ones * 0x80;
    const auto bits = static_cast<unsigned>(std::countr_zero(ends | std::uint64_t{1} << 63U)) & 0x38U;
    const std::uint64_t first = digits & 0xffU;
    const std::uint64_t bad =
        std::uint64_t{ends == 0} | std::uint64_t{bits == 0} | (std::uint64_t{first == 0} & std::uint64_t{bits > 8});
    digits <<= (64U - bits) & 63U; // right-aligned: zeros before it
    digits = digits * 10 + (digits >> 8U);
    digits = ((digits & 0x000000ff000000ffU) * 0x000f424000000064U +
              (digits >> 16U & 0x000000ff000000ffU) * 0x0000271000000001U) >>
             32U;
    return {digits, bits / 8, bad};
}

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
