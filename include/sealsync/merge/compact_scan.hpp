#ifndef SEALSYNC_MERGE_COMPACT_SCAN_HPP
#define SEALSYNC_MERGE_COMPACT_SCAN_HPP

#include "../detail/prefetch.hpp"
#include "../manifest/compact_codec.hpp"
#include "staged_changes.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Stages the changes of a compact segment, most of them straight from their rows: what repeats is looked up once for
/// the manifest, not for each change. What it takes `compact_codec` takes, with the same value. Kept and used again by
/// one thread: nothing is allocated per change once it has grown.
class compact_scan {
public:
    explicit compact_scan(const manifest_limits& limits) : limits_{limits} {}

    /// Fails as `compact_codec` does; then what it staged counts for nothing.
    [[nodiscard]] result<manifest_header> read(bytes_view manifest, staged_changes& stage) {
        compact_segment_reader in{manifest, limits_};
        look_up(in.tables(), stage.texts);
        for (compact_row row; in.next(row);) {
            if (row.stored != nullptr) prefetch_text<128>(row.stored);
            if (fits_entry(row)) {
                add(row, stage);
            } else {
                stage.stage(viewer_(row, in.tables()));
            }
        }
        if (auto done = in.finish(); !done) return std::move(done).error();
        return header_of(in.header());
    }

private:
    struct known_collection {
        std::uint32_t index = 0, hash = 0;
    };

    void look_up(const compact_tables& tables, repeated_texts& texts) {
        collections_.clear();
        devices_.clear();
        runs_.clear();
        for (const auto& each : tables.collections) {
            const auto index = texts.collections.index_of(each.text());
            collections_.push_back({index, texts.collections.hash(index)});
        }
        for (const auto& each : tables.devices) devices_.push_back(texts.devices.index_of(each.text()));
        for (std::uint32_t i = 0; i < tables.run_count(); ++i) runs_.push_back(texts.index_of(tables.run(i)));
    }

    /// Whether an entry has a place for all of it.
    [[nodiscard]] static bool fits_entry(const compact_row& row) noexcept {
        return row.replaces.size() < 2 && row.extras == nullptr && row.shape != row_shape::record_text;
    }

    SEALSYNC_ALWAYS_INLINE void add(const compact_row& row, staged_changes& stage) const {
        auto& entry = stage.next();
        const auto form = put_row_id(row, entry.id);
        const auto& collection = collections_[row.collection];
        if (row.stored != nullptr) {
            std::memcpy(entry.stored.data(), row.stored, entry.stored.size());
        } else {
            entry.stored = {};
        }
        entry.timestamp = row.timestamp;
        entry.n = row.n;
        entry.replaced_n = row.replaces.empty() ? 0 : row.replaces[0].n;
        entry.version_and_facts = row.version | merge_entry::facts(row.type(), row.action, form, row.stored != nullptr);
        entry.size_and_marks = row.size;
        entry.run = runs_[row.run];
        entry.replaced_run = row.replaces.empty() ? entry.run : runs_[row.replaces[0].run];
        entry.collection = collection.index;
        entry.device = devices_[row.device];
        entry.rest = entry.next = no_index;
        stage.keep(staged_changes::hash_of(stage.hash(), entry, collection.hash));
    }

    /// As `put_id` puts its text. Of 128 bits an entry has the digits, of 256 the bytes.
    SEALSYNC_ALWAYS_INLINE static id_form put_row_id(const compact_row& row, std::array<std::byte, 32>& out) noexcept {
        if (row.shape == row_shape::record_128) {
            put_hex({row.id.data(), 16}, reinterpret_cast<char*>(out.data()));
            return id_form::text;
        }
        out = {};
        if (row.shape == row_shape::profile) return id_form::text;
        std::memcpy(out.data(), row.id.data(), out.size());
        return id_form::digest;
    }

    manifest_limits limits_;
    row_viewer viewer_;
    std::vector<known_collection> collections_;
    std::vector<std::uint32_t> devices_, runs_;
};

}}} // namespace sealsync::detail

#endif
