#ifndef SEALSYNC_MANIFEST_TEXT_FORMS_HPP
#define SEALSYNC_MANIFEST_TEXT_FORMS_HPP

#include "change_names.hpp"

/// What manifests write as a string, read back: `read_form` fills `out` and returns null, or says what `text` is not.
namespace sealsync::inline SEALSYNC_ABI::detail {

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

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
