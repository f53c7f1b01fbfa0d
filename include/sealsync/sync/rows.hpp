#ifndef SEALSYNC_SYNC_ROWS_HPP
#define SEALSYNC_SYNC_ROWS_HPP

#include "../detail/list.hpp"
#include "../detail/wire.hpp"
#include "../manifest/sibling_set.hpp"
#include "../result.hpp"

#include <map>
#include <tuple>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// As a segment names it: it replaces, too, what was never pushed.
[[nodiscard]] inline change pushed_form(sibling_version version) {
    if (version.unsent.empty()) return std::move(version.what);
    auto& replaces = version.what.replaces;
    add_all(replaces, version.unsent);
    sort_unique(replaces);
    return std::move(version.what);
}

/// Which object: what a row of `replica_table::object` is about.
struct object_ref {
    change_type type = change_type::record;
    collection_id collection;
    object_id id;

    [[nodiscard]] friend bool operator==(const object_ref&, const object_ref&) = default;
    [[nodiscard]] friend auto operator<=>(const object_ref&, const object_ref&) = default;

    /// With room for so many bytes `more`.
    [[nodiscard]] static bytes key_prefix(change_type type, const collection_id& collection, std::size_t more = 0) {
        wire_writer out;
        out.reserve(2 + collection.text().size() + more);
        out.byte(static_cast<std::uint8_t>(type));
        out.counted(collection.text());
        return std::move(out).take();
    }
    [[nodiscard]] bytes key() const {
        auto out = key_prefix(type, collection, id.text().size());
        append(out, id.text());
        return out;
    }
    [[nodiscard]] static std::optional<object_ref> parse(bytes_view key) {
        wire_reader in{key};
        const auto type = in.byte();
        auto collection = collection_id::make(as_text(in.counted()));
        if (!in.ok() || type < 1 || type > 3 || !collection) return std::nullopt;
        object_ref ref{static_cast<change_type>(type), *std::move(collection), {}};
        if (in.rest().empty()) return ref;
        auto id = object_id::make(as_text(in.rest()));
        if (!id) return std::nullopt;
        ref.id = *std::move(id);
        return ref;
    }
};

[[nodiscard]] inline object_ref ref_of(const change& c) { return {c.type, c.collection, c.id}; }
/// The same to be compared, without a copy; in the same order.
[[nodiscard]] inline auto object_of(const change& c) noexcept { return std::tie(c.type, c.collection, c.id); }

/// A version that was replaced.
struct past_version {
    change what;       ///< its `replaces`: what is remembered of that
    bool gap = false;  ///< it rests on versions that are not remembered, too
    bool kept = false; ///< its content is here, because others rest on it
    [[nodiscard]] friend bool operator==(const past_version&, const past_version&) = default;
};

/// All that a replica knows of an object but the contents.
struct object_row {
    std::string name; ///< the application's own id; known once any content has been seen
    sibling_set siblings;
    list<past_version> past; ///< oldest first, bounded: for history and as merge bases
};

/// How far a log has been merged.
struct cursor_row {
    device_id device;
    std::uint64_t seq = 0;
    digest256 stored; ///< of segment `seq`
};

using cursor_map = std::map<log_id, cursor_row>;

/// An edit that waits for its push.
struct outbox_row {
    object_ref object;
    sealsync::dot dot;
    std::uint64_t group = 0; ///< edits of one `update`: pushed in one segment
};

/// Contents that are in the store, of edits whose segment is not yet sealed: an interrupted push goes on from here.
struct sent_contents {
    struct item {
        std::uint64_t outbox = 0; ///< whose; no other edit ever has its place
        std::uint64_t size = 0;
        digest256 stored{};
    };
    std::uint64_t since = 0; ///< in ns since 1970: what is old may have been cleared away as garbage
    list<item> items{};
};

/// A sealed segment on its way to the store, kept to be finished byte for byte after a crash.
struct pending_segment {
    struct item {
        std::uint64_t outbox = 0;
        object_ref object;
        sealsync::dot dot;
        std::uint64_t size = 0;
        std::optional<digest256> stored;
    };
    device_id device;
    log_id log;
    std::uint64_t seq = 0;
    bytes stored;
    list<item> items;
};

[[nodiscard]] bytes encode(const object_row& row);
[[nodiscard]] bytes encode(const cursor_row& row);
[[nodiscard]] bytes encode(const outbox_row& row);
[[nodiscard]] bytes encode(const pending_segment& row);
[[nodiscard]] bytes encode(const sent_contents& row);

/// `errc::replica_corrupt` for rows that this library never wrote.
template <class Row>
[[nodiscard]] result<Row> decode(bytes_view encoded, const object_ref& owner = {});

inline void write_dot(wire_writer& out, const dot& edit) {
    out.raw(bytes_view{std::span{edit.run.value}});
    out.number(edit.n);
}
[[nodiscard]] inline dot read_dot(wire_reader& in) {
    dot edit;
    edit.run.value = in.array<16>();
    edit.n = in.number();
    return edit;
}

inline void write_dots(wire_writer& out, const std::vector<dot>& edits) {
    out.number(edits.size());
    for (const auto& edit : edits) write_dot(out, edit);
}
[[nodiscard]] inline std::vector<dot> read_dots(wire_reader& in) {
    std::vector<dot> edits;
    for (auto left = in.count(17); left > 0; --left) edits.push_back(read_dot(in));
    return edits;
}

inline void write_digest(wire_writer& out, const std::optional<digest256>& digest) {
    out.byte(digest ? 1 : 0);
    if (digest) out.raw(bytes_view{std::span{digest->value}});
}
[[nodiscard]] inline std::optional<digest256> read_digest(wire_reader& in) {
    if (in.byte() == 0) return std::nullopt;
    return digest256{in.array<32>()};
}

/// An id that breaks the rules breaks the row.
template <class Id>
[[nodiscard]] Id read_id(wire_reader& in) {
    auto id = Id::make(as_text(in.counted()));
    if (id) return *std::move(id);
    in.fail();
    return {};
}
[[nodiscard]] inline std::string read_text(wire_reader& in) { return std::string{as_text(in.counted())}; }

/// Everything but type, collection and id, which the row's key says.
inline void write_change(wire_writer& out, const change& c) {
    out.byte(static_cast<std::uint8_t>(c.action));
    out.number(c.version);
    out.number(static_cast<std::uint64_t>(c.timestamp.nanoseconds));
    out.counted(c.device.text());
    write_dot(out, c.dot);
    write_dots(out, c.replaces);
    out.number(c.size);
    write_digest(out, c.stored);
    out.number(c.attachments.size());
    for (const auto& id : c.attachments) out.counted(id.text());
    out.counted(c.filename);
    out.counted(c.media_type);
    out.byte(static_cast<std::uint8_t>(c.merge));
}

[[nodiscard]] inline change read_change(wire_reader& in, const object_ref& owner) {
    change c;
    c.type = owner.type;
    c.collection = owner.collection;
    c.id = owner.id;
    const auto action = in.byte();
    if (action < 1 || action > 3) in.fail();
    c.action = static_cast<change_action>(action);
    c.version = in.number();
    c.timestamp.nanoseconds = static_cast<std::int64_t>(in.number());
    c.device = read_id<device_id>(in);
    c.dot = read_dot(in);
    c.replaces = read_dots(in);
    c.size = in.number();
    c.stored = read_digest(in);
    for (auto left = in.count(1); left > 0; --left) c.attachments.push_back(read_id<object_id>(in));
    c.filename = read_text(in);
    c.media_type = read_text(in);
    const auto merge = in.byte();
    if (merge > 2) in.fail();
    c.merge = static_cast<merge_kind>(merge);
    return c;
}

inline void write_ref(wire_writer& out, const object_ref& ref) { out.counted(ref.key()); }
[[nodiscard]] inline object_ref read_ref(wire_reader& in) {
    auto ref = object_ref::parse(in.counted());
    if (!ref) in.fail();
    return ref ? *std::move(ref) : object_ref{};
}

inline bytes encode(const object_row& row) {
    constexpr std::size_t usual_version = 160;
    wire_writer out;
    out.reserve(row.name.size() + (row.siblings.versions().size() + row.past.size()) * usual_version);
    out.counted(row.name);
    out.number(row.siblings.versions().size());
    for (const auto& version : row.siblings.versions()) {
        write_change(out, version.what);
        out.number(version.pending);
        const bool names_unsent = !version.unsent.empty();
        out.byte(static_cast<std::uint8_t>((version.fetched ? 1U : 0U) | (version.twin ? 2U : 0U) |
                                           (names_unsent ? 4U : 0U) | (version.gap ? 8U : 0U)));
        if (names_unsent) write_dots(out, version.unsent);
    }
    out.number(row.past.size());
    for (const auto& old : row.past) {
        write_change(out, old.what);
        out.byte(static_cast<std::uint8_t>((old.gap ? 1U : 0U) | (old.kept ? 2U : 0U)));
    }
    return std::move(out).take();
}

inline bytes encode(const cursor_row& row) {
    wire_writer out;
    out.counted(row.device.text());
    out.number(row.seq);
    out.raw(bytes_view{std::span{row.stored.value}});
    return std::move(out).take();
}

inline bytes encode(const outbox_row& row) {
    wire_writer out;
    write_ref(out, row.object);
    write_dot(out, row.dot);
    out.number(row.group);
    return std::move(out).take();
}

inline bytes encode(const pending_segment& row) {
    wire_writer out;
    out.reserve(row.stored.size() + row.items.size() * 160 + 100);
    out.counted(row.device.text());
    out.raw(bytes_view{std::span{row.log.value}});
    out.number(row.seq);
    out.counted(row.stored);
    out.number(row.items.size());
    for (const auto& item : row.items) {
        out.number(item.outbox);
        write_ref(out, item.object);
        write_dot(out, item.dot);
        out.number(item.size);
        write_digest(out, item.stored);
    }
    return std::move(out).take();
}

inline bytes encode(const sent_contents& row) {
    wire_writer out;
    out.reserve(row.items.size() * 48 + 16);
    out.number(row.since);
    out.number(row.items.size());
    for (const auto& item : row.items) {
        out.number(item.outbox);
        out.number(item.size);
        out.raw(bytes_view{std::span{item.stored.value}});
    }
    return std::move(out).take();
}

[[nodiscard]] inline object_row read_row(wire_reader& in, const object_ref& owner, object_row row) {
    row.name = read_text(in);
    for (auto left = in.count(28); left > 0; --left) {
        sibling_version version{read_change(in, owner)};
        version.pending = in.number();
        const auto flags = in.byte();
        version.fetched = (flags & 1U) != 0;
        version.twin = (flags & 2U) != 0;
        if ((flags & 4U) != 0) version.unsent = read_dots(in);
        version.gap = (flags & 8U) != 0;
        row.siblings.versions().push_back(std::move(version));
    }
    for (auto left = in.count(28); left > 0; --left) {
        past_version old{read_change(in, owner)};
        const auto flags = in.byte();
        old.gap = (flags & 1U) != 0;
        old.kept = (flags & 2U) != 0;
        row.past.push_back(std::move(old));
    }
    return row;
}

[[nodiscard]] inline cursor_row read_row(wire_reader& in, const object_ref&, cursor_row row) {
    row.device = read_id<device_id>(in);
    row.seq = in.number();
    row.stored.value = in.array<32>();
    return row;
}

[[nodiscard]] inline outbox_row read_row(wire_reader& in, const object_ref&, outbox_row row) {
    row.object = read_ref(in);
    row.dot = read_dot(in);
    row.group = in.number();
    return row;
}

[[nodiscard]] inline pending_segment read_row(wire_reader& in, const object_ref&, pending_segment row) {
    row.device = read_id<device_id>(in);
    row.log.value = in.array<16>();
    row.seq = in.number();
    row.stored = to_bytes(in.counted());
    for (auto left = in.count(20); left > 0; --left) {
        pending_segment::item item;
        item.outbox = in.number();
        item.object = read_ref(in);
        item.dot = read_dot(in);
        item.size = in.number();
        item.stored = read_digest(in);
        row.items.push_back(std::move(item));
    }
    return row;
}

[[nodiscard]] inline sent_contents read_row(wire_reader& in, const object_ref&, sent_contents row) {
    row.since = in.number();
    for (auto left = in.count(34); left > 0; --left) {
        sent_contents::item item{in.number(), in.number(), {}};
        item.stored.value = in.array<32>();
        row.items.push_back(item);
    }
    return row;
}

template <class Row>
result<Row> decode(bytes_view encoded, const object_ref& owner) {
    wire_reader in{encoded};
    auto row = read_row(in, owner, Row{});
    if (!in.done()) return failure{errc::replica_corrupt, owner.id.text(), "a row does not decode"};
    return row;
}

}}} // namespace sealsync::detail

#endif
