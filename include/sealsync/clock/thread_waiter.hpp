#ifndef SEALSYNC_CLOCK_THREAD_WAITER_HPP
#define SEALSYNC_CLOCK_THREAD_WAITER_HPP

#include "../config.hpp"

#include <chrono>
#include <concepts>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Passes time between two syncs: `wait` returns after the time, when woken, or when stopped; `wake` may come from any
/// thread and is remembered if nobody waits.
template <class W>
concept waiter = requires(W w, std::chrono::milliseconds time, std::stop_token stop) {
    w.wait(time, stop);
    w.wake();
};

/// Blocks the calling thread. Thread-safe.
class thread_waiter {
public:
    void wait(std::chrono::milliseconds time, const std::stop_token& stop) {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, stop, time, [this] { return woken_; });
        woken_ = false;
    }
    void wake() {
        {
            const std::scoped_lock lock{mutex_};
            woken_ = true;
        }
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool woken_ = false;
};

static_assert(waiter<thread_waiter>);

}} // namespace sealsync

#endif
