#ifndef SEALSYNC_MANIFEST_COMPACT_TABLES_HPP
#define SEALSYNC_MANIFEST_COMPACT_TABLES_HPP

#include "reader.hpp"
#include "row.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What the rows of a manifest refer to by number, and how many rows there are. Valid as long as the manifest.
struct compact_tables {
    std::size_t rows = 0;
    std::vector<collection_id> collections;
    std::vector<device_id> devices; ///< the first is the manifest's author
    bytes_view runs;                ///< 16 bytes each

    [[nodiscard]] std::size_t run_count() const noexcept { return runs.size() / 16; }
    [[nodiscard]] run_id run(std::uint32_t index) const noexcept {
        run_id id;
        std::memcpy(id.value.data(), runs.data() + std::size_t{index} * 16, 16);
        return id;
    }
    [[nodiscard]] bool run_before(std::uint32_t left, std::uint32_t right) const noexcept {
        return std::memcmp(runs.data() + std::size_t{left} * 16, runs.data() + std::size_t{right} * 16, 16) < 0;
    }
};

template <class T>
[[nodiscard]] bool all_different(const std::vector<T>& items) {
    std::vector<const T*> sorted;
    sorted.reserve(items.size());
    for (const auto& each : items) sorted.push_back(&each);
    std::sort(sorted.begin(), sorted.end(), [](const T* left, const T* right) { return *left < *right; });
    return std::adjacent_find(sorted.begin(), sorted.end(),
                              [](const T* left, const T* right) { return *left == *right; }) == sorted.end();
}

[[nodiscard]] inline bool all_runs_different(const compact_tables& tables) {
    std::vector<run_id> runs(tables.run_count());
    for (std::uint32_t i = 0; i < runs.size(); ++i) runs[i] = tables.run(i);
    return all_different(runs);
}

/// Reads the number of rows and the tables. A table has no entry that no row uses, so that none is longer than there
/// are rows; the rows themselves show whether they use them all.
[[nodiscard]] inline compact_tables read_tables(compact_reader& in, const device_id& author,
                                                const manifest_limits& limits) {
    compact_tables tables;
    const auto begin = in.position();
    tables.rows = in.count("changes", row_bytes_min, limits.changes_max);
    in.list("collections", tables.collections, 2, tables.rows, [&](auto& id) { in.field("collections", id); });
    tables.devices.push_back(author);
    const auto others = in.count("devices", 2, tables.rows);
    for (std::size_t i = 0; i < others && !in.failed(); ++i) in.field("devices", tables.devices.emplace_back());
    tables.runs = in.raw("runs", in.count("runs", 16, in.rest().size()) * std::uint64_t{16});
    in.require(begin, [&]() -> result<void> {
        const bool once =
            all_different(tables.collections) && all_different(tables.devices) && all_runs_different(tables);
        return once ? result<void>{} : malformed("collections, devices or runs: one stands twice");
    });
    return tables;
}

}}} // namespace sealsync::detail

#endif
