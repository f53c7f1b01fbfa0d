#ifndef SEALSYNC_SYNC_PULLER_HPP
#define SEALSYNC_SYNC_PULLER_HPP

#include "content_fetcher.hpp"
#include "deletion_guard.hpp"
#include "editor.hpp"
#include "progress_meter.hpp"
#include "segment_inbox.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Brings the segments of other devices into the replica: fetched concurrently, merged in causal order, the winning
/// contents fetched, objects and cursors committed together. A content that the store has lost or damaged holds nothing
/// back: its version is merged without it, and the next pull looks for it again.
template <class State>
class puller {
public:
    using unit_type = typename State::unit_type;

    puller(State& state, discovery<State>& found, cursor_map& cursors, const sync_options& options,
           const call_context& call, sync_report& report, progress_meter& progress)
        : state_{state},
          report_{report},
          progress_{progress},
          inbox_{state, found, cursors, call, report},
          contents_{state, call},
          deletions_{state, options.allow_mass_delete} {}

    /// Whether everything that is known to exist has been merged.
    [[nodiscard]] bool complete() const noexcept { return inbox_.complete(); }

    [[nodiscard]] result<void> run() {
        if (auto merged = merge_all(); !merged) return merged;
        if (misses_contents()) { // perhaps we are late, and somebody has replaced them
            const auto listed = inbox_.rediscover();
            if (!listed) return listed.error();
            if (auto merged = *listed ? merge_all() : result<void>{}; !merged) return merged;
        }
        if (auto finished = finish(); !finished) return finished;
        if (auto counted = deletions_.finish(); !counted) return counted;
        return inbox_.report_what_waits();
    }

private:
    using batch_type = typename segment_inbox<State>::batch_type;
    using need_type = typename content_fetcher<State>::need;

    [[nodiscard]] result<void> merge_all() {
        while (true) {
            if (inbox_.hungry()) {
                if (auto fetched = inbox_.fetch(); !fetched) return fetched;
                continue;
            }
            if (const auto batch = inbox_.next_batch(); !batch.empty()) {
                if (auto merged = merge(batch); !merged) return merged;
                continue;
            }
            if (inbox_.more_to_fetch()) {
                if (auto fetched = inbox_.fetch(); !fetched) return fetched;
                continue;
            }
            const auto again = inbox_.rediscover_if_blocked();
            if (!again) return again.error();
            if (!*again) return {};
        }
    }

    [[nodiscard]] result<void> merge(const batch_type& batch) {
        if (!State::traits_type::rules.objects_with_cursor) {
            auto early = state_.local.transact([&](unit_type& unit) -> result<void> {
                store_cursors(unit, batch);
                return {};
            });
            if (!early) return early;
        }
        if (auto committed = commit_round(batch); !committed) return committed;
        inbox_.merged(batch);
        return {};
    }

    [[nodiscard]] bool misses_contents() const {
        return any_of(contents_.losses(), [](const auto& one) { return *one.second.loss == errc::missing_object; });
    }

    /// When all that can be known is: what is lost, now or since an earlier pull, is asked for once more, and what the
    /// policy makes of concurrent edits is written. Earlier, a segment still to come may hold a newer version, or
    /// somebody's answer to a conflict: a merge beside it would bring back what that answer removed.
    [[nodiscard]] result<void> finish() {
        contents_.forget_losses();
        finishing_ = true;
        if (auto committed = commit_round({}); !committed) return committed;
        for (const auto& [key, one] : contents_.losses()) report_.refusals.push_back(*one.loss);
        return {};
    }

    using update_list = list<object_update<State>>; ///< ascending by object
    using index_list = std::vector<std::size_t>;

    /// A batch merged into its objects, and not committed.
    struct merged_batch {
        update_list updates;
        typename unit_type::met_map met;
        std::uint64_t revision; ///< the vault's
    };

    /// Merges the batch into its objects; commits if every content is at hand or lost, else fetches those and tries
    /// again: edits made meanwhile change what is needed.
    [[nodiscard]] result<void> commit_round(const batch_type& batch) {
        std::optional<merged_batch> merged;
        while (true) {
            list<need_type> needs;
            auto committed = try_commit(batch, merged, needs);
            if (!committed) return std::move(committed).error();
            if (*committed) {
                contents_.clear();
                return {};
            }
            progress_.expect(sync_phase::pulling, needs.size());
            auto fetched = contents_.fetch(needs, [&](std::uint64_t count) { progress_.advance(count); });
            if (!fetched) return fetched;
        }
    }

    [[nodiscard]] result<bool> try_commit(const batch_type& batch, std::optional<merged_batch>& merged,
                                          list<need_type>& needs) {
        const std::scoped_lock lock{state_.local.mutex};
        if (batch.empty() && state_.syncing.settled()) return true;
        auto begun = state_.local.replica.begin();
        if (!begun) return std::move(begun).error();
        unit_type unit{*std::move(begun)};

        // Unless an edit was made since the attempt before, all of that stands.
        const bool again = merged && merged->revision == state_.local.revision;
        if (again) unit.resume_met(std::move(merged->met));
        auto updates = again ? std::move(merged->updates) : merged_objects(unit, batch);
        merged.reset();
        if (!again) list_needs(unit, updates, needs);
        if (!unit.status()) return unit.status().error();
        if (!needs.empty()) {
            merged = {std::move(updates), unit.take_met(), state_.local.revision};
            return false;
        }
        if (auto allowed = deletions_.check(unit, count_deleted(updates)); !allowed) return std::move(allowed).error();
        return commit(unit, batch, updates);
    }

    /// Loads the objects in their order, in which a replica has them side by side, and merges the changes in theirs: if
    /// two clones gave one dot to two objects, how segments fall into batches must make no difference. At the end
    /// those that were left open, and no batch.
    [[nodiscard]] update_list merged_objects(unit_type& unit, const batch_type& batch) {
        SEALSYNC_ASSERT(!finishing_ || batch.empty());
        update_list updates;
        if (finishing_) {
            auto open = state_.syncing.unfetched;
            open.insert(state_.syncing.unmerged.begin(), state_.syncing.unmerged.end());
            for (const auto& ref : open) updates.push_back(object_update<State>{state_, unit, ref});
        }
        const auto changes = changes_of(batch);
        index_list update_of(changes.size());
        const change* before = nullptr;
        const auto by_object = sorted_indices(changes.size(), [&](std::size_t left, std::size_t right) {
            return object_of(*changes[left]) < object_of(*changes[right]);
        });
        for (const auto i : by_object) {
            const auto* const each = changes[i];
            const bool is_new = before == nullptr || object_of(*each) != object_of(*before);
            if (is_new) updates.push_back(object_update<State>{state_, unit, ref_of(*each)});
            update_of[i] = updates.size() - 1;
            before = each;
        }
        for (std::size_t i = 0; i < changes.size(); ++i) merge_change(unit, updates[update_of[i]], *changes[i]);
        return updates;
    }
    using change_list = list<const change*>;

    [[nodiscard]] change_list changes_of(const batch_type& batch) const {
        change_list all;
        for (const auto& at : batch) {
            for (const auto& each : inbox_.at(at).content.changes) all.push_back(&each);
        }
        return all;
    }
    [[nodiscard]] static std::uint64_t count_deleted(const update_list& updates) {
        std::uint64_t count = 0;
        for (const auto& one : updates) {
            count += one.ref().type == change_type::record && one.was_live() && !one.row().siblings.live() ? 1 : 0;
        }
        return count;
    }

    void merge_change(unit_type& unit, object_update<State>& update, const change& c) {
        sibling_version incoming{c};
        if (!State::traits_type::rules.honour_replaces) incoming.what.replaces.clear();
        if (State::traits_type::rules.met_is_known) {
            if (update.merge(state_, unit, std::move(incoming)) == merge_outcome::twin) report_twin(c);
        } else {
            struct {
                static bool contains(const dot&) { return false; }
                static void insert(const dot&) {}
            } forgetful;
            update.row().siblings.merge(std::move(incoming), forgetful, [](sibling_version&&) {});
        }
    }

    /// Two edits under one identity: two machines that were resumed from one memory image. Neither is lost.
    void report_twin(const change& c) {
        if (contains(twins_, c.dot)) return;
        twins_.push_back(c.dot);
        report_.refusals.push_back(
            failure{errc::forked, state_.key_of(c).text(), "another edit has the same identity"});
    }

    /// The versions whose contents the application will see, or the policy judges by, and that are not here.
    [[nodiscard]] index_list unfetched_versions(unit_type& unit, const object_update<State>& update) {
        index_list wanted;
        const auto& versions = update.row().siblings.versions();
        const auto is_here = [](const sibling_version& version) { return version.erased() || version.fetched; };
        if (update.ref().type == change_type::attachment || all_of(versions, is_here)) {
            return wanted;
        }
        if (state_.local.policy.reads_content() || versions.size() == 1) {
            for (std::size_t i = 0; i < versions.size(); ++i) wanted.push_back(i);
        } else {
            const auto seen = state_.present(unit, update.ref(), update.row());
            if (seen.shown) wanted.push_back(*seen.shown);
        }
        drop_if(wanted, [&](std::size_t i) { return is_here(versions[i]); });
        return wanted;
    }

    /// What has to be fetched before the updates can be committed.
    void list_needs(unit_type& unit, const update_list& updates, list<need_type>& needs) {
        for (const auto& update : updates) {
            for (const auto i : unfetched_versions(unit, update)) {
                const auto& version = update.row().siblings.versions()[i];
                auto key = unit_type::content_key(update.ref(), version);
                if (contents_.lost(key) || contents_.has(unit, key)) continue;
                needs.push_back({&version.what, std::move(key)});
            }
        }
    }

    /// Nothing is written for contents that were looked for again and are still lost.
    [[nodiscard]] result<bool> commit(unit_type& unit, const batch_type& batch, update_list& updates) {
        auto& syncing = state_.syncing;
        auto unfetched = syncing.unfetched;
        auto unmerged = syncing.unmerged;
        bool news = !batch.empty();
        std::uint64_t conflicts = 0;
        for (auto& update : updates) {
            news = settle_contents(unit, update) || news;
            const auto saved = save(unit, update);
            news = news || saved == outcome::merged;
            keep(unmerged, update.ref(), saved == outcome::to_be_merged);
            keep(unfetched, update.ref(), !unfetched_versions(unit, update).empty());
            conflicts += update.conflicts() > 0 ? 1 : 0;
        }
        if (!unit.status()) return unit.status().error();
        if (!news && unfetched == syncing.unfetched && unmerged == syncing.unmerged) return true;
        for (const auto& [id, name] : contents_.collection_names()) unit.set(facts::collection_names, id.text(), name);
        unit.drop_staged();
        store_cursors(unit, batch);
        const bool same =
            unfetched.empty() == syncing.unfetched.empty() && unmerged.empty() == syncing.unmerged.empty();
        const bool later = !state_.local.unmerged.empty(); // by edits since the sync began
        if (!same) unit.note_unsettled(!unfetched.empty(), !unmerged.empty() || later);
        if (auto committed = unit.commit(); !committed) return std::move(committed).error();
        if (!updates.empty()) ++state_.local.revision;
        syncing.unfetched = std::move(unfetched);
        syncing.unmerged = std::move(unmerged);
        report_.conflicts += conflicts;
        return true;
    }

    static void keep(std::set<object_ref>& all, const object_ref& ref, bool wanted) {
        if (wanted) {
            all.insert(ref);
        } else {
            all.erase(ref);
        }
    }

    /// Whether any came.
    [[nodiscard]] bool settle_contents(unit_type& unit, object_update<State>& update) {
        bool any = false;
        for (auto& version : update.row().siblings.versions()) {
            if (version.erased() || version.fetched || update.ref().type == change_type::attachment) continue;
            auto name = contents_.settle(unit, update.ref(), version);
            if (!name) continue;
            if (update.row().name.empty()) update.row().name = *name;
            any = version.fetched = true;
        }
        return any;
    }

    enum class outcome { saved, to_be_merged, merged };

    [[nodiscard]] outcome save(unit_type& unit, object_update<State>& update) {
        const bool may_conflict =
            update.ref().type != change_type::attachment && update.row().siblings.versions().size() > 1;
        const auto seen = may_conflict ? state_.present(unit, update.ref(), update.row()) : presentation{};
        if (seen.merged && finishing_) {
            editor<State> edits{state_, unit};
            (void)edits.write_merged(update, *seen.merged, seen.how);
            return outcome::merged;
        }
        if (seen.refused && finishing_) report_.refusals.push_back(named(*seen.refused, update));
        update.save(state_, unit);
        return seen.merged || seen.refused ? outcome::to_be_merged : outcome::saved;
    }

    /// A policy does not know which record it failed to judge.
    [[nodiscard]] static failure named(const failure& why, const object_update<State>& update) {
        const auto& name = update.row().name.empty() ? update.ref().id.text() : update.row().name;
        const auto detail = why.object().empty() || why.detail().empty() ? why.object() + why.detail()
                                                                         : why.object() + ": " + why.detail();
        return failure{why.code(), name, detail}.during(why.attempted().empty() ? "merge"
                                                                                : "merge: " + why.attempted());
    }

    /// The clock follows too: what is edited next is newer than all that was merged. One that is wrong by years does
    /// not take the others along: what rests on its edits replaces them whatever the time.
    void store_cursors(unit_type& unit, const batch_type& batch) {
        const auto latest = latest_followed();
        for (const auto& at : batch) {
            const auto& received = inbox_.at(at);
            for (const auto& c : received.content.changes) {
                unit.state().last = (std::max)(unit.state().last, (std::min)(c.timestamp, latest));
            }
            unit.store_cursor(at.name.log, {received.content.device, received.content.seq, received.stored});
            if (!received.content.device_name.empty()) {
                unit.set(facts::device_names, received.content.device.text(), received.content.device_name);
            }
        }
    }

    [[nodiscard]] stamp latest_followed() {
        constexpr auto ahead_max = std::chrono::nanoseconds{std::chrono::hours{24}}.count();
        constexpr auto end_of_time = (std::numeric_limits<std::int64_t>::max)();
        const std::int64_t now = state_.local.clock.now().time_since_epoch().count();
        return {now > end_of_time - ahead_max ? end_of_time : now + ahead_max};
    }

    State& state_;
    sync_report& report_;
    progress_meter& progress_;
    segment_inbox<State> inbox_;
    std::vector<dot> twins_;
    content_fetcher<State> contents_;
    deletion_guard<State> deletions_;
    bool finishing_ = false; ///< nothing more is to come
};

}}} // namespace sealsync::detail

#endif
