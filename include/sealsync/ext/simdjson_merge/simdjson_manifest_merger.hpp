#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_SIMDJSON_MANIFEST_MERGER_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_SIMDJSON_MANIFEST_MERGER_HPP

#include "../../merge/manifest_merger.hpp"
#include "../simdjson/simdjson_changes.hpp"
#include "layout_scan.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

namespace detail {

/// `simdjson_changes`, and a quicker way to what it reads: see `merge_lane`.
class scanned_simdjson_changes : public simdjson_changes {
public:
    [[nodiscard]] bool scan(bytes_view manifest, std::string_view collection_field, const manifest_limits& limits,
                            vector_level level, staged_changes& stage) {
        return scan_.read(manifest, collection_field, limits, level, stage);
    }

private:
    layout_scan scan_;
};

} // namespace detail

/// Merges manifests in any JSON, not only as this library writes it.
using simdjson_manifest_merger = basic_manifest_merger<detail::scanned_simdjson_changes>;

}} // namespace sealsync

#endif
