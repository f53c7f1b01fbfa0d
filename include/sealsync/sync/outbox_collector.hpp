#ifndef SEALSYNC_SYNC_OUTBOX_COLLECTOR_HPP
#define SEALSYNC_SYNC_OUTBOX_COLLECTOR_HPP

#include "outgoing_edit.hpp"
#include "vault_state.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Takes from the outbox what the next segment will hold. Never cuts an `update` in two: other devices see all of it or
/// nothing.
template <class State>
class outbox_collector {
public:
    using unit_type = typename State::unit_type;

    outbox_collector(State& state, const held_edits& held) : state_{state}, held_{held} {}

    /// The oldest edits that nothing holds back, in the order they were made; empty if there are none.
    [[nodiscard]] result<list<outgoing_edit>> next() {
        list<outgoing_edit> edits;
        auto read = state_.local.inspect([&](unit_type& unit) -> result<void> {
            collect(unit, edits);
            return {};
        });
        if (!read) return std::move(read).error();
        drop_last_groups(edits);
        return edits;
    }

    /// For changes that list very much: the next segments hold at most half of `count` edits. False if one edit alone
    /// is too large.
    [[nodiscard]] bool halve(std::size_t count) noexcept {
        if (at_once_ <= 1) return false;
        at_once_ = (std::max<std::size_t>)(1, (std::min)(at_once_, count) / 2);
        return true;
    }

private:
    /// The edits of a group may have others between them if one of them was edited again.
    void collect(unit_type& unit, list<outgoing_edit>& edits) {
        interval_set groups;
        const auto joined = unit.state().outbox_joined;
        unit.each_outbox(0, [&](std::uint64_t place, const outbox_row& row) {
            if (held_.kept_back.contains(row.group)) return true;
            const bool full = edits.size() >= at_once_;
            if (full && !groups.contains(row.group)) return place < joined;
            edits.push_back({place, row});
            groups.insert(row.group);
            return true;
        });
    }

    /// A group that began when there was room for it may be too large for what was left of it.
    void drop_last_groups(list<outgoing_edit>& edits) const {
        while (edits.size() > state_.settings.manifest.changes_max) {
            std::uint64_t first = edits.front().row.group, last = first;
            for (const auto& one : edits) {
                first = (std::min)(first, one.row.group);
                last = (std::max)(last, one.row.group);
            }
            if (first == last) return;
            drop_if(edits, [&](const outgoing_edit& one) { return one.row.group == last; });
        }
    }

    State& state_;
    const held_edits& held_;
    std::size_t at_once_ = state_.settings.changes_per_segment_max;
};

}}} // namespace sealsync::detail

#endif
