#include "../../examples/sealsync/thread_executor.hpp"

#include <doctest/doctest.h>

#include <set>
#include <stdexcept>

namespace {

/// Lets `count` threads through when all of them have come: they can only if all run at once.
class meeting {
public:
    explicit meeting(std::size_t count) : missing_{count} {}
    void wait() {
        std::unique_lock lock{mutex_};
        if (--missing_ == 0) return all_.notify_all();
        all_.wait(lock, [&] { return missing_ == 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable all_;
    std::size_t missing_;
};

} // namespace

TEST_CASE("thread_executor: does every part once, and what the parts wrote is seen afterwards") {
    cli::thread_executor workers{4};
    for (const std::size_t count : {0U, 1U, 2U, 3U, 5U, 1'000U}) {
        std::vector<std::size_t> calls(count);
        workers.run(count, [&](std::size_t i) { ++calls[i]; });
        CHECK(calls == std::vector<std::size_t>(count, 1));
    }
}

TEST_CASE("thread_executor: as many parts as it is wide run at once, each on a thread of its own, again and again") {
    cli::thread_executor workers{3};
    CHECK(workers.width() == 3);
    for (int round = 0; round < 100; ++round) {
        meeting all{3};
        std::mutex mutex;
        std::set<std::thread::id> threads;
        workers.run(3, [&](std::size_t) {
            all.wait();
            const std::scoped_lock lock{mutex};
            threads.insert(std::this_thread::get_id());
        });
        CHECK(threads.size() == 3);
    }
}

TEST_CASE("thread_executor: the first part is done on the calling thread") {
    cli::thread_executor workers{3};
    for (int round = 0; round < 100; ++round) {
        std::thread::id first;
        workers.run(8, [&](std::size_t i) {
            if (i == 0) first = std::this_thread::get_id();
        });
        CHECK(first == std::this_thread::get_id());
    }
}

TEST_CASE("thread_executor: a part may run parts of its own, and threads that have nothing to do help with them") {
    cli::thread_executor workers{3};
    for (int round = 0; round < 100; ++round) {
        meeting all{3}; // of the first part and both of the second's
        std::atomic<std::size_t> calls{0};
        workers.run(2, [&](std::size_t part) {
            if (part == 0) return all.wait();
            workers.run(2, [&](std::size_t) {
                all.wait();
                ++calls;
            });
        });
        CHECK(calls == 2);
    }
}

TEST_CASE("thread_executor: where nobody helps, a part does its own parts itself") {
    cli::thread_executor workers{2};
    std::atomic<std::size_t> calls{0};
    workers.run(
        4, [&](std::size_t) { workers.run(3, [&](std::size_t) { workers.run(2, [&](std::size_t) { ++calls; }); }); });
    CHECK(calls == 24);
}

TEST_CASE("thread_executor: several threads may use it at a time") {
    cli::thread_executor workers{2};
    std::atomic<std::size_t> calls{0};
    std::vector<std::thread> users;
    for (int user = 0; user < 4; ++user) {
        users.emplace_back([&] {
            for (int round = 0; round < 100; ++round) workers.run(5, [&](std::size_t) { ++calls; });
        });
    }
    for (auto& one : users) one.join();
    CHECK(calls == 4 * 100 * 5);
}

TEST_CASE("thread_executor: what a part throws comes out when all that began have ended, and it works on") {
    cli::thread_executor workers{2};
    for (const std::size_t bad : {0U, 1U, 7U}) {
        std::atomic<std::size_t> under_way{0};
        const auto throwing = [&](std::size_t i) {
            ++under_way;
            if (i == bad) {
                --under_way;
                throw std::runtime_error{"a part"};
            }
            --under_way;
        };
        CHECK_THROWS_WITH_AS(workers.run(8, throwing), "a part", std::runtime_error);
        CHECK(under_way == 0);
    }
    std::atomic<std::size_t> calls{0};
    workers.run(8, [&](std::size_t) { ++calls; });
    CHECK(calls == 8);
}

TEST_CASE("thread_executor: with a width of one it is the calling thread, and it ends without having been used") {
    cli::thread_executor alone{1}, none{0}, unused{4};
    std::vector<std::size_t> parts;
    alone.run(3, [&](std::size_t i) { parts.push_back(i); });
    CHECK(parts == std::vector<std::size_t>{0, 1, 2});
    CHECK(none.width() == 1);
    CHECK(cli::usual_width() >= 1);
}
