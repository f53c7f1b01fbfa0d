#ifndef SEALSYNC_MANIFEST_VALIDATE_HPP
#define SEALSYNC_MANIFEST_VALIDATE_HPP

#include "../detail/list.hpp"
#include "../detail/ranges.hpp"
#include "../detail/utf8.hpp"
#include "../storage/object_key.hpp"
#include "change_names.hpp"
#include "change_view.hpp"
#include "head.hpp"
#include "limits.hpp"

#include <algorithm>

/// What a manifest must mean, whoever wrote it and in whatever JSON: every reader and the writer ask here. Counts are
/// checked where the arrays are read, before they are kept. A `Change` is a `change` or a `change_view`.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

inline constexpr std::uint64_t manifest_format = 1;
inline constexpr std::size_t critical_max = 64;

[[nodiscard]] inline failure malformed(std::string reason) { return failure{errc::malformed, {}, std::move(reason)}; }

/// Somebody else's text, cut and cleaned so that it can stand in a message.
[[nodiscard]] inline std::string printable(std::string_view text) {
    constexpr std::size_t shown_max = 64;
    std::string shown{text.substr(0, shown_max)};
    for (char& c : shown) c = c < ' ' || c > '~' ? '?' : c;
    return text.size() > shown_max ? shown + "..." : shown;
}

[[nodiscard]] inline result<void> check_size(bytes_view json, const manifest_limits& limits) {
    if (json.size() <= limits.bytes_max) return {};
    const auto most = std::to_string(limits.bytes_max);
    return failure{errc::too_large, {}, std::to_string(json.size()) + " bytes, at most " + most};
}

[[nodiscard]] inline result<void> check_format(std::uint64_t format) {
    if (format == manifest_format) return {};
    return failure{errc::unknown_format, {}, "format " + std::to_string(format)};
}

/// No extension is defined yet, so that every name here is an unknown one.
[[nodiscard]] inline result<void> check_critical(const std::vector<std::string>& critical) {
    if (critical.empty()) return {};
    constexpr std::size_t named_max = 8;
    std::string names;
    for (std::size_t i = 0; i < (std::min)(critical.size(), named_max); ++i) {
        names += (i == 0 ? "" : ", ") + printable(critical[i]);
    }
    if (critical.size() > named_max) names += " and " + std::to_string(critical.size() - named_max) + " more";
    return failure{errc::unknown_critical, {}, "critical: " + names};
}

[[nodiscard]] inline result<void> check_text(std::string_view what, std::string_view text,
                                             const manifest_limits& limits) {
    if (text.size() > limits.text_bytes_max) {
        const auto most = std::to_string(limits.text_bytes_max);
        return failure{errc::too_large, {}, std::string{what} + ": over " + most + " bytes"};
    }
    if (!is_utf8(text)) return malformed(std::string{what} + ": not UTF-8");
    if (text.find('\0') != std::string_view::npos) return malformed(std::string{what} + ": holds a NUL");
    return {};
}

[[nodiscard]] inline result<void> check_key(std::string_view what, std::string_view key,
                                            const manifest_limits& limits) {
    if (auto ok = check_text(what, key, limits); !ok) return ok;
    if (const auto made = object_key::make(std::string{key}); !made)
        return malformed(std::string{what} + ": " + made.error().detail());
    return {};
}

template <class Items>
[[nodiscard]] bool strictly_ascending(const Items& items) {
    for (std::size_t i = 1; i < items.size(); ++i) {
        if (!(items[i - 1] < items[i])) return false;
    }
    return true;
}

[[nodiscard]] inline bool is_dedupe_id(std::string_view id) {
    digest256 digest;
    return from_hex(id, digest.value);
}
[[nodiscard]] inline bool is_dedupe_id(const object_id& id) { return is_dedupe_id(id.text()); }

template <class Change>
[[nodiscard]] result<void> check_identity(const Change& c) {
    if (name_of(c.type).empty() || name_of(c.action).empty()) return malformed("type or action: unknown");
    if (c.collection.empty() || c.device.empty()) return malformed("collection or device_id: absent");
    if (c.id.empty() != (c.type == change_type::profile)) return malformed("id: absent, or of a profile");
    if (c.type == change_type::attachment && !is_dedupe_id(c.id)) {
        return malformed("attachment_hmac: not 64 lower-case hex digits");
    }
    if (c.version == 0 && c.type != change_type::attachment) return malformed("version: 0");
    if (c.timestamp.nanoseconds < 0) return malformed("timestamp: before 1970");
    return {};
}

template <class Change>
[[nodiscard]] result<void> check_replaces(const Change& c) {
    if (c.dot.n == 0) return malformed("dot: not numbered from 1");
    if (!strictly_ascending(c.replaces)) return malformed("replaces: not ascending, or repeated");
    for (const auto& replaced : c.replaces) {
        if (replaced.n == 0) return malformed("replaces: not numbered from 1");
        if (replaced == c.dot) return malformed("replaces: itself");
    }
    return {};
}

template <class Change>
[[nodiscard]] result<void> check_packed(const Change& c, const manifest_limits& limits) {
    if (!c.packed) return {};
    if (c.action == change_action::erase) return malformed("packed: of a delete");
    if (c.packed->length == 0) return malformed("packed: length 0");
    if (c.packed->offset > number_max || c.packed->length > number_max - c.packed->offset) {
        return malformed("packed: ends above 2^53 - 1");
    }
    return check_key("packed object", c.packed->object, limits);
}

template <class Change>
[[nodiscard]] result<void> check_content(const Change& c, const manifest_limits& limits) {
    const bool erased = c.action == change_action::erase, attachment = c.type == change_type::attachment;
    if (erased == c.stored.has_value()) return malformed("digest: absent, or of a delete");
    if (erased && c.size != 0) return malformed("size: of a delete");
    if (attachment && !c.attachments.empty()) return malformed("attachments: of an attachment");
    if (erased && !c.attachments.empty()) return malformed("attachments: of a delete");
    if (!strictly_ascending(c.attachments)) return malformed("attachments: not ascending, or repeated");
    const auto dedupes = [](const auto& id) { return is_dedupe_id(id); };
    if (!all_of(c.attachments, dedupes)) {
        return malformed("attachments: not 64 lower-case hex digits");
    }
    if (!attachment && !(c.filename.empty() && c.media_type.empty())) {
        return malformed("filename or media_type: not of an attachment");
    }
    const bool known_merge = c.merge == merge_kind::none || !name_of(c.merge).empty();
    if (!known_merge) return malformed("merge: unknown");
    if (c.merge != merge_kind::none && (attachment || erased || c.replaces.size() < 2)) {
        return malformed("merge: of an attachment or a delete, or replaces fewer than two");
    }
    if (auto ok = check_text("filename", c.filename, limits); !ok) return ok;
    if (auto ok = check_text("media_type", c.media_type, limits); !ok) return ok;
    return check_packed(c, limits);
}

/// Of format 1. Fails with `errc::malformed` or `errc::too_large`, naming the change by its dot.
template <class Change>
[[nodiscard]] result<void> check_change(const Change& c, const manifest_limits& limits) {
    auto ok = check_identity(c);
    if (ok) ok = check_replaces(c);
    if (ok) ok = check_content(c, limits);
    if (ok) return {};
    return failure{ok.error().code(), {}, "change " + c.dot.text() + ": " + ok.error().detail()};
}

/// Of whatever names a log and how far it goes.
template <class Position>
[[nodiscard]] result<void> check_positions(std::string what, const std::vector<Position>& positions) {
    for (std::size_t i = 0; i < positions.size(); ++i) {
        if (positions[i].seq == 0) return malformed(what + ": " + positions[i].log.hex() + ": not numbered from 1");
        if (i > 0 && positions[i].log <= positions[i - 1].log) {
            return malformed(what + ": " + positions[i].log.hex() + ": not ascending, or repeated");
        }
    }
    return {};
}

/// Everything before the changes, of format 1.
[[nodiscard]] inline result<void> check_segment(const segment& s, const manifest_limits& limits) {
    if (auto ok = check_key("scope", s.scope, limits); !ok) return ok;
    if (s.device.empty()) return malformed("device_id: absent");
    if (auto ok = check_text("device_name", s.device_name, limits); !ok) return ok;
    if (s.seq == 0) return malformed("version: 0");
    if ((s.seq == 1) == s.previous.has_value()) return malformed("previous: absent, or in the first segment");
    if (s.last_updated.nanoseconds < 0) return malformed("last_updated: before 1970");
    return check_positions("seen", s.seen);
}

/// An edit is in a segment once. Edits of a run mostly come in order: only otherwise are they sorted to see.
[[nodiscard]] inline result<void> check_distinct(const std::vector<dot>& edits) {
    const auto not_after = [](const dot& left, const dot& right) {
        return !(left.run == right.run && left.n < right.n) && left >= right;
    };
    bool in_order = true;
    for (std::size_t i = 1; in_order && i < edits.size(); ++i) in_order = !not_after(edits[i - 1], edits[i]);
    if (in_order) return {};
    const auto before = [&](std::size_t left, std::size_t right) { return edits[left] < edits[right]; };
    const auto order = sorted_indices(edits.size(), before);
    for (std::size_t i = 1; i < edits.size(); ++i) {
        const auto& edit = edits[order[i]];
        if (edits[order[i - 1]] == edit) return malformed("change " + edit.text() + ": twice in a segment");
    }
    return {};
}
[[nodiscard]] inline result<void> check_distinct(const std::vector<change>& changes) {
    std::vector<dot> edits;
    edits.reserve(changes.size());
    for (const auto& each : changes) edits.push_back(each.dot);
    return check_distinct(edits);
}

[[nodiscard]] inline result<void> check_head(const head& h, const manifest_limits& limits) {
    if (auto ok = check_key("scope", h.scope, limits); !ok) return ok;
    if (!h.checkpoint.empty()) {
        if (auto ok = check_key("checkpoint", h.checkpoint, limits); !ok) return ok;
    }
    for (const auto& each : h.logs) {
        if (each.device.empty()) return malformed("logs: " + each.log.hex() + ": device_id absent");
    }
    return check_positions("logs", h.logs);
}

}}} // namespace sealsync::detail

#endif
