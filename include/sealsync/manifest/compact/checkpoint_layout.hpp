#ifndef SEALSYNC_MANIFEST_COMPACT_CHECKPOINT_LAYOUT_HPP
#define SEALSYNC_MANIFEST_COMPACT_CHECKPOINT_LAYOUT_HPP

#include "../checkpoint_layout.hpp"
#include "segment_layout.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What stands before the siblings of a compact part of a checkpoint: see `segment_layout.hpp`.
template <class Wire, class Checkpoint>
void lay_out_compact_checkpoint(Wire& wire, Checkpoint& c, const manifest_limits& limits) {
    constexpr std::size_t log_bytes_min = 16 + 2 + 1 + 32, run_bytes_min = 16 + 1 + 2;
    const auto begin = wire.position();
    lay_out_compact_beginning(wire, c, compact_kind::checkpoint);
    wire.field("device_id", c.device);
    wire.field("part", c.part);
    wire.field("parts", c.parts);
    if (c.part != 1) wire.field("previous", c.previous);
    wire.field("last_updated", c.last_updated);
    wire.list("logs", c.logs, log_bytes_min, limits.logs_max, [&](auto& entry) {
        wire.field("logs", entry.log);
        wire.field("logs", entry.device);
        wire.field("logs", entry.seq);
        wire.field("logs", entry.stored);
    });
    wire.list("met", c.met, run_bytes_min, limits.logs_max, [&](auto& run) {
        wire.field("met", run.run);
        wire.field("met", run.edits);
    });
    wire.require(begin, check_checkpoint(c, limits));
}

}}} // namespace sealsync::detail

#endif
