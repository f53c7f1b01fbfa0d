#ifndef SEALSYNC_SYNC_SYNC_RUN_HPP
#define SEALSYNC_SYNC_SYNC_RUN_HPP

#include "announcement.hpp"
#include "capabilities.hpp"
#include "puller.hpp"
#include "pusher.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// One sync: finishes what an earlier one left, pulls, pushes, and announces what is committed in the head. The caller
/// holds `syncing_side::in_use`.
template <class State>
class sync_run {
public:
    using unit_type = typename State::unit_type;

    sync_run(State& state, const sync_options& options) : state_{state}, options_{options}, call_{options.stop} {}

    [[nodiscard]] result<sync_report> run() {
        state_.syncing.store.reset();
        auto done = pull_and_push();
        const auto& meter = state_.syncing.store.read();
        report_.requests = meter.requests;
        report_.bytes_sent = meter.sent;
        report_.bytes_received = meter.received;
        report_.stopped = !done && done.error() == errc::cancelled;
        if (!done && !report_.stopped) return std::move(done).error().during("sync");
        return std::move(report_);
    }

private:
    [[nodiscard]] result<void> pull_and_push() {
        if (auto probed = learn_capabilities(state_, call_); !probed) return probed;
        if (auto recalled = recall(); !recalled) return recalled;

        progress_.expect(sync_phase::discovering, 0);
        pusher<State> push{state_, cursors_, call_, report_, progress_};
        if (auto finished = push.finish_pending(); !finished) return finished;
        if (report_.pushed > 0) etag_.clear(); // the head remembered cannot name what was finished just now
        auto complete = pull();
        if (!complete) return std::move(complete).error();
        if (auto pushed = push.run(); !pushed) {
            if (report_.pushed > 0) (void)head_.join(cursors_); // what is committed is news; the failure goes first
            return pushed;
        }
        return announce(*complete);
    }

    /// What the replica knows of earlier syncs, and what edits have left to this one.
    [[nodiscard]] result<void> recall() {
        return state_.local.inspect([&](unit_type& unit) -> result<void> {
            cursors_ = unit.cursors();
            promised_ = unit.promised();
            etag_ = unit.get(facts::head_etag);
            polls_ = unit.get(facts::polls);
            if (unit.has(facts::listed)) listed_ = unit.get(facts::listed);
            auto& left = state_.local.unmerged;
            state_.syncing.unmerged.insert(left.begin(), left.end());
            left.clear();
            return {};
        });
    }

    /// Whether everything that exists has been merged, so that an unchanged head means that there is no news.
    [[nodiscard]] result<bool> pull() {
        using answer = typename announcement<State>::answer;
        auto found = head_.read(etag_);
        if (!found) return std::move(found).error();
        ++polls_;
        const bool list = options_.rediscover || *found == answer::missing || is_due() ||
                          (*found == answer::found && report_.pushed == 0 && head_.lacks(cursors_));
        if (*found == answer::unchanged) head_.assume(cursors_, etag_);
        const bool idle = promised_.empty() && state_.syncing.settled();
        if (*found == answer::unchanged && !list && idle) return true;
        if (head_.damage()) report_.refusals.push_back(*head_.damage());

        discovery<State> logs{state_, call_};
        logs.learn(head_.known());
        logs.learn(promised_);
        if (list) {
            polls_ = 0;
            listed_ = now();
            if (auto listed = logs.list(cursors_); !listed) return std::move(listed).error();
        }
        puller<State> pull{state_, logs, cursors_, options_, call_, report_, progress_};
        if (auto pulled = pull.run(); !pulled) return std::move(pulled).error();
        if (!state_.sealed) forget_unfounded(logs);
        return pull.complete();
    }

    [[nodiscard]] std::uint64_t now() const {
        const std::scoped_lock lock{state_.local.mutex};
        return static_cast<std::uint64_t>(state_.local.clock.now().time_since_epoch().count());
    }
    /// A store that was set back as a whole looks like one without news. Also if the clock was set back.
    [[nodiscard]] bool is_due() const {
        const auto wait =
            static_cast<std::uint64_t>(std::chrono::nanoseconds{state_.settings.rediscover_after}.count());
        return polls_ >= state_.settings.rediscover_every || (listed_ && now() - *listed_ >= wait);
    }

    /// Anybody may have written a plaintext head. What a sealed one says was true once: that is not forgotten.
    void forget_unfounded(const discovery<State>& logs) {
        for (const auto& [name, log] : logs.logs()) {
            if (log.missing) head_.distrust(name.log);
        }
    }

    [[nodiscard]] result<void> announce(bool complete) {
        progress_.expect(sync_phase::announcing, 0);
        auto announced = head_.join(cursors_);
        if (!announced) return std::move(announced).error();
        report_.announced = *announced;
        const bool all_merged = complete && *announced && head_.covered_by(cursors_);
        return remember(all_merged ? head_.etag() : std::string{});
    }

    [[nodiscard]] result<void> remember(const std::string& etag) {
        if (!listed_) listed_ = now();
        return state_.local.transact([&](unit_type& unit) -> result<void> {
            unit.set(facts::polls, polls_);
            unit.set(facts::listed, *listed_);
            if (etag.empty()) {
                unit.erase(facts::head_etag);
            } else if (unit.cursors().size() == cursors_.size()) {
                unit.set(facts::head_etag, etag);
            }
            return {};
        });
    }

    State& state_;
    const sync_options& options_;
    call_context call_;
    sync_report report_{};
    progress_meter progress_{options_.observer, state_.syncing.store};
    cursor_map cursors_{};
    cursor_map promised_{}; ///< what is still missing of what heads have said
    std::string etag_{};
    std::uint64_t polls_ = 0;
    std::optional<std::uint64_t> listed_{}; ///< when the store was, in ns since 1970; first: when the vault was joined
    announcement<State> head_{state_, call_};
};

}}} // namespace sealsync::detail

#endif
