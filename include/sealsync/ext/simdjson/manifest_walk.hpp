#ifndef SEALSYNC_EXT_SIMDJSON_MANIFEST_WALK_HPP
#define SEALSYNC_EXT_SIMDJSON_MANIFEST_WALK_HPP

#include "../../manifest/change_view.hpp"
#include "../../manifest/checkpoint_layout.hpp"
#include "json_walk.hpp"

#include <bit>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What the fields of manifests mean, in whatever order they come. Changes are handed on as views, so that a manifest
/// can be read without allocating for each; whoever wants them owned collects them.
class manifest_walk : public json_walk {
public:
    void begin(bytes_view json, std::string_view collection_field, const manifest_limits& limits,
               std::size_t depth = 0) {
        json_walk::begin(json, limits.depth_max, depth);
        change_names_[static_cast<std::size_t>(field::collection)] = collection_field;
        limits_ = limits;
        format_.reset();
        edits_.clear();
        edits_ascend_ = true;
    }

    /// Fills what stands beside the changes, and calls `sink(view)` for each change; the view is valid until it
    /// returns.
    template <class Sink>
    void read_segment(segment& s, Sink& sink);
    /// Calls `sink(view)` for the one change that `json` is, as `read_segment` would in a segment of format 1.
    template <class Sink>
    void read_lone_change(bytes_view json, std::string_view collection_field, const manifest_limits& limits,
                          Sink&& sink) {
        constexpr std::size_t depth_of_changes = 2;
        begin(json, collection_field, limits, depth_of_changes);
        format_ = manifest_format;
        forget_what_may_be_absent(change_);
        read_change(change_);
        if (ok()) sink(std::as_const(change_));
    }
    void read_head(head& h);
    template <class Sink>
    void read_checkpoint(checkpoint& c, Sink& sink);

private:
    /// Of a change, in canonical order. The first eight are those of a plain manifest; it does not know the others.
    enum class field : std::uint8_t {
        type,
        collection,
        record_id,
        attachment_hmac,
        version,
        timestamp,
        device,
        action,
        edit,
        replaces,
        size,
        stored,
        attachments,
        merge,
        filename,
        media_type,
        packed
    };
    static constexpr std::size_t plain_change_fields = 8;

    /// `format` and `critical` decide whether the rest can be understood, and may stand last: so they are looked for
    /// before anything is read.
    void find_beginning();
    [[nodiscard]] bool plain() const noexcept { return !format_; }

    template <class T>
    void read_limited(std::vector<T>& out, std::size_t items_max) {
        out.clear();
        read_list([&] {
            if (room_for_another(out.size(), items_max)) read(out.emplace_back());
        });
    }
    [[nodiscard]] bool room_for_another(std::size_t items, std::size_t items_max) {
        if (items < items_max) return true;
        fail(here(), errc::too_large, "over " + std::to_string(items_max) + " items");
        return false;
    }
    /// `each` fills the item, its key is read already. JSON objects have no order: manifests do.
    template <class T, class Id, class Each>
    void read_by(Id T::*id, std::vector<T>& out, Each each) {
        read_map([&](std::string_view key) {
            if (!room_for_another(out.size(), limits_.logs_max)) return;
            auto& item = out.emplace_back();
            if (const char* why = read_form(key, item.*id)) return fail(here(), errc::malformed, why);
            each(item);
        });
        std::sort(out.begin(), out.end(), [id](const T& left, const T& right) { return left.*id < right.*id; });
    }
    template <class... Fields>
    [[nodiscard]] static constexpr std::uint32_t bits(Fields... fields) noexcept {
        return ((std::uint32_t{1} << static_cast<unsigned>(fields)) | ...);
    }
    void require_fields(std::size_t at, std::span<const std::string_view> names, std::uint32_t present,
                        std::uint32_t needed) {
        const auto missing = needed & ~present;
        if (missing == 0) return;
        require(at, malformed("no field " + std::string{names[static_cast<std::size_t>(std::countr_zero(missing))]}));
    }

    template <class Sink>
    void read_changes(Sink& sink);
    /// As `left < right`, but quicker where both are of one run.
    [[nodiscard]] static bool follows(const dot& left, const dot& right) noexcept {
        return left.run == right.run ? left.n < right.n : left < right;
    }
    void note_edit(const dot& edit) {
        edits_ascend_ = edits_ascend_ && (edits_.empty() || follows(edits_.back(), edit));
        edits_.push_back(edit);
    }
    void read_change(change_view& c);
    void read_field(field which, change_view& c);
    /// Cheaper by half than a new view for each change.
    static void forget_what_may_be_absent(change_view& c) noexcept {
        c.id = c.filename = c.media_type = {};
        c.version = c.size = 0;
        c.dot = {};
        c.replaces = {};
        c.attachments = {};
        c.stored.reset();
        c.packed.reset();
        c.merge = merge_kind::none;
    }
    [[nodiscard]] std::uint32_t needed_fields(const change_view& c) const noexcept;
    void read_packed(packed_view& place);
    void read_entry(head_entry& entry);

    std::array<std::string_view, 17> change_names_{
        "type",     "",     "record_id", "attachment_hmac", "version", "timestamp", "device_id",  "action", "dot",
        "replaces", "size", "digest",    "attachments",     "merge",   "filename",  "media_type", "packed"};
    manifest_limits limits_;
    std::optional<std::uint64_t> format_;
    change_view change_;
    std::vector<dot> edits_;
    std::vector<dot> replaces_;
    bool edits_ascend_ = true; ///< then none is there twice
    std::vector<std::string_view> attachments_;
};

inline void manifest_walk::find_beginning() {
    std::vector<std::string> critical;
    bool critical_found = false;
    peek_fields([&](std::string_view name) {
        if (name == "format") {
            read(format_.emplace());
        } else if (name == "critical") {
            critical_found = true;
            read_limited(critical, critical_max);
        } else {
            jump_over();
        }
        return !(format_ && critical_found);
    });
    if (ok() && format_) require(0, check_format(*format_));
    if (ok()) require(0, check_critical(critical));
}

[[gnu::always_inline]] inline void manifest_walk::read_field(field which, change_view& c) {
    switch (which) {
    case field::type:
        return read(c.type);
    case field::collection:
        return read_id(c.collection);
    case field::record_id:
    case field::attachment_hmac:
        return read_id(c.id);
    case field::version:
        return read(c.version);
    case field::timestamp:
        return read(c.timestamp);
    case field::device:
        return read_id(c.device);
    case field::action:
        return read(c.action);
    case field::edit:
        return read(c.dot);
    case field::replaces:
        read_limited(replaces_, limits_.dots_max);
        c.replaces = replaces_;
        return;
    case field::size:
        return read(c.size);
    case field::stored:
        return read(c.stored);
    case field::attachments:
        attachments_.clear();
        read_list([&] {
            if (room_for_another(attachments_.size(), limits_.attachments_max)) read_id(attachments_.emplace_back());
        });
        c.attachments = attachments_;
        return;
    case field::merge:
        return read(c.merge);
    case field::filename:
        c.filename = text();
        return;
    case field::media_type:
        c.media_type = text();
        return;
    case field::packed:
        return read_packed(c.packed.emplace());
    }
}

inline std::uint32_t manifest_walk::needed_fields(const change_view& c) const noexcept {
    auto needed = bits(field::type, field::collection, field::timestamp, field::device, field::action);
    if (c.type == change_type::record) needed |= bits(field::record_id);
    needed |= c.type == change_type::attachment ? bits(field::attachment_hmac) : bits(field::version);
    if (plain()) return needed;
    needed |= bits(field::edit, field::size);
    if (c.type != change_type::attachment) needed |= bits(field::replaces, field::attachments);
    if (c.action != change_action::erase) needed |= bits(field::stored);
    return needed;
}

inline void manifest_walk::read_change(change_view& c) {
    constexpr auto ids = bits(field::record_id, field::attachment_hmac);
    const std::span<const std::string_view> all{change_names_};
    const auto at = here();
    const auto present = read_fields(plain() ? all.first(plain_change_fields) : all,
                                     [&](std::size_t i) { read_field(static_cast<field>(i), c); });
    if (!ok()) return;
    const auto needed = needed_fields(c);
    require_fields(at, all, present, needed);
    if ((present & ids & ~needed) != 0) require(at, malformed("record_id or attachment_hmac: of another type"));
    if (ok() && !plain()) require(at, check_change(c, limits_));
}

template <class Sink>
void manifest_walk::read_changes(Sink& sink) {
    std::size_t count = 0;
    read_list([&] {
        if (!room_for_another(count++, limits_.changes_max)) return;
        const auto texts_before = texts();
        forget_what_may_be_absent(change_);
        read_change(change_);
        if (!ok()) return;
        if (!plain()) note_edit(change_.dot);
        sink(std::as_const(change_));
        release_texts(texts_before);
    });
}

inline void manifest_walk::read_packed(packed_view& place) {
    static constexpr std::array<std::string_view, 3> names{"object", "offset", "length"};
    const auto at = here();
    const auto present = read_fields(names, [&](std::size_t i) {
        if (i == 0) {
            place.object = text();
        } else {
            read(i == 1 ? place.offset : place.length);
        }
    });
    require_fields(at, names, present, bits(0, 1, 2));
}

/// The first five are those of a plain manifest.
template <class Sink>
void manifest_walk::read_segment(segment& s, Sink& sink) {
    enum : unsigned {
        format,
        critical,
        version,
        updated,
        changes,
        vault,
        scope,
        device,
        device_name,
        log,
        previous,
        seen
    };
    static constexpr std::array<std::string_view, 12> names{"format",      "critical", "version",  "last_updated",
                                                            "changes",     "vault",    "scope",    "device_id",
                                                            "device_name", "log",      "previous", "seen"};
    constexpr std::size_t plain_fields = 5;

    find_beginning();
    if (!ok()) return;
    if (plain()) s.format = 0;
    const std::span<const std::string_view> all{names};
    const auto present = read_fields(plain() ? all.first(plain_fields) : all, [&](std::size_t i) {
        switch (i) {
        case format:
            return read(s.format);
        case critical:
            return read_limited(s.critical, critical_max);
        case version:
            return read(s.seq);
        case updated:
            return read(s.last_updated);
        case changes:
            return read_changes(sink);
        case vault:
            return read(s.vault);
        case scope:
            return read(s.scope);
        case device:
            return read(s.device);
        case device_name:
            return read(s.device_name);
        case log:
            return read(s.log);
        case previous:
            return next_is_blank_text() ? jump_over() : read(s.previous);
        default:
            return read_by(&log_position::log, s.seen, [&](log_position& position) { read(position.seq); });
        }
    });
    if (!ok()) return;
    auto needed = bits(version, updated, changes);
    if (!plain()) needed |= bits(critical, vault, scope, device, log, previous, seen);
    require_fields(0, all, present, needed);
    if (!ok() || plain()) return;
    require(0, check_segment(s, limits_));
    if (!edits_ascend_) require(0, check_distinct(edits_));
}

inline void manifest_walk::read_head(head& h) {
    enum : unsigned { format, critical, vault, scope, logs, checkpoint };
    static constexpr std::array<std::string_view, 6> names{"format", "critical", "vault",
                                                           "scope",  "logs",     "checkpoint"};
    find_beginning();
    if (!ok()) return;
    const auto present = read_fields(names, [&](std::size_t i) {
        switch (i) {
        case format:
            return read(h.format);
        case critical:
            return read_limited(h.critical, critical_max);
        case vault:
            return read(h.vault);
        case scope:
            return read(h.scope);
        case logs:
            return read_by(&head_entry::log, h.logs, [&](head_entry& entry) { read_entry(entry); });
        default:
            return read(h.checkpoint);
        }
    });
    if (!ok()) return;
    require_fields(0, names, present, bits(format, critical, vault, scope, logs, checkpoint));
    if (ok()) require(0, check_head(h, limits_));
}

template <class Sink>
void manifest_walk::read_checkpoint(checkpoint& c, Sink& sink) {
    enum : unsigned { format, critical, vault, scope, device, part, parts, previous, updated, logs, met, siblings };
    static constexpr std::array<std::string_view, 12> names{"format",       "critical", "vault", "scope",
                                                            "device_id",    "part",     "parts", "previous",
                                                            "last_updated", "logs",     "met",   "siblings"};
    find_beginning();
    if (ok() && plain()) require(0, malformed("no field format"));
    if (!ok()) return;
    const auto present = read_fields(names, [&](std::size_t i) {
        switch (i) {
        case format:
            return read(c.format);
        case critical:
            return read_limited(c.critical, critical_max);
        case vault:
            return read(c.vault);
        case scope:
            return read(c.scope);
        case device:
            return read(c.device);
        case part:
            return read(c.part);
        case parts:
            return read(c.parts);
        case previous:
            return next_is_blank_text() ? jump_over() : read(c.previous);
        case updated:
            return read(c.last_updated);
        case logs:
            return read_by(&head_entry::log, c.logs, [&](head_entry& entry) { read_entry(entry); });
        case met:
            return read_by(&met_run::run, c.met, [&](met_run& run) { read(run.edits); });
        default:
            return read_changes(sink);
        }
    });
    if (!ok()) return;
    require_fields(0, names, present, (1U << names.size()) - 1);
    if (ok()) require(0, check_checkpoint(c, limits_));
}

inline void manifest_walk::read_entry(head_entry& entry) {
    static constexpr std::array<std::string_view, 3> names{"device_id", "seq", "digest"};
    const auto at = here();
    const auto present = read_fields(names, [&](std::size_t i) {
        if (i == 0) return read(entry.device);
        return i == 1 ? read(entry.seq) : read(entry.stored);
    });
    require_fields(at, names, present, bits(0, 1, 2));
}

}}} // namespace sealsync::detail

#endif
