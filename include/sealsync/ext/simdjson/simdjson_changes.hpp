#ifndef SEALSYNC_EXT_SIMDJSON_SIMDJSON_CHANGES_HPP
#define SEALSYNC_EXT_SIMDJSON_SIMDJSON_CHANGES_HPP

#include "../../manifest/canonical_changes.hpp"
#include "manifest_walk.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The reader of changes (see `canonical_changes`) that takes any JSON: what `simdjson_codec` accepts, as views. It
/// keeps its memory from manifest to manifest, allocates nothing for a change, and does not copy the manifest.
class simdjson_changes {
public:
    /// Fails as `simdjson_codec::read_segment` does.
    template <class Sink>
    [[nodiscard]] result<manifest_header> read(bytes_view manifest, std::string_view collection_field,
                                               const manifest_limits& limits, Sink&& sink) {
        SEALSYNC_ASSERT(detail::is_collection_field(collection_field));
        if (auto ok = detail::check_size(manifest, limits); !ok) return std::move(ok).error();
        walk_.begin(manifest, collection_field, limits);
        segment s;
        if (walk_.ok()) walk_.read_segment(s, sink);
        if (auto ok = walk_.finish(); !ok) return std::move(ok).error();
        return header_of(s);
    }

private:
    detail::manifest_walk walk_;
};

}} // namespace sealsync

#endif
