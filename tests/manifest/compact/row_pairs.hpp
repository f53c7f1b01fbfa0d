#ifndef SEALSYNC_TESTS_MANIFEST_COMPACT_ROW_PAIRS_HPP
#define SEALSYNC_TESTS_MANIFEST_COMPACT_ROW_PAIRS_HPP

#include <sealsync/manifest/compact/row_reader.hpp>
#include <sealsync/manifest/compact/row_viewer.hpp>
#include <sealsync/manifest/compact/row_writer.hpp>

#include "../samples.hpp"

#include <doctest/doctest.h>

namespace sealsync_tests {

inline const device_id author = *device_id::make("iphone");
inline const stamp begin{1'000};

/// Rows as written, with the tables that they refer to; bytes to damage.
struct written_rows {
    explicit written_rows(const std::vector<change>& changes) {
        detail::row_writer writer{begin, author};
        for (const auto& each : changes) writer.add(each);
        CHECK(writer.complete());
        rows = to_bytes(writer.rows());
        tables.rows = changes.size();
        for (const auto* each : writer.collections()) tables.collections.push_back(*each);
        for (const auto* each : writer.devices()) tables.devices.push_back(*each);
        for (const auto* each : writer.runs()) append(runs, bytes_view{std::span{each->value}});
        tables.runs = runs;
    }
    written_rows(const written_rows&) = delete;
    written_rows& operator=(const written_rows&) = delete;

    [[nodiscard]] result<std::vector<change>> read(const manifest_limits& limits = {}) const {
        detail::row_reader reader{rows, 50, tables, begin, limits};
        detail::row_viewer viewer;
        std::vector<change> changes;
        for (detail::compact_row row; reader.next(row);) changes.push_back(to_change(viewer(row, tables)).value());
        if (auto done = reader.finish(); !done) return std::move(done).error();
        return changes;
    }
    [[nodiscard]] failure refusal(const manifest_limits& limits = {}) const {
        const auto got = read(limits);
        REQUIRE_FALSE(got);
        return got.error();
    }

    bytes rows, runs;
    detail::compact_tables tables;
};

/// A record without anything that may be left out: its row is the word, n and size 0, the id and the digest.
inline change plain_change(std::uint64_t n = 1) {
    change c;
    c.collection = *collection_id::make("emma");
    c.id = *object_id::make(std::string(32, 'a'));
    c.version = 1;
    c.timestamp = begin;
    c.device = author;
    c.dot = dot_of(1, n);
    c.stored = digest_of(0x44);
    return c;
}

} // namespace sealsync_tests

#endif
