#include <sealsync/clock/thread_waiter.hpp>

#include <doctest/doctest.h>

#include <thread>

namespace {

using sealsync::thread_waiter;
constexpr std::chrono::hours for_ever{24 * 365};

struct deaf {
    void wait(std::chrono::milliseconds, std::stop_token) {}
};
static_assert(sealsync::waiter<thread_waiter>);
static_assert(!sealsync::waiter<deaf>);

TEST_CASE("thread_waiter: a wake before the wait is remembered, once") {
    thread_waiter waiter;
    waiter.wake();
    waiter.wake();
    waiter.wait(for_ever, {});
    waiter.wait(std::chrono::milliseconds{0}, {}); // nothing is left of the second wake: this one passes by its time
    CHECK(true);
}

TEST_CASE("thread_waiter: no time is no wait") {
    thread_waiter waiter;
    waiter.wait(std::chrono::milliseconds{0}, {});
    CHECK(true);
}

TEST_CASE("thread_waiter: a wake from another thread ends the wait") {
    thread_waiter waiter;
    std::jthread other{[&] { waiter.wake(); }};
    waiter.wait(for_ever, {});
    CHECK(true);
}

TEST_CASE("thread_waiter: a stop ends the wait, before it begins and during it") {
    thread_waiter waiter;
    std::stop_source stop;
    std::jthread other{[&] { stop.request_stop(); }};
    waiter.wait(for_ever, stop.get_token());
    waiter.wait(for_ever, stop.get_token());
    CHECK(stop.stop_requested());
}

} // namespace
