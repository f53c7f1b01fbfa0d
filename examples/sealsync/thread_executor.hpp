#ifndef SEALSYNC_CLI_THREAD_EXECUTOR_HPP
#define SEALSYNC_CLI_THREAD_EXECUTOR_HPP

#include <sealsync/executor.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace cli {

namespace ss = sealsync;

/// Threads of its own beside the calling one, started when they are needed first. One `run` has them at a time: another
/// that comes meanwhile, also from inside, does its parts itself. Thread-safe.
class thread_executor final : public ss::executor {
public:
    explicit thread_executor(std::size_t width) : width_{width == 0 ? 1 : width} {}
    ~thread_executor() override {
        {
            const std::scoped_lock lock{mutex_};
            closing_ = true;
        }
        wake_.notify_all();
        for (auto& one : threads_) one.join();
    }

    [[nodiscard]] std::size_t width() const noexcept override { return width_; }

    void run(std::size_t count, ss::function_ref<void(std::size_t)> f) override {
        if (count < 2 || width_ < 2 || busy_.test_and_set()) return ss::calling_thread{}.run(count, f);
        job work{f, count};
        begin(work);
        work.call(0);
        work.help();
        end();
        busy_.clear();
        if (work.thrown) std::rethrow_exception(work.thrown);
    }

private:
    struct job {
        ss::function_ref<void(std::size_t)> f;
        std::size_t count;
        std::atomic<std::size_t> next{1};
        std::mutex mutex{};
        std::exception_ptr thrown{};

        void call(std::size_t i) noexcept {
            try {
                f(i);
            } catch (...) {
                const std::scoped_lock lock{mutex};
                if (!thrown) thrown = std::current_exception();
                next = count; // what has not begun is left out
            }
        }
        void help() noexcept {
            for (auto i = next++; i < count; i = next++) call(i);
        }
    };

    void begin(job& work) {
        {
            const std::scoped_lock lock{mutex_};
            while (threads_.size() + 1 < width_) threads_.emplace_back([this] { serve(); });
            job_ = &work;
            ++jobs_;
        }
        wake_.notify_all();
    }

    /// Who has not come by now finds nothing to do.
    void end() {
        std::unique_lock lock{mutex_};
        job_ = nullptr;
        idle_.wait(lock, [&] { return helping_ == 0; });
    }

    void serve() {
        std::unique_lock lock{mutex_};
        for (std::size_t served = 0;;) {
            wake_.wait(lock, [&] { return closing_ || (job_ != nullptr && jobs_ != served); });
            if (closing_) return;
            served = jobs_;
            ++helping_;
            auto& work = *job_;
            lock.unlock();
            work.help();
            lock.lock();
            if (--helping_ == 0) idle_.notify_all();
        }
    }

    std::size_t width_;
    std::atomic_flag busy_; ///< some `run` has the threads
    std::mutex mutex_;      ///< of all that follows
    std::condition_variable wake_, idle_;
    job* job_ = nullptr;
    std::size_t jobs_ = 0, helping_ = 0;
    bool closing_ = false;
    std::vector<std::thread> threads_;
};

/// As many as the machine has cores, to a limit: more would wait for the same disk.
[[nodiscard]] inline std::size_t usual_width() noexcept {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
}

} // namespace cli

#endif
