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

[[nodiscard]] constexpr std::optional<change_type> parse_change_type(std::string_view name) noexcept {
    if (name == name_of(change_type::record)) return change_type::record;
    if (name == name_of(change_type::profile)) return change_type::profile;
    if (name == name_of(change_type::attachment)) return change_type::attachment;
    return std::nullopt;
}

[[nodiscard]] constexpr std::optional<change_action> parse_change_action(std::string_view name) noexcept {
    if (name == name_of(change_action::insert)) return change_action::insert;
    if (name == name_of(change_action::update)) return change_action::update;
    if (name == name_of(change_action::erase)) return change_action::erase;
    return std::nullopt;
}

namespace detail {

/// Whether a layout may call its collections so in manifests: a plain name that no other field of a change has.
[[nodiscard]] constexpr bool is_collection_field(std::string_view name) noexcept {
    for (const std::string_view taken :
         {"", "type", "record_id", "attachment_hmac", "version", "timestamp", "device_id", "action", "dot", "replaces",
          "size", "digest", "attachments", "filename", "media_type", "packed"}) {
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
