#ifndef SEALSYNC_MANIFEST_CANONICAL_CODEC_HPP
#define SEALSYNC_MANIFEST_CANONICAL_CODEC_HPP

#include "checkpoint_layout.hpp"
#include "json_reader.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The strict codec of the core: accepts exactly the bytes that `write_segment` and `write_head` make, so that what
/// is read and written again is the same object. `simdjson_codec` accepts any JSON of the same meaning.
///
/// Fails with `errc::malformed` (position and reason in `detail()`), `errc::too_large` over a limit,
/// `errc::unknown_format` and `errc::unknown_critical` naming what this version lacks. Thread-safe.
struct canonical_codec {
    [[nodiscard]] static result<segment> read_segment(bytes_view json, std::string_view collection_field,
                                                      const manifest_limits& limits = {}) {
        segment s;
        auto ok = read(json, limits, [&](auto& in) { detail::lay_out_segment(in, s, collection_field, limits); });
        if (!ok) return std::move(ok).error();
        return s;
    }

    [[nodiscard]] static result<head> read_head(bytes_view json, const manifest_limits& limits = {}) {
        head h;
        auto ok = read(json, limits, [&](auto& in) { detail::lay_out_head(in, h, limits); });
        if (!ok) return std::move(ok).error();
        return h;
    }

    [[nodiscard]] static result<checkpoint> read_checkpoint(bytes_view json, std::string_view collection_field,
                                                            const manifest_limits& limits = {}) {
        checkpoint c;
        auto ok = read(json, limits, [&](auto& in) { detail::lay_out_checkpoint(in, c, collection_field, limits); });
        if (!ok) return std::move(ok).error();
        return c;
    }

private:
    template <class LayOut>
    [[nodiscard]] static result<void> read(bytes_view json, const manifest_limits& limits, LayOut lay_out) {
        if (auto ok = detail::check_size(json, limits); !ok) return ok;
        detail::json_reader in{json};
        lay_out(in);
        return std::move(in).finish();
    }
};

}} // namespace sealsync

#endif
