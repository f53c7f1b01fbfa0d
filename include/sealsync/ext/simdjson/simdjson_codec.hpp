#ifndef SEALSYNC_EXT_SIMDJSON_SIMDJSON_CODEC_HPP
#define SEALSYNC_EXT_SIMDJSON_SIMDJSON_CODEC_HPP

#include "json_walk.hpp"

namespace sealsync::inline SEALSYNC_ABI {

namespace detail {

/// What the fields of manifests mean, in whatever order they come.
class manifest_walk : public json_walk {
public:
    manifest_walk(bytes_view in, std::string_view collection_field, const manifest_limits& limits)
        : json_walk{in, limits.depth_max}, collection_field_{collection_field}, limits_{limits} {}

    [[nodiscard]] std::string_view renamed() const noexcept { return collection_field_; }

    void read_manifest(segment& s);
    void read_manifest(head& h);

private:
    template <class T>
    using known = known_field<manifest_walk, T>;

    /// `format` and `critical` decide whether the rest can be understood, and may stand last: so they are looked for
    /// before anything is read.
    void find_beginning() {
        std::vector<std::string> critical;
        bool critical_found = false;
        peek_root([&](std::string_view name, value from) {
            if (name == "format") read(from, format_.emplace());
            if (name == "critical") {
                critical_found = true;
                read_limited(from, critical, critical_max);
            }
            return !(format_ && critical_found);
        });
        if (ok() && format_) require(0, check_format(*format_));
        if (ok()) require(0, check_critical(critical));
    }
    [[nodiscard]] bool plain() const noexcept { return !format_; }

    template <class T>
    void read_limited(value from, std::vector<T>& out, std::size_t items_max) {
        read_list(from, [&](value item) {
            if (room_for_another(item, out.size(), items_max)) read(item, out.emplace_back());
        });
    }
    [[nodiscard]] bool room_for_another(value item, std::size_t items, std::size_t items_max) {
        if (items < items_max) return true;
        fail(place(item), errc::too_large, "over " + std::to_string(items_max) + " items");
        return false;
    }
    /// `each` fills the item, its key is read already. JSON objects have no order: manifests do.
    template <class T, class Each>
    void read_by_log(value from, std::vector<T>& out, Each each) {
        read_map(from, [&](std::string_view key, value inner) {
            if (!room_for_another(inner, out.size(), limits_.logs_max)) return false;
            auto& item = out.emplace_back();
            if (const char* why = read_form(key, item.log)) return fail(place(inner), errc::malformed, why), false;
            each(inner, item);
            return true;
        });
        std::sort(out.begin(), out.end(), [](const T& left, const T& right) { return left.log < right.log; });
    }

    template <class T>
    [[nodiscard]] static constexpr std::uint32_t bits(std::span<const known<T>> fields,
                                                      std::initializer_list<std::string_view> names) {
        std::uint32_t all = 0;
        for (std::size_t i = 0; i < fields.size(); ++i) {
            for (const auto name : names) all |= std::uint32_t{fields[i].name == name} << i;
        }
        return all;
    }
    template <class T>
    void require_fields(std::size_t at, std::span<const known<T>> fields, std::uint32_t present, std::uint32_t needed) {
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (((needed & ~present) >> i & 1U) == 0) continue;
            const auto name = fields[i].name.empty() ? renamed() : fields[i].name;
            return require(at, malformed("no field " + std::string{name}));
        }
    }

    [[nodiscard]] static std::span<const known<change>> change_fields();
    [[nodiscard]] static std::span<const known<segment>> segment_fields();
    [[nodiscard]] static std::span<const known<head>> head_fields();
    [[nodiscard]] std::uint32_t needed_fields(const change& c) const;
    void read_change(value from, change& c);
    void read_packed(value from, packed_place& place);
    void read_entry(value from, head_entry& entry);

    std::string_view collection_field_;
    const manifest_limits& limits_;
    std::optional<std::uint64_t> format_;
};

/// The first eight are those of a plain manifest; it does not know the others.
inline auto manifest_walk::change_fields() -> std::span<const known<change>> {
    using walk = manifest_walk;
    static constexpr known<change> fields[] = {
        {"type", [](walk& in, value from, change& c) { in.read(from, c.type); }},
        {"", [](walk& in, value from, change& c) { in.read(from, c.collection); }},
        {"record_id", [](walk& in, value from, change& c) { in.read(from, c.id); }},
        {"attachment_hmac", [](walk& in, value from, change& c) { in.read(from, c.id); }},
        {"version", [](walk& in, value from, change& c) { in.read(from, c.version); }},
        {"timestamp", [](walk& in, value from, change& c) { in.read(from, c.timestamp); }},
        {"device_id", [](walk& in, value from, change& c) { in.read(from, c.device); }},
        {"action", [](walk& in, value from, change& c) { in.read(from, c.action); }},
        {"dot", [](walk& in, value from, change& c) { in.read(from, c.edit); }},
        {"replaces", [](walk& in, value from, change& c) { in.read_limited(from, c.replaces, in.limits_.dots_max); }},
        {"size", [](walk& in, value from, change& c) { in.read(from, c.size); }},
        {"digest", [](walk& in, value from, change& c) { in.read(from, c.stored); }},
        {"attachments",
         [](walk& in, value from, change& c) { in.read_limited(from, c.attachments, in.limits_.attachments_max); }},
        {"filename", [](walk& in, value from, change& c) { in.read(from, c.filename); }},
        {"media_type", [](walk& in, value from, change& c) { in.read(from, c.media_type); }},
        {"packed", [](walk& in, value from, change& c) { in.read_packed(from, c.packed.emplace()); }},
    };
    return fields;
}

inline std::uint32_t manifest_walk::needed_fields(const change& c) const {
    const auto fields = change_fields();
    auto needed = bits(fields, {"type", "", "timestamp", "device_id", "action"});
    if (c.type == change_type::record) needed |= bits(fields, {"record_id"});
    if (c.type == change_type::attachment) needed |= bits(fields, {"attachment_hmac"});
    if (c.type != change_type::attachment) needed |= bits(fields, {"version"});
    if (plain()) return needed;
    needed |= bits(fields, {"dot", "size"});
    if (c.type != change_type::attachment) needed |= bits(fields, {"replaces", "attachments"});
    if (c.action != change_action::erase) needed |= bits(fields, {"digest"});
    return needed;
}

inline void manifest_walk::read_change(value from, change& c) {
    constexpr std::size_t plain_fields = 8;
    const auto at = place(from);
    const auto all = change_fields();
    const auto present = read_fields(*this, from, plain() ? all.first(plain_fields) : all, c);
    if (!ok()) return;
    const auto needed = needed_fields(c), ids = bits(all, {"record_id", "attachment_hmac"});
    require_fields(at, all, present, needed);
    if ((present & ids & ~needed) != 0) require(at, malformed("record_id or attachment_hmac: of another type"));
    if (ok() && !plain()) require(at, check_change(c, limits_));
}

inline void manifest_walk::read_packed(value from, packed_place& place_of) {
    using walk = manifest_walk;
    static constexpr known<packed_place> fields[] = {
        {"object", [](walk& in, value v, packed_place& place) { in.read(v, place.object); }},
        {"offset", [](walk& in, value v, packed_place& place) { in.read(v, place.offset); }},
        {"length", [](walk& in, value v, packed_place& place) { in.read(v, place.length); }},
    };
    const std::span<const known<packed_place>> all{fields};
    const auto at = place(from);
    require_fields(at, all, read_fields(*this, from, all, place_of), bits(all, {"object", "offset", "length"}));
}

/// The first five are those of a plain manifest.
inline auto manifest_walk::segment_fields() -> std::span<const known<segment>> {
    using walk = manifest_walk;
    static constexpr known<segment> fields[] = {
        {"format", [](walk& in, value from, segment& s) { in.read(from, s.format); }},
        {"critical", [](walk& in, value from, segment& s) { in.read_limited(from, s.critical, critical_max); }},
        {"version", [](walk& in, value from, segment& s) { in.read(from, s.version); }},
        {"last_updated", [](walk& in, value from, segment& s) { in.read(from, s.last_updated); }},
        {"changes",
         [](walk& in, value from, segment& s) {
             in.read_list(from, [&](value item) {
                 if (!in.room_for_another(item, s.changes.size(), in.limits_.changes_max)) return;
                 in.read_change(item, s.changes.emplace_back());
             });
         }},
        {"vault", [](walk& in, value from, segment& s) { in.read(from, s.vault); }},
        {"scope", [](walk& in, value from, segment& s) { in.read(from, s.scope); }},
        {"device_id", [](walk& in, value from, segment& s) { in.read(from, s.device); }},
        {"device_name", [](walk& in, value from, segment& s) { in.read(from, s.device_name); }},
        {"log", [](walk& in, value from, segment& s) { in.read(from, s.log); }},
        {"previous",
         [](walk& in, value from, segment& s) {
             if (in.raw(from) != "\"\"") in.read(from, s.previous);
         }},
        {"seen",
         [](walk& in, value from, segment& s) {
             in.read_by_log(from, s.seen, [&](value seq, log_position& position) { in.read(seq, position.seq); });
         }},
    };
    return fields;
}

inline void manifest_walk::read_manifest(segment& s) {
    find_beginning();
    if (!ok()) return;
    constexpr std::size_t plain_fields = 5;
    const auto all = segment_fields();
    if (plain()) s.format = 0;
    const auto present = read_root(*this, plain() ? all.first(plain_fields) : all, s);
    if (!ok()) return;
    auto needed = bits(all, {"version", "last_updated", "changes"});
    if (!plain()) needed |= bits(all, {"critical", "vault", "scope", "device_id", "log", "previous", "seen"});
    require_fields(0, all, present, needed);
    if (!ok() || plain()) return;
    require(0, check_segment(s, limits_));
    require(0, check_distinct(s.changes));
}

inline auto manifest_walk::head_fields() -> std::span<const known<head>> {
    using walk = manifest_walk;
    static constexpr known<head> fields[] = {
        {"format", [](walk& in, value from, head& h) { in.read(from, h.format); }},
        {"critical", [](walk& in, value from, head& h) { in.read_limited(from, h.critical, critical_max); }},
        {"vault", [](walk& in, value from, head& h) { in.read(from, h.vault); }},
        {"scope", [](walk& in, value from, head& h) { in.read(from, h.scope); }},
        {"logs",
         [](walk& in, value from, head& h) {
             in.read_by_log(from, h.logs, [&](value inner, head_entry& entry) { in.read_entry(inner, entry); });
         }},
        {"checkpoint", [](walk& in, value from, head& h) { in.read(from, h.checkpoint); }},
    };
    return fields;
}

inline void manifest_walk::read_entry(value from, head_entry& entry_of) {
    using walk = manifest_walk;
    static constexpr known<head_entry> fields[] = {
        {"device_id", [](walk& in, value v, head_entry& entry) { in.read(v, entry.device); }},
        {"seq", [](walk& in, value v, head_entry& entry) { in.read(v, entry.seq); }},
        {"digest", [](walk& in, value v, head_entry& entry) { in.read(v, entry.stored); }},
    };
    const std::span<const known<head_entry>> all{fields};
    const auto at = place(from);
    require_fields(at, all, read_fields(*this, from, all, entry_of), bits(all, {"device_id", "seq", "digest"}));
}

inline void manifest_walk::read_manifest(head& h) {
    find_beginning();
    if (!ok()) return;
    const auto all = head_fields();
    const auto present = read_root(*this, all, h);
    if (!ok()) return;
    require_fields(0, all, present, bits(all, {"format", "critical", "vault", "scope", "logs", "checkpoint"}));
    if (ok()) require(0, check_head(h, limits_));
}

} // namespace detail

/// Reads any JSON that means a manifest: fields in any order, white space, escapes, 0 to 9 decimals of a second;
/// fields it does not know are passed over unless `critical` names them. A text without `format` is a plain manifest,
/// of the first application's design: `version`, `last_updated` and `changes` without dots. Whatever `canonical_codec`
/// accepts it accepts, with the same value.
///
/// Fails as `canonical_codec` does; a key that stands twice in one object is malformed too. Integers must be written
/// as such, without fraction or exponent. Thread-safe.
struct simdjson_codec {
    [[nodiscard]] static result<segment> read_segment(bytes_view json, std::string_view collection_field,
                                                      const manifest_limits& limits = {}) {
        SEALSYNC_ASSERT(detail::is_collection_field(collection_field));
        return read<segment>(json, collection_field, limits);
    }

    [[nodiscard]] static result<head> read_head(bytes_view json, const manifest_limits& limits = {}) {
        return read<head>(json, {}, limits);
    }

private:
    template <class Manifest>
    [[nodiscard]] static result<Manifest> read(bytes_view json, std::string_view collection_field,
                                               const manifest_limits& limits) {
        if (auto ok = detail::check_size(json, limits); !ok) return std::move(ok).error();
        detail::manifest_walk walk{json, collection_field, limits};
        Manifest manifest;
        if (walk.ok()) walk.read_manifest(manifest);
        if (auto ok = std::move(walk).finish(); !ok) return std::move(ok).error();
        return manifest;
    }
};

} // namespace sealsync

#endif
