#ifndef SEALSYNC_MANIFEST_COMPACT_SEGMENT_READER_HPP
#define SEALSYNC_MANIFEST_COMPACT_SEGMENT_READER_HPP

#include "../segment.hpp"
#include "row_reader.hpp"
#include "segment_layout.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A compact segment, opened: what stands before its changes is read and checked, its changes are read row by row.
/// `manifest` and `limits` must outlive it.
class compact_segment_reader {
public:
    compact_segment_reader(bytes_view manifest, const manifest_limits& limits)
        : limits_{limits}, in_{manifest}, tables_{begin()}, rows_(open_rows()) {}

    /// Without its changes.
    [[nodiscard]] const segment& header() const& noexcept { return header_; }
    [[nodiscard]] segment&& header() && noexcept { return std::move(header_); }
    [[nodiscard]] const compact_tables& tables() const noexcept { return tables_; }

    /// False at the end, and at a fault: `finish()` tells. What `row` shows is valid until the next.
    [[nodiscard]] bool next(compact_row& row) { return rows_.next(row); }

    /// Success if every change was read and the segment is one that could have been written.
    [[nodiscard]] result<void> finish() {
        if (in_.failed()) return in_.finish();
        if (auto done = rows_.finish(); !done) return done;
        return rows_.ascending() ? result<void>{} : check_edits();
    }

private:
    [[nodiscard]] compact_tables begin() {
        if (auto ok = check_size(in_.rest(), limits_); !ok) in_.fail(0, ok.error().code(), {}, ok.error().detail());
        lay_out_compact_segment(in_, header_, limits_);
        auto tables = read_tables(in_, header_.device, limits_);
        if (in_.failed()) tables.rows = 0;
        return tables;
    }
    [[nodiscard]] row_reader open_rows() const {
        return row_reader{in_.rest(), in_.position(), tables_, header_.last_updated, limits_};
    }

    /// Edits of a run mostly come in order: only otherwise are the rows read again, and sorted, to see that none
    /// stands twice.
    [[nodiscard]] result<void> check_edits() const {
        std::vector<dot> edits;
        edits.reserve(tables_.rows);
        auto rows = open_rows();
        for (compact_row row; rows.next(row);) edits.push_back({tables_.run(row.run), row.n});
        return check_distinct(edits);
    }

    const manifest_limits& limits_;
    compact_reader in_;
    segment header_;
    compact_tables tables_;
    row_reader rows_;
};

}}} // namespace sealsync::detail

#endif
