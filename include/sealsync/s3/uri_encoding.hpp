#ifndef SEALSYNC_S3_URI_ENCODING_HPP
#define SEALSYNC_S3_URI_ENCODING_HPP

#include "s3_request.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Whether a slash separates, as in the path of an object, or is a character like any other, as in a query.
enum class slashes { kept, encoded };

/// What a plus sign stands for: in forms, and in listings with `encoding-type=url`, for a space.
enum class plus_sign { plus, space };

namespace detail {

inline constexpr auto uri_unreserved = [] {
    std::array<bool, 256> table{};
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (const char c : plain) table[static_cast<unsigned char>(c)] = true;
    return table;
}();

[[nodiscard]] constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace detail

/// Appends `text` as signatures want it: every byte but `A-Z a-z 0-9 - . _ ~` as `%XX`, in upper case.
inline void append_uri_encoded(std::string& out, std::string_view text, slashes slash = slashes::encoded) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (detail::uri_unreserved[byte] || (c == '/' && slash == slashes::kept)) {
            out.push_back(c);
        } else {
            out.push_back('%');
            out.push_back(digits[byte >> 4U]);
            out.push_back(digits[byte & 15U]);
        }
    }
}

[[nodiscard]] inline std::string uri_encoded(std::string_view text, slashes slash = slashes::encoded) {
    std::string out;
    append_uri_encoded(out, text, slash);
    return out;
}

/// Nothing if a percent sign is not followed by two hex digits.
[[nodiscard]] inline std::optional<std::string> uri_decoded(std::string_view text, plus_sign plus = plus_sign::plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i] == '+' && plus == plus_sign::space ? ' ' : text[i]);
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const int high = detail::hex_digit(text[i + 1]), low = detail::hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return out;
}

/// A query as it is signed, and sent: encoded, and ordered by encoded name and value. A parameter without a value
/// has its `=` all the same, which every store takes.
[[nodiscard]] inline std::string canonical_query(std::span<const s3_parameter> parameters) {
    std::vector<s3_parameter> encoded;
    encoded.reserve(parameters.size());
    for (const auto& [name, value] : parameters) encoded.push_back({uri_encoded(name), uri_encoded(value)});
    // Not as `name=value`: `=` is greater than the characters that may continue a longer name.
    std::sort(encoded.begin(), encoded.end());

    std::string out;
    for (const auto& [name, value] : encoded) {
        if (!out.empty()) out += '&';
        out.append(name).append("=").append(value);
    }
    return out;
}

}} // namespace sealsync

#endif
