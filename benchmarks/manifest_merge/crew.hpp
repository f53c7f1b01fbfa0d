#ifndef SEALSYNC_BENCHMARKS_MANIFEST_MERGE_CREW_HPP
#define SEALSYNC_BENCHMARKS_MANIFEST_MERGE_CREW_HPP

#include <sealsync/executor.hpp>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace manifest_merge {

/// An executor of the calling thread and of threads that wait for work.
class crew final : public sealsync::executor {
public:
    using part = sealsync::function_ref<void(std::size_t)>;

    explicit crew(std::size_t width) {
        for (std::size_t i = 1; i < width; ++i) threads_.emplace_back([this] { serve(); });
    }
    crew(const crew&) = delete;
    crew& operator=(const crew&) = delete;
    ~crew() override {
        {
            const std::scoped_lock lock{mutex_};
            ending_ = true;
        }
        begun_.notify_all();
        for (auto& each : threads_) each.join();
    }

    [[nodiscard]] std::size_t width() const noexcept override { return threads_.size() + 1; }

    void run(std::size_t count, part f) override {
        if (count == 0) return;
        task mine{f, count};
        {
            const std::scoped_lock lock{mutex_};
            if (task_ == nullptr && count > 1) task_ = &mine; // one inside another is done by its own thread
        }
        begun_.notify_all();
        work(mine, 0);
        std::unique_lock lock{mutex_};
        if (task_ == &mine) task_ = nullptr;
        ended_.wait(lock, [&] { return mine.helpers == 0; });
        if (mine.thrown) std::rethrow_exception(mine.thrown);
    }

private:
    struct task {
        task(part what, std::size_t parts) : f{what}, count{parts} {}
        part f;
        std::size_t count;
        std::atomic<std::size_t> next{1};
        std::size_t helpers = 0; ///< by `mutex_`
        std::exception_ptr thrown{};
    };

    void work(task& on, std::size_t first) {
        try {
            for (auto i = first; i < on.count; i = on.next++) on.f(i);
        } catch (...) {
            const std::scoped_lock lock{mutex_};
            on.thrown = std::current_exception();
            on.next = on.count;
        }
    }

    void serve() {
        std::unique_lock lock{mutex_};
        while (true) {
            begun_.wait(lock, [&] { return ending_ || (task_ != nullptr && task_->next < task_->count); });
            if (ending_) return;
            auto& on = *task_;
            ++on.helpers;
            lock.unlock();
            work(on, on.next++);
            lock.lock();
            if (--on.helpers == 0) ended_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable begun_, ended_;
    task* task_ = nullptr;
    bool ending_ = false;
    std::vector<std::thread> threads_;
};

} // namespace manifest_merge

#endif
