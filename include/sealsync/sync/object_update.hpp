#ifndef SEALSYNC_SYNC_OBJECT_UPDATE_HPP
#define SEALSYNC_SYNC_OBJECT_UPDATE_HPP

#include "vault_state.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// One object from its row, through merges, back to its row: the same for an edit made here and for one pulled.
template <class State>
class object_update {
public:
    using unit_type = typename State::unit_type;

    object_update(State& state, unit_type& unit, object_ref ref)
        : ref_{std::move(ref)},
          row_{unit.object(ref_)},
          was_live_{row_.siblings.live()},
          keeps_base_{state.local.policy.reads_base()} {
        if (keeps_base_ && !row_.past.empty()) former_.push_back(row_.past.back());
        if (row_.siblings.versions().size() > 1 && ref_.type == change_type::record) beside_ = beside(state, unit);
    }

    [[nodiscard]] const object_ref& ref() const noexcept { return ref_; }
    [[nodiscard]] object_row& row() noexcept { return row_; }
    [[nodiscard]] const object_row& row() const noexcept { return row_; }
    [[nodiscard]] bool was_live() const noexcept { return was_live_; }

    merge_outcome merge(State& state, unit_type& met, sibling_version incoming) {
        return row_.siblings.merge(std::move(incoming), met, [&](sibling_version&& old) {
            if (old.what.stored || old.erased()) remember(old.what, state.settings.history_max);
            replaced_.push_back(std::move(old));
        });
    }

    /// Writes the row, drops contents and unpublished edits that nobody needs any more, and keeps the ids of versions
    /// beside up to date.
    void save(State& state, unit_type& unit) {
        for (const auto& old : replaced_) {
            if (!is_base(old.what)) unit.erase_content(ref_, old);
            if (old.pending != 0) unit.erase_outbox(old.pending);
        }
        for (const auto& old : former_) {
            if (!replaced_.empty() && !is_base(old)) unit.erase_content(ref_, sibling_version{old});
        }
        unit.store_object(ref_, row_, was_live_);
        if (ref_.type == change_type::record) save_derived(state, unit);
    }

    /// After the last merge, how many versions stand beside the shown one.
    [[nodiscard]] std::size_t conflicts() const noexcept { return beside_now_; }

private:
    /// The newest of what was replaced, for a policy that merges with it.
    [[nodiscard]] bool is_base(const change& old) const {
        return keeps_base_ && !row_.past.empty() && row_.past.back().dot == old.dot;
    }

    [[nodiscard]] std::vector<dot> beside(State& state, unit_type& unit) {
        std::vector<dot> dots;
        const auto seen = state.present(unit, ref_, row_);
        if (!seen) return dots; // the policy cannot judge: nothing was presented
        for (const auto i : seen->beside) dots.push_back(row_.siblings.versions()[i].what.dot);
        return dots;
    }

    void save_derived(State& state, unit_type& unit) {
        const auto now = row_.siblings.versions().size() > 1 ? beside(state, unit) : std::vector<dot>{};
        for (const auto& edit : beside_) {
            if (!contains(now, edit)) {
                unit.erase_derived(ref_.collection, state.derived_id(ref_, edit));
            }
        }
        for (const auto& edit : now) unit.store_derived(state.derived_id(ref_, edit), {ref_, edit});
        beside_now_ = now.size();
    }

    void remember(const change& old, std::size_t limit) {
        if (limit == 0) return;
        if (row_.past.size() >= limit) row_.past.erase(row_.past.begin());
        row_.past.push_back(old);
    }

    object_ref ref_;
    object_row row_;
    bool was_live_;
    bool keeps_base_;         ///< for the policy
    std::vector<dot> beside_; ///< presented before the update
    std::size_t beside_now_ = 0;
    std::vector<sibling_version> replaced_;
    std::vector<change> former_; ///< the base before, if any
};

}}} // namespace sealsync::detail

#endif
