#ifndef SEALSYNC_DETAIL_JSON_UNESCAPE_HPP
#define SEALSYNC_DETAIL_JSON_UNESCAPE_HPP

#include "../config.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The four hex digits that `text` begins with.
[[nodiscard]] inline std::optional<std::uint32_t> json_code_unit(std::string_view text) noexcept {
    if (text.size() < 4) return std::nullopt;
    std::uint32_t unit = 0;
    for (const char c : text.substr(0, 4)) {
        const char lower = static_cast<char>(c | 0x20);
        const bool decimal = c >= '0' && c <= '9';
        if (!decimal && (lower < 'a' || lower > 'f')) return std::nullopt;
        unit = unit * 16 + static_cast<std::uint32_t>(decimal ? c - '0' : lower - 'a' + 10);
    }
    return unit;
}

[[nodiscard]] inline char* put_utf8(std::uint32_t code, char* out) noexcept {
    const auto put = [&](std::uint32_t value) { *out++ = static_cast<char>(value); };
    const auto continued = [&](unsigned shift) { put(0x80U | (code >> shift & 0x3fU)); };
    if (code < 0x80) {
        put(code);
        return out;
    }
    if (code < 0x800) {
        put(0xc0U | code >> 6U);
        continued(0);
        return out;
    }
    if (code < 0x10000) {
        put(0xe0U | code >> 12U);
        continued(6);
        continued(0);
        return out;
    }
    put(0xf0U | code >> 18U);
    continued(12);
    continued(6);
    continued(0);
    return out;
}

/// Takes the digits of `\u`, and of a pair the second half with its `\u`, from the beginning of `text`. Half of a pair
/// is no character.
[[nodiscard]] inline std::optional<std::uint32_t> take_json_code(std::string_view& text) noexcept {
    const auto unit = json_code_unit(text);
    if (!unit) return std::nullopt;
    text.remove_prefix(4);
    if (*unit < 0xd800 || *unit > 0xdfff) return unit;
    if (*unit > 0xdbff || text.substr(0, 2) != "\\u") return std::nullopt;
    const auto low = json_code_unit(text.substr(2));
    if (!low || *low < 0xdc00 || *low > 0xdfff) return std::nullopt;
    text.remove_prefix(6);
    return 0x10000U + ((*unit - 0xd800U) << 10U) + (*low - 0xdc00U);
}

/// Writes what stands between the quotes of a JSON string as the characters that it means, which are never more bytes.
/// Returns their end; null if an escape is none. What is not escaped is taken as it is.
[[nodiscard]] inline char* unescape_json(std::string_view text, char* out) noexcept {
    constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c != '\\') {
            *out++ = c;
            continue;
        }
        if (text.empty()) return nullptr;
        const char letter = text.front();
        text.remove_prefix(1);
        if (const auto at = letters.find(letter); at != std::string_view::npos) {
            *out++ = meant[at];
            continue;
        }
        const auto code = letter == 'u' ? take_json_code(text) : std::nullopt;
        if (!code) return nullptr;
        out = put_utf8(*code, out);
    }
    return out;
}

}}} // namespace sealsync::detail

#endif
