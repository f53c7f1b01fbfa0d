#ifndef SEALSYNC_EXT_SIMDJSON_SIMDJSON_CODEC_HPP
#define SEALSYNC_EXT_SIMDJSON_SIMDJSON_CODEC_HPP

#include "manifest_walk.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Reads any JSON that means a manifest: fields in any order, white space, escapes, 0 to 9 decimals of a second;
/// fields it does not know are passed over unless `critical` names them. A text without `format` is a plain manifest,
/// of the first application's design: `version`, `last_updated` and `changes` without dots. Whatever `canonical_codec`
/// accepts it accepts, with the same value.
///
/// Fails as `canonical_codec` does; a key that stands twice in one object is malformed too. Integers must be written
/// as such, without fraction or exponent. Thread-safe.
struct simdjson_codec {
    [[nodiscard]] static result<segment> read_segment(bytes_view json, std::string_view collection_field,
                                                      const manifest_limits& limits = {}) {
        SEALSYNC_ASSERT(detail::is_collection_field(collection_field));
        return read<segment>(json, collection_field, limits, [](detail::manifest_walk& walk, segment& s) {
            const auto own = [&](const change_view& view) { s.changes.push_back(*to_change(view)); };
            walk.read_segment(s, own);
        });
    }

    [[nodiscard]] static result<head> read_head(bytes_view json, const manifest_limits& limits = {}) {
        return read<head>(json, {}, limits, [](detail::manifest_walk& walk, head& h) { walk.read_head(h); });
    }

    [[nodiscard]] static result<checkpoint> read_checkpoint(bytes_view json, std::string_view collection_field,
                                                            const manifest_limits& limits = {}) {
        SEALSYNC_ASSERT(detail::is_collection_field(collection_field));
        return read<checkpoint>(json, collection_field, limits, [](detail::manifest_walk& walk, checkpoint& c) {
            const auto own = [&](const change_view& view) { c.siblings.push_back(*to_change(view)); };
            walk.read_checkpoint(c, own);
            if (walk.ok()) walk.require(0, detail::check_siblings(c.siblings));
        });
    }

private:
    template <class Manifest, class Read>
    [[nodiscard]] static result<Manifest> read(bytes_view json, std::string_view collection_field,
                                               const manifest_limits& limits, Read read) {
        if (auto ok = detail::check_size(json, limits); !ok) return std::move(ok).error();
        detail::manifest_walk walk;
        walk.begin(json, collection_field, limits);
        Manifest manifest;
        if (walk.ok()) read(walk, manifest);
        if (auto ok = walk.finish(); !ok) return std::move(ok).error();
        return manifest;
    }
};

}} // namespace sealsync

#endif
