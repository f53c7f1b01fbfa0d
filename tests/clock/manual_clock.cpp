#include <sealsync/clock/manual_clock.hpp>

#include <doctest/doctest.h>

#include <thread>

namespace {

using sealsync::manual_clock;
using sealsync::wall_time;
using namespace std::chrono_literals;

TEST_CASE("manual_clock: it begins in 1970, or where it is told") {
    CHECK(manual_clock{}.now() == wall_time{});
    CHECK(manual_clock{wall_time{7s}}.now() == wall_time{7s});
}

TEST_CASE("manual_clock: it stands still until it is moved") {
    manual_clock clock{wall_time{7s}};
    CHECK(clock.now() == clock.now());
    clock.advance(1ns);
    CHECK(clock.now() == wall_time{7s + 1ns});
    clock.advance(-8s);
    CHECK(clock.now() == wall_time{-1s + 1ns});
    clock.set(wall_time{3h});
    CHECK(clock.now() == wall_time{3h});
    clock.set(wall_time{1h});
    CHECK(clock.now() == wall_time{1h});
}

TEST_CASE("manual_clock: copies are one clock") {
    manual_clock clock;
    auto copy = clock;
    clock.advance(5s);
    CHECK(copy.now() == wall_time{5s});
    copy.set(wall_time{9s});
    CHECK(clock.now() == wall_time{9s});
}

TEST_CASE("manual_clock: two clocks are two clocks") {
    manual_clock clock, other;
    clock.advance(5s);
    CHECK(other.now() == wall_time{});
}

TEST_CASE("manual_clock: threads that advance it lose no step") {
    manual_clock clock;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([clock]() mutable {
            for (int step = 0; step < 1000; ++step) clock.advance(1ns);
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(clock.now() == wall_time{4000ns});
}

} // namespace
