#ifndef SEALSYNC_MANIFEST_COMPACT_NUMBER_BYTES_HPP
#define SEALSYNC_MANIFEST_COMPACT_NUMBER_BYTES_HPP

#include "../../bytes.hpp"

#include <bit>

/// Numbers of a length that is known before they are met: little-endian, without the zero bytes at their top. Their
/// lengths stand together, so that a reader finds all numbers of a row without looking at any.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// How many bytes `value` takes: 0 for 0, 8 at most.
[[nodiscard]] constexpr std::uint32_t number_bytes(std::uint64_t value) noexcept {
    return static_cast<std::uint32_t>(std::bit_width(value) + 7) / 8;
}

[[nodiscard]] inline std::uint64_t load_le64(const std::byte* at) noexcept {
    std::uint64_t value = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, at, sizeof value);
    } else {
        for (std::size_t i = sizeof value; i-- > 0;) value = value << 8U | std::to_integer<std::uint64_t>(at[i]);
    }
    return value;
}
[[nodiscard]] inline std::uint32_t load_le32(const std::byte* at) noexcept {
    std::uint32_t value = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, at, sizeof value);
    } else {
        for (std::size_t i = sizeof value; i-- > 0;) value = value << 8U | std::to_integer<std::uint32_t>(at[i]);
    }
    return value;
}

inline void store_le64(std::byte* at, std::uint64_t value) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(at, &value, sizeof value);
    } else {
        for (std::size_t i = 0; i < sizeof value; ++i, value >>= 8U) at[i] = static_cast<std::byte>(value & 0xffU);
    }
}
/// The low `count` bytes of `value`.
inline void store_le(std::byte* at, std::uint64_t value, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i, value >>= 8U) at[i] = static_cast<std::byte>(value & 0xffU);
}

/// By length, 9 to 15 included, which four bits can say and no number has: nothing of them passes the check.
inline constexpr auto mask_of_length = [] {
    std::array<std::uint64_t, 16> masks{};
    for (std::size_t i = 1; i < 8; ++i) masks[i] = (std::uint64_t{1} << (8 * i)) - 1;
    masks[8] = ~std::uint64_t{0};
    return masks;
}();
inline constexpr auto least_of_length = [] {
    std::array<std::uint64_t, 16> least{};
    for (std::size_t i = 1; i < 9; ++i) least[i] = std::uint64_t{1} << (8 * (i - 1));
    for (std::size_t i = 9; i < 16; ++i) least[i] = 1;
    return least;
}();

/// Small differences of either sign as small numbers: 0, -1, 1, -2, ... Differences wrap, so that each pair of numbers
/// has one.
[[nodiscard]] constexpr std::uint64_t zigzag(std::uint64_t difference) noexcept {
    return difference << 1U ^ (std::uint64_t{0} - (difference >> 63U));
}
[[nodiscard]] constexpr std::uint64_t unzigzag(std::uint64_t folded) noexcept {
    return folded >> 1U ^ (std::uint64_t{0} - (folded & 1U));
}

}}} // namespace sealsync::detail

#endif
