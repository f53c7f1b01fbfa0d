#ifndef SEALSYNC_MANIFEST_COMPACT_CODEC_HPP
#define SEALSYNC_MANIFEST_COMPACT_CODEC_HPP

#include "canonical_changes.hpp"
#include "compact/row_checks.hpp"
#include "compact/row_viewer.hpp"
#include "compact/row_writer.hpp"
#include "compact/segment_reader.hpp"

namespace sealsync::inline SEALSYNC_ABI {

/// Whether `manifest` is in a compact encoding, of this version or of a later one: no JSON begins so.
[[nodiscard]] inline bool is_compact(bytes_view manifest) noexcept {
    return !manifest.empty() && manifest[0] < std::byte{detail::compact_encodings_end};
}

/// The compact form of a segment: equal segments are equal bytes, about 60 a change where JSON has 400.
/// docs/manifest-format.md says which. Fails as `write_segment` does. Thread-safe.
[[nodiscard]] inline result<bytes> write_compact_segment(const segment& s, const manifest_limits& limits = {}) {
    detail::compact_writer out{limits.bytes_max};
    detail::lay_out_compact_segment(out, s, limits);
    out.require(0, [&] { return detail::check_rows(s.changes, limits); });
    out.require(0, [&] { return detail::check_distinct(s.changes); });
    if (out.failed()) return std::move(out).take();
    detail::row_writer rows{s.last_updated, s.device};
    for (const auto& each : s.changes) rows.add(each);
    detail::write_rows(out, rows, s.changes.size());
    return std::move(out).take();
}

/// Reads what `write_compact_segment` writes, and nothing else: what is read and written again is the same bytes.
///
/// Fails with `errc::malformed` (position and reason in `detail()`), `errc::too_large` over a limit,
/// `errc::unknown_format` and `errc::unknown_critical` naming what this version lacks. Thread-safe.
struct compact_codec {
    [[nodiscard]] static result<segment> read_segment(bytes_view manifest, const manifest_limits& limits = {}) {
        detail::compact_segment_reader in{manifest, limits};
        detail::row_viewer viewer;
        auto s = in.header();
        s.changes.reserve(in.tables().rows);
        for (detail::compact_row row; in.next(row);) {
            auto each = to_change(viewer(row, in.tables()));
            if (!each) return std::move(each).error();
            s.changes.push_back(*std::move(each));
        }
        if (auto done = in.finish(); !done) return std::move(done).error();
        return s;
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

} // namespace sealsync

#endif
