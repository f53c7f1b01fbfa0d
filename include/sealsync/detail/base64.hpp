#ifndef SEALSYNC_DETAIL_BASE64_HPP
#define SEALSYNC_DETAIL_BASE64_HPP

#include "../bytes.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// RFC 4648, 4, with padding.
[[nodiscard]] inline std::string to_base64(bytes_view data) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((data.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < data.size(); i += 3) {
        const auto at = [&](std::size_t k) {
            return i + k < data.size() ? std::to_integer<unsigned>(data[i + k]) : 0U;
        };
        const auto group = at(0) << 16U | at(1) << 8U | at(2);
        for (unsigned k = 0; k < 4; ++k) {
            text += i + k > data.size() ? '=' : digits[group >> (18 - 6 * k) & 63U];
        }
    }
    return text;
}

}}} // namespace sealsync::detail

#endif
