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

/// Threads of its own beside the calling one, started when they are needed first. They help every `run` there is, the
/// newest first: also one from inside another, and of several threads at once. Thread-safe.
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
        if (count < 2 || width_ < 2) return ss::calling_thread{}.run(count, f);
        job work{f, count};
        begin(work);
        work.call(0);
        work.help();
        end(work);
        if (work.thrown) std::rethrow_exception(work.thrown);
    }

private:
    struct job {
        ss::function_ref<void(std::size_t)> f;
        std::size_t count;
        std::atomic<std::size_t> next{1};
        std::size_t helping = 0; ///< threads; under the executor's mutex
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
            jobs_.push_back(&work);
        }
        work.count > 2 ? wake_.notify_all() : wake_.notify_one();
    }

    /// Who has not come by now finds nothing to do.
    void end(job& work) {
        std::unique_lock lock{mutex_};
        std::erase(jobs_, &work);
        idle_.wait(lock, [&] { return work.helping == 0; });
    }

    void serve() {
        std::unique_lock lock{mutex_};
        while (true) {
            job* work = nullptr;
            wake_.wait(lock, [&] { return closing_ || (work = open_job()) != nullptr; });
            if (work == nullptr) return;
            ++work->helping;
            lock.unlock();
            work->help();
            lock.lock();
            if (--work->helping == 0) idle_.notify_all();
        }
    }

    [[nodiscard]] job* open_job() const noexcept {
        const auto open = [](const job* one) { return one->next < one->count; };
        const auto newest = std::find_if(jobs_.rbegin(), jobs_.rend(), open);
        return newest == jobs_.rend() ? nullptr : *newest;
    }

    std::size_t width_;
    std::mutex mutex_; ///< of all that follows
    std::condition_variable wake_, idle_;
    std::vector<job*> jobs_;
    bool closing_ = false;
    std::vector<std::thread> threads_;
};

/// As many as the machine has cores, to a limit, and one more: some wait for the disk.
[[nodiscard]] inline std::size_t usual_width() noexcept {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4) + 1;
}

} // namespace cli

#endif
