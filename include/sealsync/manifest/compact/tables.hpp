#ifndef SEALSYNC_MANIFEST_COMPACT_TABLES_HPP
#define SEALSYNC_MANIFEST_COMPACT_TABLES_HPP

#include "../../detail/list.hpp"
#include "../../detail/ranges.hpp"
#include "reader.hpp"
#include "row.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What the rows of a manifest refer to by number, and how many rows there are. Valid as long as the manifest.
struct compact_tables {
    std::size_t rows = 0;
    list<collection_id> collections;
    list<device_id> devices; ///< the first is the manifest's author
    bytes_view runs;         ///< 16 bytes each

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

/// Whether no two of `count` things are equal.
[[nodiscard]] inline bool all_different(std::size_t count, function_ref<bool(std::size_t, std::size_t)> before) {
    const auto order = sorted_indices(count, before);
    for (std::size_t i = 1; i < count; ++i) {
        if (!before(order[i - 1], order[i])) return false;
    }
    return true;
}

[[nodiscard]] inline bool none_stands_twice(const compact_tables& tables) {
    const auto& collections = tables.collections;
    const auto& devices = tables.devices;
    return all_different(collections.size(),
                         [&](std::size_t a, std::size_t b) { return collections[a] < collections[b]; }) &&
           all_different(devices.size(), [&](std::size_t a, std::size_t b) { return devices[a] < devices[b]; }) &&
           all_different(tables.run_count(), [&](std::size_t a, std::size_t b) {
               return tables.run_before(static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b));
           });
}

template <class Id>
void read_ids(compact_reader& in, std::string_view what, list<Id>& ids, std::size_t ids_max) {
    for (auto left = in.count(what, 2, ids_max); left > 0 && !in.failed(); --left) {
        Id id;
        in.field(what, id);
        ids.push_back(std::move(id));
    }
}

/// Reads the number of rows and the tables. A table has no entry that no row uses, so that none is longer than there
/// are rows; the rows themselves show whether they use them all.
[[nodiscard]] inline compact_tables read_tables(compact_reader& in, const device_id& author,
                                                const manifest_limits& limits) {
    compact_tables tables;
    const auto begin = in.position();
    tables.rows = in.count("changes", row_bytes_min, limits.changes_max);
    read_ids(in, "collections", tables.collections, tables.rows);
    tables.devices.push_back(author);
    read_ids(in, "devices", tables.devices, tables.rows);
    tables.runs = in.raw("runs", in.count("runs", 16, in.rest().size()) * std::uint64_t{16});
    if (!none_stands_twice(tables)) in.require(begin, malformed("collections, devices or runs: one stands twice"));
    return tables;
}

}}} // namespace sealsync::detail

#endif
