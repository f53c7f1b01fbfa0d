#ifndef SEALSYNC_BYTES_HPP
#define SEALSYNC_BYTES_HPP

#include "config.hpp"
#include "detail/eight_characters.hpp"

#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sealsync { inline namespace SEALSYNC_ABI {

using bytes = std::vector<std::byte>;

/// Any contiguous bytes, read-only and not owned: `bytes`, text, spans and vectors of byte-sized types convert.
class bytes_view : public std::span<const std::byte> {
public:
    using std::span<const std::byte>::span;
    bytes_view() = default;
    bytes_view(std::span<const std::byte> view) noexcept : span{view} {}
    bytes_view(const bytes& owner) noexcept : span{owner.data(), owner.size()} {}
    bytes_view(std::string_view text) noexcept : span{reinterpret_cast<const std::byte*>(text.data()), text.size()} {}
    bytes_view(const std::string& text) noexcept : bytes_view{std::string_view{text}} {}
    bytes_view(const char* text) noexcept : bytes_view{std::string_view{text}} {}
    bytes_view(std::span<const unsigned char> view) noexcept : span{std::as_bytes(view)} {}

    [[nodiscard]] bytes_view subview(std::size_t offset, std::size_t count = std::dynamic_extent) const noexcept {
        return subspan(offset, count);
    }
    [[nodiscard]] friend bool operator==(bytes_view left, bytes_view right) noexcept {
        return left.size() == right.size() &&
               (left.empty() || std::memcmp(left.data(), right.data(), left.size()) == 0);
    }
};

/// The same bytes seen as characters; valid as long as they are.
[[nodiscard]] inline std::string_view as_text(bytes_view view) noexcept {
    return {reinterpret_cast<const char*>(view.data()), view.size()};
}

/// Byte by byte, for ordered containers. (g++ 12 warns about `std::less<bytes>` where it inlines it.)
struct bytes_less {
    using is_transparent = void;
    [[nodiscard]] bool operator()(bytes_view left, bytes_view right) const noexcept {
        return as_text(left) < as_text(right);
    }
};

[[nodiscard]] inline bytes to_bytes(bytes_view view) { return {view.data(), view.data() + view.size()}; }

inline void append(bytes& out, bytes_view more) { out.insert(out.end(), more.data(), more.data() + more.size()); }

[[nodiscard]] inline std::string to_hex(bytes_view view) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(view.size() * 2, '0');
    for (std::size_t i = 0; i < view.size(); ++i) {
        text[2 * i] = digits[std::to_integer<unsigned>(view[i]) >> 4U];
        text[2 * i + 1] = digits[std::to_integer<unsigned>(view[i]) & 15U];
    }
    return text;
}

/// Reads exactly `out.size()` bytes of lower-case hex; false, with `out` unspecified, on anything else.
[[nodiscard]] inline bool from_hex(std::string_view text, std::span<std::byte> out) noexcept {
    if (text.size() != out.size() * 2) return false;
    const auto whole = out.size() / 8 * 8;
    if (!detail::read_hex(text.data(), out.data(), whole)) return false;
    if (whole == out.size()) return true;
    std::array<char, 16> rest;
    std::array<std::byte, 8> last;
    rest.fill('0');
    std::memcpy(rest.data(), text.data() + 2 * whole, text.size() - 2 * whole);
    const bool read = detail::read_hex(rest.data(), last.data(), last.size());
    std::memcpy(out.data() + whole, last.data(), out.size() - whole);
    return read;
}

/// A SHA-256 or HMAC-SHA-256 value.
struct digest256 {
    std::array<std::byte, 32> value{};

    [[nodiscard]] std::string hex() const { return to_hex(value); }
    [[nodiscard]] static std::optional<digest256> parse(std::string_view hex) noexcept {
        digest256 parsed;
        return from_hex(hex, parsed.value) ? std::optional{parsed} : std::nullopt;
    }
    [[nodiscard]] friend bool operator==(const digest256&, const digest256&) = default;
    [[nodiscard]] friend auto operator<=>(const digest256&, const digest256&) = default;
};

}} // namespace sealsync

#endif
