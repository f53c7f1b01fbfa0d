#ifndef SEALSYNC_SYNC_SEGMENT_INBOX_HPP
#define SEALSYNC_SYNC_SEGMENT_INBOX_HPP

#include "../sync_report.hpp"
#include "discovery.hpp"
#include "segment_fetcher.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The segments that are fetched but not yet merged, and the order in which they may be.
///
/// Invariants: what is fetched of a log continues its cursor without a gap, each segment chained to the one before; a
/// batch holds a segment only after all that its author had seen.
template <class State>
class segment_inbox {
public:
    using unit_type = typename State::unit_type;

    /// `cursors` is where the merge has come to; `merged()` moves it on.
    segment_inbox(State& state, discovery<State>& found, cursor_map& cursors, const call_context& call,
                  sync_report& report)
        : state_{state}, found_{found}, cursors_{cursors}, report_{report}, reader_{state}, fetcher_{state, call, 4} {}

    struct place {
        log_name name;
        std::size_t index; ///< among what is fetched of the log
    };
    using batch_type = list<place>;

    [[nodiscard]] const received_segment& at(const place& where) const {
        return found_.logs().find(where.name)->fetched[where.index];
    }
    /// Whether everything that is known to exist has been merged.
    [[nodiscard]] bool complete() const {
        return all_of(found_.logs(), [](const auto& one) { return !one.value.refused && one.value.fetched.empty(); });
    }
    [[nodiscard]] bool more_to_fetch() const { return !missing_segments().empty(); }

    /// Whether to fetch before merging: the more is known, the fewer contents are fetched that a later segment
    /// replaces. Bounded by what is held.
    [[nodiscard]] bool hungry() const { return held_bytes_ < state_.settings.batch_bytes_max && more_to_fetch(); }

    /// One GET per segment. Fails only if the store cannot be asked: a log that cannot be read is refused.
    [[nodiscard]] result<void> fetch() {
        const auto missing = missing_segments();
        if (missing.empty()) return {};
        auto answers = fetcher_.fetch(missing);
        if (!answers) return std::move(answers).error().during("fetch segments");
        for (std::size_t i = 0; i < answers->size(); ++i) {
            auto& one = (*answers)[i];
            if (!one.taken || found_.logs()[name_of(missing[i])].refused) continue;
            if (auto taken = take(missing[i], std::move(one.body)); !taken) return taken;
        }
        return {};
    }

    /// A log that is refused waits alone, and nothing more of it is fetched. What was good before is still merged.
    void refuse(const log_name& log, failure why) {
        auto& refused = found_.logs()[log].refused;
        if (!std::exchange(refused, true)) report_.refusals.push_back(std::move(why));
    }

    /// The segments that can be merged now, each after all that its author had seen.
    [[nodiscard]] batch_type next_batch() const {
        batch_type batch;
        cursor_map taken = cursors_;
        std::size_t changes = 0;
        for (bool progress = true; progress;) {
            progress = false;
            for (const auto& [name, log] : found_.logs()) {
                if (log.fetched.empty()) continue;
                auto& reached = taken[name.log].seq;
                while (changes < state_.settings.changes_per_segment_max) {
                    const auto index = static_cast<std::size_t>(reached - merged_of(name.log));
                    if (index >= log.fetched.size() || !covered(log.fetched[index].content, taken)) break;
                    changes += log.fetched[index].content.changes.size();
                    batch.push_back({name, index});
                    ++reached;
                    progress = true;
                }
            }
        }
        return batch;
    }

    /// After the batch is saved: the cursors move on.
    void merged(const batch_type& batch) {
        for (const auto& one : batch) {
            const auto& received = at(one);
            const auto& own = state_.syncing.log;
            const bool unknown_log = !cursors_.contains(one.name.log) && (!own || own->id != one.name.log);
            report_.cloned = report_.cloned || (unknown_log && received.content.device == state_.device);
            report_.pulled += received.content.changes.size();
            cursors_[one.name.log] = {received.content.device, received.content.seq, received.stored};
            held_bytes_ -= received.size;
        }
        for (auto& [name, log] : found_.logs()) {
            const auto reached = merged_of(name.log);
            drop_if(log.fetched, [&](const auto& one) { return one.content.seq <= reached; });
        }
    }

    /// Lists the store, at most once a sync: false if that has been done.
    [[nodiscard]] result<bool> rediscover() {
        if (found_.listed()) return false;
        if (auto listed = found_.list(cursors_); !listed) return std::move(listed).error();
        return true;
    }
    /// Lists the store if a segment waits for one that nobody announced, at most once a sync, and not again at every
    /// sync for the same wait.
    [[nodiscard]] result<bool> rediscover_if_blocked() {
        if (found_.listed()) return false;
        auto is_news = state_.local.inspect([&](unit_type& unit) -> result<bool> {
            return any_of(found_.logs(), [&](const auto& one) {
                return !one.value.fetched.empty() && !unit.has(facts::waiting, one.key.log.hex());
            });
        });
        if (!is_news || !*is_news) return is_news;
        return rediscover();
    }

    [[nodiscard]] result<void> report_what_waits() {
        for (const auto& [name, log] : found_.logs()) report_.waiting += log.fetched.size();
        return state_.local.transact([&](unit_type& unit) -> result<void> {
            const auto now = state_.local.clock.now().time_since_epoch();
            note_promises(unit);
            for (const auto& text : unit.ids(facts::waiting)) {
                if (!waits(text)) unit.erase(facts::waiting, text);
            }
            for (const auto& [name, log] : found_.logs()) {
                if (!log.fetched.empty()) note_wait(unit, name.log, log.fetched.front().content, now);
            }
            return {};
        });
    }

private:
    [[nodiscard]] std::uint64_t merged_of(const log_id& log) const {
        const auto cursor = cursors_.find(log);
        return cursor == cursors_.end() ? 0 : cursor->second.seq;
    }

    /// The next missing segments of each log, the lowest numbers first, so that no log starves another.
    [[nodiscard]] list<segment_place> missing_segments() const {
        list<segment_place> missing;
        const auto most = fetcher_.at_once();
        for (const auto& [name, log] : found_.logs()) {
            if (log.refused) continue;
            const auto from = merged_of(name.log) + log.fetched.size();
            const auto to = (std::min<std::uint64_t>)(log.seq, from + most);
            for (auto seq = from + 1; seq <= to; ++seq) missing.push_back({name.log, name.device, seq});
        }
        sort_stably(missing, [](const auto& a, const auto& b) { return a.seq < b.seq; });
        while (missing.size() > most) missing.pop_back();
        return missing;
    }

    [[nodiscard]] result<void> take(const segment_place& wanted, result<bytes> body) {
        auto& log = found_.logs()[name_of(wanted)];
        if (wanted.seq != merged_of(wanted.log) + log.fetched.size() + 1) return {}; // the one before it did not come
        if (!body && body.error() == errc::not_found) return segment_missing(wanted);
        if (!body && is_of_the_store(body.error())) return std::move(body).error().during("fetch a segment");
        auto opened = body ? reader_.open(wanted.device, wanted.log, wanted.seq, *body, digest_before(name_of(wanted)))
                           : result<received_segment>{std::move(body).error()};
        if (!opened) {
            refuse(name_of(wanted), std::move(opened).error());
            return {};
        }
        if (log.seq == wanted.seq && log.stored && log.stored != opened->stored) {
            report_.refusals.push_back(failure{errc::forked, key_of(wanted),
                                               "the head has another digest for it; both sides' edits are merged"});
        }
        held_bytes_ += opened->size;
        log.fetched.push_back(*std::move(opened));
        return {};
    }

    /// A segment that is named but not there: we may be late, so look again before calling it lost.
    [[nodiscard]] result<void> segment_missing(const segment_place& wanted) {
        if (!found_.listed()) return found_.list(cursors_);
        auto& log = found_.logs()[name_of(wanted)];
        log.missing = log.missing || wanted.seq > log.listed;
        refuse(name_of(wanted), failure{errc::missing_object, key_of(wanted)});
        return {};
    }

    [[nodiscard]] std::string key_of(const segment_place& wanted) const {
        return state_.keys.segment(wanted.device, wanted.log, wanted.seq).text();
    }

    [[nodiscard]] static log_name name_of(const segment_place& where) { return {where.log, where.device}; }

    [[nodiscard]] std::optional<digest256> digest_before(const log_name& name) const {
        const auto& fetched = found_.logs().find(name)->fetched;
        if (!fetched.empty()) return fetched.back().stored;
        if (const auto cursor = cursors_.find(name.log); cursor != cursors_.end()) return cursor->second.stored;
        return std::nullopt;
    }

    [[nodiscard]] bool covered(const segment& s, const cursor_map& taken) const {
        if (!State::traits_type::rules.causal_wait) return true;
        return all_of(s.seen, [&](const log_position& seen) {
            const auto at = taken.find(seen.log);
            return at != taken.end() && at->second.seq >= seen.seq;
        });
    }

    [[nodiscard]] bool waits(std::string_view log) const {
        const auto id = log_id::parse(log);
        return id &&
               any_of(found_.logs(), [&](const auto& one) { return one.key.log == *id && !one.value.fetched.empty(); });
    }

    /// The store may lose a segment and, after it, every head that named it: then this device still asks for it.
    void note_promises(unit_type& unit) {
        for (const auto& [log, upto] : unit.promised()) {
            if (merged_of(log) >= upto.seq) unit.erase(facts::promised, log.hex());
        }
        for (const auto& [name, log] : found_.logs()) {
            if (log.promised <= merged_of(name.log)) continue;
            unit.store_promised(name.log, {name.device, log.promised, log.stored.value_or(digest256{})});
        }
    }

    void note_wait(unit_type& unit, const log_id& log, const segment& first, std::chrono::nanoseconds now) {
        const auto id = log.hex();
        if (!unit.has(facts::waiting, id)) {
            unit.set(facts::waiting, id, static_cast<std::uint64_t>(now.count()));
        }
        const auto since = std::chrono::nanoseconds{static_cast<std::int64_t>(unit.get(facts::waiting, id))};
        if (now - since < state_.settings.withheld_after) return;
        report_.refusals.push_back(failure{errc::withheld, state_.keys.segment(first.device, log, first.seq).text(),
                                           "waits for a segment that the store does not give"});
    }

    State& state_;
    discovery<State>& found_;
    cursor_map& cursors_;
    sync_report& report_;
    log_reader<State> reader_;
    segment_fetcher<State> fetcher_;
    std::size_t held_bytes_ = 0;
};

}}} // namespace sealsync::detail

#endif
