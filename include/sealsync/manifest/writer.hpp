#ifndef SEALSYNC_MANIFEST_WRITER_HPP
#define SEALSYNC_MANIFEST_WRITER_HPP

#include "checkpoint_layout.hpp"
#include "json_writer.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The canonical JSON of a segment: equal segments are equal bytes. `collection_field` is the layout's.
/// Fails with `errc::invalid_argument` on what no reader would accept, `errc::too_large` over a limit,
/// `errc::unknown_format` and `errc::unknown_critical` on what this version does not write. Thread-safe.
[[nodiscard]] inline result<bytes> write_segment(const segment& s, std::string_view collection_field,
                                                 const manifest_limits& limits = {}) {
    detail::json_writer json{limits.bytes_max};
    detail::lay_out_segment(json, s, collection_field, limits);
    return std::move(json).take();
}

/// The canonical JSON of a head. Fails as `write_segment` does. Thread-safe.
[[nodiscard]] inline result<bytes> write_head(const head& h, const manifest_limits& limits = {}) {
    detail::json_writer json{limits.bytes_max};
    detail::lay_out_head(json, h, limits);
    return std::move(json).take();
}

/// The canonical JSON of a checkpoint's part. Fails as `write_segment` does. Thread-safe.
[[nodiscard]] inline result<bytes> write_checkpoint(const checkpoint& c, std::string_view collection_field,
                                                    const manifest_limits& limits = {}) {
    detail::json_writer json{limits.bytes_max};
    detail::lay_out_checkpoint(json, c, collection_field, limits);
    return std::move(json).take();
}

}} // namespace sealsync

#endif
