#ifndef SEALSYNC_SYNC_LOOP_HPP
#define SEALSYNC_SYNC_LOOP_HPP

#include "clock/thread_waiter.hpp"
#include "sync_report.hpp"

#include <algorithm>
#include <atomic>

namespace sealsync { inline namespace SEALSYNC_ABI {

struct sync_loop_settings {
    std::chrono::milliseconds poll_min{30'000}, poll_max{60'000}; ///< between two polls, drawn anew each time
    std::chrono::milliseconds soon{2'000};       ///< after an edit, so that a burst becomes one segment
    std::chrono::milliseconds news{5'000};       ///< after a poll that brought news: more often follows
    std::uint32_t idle_polls = 20;               ///< without news before polls become rarer
    std::chrono::milliseconds idle_max{300'000}; ///< the rarest
    std::chrono::milliseconds retry_min{1'000};  ///< after the first failure; doubles with each
    std::chrono::milliseconds retry_max{600'000};
};

/// When to sync next: a pure function of what happened, and of the random number that spreads devices apart.
class sync_schedule {
public:
    explicit sync_schedule(sync_loop_settings settings = {}) : settings_{settings} {}

    [[nodiscard]] std::chrono::milliseconds after_success(const sync_report& report, std::uint64_t random) {
        failures_ = 0;
        if (report.pulled > 0) {
            idle_ = 0;
            return settings_.news;
        }
        if (report.pushed > 0) idle_ = 0;
        const auto doublings = idle_ < settings_.idle_polls ? 0U : (std::min)(idle_ - settings_.idle_polls + 1, 16U);
        ++idle_;
        const auto longest = (std::max)(settings_.poll_max, settings_.idle_max);
        return (std::min)(between(settings_.poll_min, settings_.poll_max, random) * (1U << doublings), longest);
    }

    /// Exponential backoff with full jitter (Brooker, "Exponential Backoff And Jitter", 2015).
    [[nodiscard]] std::chrono::milliseconds after_failure(std::uint64_t random) {
        const auto doublings = (std::min)(failures_++, 20U);
        const auto bound = (std::min)(settings_.retry_min * (1U << doublings), settings_.retry_max);
        return between(std::chrono::milliseconds{1}, bound, random);
    }

    [[nodiscard]] std::chrono::milliseconds after_edit() noexcept {
        idle_ = 0;
        return settings_.soon;
    }

private:
    [[nodiscard]] static std::chrono::milliseconds between(std::chrono::milliseconds least,
                                                           std::chrono::milliseconds most, std::uint64_t random) {
        const auto span =
            static_cast<std::uint64_t>((std::max)(most - least, std::chrono::milliseconds{0}).count()) + 1;
        return least + std::chrono::milliseconds{static_cast<std::int64_t>(random % span)};
    }

    sync_loop_settings settings_;
    std::uint32_t idle_ = 0, failures_ = 0;
};

/// Syncs again and again, on the thread that calls `run`, until stopped: never two at once. Everything else of the
/// engine may go on meanwhile.
template <class Engine, waiter Waiter = thread_waiter>
class sync_loop {
public:
    /// `engine` must outlive the loop; `waiter` are the arguments of the waiter's constructor.
    template <class... Arguments>
    explicit sync_loop(Engine& engine, sync_loop_settings settings = {}, Arguments&&... waiter)
        : engine_{engine}, schedule_{settings}, waiter_{std::forward<Arguments>(waiter)...} {}

    /// Tells the loop that there is something to push. Thread-safe.
    void edited() {
        edited_ = true;
        waiter_.wake();
    }

    /// Calls `told(result<sync_report>)` after each sync. Returns when stopped, or with the first failure that trying
    /// again cannot mend (its kind is neither *retry* nor *conflict*).
    template <class Told>
    [[nodiscard]] result<void> run(const std::stop_token& stop, Told&& told) {
        while (!stop.stop_requested()) {
            edited_ = false;
            auto outcome = engine_.sync({stop});
            if (outcome && outcome->stopped) break;
            told(outcome);
            if (!outcome && outcome.error().kind() != error_kind::retry &&
                outcome.error().kind() != error_kind::conflict) {
                return std::move(outcome).error();
            }
            auto random = engine_.random();
            if (!random) return std::move(random).error();
            waiter_.wait(outcome ? schedule_.after_success(*outcome, *random) : schedule_.after_failure(*random), stop);
            if (edited_ && !stop.stop_requested()) waiter_.wait(schedule_.after_edit(), stop);
        }
        return {};
    }

private:
    Engine& engine_;
    sync_schedule schedule_;
    Waiter waiter_;
    std::atomic<bool> edited_ = false;
};

}} // namespace sealsync

#endif
