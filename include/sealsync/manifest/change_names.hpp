#ifndef SEALSYNC_MANIFEST_CHANGE_NAMES_HPP
#define SEALSYNC_MANIFEST_CHANGE_NAMES_HPP

#include "change.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// As manifests write it; empty if `type` is no enumerator.
[[nodiscard]] constexpr std::string_view name_of(change_type type) noexcept {
    switch (type) {
    case change_type::record:
        return "record";
    case change_type::profile:
        return "profile";
    case change_type::attachment:
        return "attachment";
    }
    return {};
}

/// As manifests write it; empty if `action` is no enumerator.
[[nodiscard]] constexpr std::string_view name_of(change_action action) noexcept {
    switch (action) {
    case change_action::insert:
        return "insert";
    case change_action::update:
        return "update";
    case change_action::erase:
        return "delete";
    }
    return {};
}

/// As manifests write it, if it is one; empty if not.
[[nodiscard]] constexpr std::string_view name_of(merge_kind merge) noexcept {
    switch (merge) {
    case merge_kind::none:
        break;
    case merge_kind::based:
        return "based";
    case merge_kind::blind:
        return "blind";
    }
    return {};
}

namespace detail {

/// Finds which of the enumerators 1 to 3 manifests write as `name`; false, and `out` unspecified, if none.
template <class Enum>
[[nodiscard]] constexpr bool read_name(std::string_view name, Enum& out) noexcept {
    for (int value = 1; value <= 3; ++value) {
        out = static_cast<Enum>(value);
        if (!name.empty() && name == name_of(out)) return true;
    }
    return false;
}

} // namespace detail

[[nodiscard]] constexpr std::optional<change_type> parse_change_type(std::string_view name) noexcept {
    change_type type{};
    return detail::read_name(name, type) ? std::optional{type} : std::nullopt;
}

[[nodiscard]] constexpr std::optional<change_action> parse_change_action(std::string_view name) noexcept {
    change_action action{};
    return detail::read_name(name, action) ? std::optional{action} : std::nullopt;
}

namespace detail {

/// Whether a layout may call its collections so in manifests: a plain name that no other field of a change has.
[[nodiscard]] constexpr bool is_collection_field(std::string_view name) noexcept {
    for (const std::string_view taken :
         {"", "type", "record_id", "attachment_hmac", "version", "timestamp", "device_id", "action", "dot", "replaces",
          "size", "digest", "attachments", "merge", "filename", "media_type", "packed"}) {
        if (name == taken) return false;
    }
    for (const char c : name) {
        if (c != '_' && (c < 'a' || c > 'z')) return false;
    }
    return true;
}

} // namespace detail

}} // namespace sealsync

#endif
