#ifndef SEALSYNC_MERGE_SCAN_PATTERN_HPP
#define SEALSYNC_MERGE_SCAN_PATTERN_HPP

#include "../../config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Characters that must stand somewhere, with holes for what is read there. It is compared in whole blocks: behind its
/// end it is all hole.
template <std::size_t Capacity>
struct pattern {
    static_assert(Capacity % 64 == 0, "whole blocks at every level");

    constexpr pattern() = default;
    constexpr explicit pattern(std::string_view characters) noexcept { put(characters); }

    constexpr pattern& put(std::string_view characters) noexcept {
        SEALSYNC_ASSERT(fits(characters.size()));
        for (const char c : characters) {
            text[size] = c;
            mask[size++] = '\xff';
        }
        return *this;
    }
    constexpr pattern& put_hole(std::size_t width) noexcept {
        SEALSYNC_ASSERT(fits(width));
        size += static_cast<std::uint32_t>(width);
        return *this;
    }
    /// How much to compare. A block is compared as a whole, so that its size need not be predicted.
    [[nodiscard]] constexpr std::size_t compared() const noexcept { return Capacity == 64 ? Capacity : size; }
    /// Whether it has the size of most that are so large, up to `usual`: they are compared without a loop.
    [[nodiscard]] constexpr bool is_usual() const noexcept { return Capacity > usual && size <= usual; }
    /// Of these, those up to `short_one`: asked first.
    [[nodiscard]] constexpr bool is_short() const noexcept { return is_usual() && size <= short_one; }
    static constexpr std::size_t usual = 192, short_one = 128;
    [[nodiscard]] constexpr bool fits(std::size_t more) const noexcept { return more <= Capacity - size; }

    std::uint32_t size = 0;
    alignas(64) std::array<char, Capacity> text{};
    std::array<char, Capacity> mask{}; ///< all bits, or none in a hole
};

}}} // namespace sealsync::detail

#endif
