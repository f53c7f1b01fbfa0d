#include <sealsync/clock/system_clock.hpp>

#include <doctest/doctest.h>

namespace {

TEST_CASE("system_clock: it agrees with the operating system's UTC") {
    const auto before = std::chrono::system_clock::now();
    const auto now = sealsync::system_clock{}.now();
    const auto after = std::chrono::system_clock::now();
    CHECK(now - before < std::chrono::hours{1});
    CHECK(after - now < std::chrono::hours{1});
}

TEST_CASE("system_clock: it is past the day it was written and before the end of hybrid stamps") {
    const auto now = sealsync::system_clock{}.now();
    sealsync::hybrid_clock hybrid;
    const auto stamp = hybrid.tick(now);
    CHECK(stamp.nanoseconds == now.time_since_epoch().count());
    CHECK(stamp.text() > "2024");
    CHECK(stamp.text() < "2262");
}

TEST_CASE("system_clock: reading it cannot fail, and it holds nothing") {
    static_assert(noexcept(sealsync::system_clock{}.now()));
    static_assert(std::is_empty_v<sealsync::system_clock>);
}

TEST_CASE("monotonic_now: it never goes back, and keeps pace with the steady clock") {
    const auto steady = [] { return std::chrono::steady_clock::now().time_since_epoch(); };
    const auto before = steady();
    const auto first = sealsync::monotonic_now(), second = sealsync::monotonic_now();
    CHECK(first <= second);
    CHECK(before - first < std::chrono::milliseconds{1});
    CHECK(second <= steady());
}

} // namespace
