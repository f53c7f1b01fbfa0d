#ifndef SEALSYNC_SYNC_SEGMENT_FORM_HPP
#define SEALSYNC_SYNC_SEGMENT_FORM_HPP

#include "../manifest/compact_codec.hpp"
#include "../manifest/writer.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// How a vault's segments are written, before they are sealed: in JSON where people and other programs can read them;
/// inside a seal, where nobody could, in the compact form, a sixth of the size. There JSON is read too: vaults have
/// been written so. A segment has one form in a vault, so that it can be written again byte for byte.
template <class Traits>
class segment_form {
public:
    explicit segment_form(bool sealed) noexcept : sealed_{sealed} {}

    [[nodiscard]] bool compact() const noexcept { return sealed_ && Traits::compact_segments; }

    /// Fails as `write_segment` does.
    [[nodiscard]] result<bytes> write(const segment& s, const manifest_limits& limits) const {
        if (compact()) return write_compact_segment(s, limits);
        return write_segment(s, Traits::layout::collection_field, limits);
    }

    /// Fails as the codec does. In a plaintext vault a compact segment is malformed.
    [[nodiscard]] result<segment> read(bytes_view manifest, const manifest_limits& limits) const {
        if (sealed_ && is_compact(manifest)) return compact_codec::read_segment(manifest, limits);
        return Traits::codec::read_segment(manifest, Traits::layout::collection_field, limits);
    }

private:
    bool sealed_;
};

}}} // namespace sealsync::detail

#endif
