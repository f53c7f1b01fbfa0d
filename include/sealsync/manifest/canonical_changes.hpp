#ifndef SEALSYNC_MANIFEST_CANONICAL_CHANGES_HPP
#define SEALSYNC_MANIFEST_CANONICAL_CHANGES_HPP

#include "canonical_codec.hpp"
#include "change_view.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What a manifest says of itself, but for its changes.
struct manifest_header {
    std::uint64_t format = 1; ///< 0: plain; then only `version` and `last_updated` are there
    vault_id vault;
    std::string scope;
    device_id device;
    log_id log;
    std::uint64_t seq = 0; ///< the segment's number in its log
    stamp last_updated;
    [[nodiscard]] friend bool operator==(const manifest_header&, const manifest_header&) = default;
};

[[nodiscard]] inline manifest_header header_of(const segment& s) {
    return {s.format, s.vault, s.scope, s.device, s.log, s.seq, s.last_updated};
}

/// The strict reader of changes: what `canonical_codec` accepts, one view after the other.
///
/// A reader of changes has `read(manifest, collection_field, limits, sink) -> result<manifest_header>`, which calls
/// `sink(const change_view&)` for each change in its order. After a failure, what the sink was given counts for
/// nothing. Default constructible; a reader is used by one thread at a time, and may keep buffers from call to call.
class canonical_changes {
public:
    /// Fails as `canonical_codec::read_segment` does.
    template <class Sink>
    [[nodiscard]] result<manifest_header> read(bytes_view manifest, std::string_view collection_field,
                                               const manifest_limits& limits, Sink&& sink) {
        const auto read = canonical_codec::read_segment(manifest, collection_field, limits);
        if (!read) return read.error();
        for (const auto& each : read->changes) sink(viewer_(each));
        return header_of(*read);
    }

private:
    change_viewer viewer_;
};

}} // namespace sealsync

#endif
