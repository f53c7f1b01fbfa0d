#ifndef SEALSYNC_SYNC_OBJECT_UPDATE_HPP
#define SEALSYNC_SYNC_OBJECT_UPDATE_HPP

#include "ancestry.hpp"
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
          keeps_bases_{state.local.policy.reads_base()} {
        if (row_.siblings.versions().size() > 1 && ref_.type != change_type::attachment) beside_ = beside(state, unit);
    }

    [[nodiscard]] const object_ref& ref() const noexcept { return ref_; }
    [[nodiscard]] object_row& row() noexcept { return row_; }
    [[nodiscard]] const object_row& row() const noexcept { return row_; }
    [[nodiscard]] bool was_live() const noexcept { return was_live_; }

    merge_outcome merge(State& state, unit_type& met, sibling_version incoming) {
        incoming.gap = rests_on_forgotten(state, met, incoming);
        const auto outcome = row_.siblings.merge(std::move(incoming), met, [&](sibling_version&& old) {
            remember(state, old);
            replaced_.push_back(std::move(old));
        });
        forget_oldest(state.settings.history_max);
        return outcome;
    }

    /// Writes the row, drops contents and unpublished edits that nobody needs any more, and keeps the ids of versions
    /// beside up to date.
    void save(State& state, unit_type& unit) {
        if (!replaced_.empty()) keep_bases(unit);
        for (const auto& old : replaced_) {
            if (!is_kept(old)) unit.erase_content(ref_, old);
            if (old.pending != 0) unit.erase_outbox(old.pending);
        }
        unit.store_object(ref_, row_, was_live_);
        if (ref_.type != change_type::attachment) save_derived(state, unit);
    }

    /// After the last merge, how many versions stand beside the shown one.
    [[nodiscard]] std::size_t conflicts() const noexcept { return beside_now_; }
    /// Whether the policy, after the last merge, would make one version of those that are left.
    [[nodiscard]] bool is_to_be_merged() const noexcept { return is_to_be_merged_; }

private:
    /// What was met, and is neither a sibling nor in the past, has been forgotten. What was never met was never pushed.
    [[nodiscard]] bool rests_on_forgotten(const State& state, unit_type& met, const sibling_version& incoming) {
        for (const auto& edit : incoming.what.replaces) {
            const bool is_past = place_in_past(row_, edit) < row_.past.size();
            if (!is_past && row_.siblings.find(edit) == nullptr && met.contains(edit)) return true;
        }
        return any_of(incoming.unsent, [&](const dot& edit) {
            const auto* replaced = row_.siblings.find(edit);
            return replaced != nullptr && replaced->gap && !is_history(state, *replaced);
        });
    }

    /// What nobody else can know is no part of the history.
    [[nodiscard]] static bool is_history(const State& state, const sibling_version& version) {
        return version.what.stored || version.erased() || state.local.taken.contains(version.pending);
    }

    /// Keeps a replaced version; its `replaces` then names what is remembered itself.
    void remember(const State& state, const sibling_version& old) {
        if (!is_history(state, old)) return;
        past_version past{old.what, old.gap, keeps_bases_ && old.fetched && !old.erased() && !old.twin};
        drop_if(past.what.replaces, [&](const dot& edit) { return place_in_past(row_, edit) == row_.past.size(); });
        row_.past.push_back(std::move(past));
    }

    /// Forgets the oldest versions of too many; for a policy that merges, none that a sibling was made on.
    void forget_oldest(std::size_t limit) {
        for (std::size_t i = 0; i < row_.past.size() && row_.past.size() > limit;) {
            const auto& old = row_.past[i];
            const bool is_needed = keeps_bases_ && any_of(row_.siblings.versions(), [&](const auto& v) {
                                       return contains_sorted(v.what.replaces, old.what.dot);
                                   });
            if (is_needed) {
                ++i;
                continue;
            }
            if (old.kept) dropped_.push_back(old.what);
            forget_past(row_, i);
        }
    }

    void keep_bases(unit_type& unit) {
        for (const auto& old : dropped_) unit.erase_content(ref_, sibling_version{old});
        if (!keeps_bases_) return;
        const auto needed = places_to_keep(row_);
        for (std::size_t i = 0; i < row_.past.size(); ++i) {
            auto& old = row_.past[i];
            if (old.kept && !needed.contains(i)) unit.erase_content(ref_, sibling_version{old.what});
            old.kept = old.kept && needed.contains(i);
        }
    }
    [[nodiscard]] bool is_kept(const sibling_version& old) const {
        const auto at = place_in_past(row_, old.what.dot);
        return !old.twin && at < row_.past.size() && row_.past[at].kept;
    }

    [[nodiscard]] std::vector<dot> beside(State& state, unit_type& unit) {
        std::vector<dot> dots;
        const auto seen = state.present(unit, ref_, row_);
        is_to_be_merged_ = seen.merged.has_value();
        for (const auto i : seen.beside) dots.push_back(row_.siblings.versions()[i].what.dot);
        return dots;
    }

    void save_derived(State& state, unit_type& unit) {
        is_to_be_merged_ = false;
        const auto now = row_.siblings.versions().size() > 1 ? beside(state, unit) : std::vector<dot>{};
        for (const auto& edit : beside_) {
            if (!contains(now, edit)) {
                unit.erase_derived(ref_.collection, state.derived_id(ref_, edit));
            }
        }
        for (const auto& edit : now) unit.store_derived(state.derived_id(ref_, edit), {ref_, edit});
        beside_now_ = now.size();
    }

    object_ref ref_;
    object_row row_;
    bool was_live_;
    bool keeps_bases_;        ///< for the policy
    std::vector<dot> beside_; ///< presented before the update
    std::size_t beside_now_ = 0;
    bool is_to_be_merged_ = false;
    std::vector<sibling_version> replaced_;
    std::vector<change> dropped_; ///< forgotten, with contents that were kept
};

}}} // namespace sealsync::detail

#endif
