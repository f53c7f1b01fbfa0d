#ifndef SEALSYNC_SYNC_SEGMENT_INBOX_HPP
#define SEALSYNC_SYNC_SEGMENT_INBOX_HPP

#include "discovery.hpp"
#include "log_reader.hpp"

#include <deque>
#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The segments that are fetched but not yet merged, and the order in which they may be.
template <class State>
class segment_inbox {
public:
    using unit_type = typename State::unit_type;
    using cursor_map = std::map<log_id, cursor_row>;

    /// `cursors` is where the merge has come to; `merged()` moves it on.
    segment_inbox(State& state, discovery<State>& found, cursor_map& cursors, const call_context& call,
                  sync_report& report)
        : state_{state},
          found_{found},
          cursors_{cursors},
          call_{call},
          report_{report},
          reader_{state},
          at_once_{(std::min<std::size_t>)(4, state.settings.segments_per_round_max)} {}

    struct place {
        log_id log;
        std::size_t index; ///< among what is fetched of the log
    };
    using batch_type = std::vector<place>;

    [[nodiscard]] const received_segment& at(const place& where) const { return inbox_.at(where.log)[where.index]; }
    /// Whether everything that is known to exist has been merged.
    [[nodiscard]] bool complete() const noexcept { return refused_.empty() && inbox_.empty(); }
    /// The logs that were said to reach further than any segment that is there.
    [[nodiscard]] const std::set<log_id>& missing() const noexcept { return missing_; }
    [[nodiscard]] bool more_to_fetch() const { return !missing_segments().empty(); }

    /// Whether to fetch before merging: the more is known, the fewer contents are fetched that a later segment
    /// replaces. Bounded by what is held.
    [[nodiscard]] bool hungry() const { return held_bytes_ < state_.settings.batch_bytes_max && more_to_fetch(); }

    /// One GET per segment. Fails only if the store cannot be asked: a log that cannot be read is refused.
    [[nodiscard]] result<void> fetch() {
        const auto missing = missing_segments();
        if (missing.empty()) return {};
        std::vector<get_op> ops;
        for (const auto& one : missing) {
            get_op op{state_.keys.segment(one.device, one.log, one.seq)};
            op.size_max = state_.settings.sealed_manifest_bytes_max();
            ops.push_back(std::move(op));
        }
        body_list bodies(ops.size());
        std::size_t held = 0;
        const auto keep = [&](std::size_t i, result<get_reply> reply) {
            if (reply && held > state_.settings.batch_bytes_max) return; // asked for again, with fewer at once
            held += reply ? reply->body.size() : 0;
            bodies[i] = reply ? result<bytes>{std::move(reply->body)} : result<bytes>{std::move(reply).error()};
        };
        if (auto done = state_.store.get(ops, keep, call_); !done)
            return std::move(done).error().during("fetch segments");
        if (!learn_sizes(bodies)) return failure{errc::outcome_unknown, ops.front().key.text(), "no answer"};
        for (std::size_t i = 0; i < bodies.size(); ++i) {
            if (!bodies[i] || refused_.contains(missing[i].log)) continue;
            if (auto taken = take(missing[i], *std::move(bodies[i]), ops[i].key); !taken) return taken;
        }
        return {};
    }

    /// A log that is refused waits alone, and nothing more of it is fetched. What was good before is still merged.
    void refuse(const log_id& log, failure why) {
        if (!refused_.insert(log).second) return;
        report_.refusals.push_back(std::move(why));
    }
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

    /// After the commit of a batch: the cursors move on.
    void merged(const batch_type& batch) {
        for (const auto& at : batch) {
            auto& received = inbox_.at(at.log).front();
            const bool unknown_log = !cursors_.contains(at.log) && (!state_.log || state_.log->id != at.log);
            report_.cloned = report_.cloned || (unknown_log && received.content.device == state_.device);
            report_.pulled += received.content.changes.size();
            cursors_[at.log] = {received.content.device, received.content.version, received.stored};
            held_bytes_ -= received.size;
            inbox_.at(at.log).pop_front();
            if (inbox_.at(at.log).empty()) inbox_.erase(at.log);
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
        if (inbox_.empty() || found_.listed()) return false;
        auto known = state_.inspect([&](unit_type& unit) -> result<bool> {
            for (const auto& [log, segments] : inbox_) {
                if (!unit.fact(waiting_fact(log))) return false;
            }
            return true;
        });
        if (!known || *known) return known ? result<bool>{false} : known;
        return rediscover();
    }

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

private:
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
            const auto to = (std::min)(target.seq, from + at_once_);
            for (auto seq = from + 1; seq <= to; ++seq) missing.push_back({log, target.device, seq});
        }
        std::stable_sort(missing.begin(), missing.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
        if (missing.size() > at_once_)
            missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(at_once_), missing.end());
        return missing;
    }

    using body_list = std::vector<std::optional<result<bytes>>>;

    /// Nobody says how large segments are before they are here; their neighbours are much alike. False if none came.
    [[nodiscard]] bool learn_sizes(const body_list& bodies) {
        std::size_t total = 0, answered = 0;
        for (const auto& body : bodies) {
            if (!body) continue;
            ++answered;
            total += *body ? (*body)->size() : 0;
        }
        if (answered == 0) return false;
        const auto fitting = state_.settings.batch_bytes_max / (total / answered + 1);
        const auto most = (std::min)({fitting, at_once_ * 4, state_.settings.segments_per_round_max});
        at_once_ = (std::max<std::size_t>)(1, most);
        return true;
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
        held_bytes_ += opened->size;
        inbox_[wanted.log].push_back(*std::move(opened));
        return {};
    }

    /// A segment that is named but not there: we may be late, so look again before calling it lost.
    [[nodiscard]] result<void> segment_missing(const wanted_segment& wanted, const object_key& key) {
        if (!found_.listed()) return found_.list(cursors_);
        if (wanted.seq > found_.listed_up_to(wanted.log)) missing_.insert(wanted.log);
        refuse(wanted.log, failure{errc::missing_object, key.text()});
        return {};
    }

    [[nodiscard]] std::optional<digest256> digest_before(const wanted_segment& wanted) const {
        if (const auto inbox = inbox_.find(wanted.log); inbox != inbox_.end()) return inbox->second.back().stored;
        if (const auto cursor = cursors_.find(wanted.log); cursor != cursors_.end()) return cursor->second.stored;
        return std::nullopt;
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

    [[nodiscard]] static std::string waiting_fact(const log_id& log) { return "waiting/" + log.hex(); }

    void note_wait(unit_type& unit, const log_id& log, const segment& first, std::chrono::nanoseconds now) {
        const auto fact = waiting_fact(log);
        if (!unit.fact(fact)) unit.set_fact_number(fact, static_cast<std::uint64_t>(now.count()));
        const auto since = std::chrono::nanoseconds{static_cast<std::int64_t>(unit.fact_number(fact))};
        if (now - since < state_.settings.withheld_after) return;
        report_.refusals.push_back(failure{errc::withheld, state_.keys.segment(first.device, log, first.version).text(),
                                           "waits for a segment that the store does not give"});
    }

    State& state_;
    discovery<State>& found_;
    cursor_map& cursors_;
    const call_context& call_;
    sync_report& report_;
    log_reader<State> reader_;
    std::map<log_id, std::deque<received_segment>> inbox_;
    std::set<log_id> refused_, missing_;
    std::size_t held_bytes_ = 0;
    std::size_t at_once_; ///< GETs of the next fetch
};

}}} // namespace sealsync::detail

#endif
