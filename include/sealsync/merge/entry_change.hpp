#ifndef SEALSYNC_MERGE_ENTRY_CHANGE_HPP
#define SEALSYNC_MERGE_ENTRY_CHANGE_HPP

#include "entry_pool.hpp"
#include "entry_rest.hpp"

#include <tuple>

/// What entries mean: the changes that they were, and their orders. `rest` is the entry's block, or null.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

[[nodiscard]] inline std::string id_of(const merge_entry& entry, const std::byte* rest) {
    if (entry.form() == id_form::digest) return to_hex(entry.id);
    if (entry.form() == id_form::long_) return std::string{rest_view{rest}.id()};
    const auto* const text = reinterpret_cast<const char*>(entry.id.data());
    const auto* const end = std::find(text, text + entry.id.size(), '\0');
    return {text, end};
}

/// Calls `f(indexed_dot)`, ascending.
template <class F>
void for_each_replaced(const merge_entry& entry, const std::byte* rest, F&& f) {
    if (entry.replaced_n == 0) return;
    f(indexed_dot{entry.replaced_n, entry.replaced_run, 0});
    if (rest == nullptr) return;
    const rest_view more{rest};
    for (std::size_t i = 0; i < more.header().dots; ++i) f(more.dot(i));
}

inline void put_rest(const rest_view& rest, change& c) {
    for (std::size_t i = 0; i < rest.header().attachments; ++i) {
        c.attachments.push_back(*object_id::make(rest.attachment(i).hex()));
    }
    c.merge = static_cast<merge_kind>(rest.header().merge);
    c.filename = rest.filename();
    c.media_type = rest.media_type();
    if (rest.header().packed_object == 0) return;
    c.packed =
        packed_place{std::string{rest.packed_object()}, rest.header().packed_offset, rest.header().packed_length};
}

[[nodiscard]] inline change change_of(const merge_entry& entry, const std::byte* rest, const repeated_texts& texts) {
    change c;
    c.type = entry.type();
    c.collection = *collection_id::make(texts.collections.text(entry.collection));
    if (c.type != change_type::profile) c.id = *object_id::make(id_of(entry, rest));
    c.version = entry.version();
    c.timestamp = {entry.timestamp};
    c.device = *device_id::make(texts.devices.text(entry.device));
    c.action = entry.action();
    c.dot = {texts.run(entry.run), entry.n};
    for_each_replaced(entry, rest, [&](const indexed_dot& dot) { c.replaces.push_back({texts.run(dot.run), dot.n}); });
    c.size = entry.size();
    if (entry.has_digest()) c.stored = digest256{entry.stored};
    if (rest != nullptr) put_rest(rest_view{rest}, c);
    return c;
}

/// The same version word for word, of two entries without a rest.
[[nodiscard]] inline bool says_the_same(const merge_entry& left, const merge_entry& right) noexcept {
    return same_bytes(left.stored, right.stored) && left.same_edit(right) && left.timestamp == right.timestamp &&
           left.version_and_facts == right.version_and_facts && left.size() == right.size() &&
           left.replaced_n == right.replaced_n && left.replaced_run == right.replaced_run &&
           left.device == right.device;
}

/// Of changes that say different things of one edit and one stored object, any order that all devices share.
[[nodiscard]] inline bool said_before(const change& left, const change& right) {
    const auto all = [](const change& c) {
        return std::tie(c.version, c.timestamp, c.device, c.action, c.size, c.replaces, c.attachments, c.filename,
                        c.media_type, c.merge);
    };
    const auto place = [](const change& c) {
        return c.packed ? std::tuple{c.packed->object, c.packed->offset, c.packed->length}
                        : std::tuple{std::string{}, std::uint64_t{0}, std::uint64_t{0}};
    };
    return all(left) != all(right) ? all(left) < all(right) : place(left) < place(right);
}

/// Siblings by (dot, stored digest), as `sibling_set` orders them.
[[nodiscard]] inline bool entry_before(const merge_entry& left, const merge_entry& right, const repeated_texts& texts) {
    if (left.run != right.run) return texts.run(left.run) < texts.run(right.run);
    if (left.n != right.n) return left.n < right.n;
    if (left.has_digest() != right.has_digest()) return right.has_digest();
    return left.stored < right.stored;
}

/// Plain versions by (version, timestamp, device), then by what else they say.
[[nodiscard]] inline bool plain_before(const merge_entry& left, const merge_entry& right, const repeated_texts& texts) {
    const auto key = [&](const merge_entry& entry) {
        return std::tuple{entry.version(), entry.timestamp, texts.devices.text(entry.device), entry.action()};
    };
    return key(left) < key(right);
}

/// What `last_write_wins` shows first: of live versions before tombstones the greatest by (timestamp, dot).
[[nodiscard]] inline bool wins(const merge_entry& left, const merge_entry& right, const repeated_texts& texts) {
    if (left.erased() != right.erased()) return right.erased();
    if (left.timestamp != right.timestamp) return left.timestamp > right.timestamp;
    if (left.run != right.run) return texts.run(left.run) > texts.run(right.run);
    if (left.n != right.n) return left.n > right.n;
    if (left.version() != right.version()) return left.version() > right.version();
    return entry_before(left, right, texts);
}

}}} // namespace sealsync::detail

#endif
