#ifndef SEALSYNC_MANIFEST_TEXT_FORMS_HPP
#define SEALSYNC_MANIFEST_TEXT_FORMS_HPP

#include "change_names.hpp"
#include "interval_set.hpp"

/// What manifests write as a string, read back: `read_form` fills `out` and returns null, or says what `text` is not.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

inline constexpr const char* not_an_id = "not an id: 1 to 128 of A-Z a-z 0-9 . _ ~ -, not starting with a dot";

/// An id, borrowed.
[[nodiscard]] inline const char* read_id_form(std::string_view text, std::string_view& out) {
    if (!valid_id(text)) return not_an_id;
    out = text;
    return nullptr;
}

template <class Tag>
[[nodiscard]] const char* read_form(std::string_view text, basic_id<Tag>& out) {
    return out.assign(text) ? nullptr : not_an_id;
}

template <class Tag>
[[nodiscard]] const char* read_form(std::string_view text, basic_id128<Tag>& out) {
    return from_hex(text, out.value) ? nullptr : "not 32 lower-case hex digits";
}

[[nodiscard]] inline const char* read_form(std::string_view text, digest256& out) {
    return from_hex(text, out.value) ? nullptr : "not 64 lower-case hex digits";
}

[[nodiscard]] inline const char* read_form(std::string_view text, std::optional<digest256>& out) {
    return read_form(text, out.emplace());
}

[[nodiscard]] inline const char* read_form(std::string_view text, dot& out) {
    return read_dot(text, out) ? nullptr : "not <run>:<n>";
}

[[nodiscard]] inline const char* read_form(std::string_view text, stamp& out) {
    return read_stamp(text, out) ? nullptr : "not a UTC time from 1970 to 2262";
}

[[nodiscard]] inline const char* read_form(std::string_view text, change_type& out) {
    return read_name(text, out) ? nullptr : "not record, profile or attachment";
}

[[nodiscard]] inline const char* read_form(std::string_view text, change_action& out) {
    return read_name(text, out) ? nullptr : "not insert, update or delete";
}

[[nodiscard]] inline const char* read_form(std::string_view text, merge_kind& out) {
    return read_name(text, out) ? nullptr : "not based or blind";
}

/// How many characters the text begins with that JSON says as they are.
[[nodiscard]] inline std::size_t plain_size(std::string_view text) noexcept {
    std::size_t size = 0;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') break;
        ++size;
    }
    return size;
}

/// Intervals, ascending: `1-7,9`.
[[nodiscard]] inline std::string text_of(const interval_set& numbers) {
    std::string text;
    for (const auto& [first, last] : numbers.intervals()) {
        text += (text.empty() ? "" : ",") + std::to_string(first);
        if (last != first) text += '-' + std::to_string(last);
    }
    return text;
}

[[nodiscard]] inline const char* read_form(std::string_view text, interval_set& out) {
    constexpr const char* otherwise = "not numbers and ranges, ascending and apart: 1-7,9";
    out = {};
    for (bool more = true; more;) {
        const auto comma = text.find(',');
        const auto part = text.substr(0, comma);
        const auto dash = part.find('-');
        interval_set::interval next;
        if (!read_number(part.substr(0, dash), next.first)) return otherwise;
        next.last = next.first;
        if (dash != std::string_view::npos) {
            if (!read_number(part.substr(dash + 1), next.last) || next.first == next.last) return otherwise;
        }
        if (!out.append(next)) return otherwise;
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : 0);
    }
    return nullptr;
}

}}} // namespace sealsync::detail

#endif
