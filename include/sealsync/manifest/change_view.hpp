#ifndef SEALSYNC_MANIFEST_CHANGE_VIEW_HPP
#define SEALSYNC_MANIFEST_CHANGE_VIEW_HPP

#include "../detail/list.hpp"
#include "change.hpp"

#include <span>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// `packed_place`, borrowed.
struct packed_view {
    std::string_view object{};
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    [[nodiscard]] friend bool operator==(const packed_view&, const packed_view&) = default;
};

/// A `change` that owns nothing, field by field the same: what readers hand on without allocating. Whoever makes one
/// has seen that its ids are valid ids. Valid as long as the text that it was read from, or as its maker says.
struct change_view {
    change_type type = change_type::record;
    std::string_view collection{};
    std::string_view id{};
    std::uint64_t version = 0;
    stamp timestamp{};
    std::string_view device{};
    change_action action = change_action::insert;

    sealsync::dot dot{};
    std::span<const sealsync::dot> replaces{};
    std::uint64_t size = 0;
    std::optional<digest256> stored{};
    std::span<const std::string_view> attachments{};
    merge_kind merge = merge_kind::none;
    std::string_view filename{};
    std::string_view media_type{};
    std::optional<packed_view> packed{};
};

/// What `view` shows, owned. Fails with `errc::invalid_id` if an id is not valid.
[[nodiscard]] inline result<change> to_change(const change_view& view);

/// Shows changes as views. A change owns its list of attachments in another form than a view borrows it, so this holds
/// the view's; nothing is allocated once it has grown. Each view is valid until the next.
class change_viewer {
public:
    [[nodiscard]] change_view operator()(const change& c) {
        attachments_.clear();
        for (const auto& each : c.attachments) attachments_.push_back(each.text());
        change_view view{.type = c.type,
                         .collection = c.collection.text(),
                         .id = c.id.text(),
                         .version = c.version,
                         .timestamp = c.timestamp,
                         .device = c.device.text(),
                         .action = c.action,
                         .dot = c.dot,
                         .replaces = c.replaces,
                         .size = c.size,
                         .stored = c.stored,
                         .attachments = {attachments_.data(), attachments_.size()},
                         .merge = c.merge,
                         .filename = c.filename,
                         .media_type = c.media_type};
        if (c.packed) view.packed = packed_view{c.packed->object, c.packed->offset, c.packed->length};
        return view;
    }

private:
    detail::list<std::string_view> attachments_;
};

namespace detail {

/// The id of a profile is empty: no other field of a change may be.
template <class Id>
[[nodiscard]] bool own_id(std::string_view text, Id& out) {
    if (!text.empty()) return out.assign(text);
    out = {};
    return true;
}

[[nodiscard]] inline bool own_ids(const change_view& view, change& c) {
    c.attachments.resize(view.attachments.size());
    for (std::size_t i = 0; i < c.attachments.size(); ++i) {
        if (!own_id(view.attachments[i], c.attachments[i])) return false;
    }
    return own_id(view.collection, c.collection) && own_id(view.id, c.id) && own_id(view.device, c.device);
}

/// As `to_change` does, into a blank change.
[[nodiscard]] inline result<void> own_change(const change_view& view, change& c) {
    if (!own_ids(view, c)) return failure{errc::invalid_id, {}, "an id of change " + view.dot.text()};
    c.type = view.type;
    c.version = view.version;
    c.timestamp = view.timestamp;
    c.action = view.action;
    c.dot = view.dot;
    c.replaces.assign(view.replaces.data(), view.replaces.data() + view.replaces.size());
    c.size = view.size;
    c.stored = view.stored;
    c.merge = view.merge;
    c.filename = view.filename;
    c.media_type = view.media_type;
    if (view.packed)
        c.packed = packed_place{std::string{view.packed->object}, view.packed->offset, view.packed->length};
    return {};
}

} // namespace detail

inline result<change> to_change(const change_view& view) {
    change c;
    if (auto ok = detail::own_change(view, c); !ok) return std::move(ok).error();
    return c;
}

}} // namespace sealsync

#endif
