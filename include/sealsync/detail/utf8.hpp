#ifndef SEALSYNC_DETAIL_UTF8_HPP
#define SEALSYNC_DETAIL_UTF8_HPP

#include "../bytes.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The length of the well-formed sequence that `text` begins with (RFC 3629: no overlong form, no surrogate, nothing
/// above U+10FFFF); 0 if there is none.
[[nodiscard]] inline std::size_t utf8_sequence(std::string_view text) noexcept {
    const auto at = [&](std::size_t i) -> unsigned { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = at(0);
    if (lead < 0x80) return 1;
    const std::size_t size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (size == 0 || text.size() < size) return 0;
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at(1) < low || at(1) > high) return 0;
    for (std::size_t i = 2; i < size; ++i) {
        if ((at(i) & 0xc0U) != 0x80) return 0;
    }
    return size;
}

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto size = utf8_sequence(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

}}} // namespace sealsync::detail

#endif
