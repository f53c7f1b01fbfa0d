#ifndef SEALSYNC_MANIFEST_TEXT_FORMS_HPP
#define SEALSYNC_MANIFEST_TEXT_FORMS_HPP

#include "change_names.hpp"
#include "interval_set.hpp"

/// What manifests write as a string, read back: `read_form` fills `out` and returns null, or says what `text` is not.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

template <class T>
[[nodiscard]] const char* take_form(const std::optional<T>& parsed, T& out, const char* otherwise) {
    if (!parsed) return otherwise;
    out = *parsed;
    return nullptr;
}

/// An id, borrowed.
[[nodiscard]] inline const char* read_id_form(std::string_view text, std::string_view& out) {
    if (!object_id::valid(text)) return "not an id: 1 to 128 of A-Z a-z 0-9 . _ ~ -, not starting with a dot";
    out = text;
    return nullptr;
}

template <class Tag>
[[nodiscard]] const char* read_form(std::string_view text, basic_id<Tag>& out) {
    std::string_view borrowed;
    if (const char* why = read_id_form(text, borrowed)) return why;
    out = *basic_id<Tag>::make(borrowed);
    return nullptr;
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
    return take_form(dot::parse(text), out, "not <run>:<n>");
}

[[nodiscard]] inline const char* read_form(std::string_view text, stamp& out) {
    return take_form(stamp::parse(text), out, "not a UTC time from 1970 to 2262");
}

[[nodiscard]] inline const char* read_form(std::string_view text, change_type& out) {
    return take_form(parse_change_type(text), out, "not record, profile or attachment");
}

[[nodiscard]] inline const char* read_form(std::string_view text, change_action& out) {
    return take_form(parse_change_action(text), out, "not insert, update or delete");
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
        const auto first = parse_number(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : parse_number(part.substr(dash + 1));
        const bool alone = dash != std::string_view::npos && first == last;
        if (!first || !last || alone || !out.append({*first, *last})) return otherwise;
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : 0);
    }
    return nullptr;
}

}}} // namespace sealsync::detail

#endif
