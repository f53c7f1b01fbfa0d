#ifndef SEALSYNC_CONFLICT_TEXT_LINES_HPP
#define SEALSYNC_CONFLICT_TEXT_LINES_HPP

#include "../detail/ranges.hpp"
#include "../detail/utf8.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Whether a content is text: UTF-8 without a zero. Lines of anything else mean nothing, and mixing them would make a
/// file that no program can read.
[[nodiscard]] inline bool is_text(bytes_view content) noexcept {
    return as_text(content).find('\0') == std::string_view::npos && is_utf8(as_text(content));
}

using line_list = list<std::string_view>;
using line_span = std::span<const std::string_view>;

[[nodiscard]] inline line_span spanned(const line_list& lines) noexcept { return {lines.data(), lines.size()}; }

/// Splits a text behind each line feed. A line keeps its end, CR LF or LF, and the last one may have none: joined, the
/// lines are the text again. They are borrowed from it.
[[nodiscard]] inline line_list lines_of(std::string_view text) {
    line_list lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto size = end == std::string_view::npos ? text.size() : end + 1;
        lines.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return lines;
}

[[nodiscard]] inline bool same_lines(line_span left, line_span right) noexcept {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i] != right[i]) return false;
    }
    return true;
}

}}} // namespace sealsync::detail

#endif
