#ifndef SEALSYNC_MERGE_MERGE_LANE_HPP
#define SEALSYNC_MERGE_MERGE_LANE_HPP

#include "compact_scan.hpp"
#include "scan/segment_scan.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Readers may offer a quicker way to what they read: `scan(manifest, field, limits, level, stage)` stages all of a
/// manifest and returns true, or false, and then what it staged counts for nothing.
template <class Reader>
concept scanning_reader = requires(Reader& reader, bytes_view manifest, std::string_view field,
                                   const manifest_limits& limits, vector_level level, staged_changes& stage) {
    { reader.scan(manifest, field, limits, level, stage) } -> std::same_as<bool>;
};

/// What one thread needs to read manifests into a stage of its own.
template <class Reader>
class merge_lane {
public:
    merge_lane(std::string_view collection_field, const manifest_limits& limits, vector_level level,
               const seeded_hash& hash)
        : stage{hash},
          field_{collection_field},
          limits_{limits},
          level_{level},
          compact_{limits},
          scan_{collection_field, limits, level} {}

    /// Stages a manifest, or nothing of it and fails as `Reader` does, or `compact_codec` of a compact one.
    [[nodiscard]] result<void> read(bytes_view manifest) {
        if (stage.texts_dropped() != texts_dropped_) forget_numbers();
        const auto begin = stage.size();
        if (is_compact(manifest)) return kept(begin, compact_.read(manifest, stage));
        if (scan_.read(manifest, stage)) return {};
        stage.drop(begin);
        if constexpr (scanning_reader<Reader>) {
            if (reader_.scan(manifest, field_, limits_, level_, stage)) return {};
            stage.drop(begin);
        }
        return kept(begin,
                    reader_.read(manifest, field_, limits_, [&](const change_view& each) { stage.stage(each); }));
    }

    staged_changes stage;

private:
    [[nodiscard]] result<void> kept(std::size_t begin, result<manifest_header> header) {
        if (header) return {};
        stage.drop(begin);
        return std::move(header).error();
    }

    /// Scans remember what number a text has.
    void forget_numbers() {
        scan_.forget();
        reader_ = Reader{};
        texts_dropped_ = stage.texts_dropped();
    }

    std::string field_;
    manifest_limits limits_;
    vector_level level_;
    compact_scan compact_;
    segment_scan scan_;
    Reader reader_;
    std::size_t texts_dropped_ = 0;
};

}}} // namespace sealsync::detail

#endif
