#ifndef SEALSYNC_SYNC_PULLER_HPP
#define SEALSYNC_SYNC_PULLER_HPP

#include "content_fetcher.hpp"
#include "discovery.hpp"
#include "editor.hpp"
#include "log_reader.hpp"

#include <deque>

namespace sealsync::inline SEALSYNC_ABI::detail {

/// Brings the segments of other devices into the replica: fetched concurrently, merged in causal order, the winning
/// contents fetched, objects and cursors committed together.
template <class State>
class puller {
public:
    using unit_type = typename State::unit_type;
    using discovery_type = discovery<State>;
    using cursor_map = std::map<log_id, cursor_row>;

    puller(State& state, discovery_type& found, cursor_map& cursors, const sync_options& options,
           const call_context& call, sync_report& report)
        : state_{state},
          found_{found},
          cursors_{cursors},
          options_{options},
          call_{call},
          report_{report},
          reader_{state},
          contents_{state, call} {}

    /// Whether everything that is known to exist has been merged.
    [[nodiscard]] bool complete() const noexcept { return refused_.empty() && inbox_.empty(); }

    [[nodiscard]] result<void> run() {
        if (auto retried = commit_round({}); !retried) return retried;
        while (true) {
            if (auto fetched = fetch_segments(); !fetched) return fetched;
            const auto batch = next_batch();
            if (!batch.empty()) {
                if (auto merged = merge(batch); !merged) return merged;
                continue;
            }
            if (more_to_fetch()) continue;
            const auto again = rediscover_if_blocked();
            if (!again) return again.error();
            if (!*again) break;
        }
        return report_what_waits();
    }

private:
    struct place {
        log_id log;
        std::size_t index; ///< in the log's inbox
    };
    using batch_type = std::vector<place>;

    // Fetching.

    [[nodiscard]] std::uint64_t fetched_up_to(const log_id& log) const {
        const auto cursor = cursors_.find(log);
        const auto inbox = inbox_.find(log);
        return (cursor == cursors_.end() ? 0 : cursor->second.seq) + (inbox == inbox_.end() ? 0 : inbox->second.size());
    }

    struct wanted_segment {
        log_id log;
        device_id device;
        std::uint64_t seq = 0;
    };
    /// The next missing segments of each log, the lowest numbers first, so that no log starves another.
    [[nodiscard]] std::vector<wanted_segment> missing_segments() const {
        std::vector<wanted_segment> missing;
        for (const auto& [log, target] : found_.targets()) {
            if (refused_.contains(log)) continue;
            const auto from = fetched_up_to(log);
            const auto to = std::min<std::uint64_t>(target.seq, from + state_.settings.segments_per_round_max);
            for (auto seq = from + 1; seq <= to; ++seq) missing.push_back({log, target.device, seq});
        }
        std::stable_sort(missing.begin(), missing.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
        if (missing.size() > state_.settings.segments_per_round_max) {
            missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(state_.settings.segments_per_round_max),
                          missing.end());
        }
        return missing;
    }
    [[nodiscard]] bool more_to_fetch() const { return !missing_segments().empty(); }

    [[nodiscard]] result<void> fetch_segments() {
        const auto missing = missing_segments();
        if (missing.empty()) return {};
        std::vector<get_op> ops;
        for (const auto& one : missing) {
            get_op op{state_.keys.segment(one.device, one.log, one.seq)};
            op.size_max = state_.settings.manifest.bytes_max;
            ops.push_back(std::move(op));
        }
        std::vector<result<bytes>> bodies(ops.size(), failure{errc::outcome_unknown, {}, "no answer"});
        auto done = state_.store.get(
            ops,
            [&](std::size_t i, result<get_reply> reply) {
                bodies[i] = reply ? result<bytes>{std::move(reply->body)} : result<bytes>{std::move(reply).error()};
            },
            call_);
        if (!done) return std::move(done).error().during("fetch segments");
        for (std::size_t i = 0; i < bodies.size(); ++i) {
            if (refused_.contains(missing[i].log)) continue;
            if (auto taken = take(missing[i], std::move(bodies[i]), ops[i].key); !taken) return taken;
        }
        return {};
    }

    [[nodiscard]] result<void> take(const wanted_segment& wanted, result<bytes> body, const object_key& key) {
        if (wanted.seq != fetched_up_to(wanted.log) + 1) return {}; // the one before it did not come
        if (!body && body.error() == errc::not_found) return segment_missing(wanted, key);
        if (!body && body.error().kind() != error_kind::invalid) {
            return std::move(body).error().during("fetch a segment");
        }
        if (!body) return refuse(wanted.log, std::move(body).error()), result<void>{};

        auto opened = reader_.open(wanted.device, wanted.log, wanted.seq, *body, digest_before(wanted));
        if (!opened) return refuse(wanted.log, std::move(opened).error()), result<void>{};
        const auto& target = found_.targets().at(wanted.log);
        if (target.seq == wanted.seq && target.stored && target.stored != opened->stored) {
            report_.refusals.push_back(
                failure{errc::forked, key.text(), "the head has another digest for it; both sides' edits are merged"});
        }
        inbox_[wanted.log].push_back(*std::move(opened));
        return {};
    }

    /// A segment that is named but not there: we may be late, so look again before calling it lost.
    [[nodiscard]] result<void> segment_missing(const wanted_segment& wanted, const object_key& key) {
        if (!found_.listed()) return found_.list(cursors_);
        refuse(wanted.log, failure{errc::missing_object, key.text()});
        return {};
    }

    [[nodiscard]] std::optional<digest256> digest_before(const wanted_segment& wanted) const {
        if (const auto inbox = inbox_.find(wanted.log); inbox != inbox_.end()) return inbox->second.back().stored;
        if (const auto cursor = cursors_.find(wanted.log); cursor != cursors_.end()) return cursor->second.stored;
        return std::nullopt;
    }

    /// A log that is refused waits alone; its segments not yet merged are dropped and fetched again by the next sync.
    void refuse(const log_id& log, failure why) {
        report_.refusals.push_back(std::move(why));
        refused_.insert(log);
        inbox_.erase(log);
    }

    // Causal order.

    /// The segments that can be merged now, each after all that its author had seen.
    [[nodiscard]] batch_type next_batch() const {
        batch_type batch;
        std::map<log_id, std::size_t> taken;
        std::size_t changes = 0;
        for (bool progress = true; progress;) {
            progress = false;
            for (const auto& [log, segments] : inbox_) {
                auto& next = taken[log];
                while (next < segments.size() && changes < state_.settings.changes_per_segment_max &&
                       covered(segments[next].content, taken)) {
                    changes += segments[next].content.changes.size();
                    batch.push_back({log, next++});
                    progress = true;
                }
            }
        }
        return batch;
    }

    [[nodiscard]] bool covered(const segment& s, const std::map<log_id, std::size_t>& taken) const {
        if (!State::traits_type::rules.causal_wait) return true;
        return std::all_of(s.seen.begin(), s.seen.end(), [&](const log_position& seen) {
            const auto cursor = cursors_.find(seen.log);
            const auto batch = taken.find(seen.log);
            return (cursor == cursors_.end() ? 0 : cursor->second.seq) + (batch == taken.end() ? 0 : batch->second) >=
                   seen.seq;
        });
    }

    /// Lists the store if a segment waits for one that nobody announced, at most once a sync, and not again at every
    /// sync for the same wait.
    [[nodiscard]] result<bool> rediscover_if_blocked() {
        if (inbox_.empty() || found_.listed()) return false;
        auto known = state_.inspect([&](unit_type& unit) -> result<bool> {
            for (const auto& [log, segments] : inbox_) {
                if (!unit.fact(waiting_fact(log))) return false;
            }
            return true;
        });
        if (!known || *known) return known ? result<bool>{false} : known;
        if (auto listed = found_.list(cursors_); !listed) return std::move(listed).error();
        return true;
    }

    [[nodiscard]] static std::string waiting_fact(const log_id& log) { return "waiting/" + log.hex(); }

    [[nodiscard]] result<void> report_what_waits() {
        for (const auto& [log, segments] : inbox_) report_.waiting += segments.size();
        return state_.transact([&](unit_type& unit) -> result<void> {
            const auto now = state_.clock.now().time_since_epoch();
            std::vector<std::string> over;
            unit.each_fact("waiting/", [&](std::string_view log, std::string_view) { over.emplace_back(log); });
            for (const auto& log : over) {
                const auto id = log_id::parse(log);
                if (!id || !inbox_.contains(*id)) unit.erase_fact("waiting/" + log);
            }
            for (const auto& [log, segments] : inbox_) note_wait(unit, log, segments.front().content, now);
            return {};
        });
    }

    void note_wait(unit_type& unit, const log_id& log, const segment& first, std::chrono::nanoseconds now) {
        const auto fact = waiting_fact(log);
        if (!unit.fact(fact)) unit.set_fact_number(fact, static_cast<std::uint64_t>(now.count()));
        const auto since = std::chrono::nanoseconds{static_cast<std::int64_t>(unit.fact_number(fact))};
        if (now - since < state_.settings.withheld_after) return;
        report_.refusals.push_back(failure{errc::withheld, state_.keys.segment(first.device, log, first.version).text(),
                                           "waits for a segment that the store does not give"});
    }

    // Merging.

    [[nodiscard]] result<void> merge(batch_type batch) {
        if (!State::traits_type::rules.objects_with_cursor) {
            auto early = state_.transact([&](unit_type& unit) { return store_cursors(unit, batch), result<void>{}; });
            if (!early) return early;
        }
        while (!batch.empty()) {
            const auto before = refused_.size();
            if (auto committed = commit_round(batch); !committed) return committed;
            if (refused_.size() == before) return drop_merged(batch), result<void>{};
            batch = next_batch(); // a log was refused for a lost object: without it, and without what relies on it
        }
        return {};
    }

    /// Merges the batch into its objects; commits if every content is at hand, else fetches those and tries again:
    /// edits made meanwhile change what is needed.
    [[nodiscard]] result<void> commit_round(const batch_type& batch) {
        while (true) {
            std::vector<need_type> needs;
            auto committed = try_commit(batch, needs);
            if (!committed) return std::move(committed).error();
            if (*committed) return contents_.clear(), result<void>{};
            std::vector<loss_type> losses;
            progress_.phase = sync_phase::pulling;
            progress_.total += needs.size();
            auto fetched = contents_.fetch(needs, losses, [&](std::uint64_t count) { show_progress(count); });
            if (!fetched) return fetched;
            if (give_up(batch, losses)) return {};
        }
    }

    using need_type = typename content_fetcher<State>::need;
    using loss_type = typename content_fetcher<State>::loss;

    [[nodiscard]] result<bool> try_commit(const batch_type& batch, std::vector<need_type>& needs) {
        const std::scoped_lock lock{state_.mutex};
        if (batch.empty() && state_.unfetched.empty()) return true;
        auto begun = state_.replica.begin();
        if (!begun) return std::move(begun).error();
        unit_type unit{*std::move(begun)};

        auto updates = merged_objects(unit, batch);
        for (auto& [ref, update] : updates) {
            if (auto listed = list_needs(unit, update, needs); !listed) return std::move(listed).error();
        }
        if (!unit.status()) return unit.status().error();
        if (!needs.empty()) return false;
        if (auto allowed = guard_against_mass_delete(unit, updates); !allowed) return std::move(allowed).error();
        return commit(unit, batch, updates);
    }

    using update_map = std::map<object_ref, object_update<State>>;

    [[nodiscard]] update_map merged_objects(unit_type& unit, const batch_type& batch) {
        update_map updates;
        for (const auto& ref : state_.unfetched) updates.try_emplace(ref, state_, unit, ref);
        for (const auto& at : batch) {
            for (const auto& c : inbox_.at(at.log)[at.index].content.changes) {
                auto& update = updates.try_emplace(ref_of(c), state_, unit, ref_of(c)).first->second;
                merge_change(unit, update, c);
            }
        }
        return updates;
    }

    void merge_change(unit_type& unit, object_update<State>& update, const change& c) {
        sibling_version incoming{c};
        if constexpr (!State::traits_type::rules.honour_replaces) incoming.what.replaces.clear();
        unit.state().last = (std::max)(unit.state().last, c.timestamp);
        if constexpr (State::traits_type::rules.met_is_known) {
            (void)update.merge(state_, unit, std::move(incoming));
        } else {
            struct {
                static bool contains(const dot&) { return false; }
                static void insert(const dot&) {}
            } forgetful;
            update.row().siblings.merge(std::move(incoming), forgetful, [](sibling_version&&) {});
        }
    }

    /// The contents that the application will see, or that the policy judges by, and that are nowhere yet.
    [[nodiscard]] result<void> list_needs(unit_type& unit, object_update<State>& update,
                                          std::vector<need_type>& needs) {
        if (update.ref().type == change_type::attachment) return {};
        const auto& versions = update.row().siblings.versions();
        std::vector<std::size_t> wanted;
        if (State::policy_type::reads_content) {
            for (std::size_t i = 0; i < versions.size(); ++i) wanted.push_back(i);
        } else {
            const auto seen = state_.present(unit, update.ref(), update.row());
            if (!seen) return seen.error();
            if (seen->shown) wanted.push_back(*seen->shown);
        }
        for (const auto i : wanted) {
            const auto& version = versions[i];
            if (version.erased() || version.fetched) continue;
            auto key = unit_type::content_key(update.ref(), version);
            if (contents_.lost(key) || contents_.has(unit, key)) continue;
            needs.push_back({update.ref(), version, std::move(key)});
        }
        return {};
    }

    [[nodiscard]] result<void> guard_against_mass_delete(unit_type& unit, const update_map& updates) {
        if (!live_before_) live_before_ = unit.state().live;
        auto deleted = deleted_;
        for (const auto& [ref, update] : updates) {
            if (ref.type == change_type::record && update.was_live() && !update.row().siblings.live()) ++deleted;
        }
        if (!options_.allow_mass_delete && *live_before_ >= state_.settings.mass_delete_floor &&
            deleted * 2 > *live_before_) {
            return failure{errc::mass_delete, state_.keys.root(),
                           std::to_string(deleted) + " of " + std::to_string(*live_before_) + " records"};
        }
        deleted_ = deleted;
        return {};
    }

    [[nodiscard]] result<bool> commit(unit_type& unit, const batch_type& batch, update_map& updates) {
        std::vector<object_ref> unfetched;
        std::uint64_t conflicts = 0;
        for (auto& [ref, update] : updates) {
            if (!settle_contents(unit, update)) unfetched.push_back(ref);
            if (auto saved = save(unit, update); !saved) return std::move(saved).error();
            conflicts += update.conflicts() > 0 ? 1 : 0;
        }
        for (const auto& [id, name] : contents_.collection_names()) unit.set_fact("collection/" + id.text(), name);
        for (const auto& key : unit.staged_keys()) unit.unstage(key, false); // nobody needs these any more
        store_cursors(unit, batch);
        if (unfetched.empty() != state_.unfetched.empty()) unit.set_fact_number("unfetched", unfetched.empty() ? 0 : 1);
        if (auto committed = unit.commit(); !committed) return std::move(committed).error();
        ++state_.local_commits;
        state_.unfetched = std::move(unfetched);
        report_.conflicts += conflicts;
        return true;
    }

    /// False if a content that is needed has been lost.
    [[nodiscard]] bool settle_contents(unit_type& unit, object_update<State>& update) {
        bool all = true;
        for (auto& version : update.row().siblings.versions()) {
            if (version.erased() || version.fetched || update.ref().type == change_type::attachment) continue;
            const auto key = unit_type::content_key(update.ref(), version);
            all = all && !contents_.lost(key);
            if (!contents_.has(unit, key)) continue;
            auto name = contents_.settle(unit, update.ref(), version, key);
            if (update.row().name.empty()) update.row().name = std::move(name);
            version.fetched = true;
        }
        return all;
    }

    [[nodiscard]] result<void> save(unit_type& unit, object_update<State>& update) {
        if (update.ref().type != change_type::attachment && update.row().siblings.versions().size() > 1) {
            auto seen = state_.present(unit, update.ref(), update.row());
            if (!seen && seen.error() != errc::missing_object) return std::move(seen).error();
            if (seen && seen->merged) {
                editor<State> edits{state_, unit};
                (void)edits.write_merged(update, *seen->merged);
                return {};
            }
        }
        update.save(state_, unit);
        return {};
    }

    void store_cursors(unit_type& unit, const batch_type& batch) {
        for (const auto& at : batch) {
            const auto& received = inbox_.at(at.log)[at.index];
            unit.store_cursor(at.log, {received.content.device, received.content.version, received.stored});
            if (!received.content.device_name.empty()) {
                unit.set_fact("device/" + received.content.device.text(), received.content.device_name);
            }
        }
    }

    /// After the commit: the cursors move on in memory, too.
    void drop_merged(const batch_type& batch) {
        for (const auto& at : batch) {
            auto& received = inbox_.at(at.log).front();
            const bool unknown_log = !cursors_.contains(at.log) && (!state_.log || state_.log->id != at.log);
            report_.cloned = report_.cloned || (unknown_log && received.content.device == state_.device);
            report_.pulled += received.content.changes.size();
            cursors_[at.log] = {received.content.device, received.content.version, received.stored};
            inbox_.at(at.log).pop_front();
            if (inbox_.at(at.log).empty()) inbox_.erase(at.log);
        }
    }

    /// Refuses the logs whose changes need what is lost; true if that changes the batch. A loss that no segment of
    /// the batch brought is an older one that the conflict policy shows only now: reported, and looked for again.
    [[nodiscard]] bool give_up(const batch_type& batch, std::vector<loss_type>& losses) {
        bool changed = false;
        for (auto& one : losses) {
            if (const auto log = log_of(batch, one.wanted.version.what.edit)) {
                if (!refused_.contains(*log)) refuse(*log, std::move(one.why));
                changed = true;
            } else {
                report_.refusals.push_back(std::move(one.why));
            }
        }
        return changed;
    }
    [[nodiscard]] std::optional<log_id> log_of(const batch_type& batch, const dot& edit) const {
        for (const auto& at : batch) {
            const auto inbox = inbox_.find(at.log);
            if (inbox == inbox_.end()) continue;
            const auto& changes = inbox->second[at.index].content.changes;
            if (std::any_of(changes.begin(), changes.end(), [&](const change& c) { return c.edit == edit; })) {
                return at.log;
            }
        }
        return std::nullopt;
    }

    void show_progress(std::uint64_t count) {
        progress_.done += count;
        progress_.bytes = state_.store.read().sent + state_.store.read().received;
        if (options_.observer) (*options_.observer)(progress_);
    }

    State& state_;
    discovery_type& found_;
    cursor_map& cursors_;
    const sync_options& options_;
    const call_context& call_;
    sync_report& report_;
    log_reader<State> reader_;
    content_fetcher<State> contents_;
    std::map<log_id, std::deque<received_segment>> inbox_;
    std::set<log_id> refused_;
    std::optional<std::uint64_t> live_before_; ///< this pull began
    std::uint64_t deleted_ = 0;
    sync_progress progress_;
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
