#ifndef SEALSYNC_MANIFEST_COMPACT_CODEC_HPP
#define SEALSYNC_MANIFEST_COMPACT_CODEC_HPP

#include "canonical_changes.hpp"
#include "compact/checkpoint_layout.hpp"
#include "compact/row_checks.hpp"
#include "compact/row_viewer.hpp"
#include "compact/row_writer.hpp"
#include "compact/segment_reader.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Whether `manifest` is in a compact encoding, of this version or of a later one: no JSON begins so.
[[nodiscard]] inline bool is_compact(bytes_view manifest) noexcept {
    return !manifest.empty() && manifest[0] < std::byte{detail::compact_encodings_end};
}

namespace detail {

/// What was laid out of `m`, and its changes behind it.
template <class Manifest>
[[nodiscard]] result<bytes> with_rows(compact_writer&& out, const Manifest& m, const std::vector<change>& changes) {
    if (out.failed()) return std::move(out).take();
    row_writer rows{m.last_updated, m.device};
    for (const auto& each : changes) rows.add(each);
    write_rows(out, rows, changes.size());
    return std::move(out).take();
}

/// Until `in` ends; whether at a fault, `in.finish()` tells.
template <class Rows>
[[nodiscard]] result<void> read_rows(Rows& in, const compact_tables& tables, std::vector<change>& changes) {
    changes.reserve(tables.rows);
    row_viewer viewer;
    for (compact_row row; in.next(row);) {
        if (auto ok = own_change(viewer(row, tables), changes.emplace_back()); !ok) return ok;
    }
    return in.finish();
}

} // namespace detail

/// The compact form of a segment: equal segments are equal bytes, about 60 a change where JSON has 400.
/// docs/manifest-format.md says which. Fails as `write_segment` does. Thread-safe.
[[nodiscard]] inline result<bytes> write_compact_segment(const segment& s, const manifest_limits& limits = {}) {
    detail::compact_writer out{limits.bytes_max};
    detail::lay_out_compact_segment(out, s, limits);
    out.require(0, detail::check_rows(s.changes, limits));
    out.require(0, detail::check_distinct(s.changes));
    return detail::with_rows(std::move(out), s, s.changes);
}

/// The compact form of a checkpoint's part: equal parts are equal bytes. Fails as `write_checkpoint` does. Thread-safe.
[[nodiscard]] inline result<bytes> write_compact_checkpoint(const checkpoint& c, const manifest_limits& limits = {}) {
    detail::compact_writer out{limits.bytes_max};
    detail::lay_out_compact_checkpoint(out, c, limits);
    out.require(0, detail::check_rows(c.siblings, limits));
    out.require(0, detail::check_siblings(c.siblings));
    return detail::with_rows(std::move(out), c, c.siblings);
}

/// Reads what `write_compact_segment` and `write_compact_checkpoint` write, and nothing else: what is read and written
/// again is the same bytes.
///
/// Fails with `errc::malformed` (position and reason in `detail()`), `errc::too_large` over a limit,
/// `errc::unknown_format` and `errc::unknown_critical` naming what this version lacks. Thread-safe.
struct compact_codec {
    [[nodiscard]] static result<segment> read_segment(bytes_view manifest, const manifest_limits& limits = {}) {
        detail::compact_segment_reader in{manifest, limits};
        std::vector<change> changes;
        if (auto ok = detail::read_rows(in, in.tables(), changes); !ok) return std::move(ok).error();
        auto s = std::move(in).header();
        s.changes = std::move(changes);
        return s;
    }

    [[nodiscard]] static result<checkpoint> read_checkpoint(bytes_view manifest, const manifest_limits& limits = {}) {
        checkpoint c;
        detail::compact_reader in{manifest};
        in.require(0, detail::check_size(manifest, limits));
        detail::lay_out_compact_checkpoint(in, c, limits);
        const auto tables = detail::read_tables(in, c.device, limits);
        if (in.failed()) return std::move(in).fault();
        detail::row_reader rows{in.rest(), in.position(), tables, c.last_updated, limits};
        if (auto ok = detail::read_rows(rows, tables, c.siblings); !ok) return std::move(ok).error();
        if (auto ok = detail::check_siblings(c.siblings); !ok) return std::move(ok).error();
        return c;
    }
};

/// The changes of a compact segment as views, one after the other: a reader of changes as `canonical_changes` is.
/// Nothing is allocated per change.
class compact_changes {
public:
    /// Fails as `compact_codec` does; the field of collections has no name here.
    template <class Sink>
    [[nodiscard]] result<manifest_header> read(bytes_view manifest, std::string_view /*collection_field*/,
                                               const manifest_limits& limits, Sink&& sink) {
        detail::compact_segment_reader in{manifest, limits};
        for (detail::compact_row row; in.next(row);) sink(viewer_(row, in.tables()));
        if (auto done = in.finish(); !done) return std::move(done).error();
        return header_of(in.header());
    }

private:
    detail::row_viewer viewer_;
};

}} // namespace sealsync

#endif
