// SPDX-License-Identifier: MIT
// Generated from include/sealsync/ by cmake/amalgamate.py: change that, not this.
#ifndef SEALSYNC_SINGLE_SEALSYNC_SIMDJSON_HPP
#define SEALSYNC_SINGLE_SEALSYNC_SIMDJSON_HPP

#include "sealsync.hpp"

#ifndef SEALSYNC_EXT_SIMDJSON_JSON_WALK_HPP
#define SEALSYNC_EXT_SIMDJSON_JSON_WALK_HPP

#include <simdjson.h>

namespace sealsync::inline SEALSYNC_ABI::detail {

/// A walk over any JSON by simdjson's ondemand, made strict: ondemand judges only what is visited, so everything is
/// visited, fields that nobody knows too, and their keys may not repeat. It remembers the first fault, where and why.
class json_walk {
public:
    using value = simdjson::ondemand::value;

    /// A field that `Self` knows, and how it is read into a `T`. An empty name is `Self::renamed()`.
    template <class Self, class T>
    struct known_field {
        std::string_view name;
        void (*read)(Self&, value, T&);
    };

    /// ondemand reads up to `SIMDJSON_PADDING` bytes past the end, hence the copy.
    json_walk(bytes_view in, std::size_t depth_max)
        : size_{in.size()},
          depth_max_{(std::min)(depth_max, depth_limit)},
          padded_(size_ + simdjson::SIMDJSON_PADDING) {
        std::copy(in.begin(), in.end(), padded_.begin());
        const auto error = parser_.iterate(base(), size_, padded_.size()).get(document_);
        started_ = !error;
        check(error);
    }
    json_walk(const json_walk&) = delete;
    json_walk& operator=(const json_walk&) = delete;

    [[nodiscard]] bool ok() const noexcept { return !fault_; }

    /// Calls `each(name, value)` for the fields of the whole text, until it returns false. May be called again after.
    template <class Each>
    void peek_root(Each each) {
        simdjson::ondemand::object root;
        if (check(document_.get_object().get(root))) each_field(root, each);
        if (ok()) document_.rewind();
    }

    /// Reads the whole text as an object of known fields. Nothing may follow it.
    template <class Self, class T>
    std::uint32_t read_root(Self& self, std::span<const known_field<Self, T>> known, T& out) {
        simdjson::ondemand::object root;
        if (!check(document_.get_object().get(root))) return 0;
        const auto present = read_object(self, root, known, out);
        if (ok() && document_.current_location().error() != simdjson::OUT_OF_BOUNDS)
            fail(here(), errc::malformed, "more follows the end");
        return present;
    }

    /// Returns which of the known fields were there, as bits.
    template <class Self, class T>
    std::uint32_t read_fields(Self& self, value from, std::span<const known_field<Self, T>> known, T& out) {
        simdjson::ondemand::object object;
        const auto at = place(from);
        if (!check(from.get_object().get(object), at)) return 0;
        return read_object(self, object, known, out);
    }

    /// An object whose keys are data. That none is repeated is left to the caller, who sorts them anyway.
    template <class Each>
    void read_map(value from, Each each) {
        simdjson::ondemand::object object;
        const auto at = place(from);
        if (!check(from.get_object().get(object), at)) return;
        ++depth_;
        each_field(object, each);
        --depth_;
    }

    template <class Each>
    void read_list(value from, Each each) {
        simdjson::ondemand::array array;
        const auto at = place(from);
        if (!check(from.get_array().get(array), at)) return;
        ++depth_;
        for (auto item : array) {
            value inner;
            if (!check(std::move(item).get(inner))) return;
            each(inner);
            if (!ok()) return;
        }
        --depth_;
    }

    /// Valid until the next `peek_root`; empty after a fault.
    [[nodiscard]] std::string_view text(value from) {
        std::string_view text;
        const auto at = place(from);
        if (!check(from.get_string().get(text), at)) return {};
        // Half of a surrogate pair, escaped, passes some versions of simdjson, but is no character.
        if (!is_utf8(text)) return fail(at, errc::malformed, "not UTF-8"), std::string_view{};
        return text;
    }

    void read(value from, std::uint64_t& out) {
        const auto parsed = parse_number(raw(from));
        if (!parsed) return fail(place(from), errc::malformed, "not an integer from 0 to 2^53 - 1");
        out = *parsed;
    }
    void read(value from, std::string& out) { out = text(from); }
    /// Everything else that is written as a string.
    template <class T>
    void read(value from, T& out) {
        const auto at = place(from);
        const auto form = text(from);
        if (!ok()) return;
        if (const char* why = read_form(form, out)) fail(at, errc::malformed, why);
    }

    /// The characters of a scalar without what follows it.
    [[nodiscard]] static std::string_view raw(value from) {
        auto text = from.raw_json_token();
        while (!text.empty() && std::string_view{" \t\n\r"}.find(text.back()) != std::string_view::npos) {
            text.remove_suffix(1);
        }
        return text;
    }
    /// Where a value begins, as an offset into the text.
    [[nodiscard]] std::size_t place(value from) const { return offset(from.raw_json_token().data()); }

    void fail(std::size_t at, errc code, std::string reason) {
        if (fault_) return;
        const auto where = "at byte " + std::to_string(at) + (field_.empty() ? "" : ", " + printable(field_));
        fault_.emplace(code, std::string{}, where + ": " + std::move(reason));
    }
    void require(std::size_t at, const result<void>& checked) {
        if (checked || fault_) return;
        field_ = {};
        fail(at, checked.error().code(), checked.error().detail());
    }

    [[nodiscard]] result<void> finish() && {
        if (fault_) return *std::move(fault_);
        return {};
    }

private:
    /// Bounds the recursion into unknown fields, whatever the limits say; simdjson's own bound is 1024.
    static constexpr std::size_t depth_limit = 512;

    template <class Each>
    void each_field(simdjson::ondemand::object& object, Each& each) {
        for (auto item : object) {
            simdjson::ondemand::field field;
            std::string_view name;
            if (!check(std::move(item).get(field)) || !check(field.unescaped_key().get(name))) return;
            if (!is_utf8(name)) return fail(here(), errc::malformed, "a key that is not UTF-8");
            if (!each(name, field.value()) || !ok()) return;
        }
    }

    template <class Self, class T>
    std::uint32_t read_object(Self& self, simdjson::ondemand::object& object,
                              std::span<const known_field<Self, T>> known, T& out) {
        std::uint32_t present = 0;
        std::vector<std::string_view> unknown;
        ++depth_;
        auto each = [&](std::string_view name, value inner) {
            const auto found = std::find_if(known.begin(), known.end(), [&](const auto& field) {
                return name == (field.name.empty() ? self.renamed() : field.name);
            });
            field_ = name;
            if (found == known.end()) {
                unknown.push_back(name);
                skip(inner);
                return true;
            }
            const auto bit = std::uint32_t{1} << static_cast<unsigned>(found - known.begin());
            if ((present & bit) != 0) return fail(place(inner), errc::malformed, "a key twice"), false;
            present |= bit;
            found->read(self, inner, out);
            return true;
        };
        each_field(object, each);
        --depth_;
        require_distinct(unknown);
        return present;
    }

    void skip(value from) {
        simdjson::ondemand::json_type type{};
        if (!check(from.type().get(type))) return;
        switch (type) {
        case simdjson::ondemand::json_type::object:
            if (!may_enter(from)) return;
            return skip_object(from);
        case simdjson::ondemand::json_type::array:
            if (!may_enter(from)) return;
            return read_list(from, [&](value inner) { skip(inner); });
        case simdjson::ondemand::json_type::string:
            return static_cast<void>(text(from));
        case simdjson::ondemand::json_type::number:
            if (!is_number(raw(from))) fail(place(from), errc::malformed, "not a number");
            return;
        case simdjson::ondemand::json_type::boolean:
            return static_cast<void>(check(from.get_bool().error(), place(from)));
        case simdjson::ondemand::json_type::null:
            if (raw(from) != "null") fail(place(from), errc::malformed, "not a value");
            return;
        }
    }
    void skip_object(value from) {
        std::vector<std::string_view> keys;
        read_map(from, [&](std::string_view name, value inner) {
            keys.push_back(name);
            skip(inner);
            return true;
        });
        require_distinct(keys);
    }
    [[nodiscard]] bool may_enter(value container) {
        if (depth_ < depth_max_) return true;
        fail(place(container), errc::too_large, "nested over " + std::to_string(depth_max_) + " deep");
        return false;
    }
    void require_distinct(std::vector<std::string_view>& keys) {
        if (!ok() || keys.size() < 2) return;
        std::sort(keys.begin(), keys.end());
        const auto twice = std::adjacent_find(keys.begin(), keys.end());
        if (twice == keys.end()) return;
        field_ = *twice;
        fail(here(), errc::malformed, "a key twice in the object that ends here");
    }

    /// By RFC 8259, of any size: simdjson refuses the numbers that it cannot represent, but nobody wants their value.
    [[nodiscard]] static bool is_number(std::string_view text) {
        const auto digits = [&] {
            const auto count = (std::min)(text.find_first_not_of("0123456789"), text.size());
            text.remove_prefix(count);
            return count;
        };
        const auto take = [&](std::string_view any_of) {
            const bool there = !text.empty() && any_of.find(text.front()) != std::string_view::npos;
            text.remove_prefix(there ? 1 : 0);
            return there;
        };
        take("-");
        const bool zero = text.substr(0, 1) == "0";
        const auto whole = digits();
        if (whole == 0 || (zero && whole > 1)) return false;
        if (take(".") && digits() == 0) return false;
        if (!take("eE")) return text.empty();
        take("+-");
        return digits() > 0 && text.empty();
    }

    bool check(simdjson::error_code error) { return error ? check(error, here()) : ok(); }
    bool check(simdjson::error_code error, std::size_t at) {
        if (!error) return ok();
        const bool beyond = error == simdjson::CAPACITY || error == simdjson::MEMALLOC;
        fail(at, beyond ? errc::too_large : errc::malformed, simdjson::error_message(error));
        return false;
    }
    [[nodiscard]] const std::uint8_t* base() const noexcept {
        return reinterpret_cast<const std::uint8_t*>(padded_.data());
    }
    [[nodiscard]] std::size_t offset(const char* at) const noexcept {
        const auto* const begin = reinterpret_cast<const char*>(padded_.data());
        return std::less{}(at, begin) ? 0 : (std::min)(static_cast<std::size_t>(at - begin), size_);
    }
    /// As near as simdjson knows.
    [[nodiscard]] std::size_t here() {
        const char* at = nullptr;
        if (!started_ || document_.current_location().get(at)) return started_ ? size_ : 0;
        return offset(at);
    }

    std::size_t size_, depth_max_, depth_ = 0;
    bytes padded_;
    simdjson::ondemand::parser parser_;
    simdjson::ondemand::document document_;
    bool started_ = false;
    std::string_view field_;
    std::optional<failure> fault_;
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif

#ifndef SEALSYNC_EXT_SIMDJSON_SIMDJSON_CODEC_HPP
#define SEALSYNC_EXT_SIMDJSON_SIMDJSON_CODEC_HPP

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

#ifndef SEALSYNC_SEALSYNC_SIMDJSON_HPP
#define SEALSYNC_SEALSYNC_SIMDJSON_HPP

// Generated by cmake/amalgamate.py: the core, and the part on simdjson.

#endif

#endif
