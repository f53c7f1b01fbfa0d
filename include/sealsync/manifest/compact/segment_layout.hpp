#ifndef SEALSYNC_MANIFEST_COMPACT_SEGMENT_LAYOUT_HPP
#define SEALSYNC_MANIFEST_COMPACT_SEGMENT_LAYOUT_HPP

#include "../validate.hpp"
#include "wire_forms.hpp"

/// What stands before the changes of a compact manifest, said once: the writer and the reader both walk it, so that
/// they cannot differ. `Wire` is `compact_writer` or `compact_reader`; the latter fills what the former reads.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What every compact manifest begins with, so that a reader knows what it lacks before it meets it.
template <class Wire, class Manifest>
void lay_out_compact_beginning(Wire& wire, Manifest& m, compact_kind kind) {
    wire.encoding();
    wire.kind(kind);
    const auto begin = wire.position();
    wire.field("format", m.format);
    wire.require(begin, check_format(m.format));
    wire.list("critical", m.critical, 1, critical_max, [&](auto& name) { wire.field("critical", name); });
    wire.require(begin, check_critical(m.critical));
    wire.field("vault", m.vault);
    wire.field("scope", m.scope);
}

template <class Wire, class Segment>
void lay_out_compact_segment(Wire& wire, Segment& s, const manifest_limits& limits) {
    const auto begin = wire.position();
    lay_out_compact_beginning(wire, s, compact_kind::segment);
    wire.field("device_id", s.device);
    wire.field("device_name", s.device_name);
    wire.field("log", s.log);
    wire.field("version", s.seq);
    if (s.seq != 1) wire.field("previous", s.previous);
    wire.field("last_updated", s.last_updated);
    wire.list("seen", s.seen, 17, limits.logs_max, [&](auto& position) {
        wire.field("seen", position.log);
        wire.field("seen", position.seq);
    });
    wire.require(begin, check_segment(s, limits));
}

}}} // namespace sealsync::detail

#endif
