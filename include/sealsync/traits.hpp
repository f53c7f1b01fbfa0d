#ifndef SEALSYNC_TRAITS_HPP
#define SEALSYNC_TRAITS_HPP

#include "layout.hpp"
#include "manifest/canonical_codec.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The rules that convergence rests on, as switches, so that the simulator can show what each is for: turned off,
/// it must find the damage. Never turn one off elsewhere. Constants for an engine, which asks by a plain `if`, because
/// the simulator's are set as it runs: one engine to compile for all of them.
struct protocol_rules {
    bool honour_replaces = true;      ///< an edit replaces only what its author saw
    bool blobs_before_segment = true; ///< the segment is the commit: what it names is there
    bool objects_with_cursor = true;  ///< objects and cursors in one transaction
    bool causal_wait = true;          ///< a segment waits for what its author had seen
    bool fresh_run = true;            ///< a run id is never kept with the replica
    bool met_is_known = true;         ///< an edit met before is ignored even if it is no longer there
    bool heal_everything = true;      ///< whoever finds the head behind joins in all it knows
    bool taken_is_named = true;       ///< an edit names all that it replaces and that a push has taken
};

/// What an engine takes for granted; inherit and shadow what should differ.
struct default_traits {
    using layout = default_layout;
    using codec = canonical_codec;
    /// Segments are written in the compact form where a cipher seals them. Turn it off while a device shares the vault
    /// that is too old to read it: whoever reads the compact form reads both.
    static constexpr bool compact_segments = true;
    static constexpr protocol_rules rules{};
};

}} // namespace sealsync

#endif
