#include <sealsync/s3/outage.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using namespace std::chrono_literals;
using detail::outage;
using detail::retry_policy;
using std::chrono::milliseconds;

TEST_CASE("retry_policy: a store that was never reached is waited for a moment, one that was for half a minute") {
    retry_policy policy{{}, 1};
    CHECK(policy.outage_max() == 2s);
    policy.reached();
    CHECK(policy.outage_max() == 30s);
    policy.gave_up();
    CHECK(policy.outage_max() == 2s);
}

TEST_CASE("retry_policy: the pauses between scouts double, and are never less than half of that") {
    retry_policy policy{{.first = 100ms, .scout_longest = 2s}, 3};
    for (std::uint32_t before = 0; before < 40; ++before) {
        CAPTURE(before);
        const auto most = before < 5 ? milliseconds{100LL << before} : milliseconds{2s};
        milliseconds least_seen = most, most_seen{0};
        for (int i = 0; i < 500; ++i) {
            const auto pause = policy.scout_pause(before);
            least_seen = (std::min)(least_seen, pause);
            most_seen = (std::max)(most_seen, pause);
        }
        CHECK(least_seen >= most / 2);
        CHECK(least_seen < most * 11 / 20);
        CHECK(most_seen <= most);
        CHECK(most_seen > most * 19 / 20);
    }
}

TEST_CASE("outage: one scout at a time, and the next after a pause") {
    retry_policy policy{{}, 1};
    outage away{1000ms, policy};
    REQUIRE(away.next());
    CHECK(*away.next() >= 1050ms);
    CHECK(*away.next() <= 1100ms);
    away.sent(7);
    CHECK_FALSE(away.next());
    CHECK(away.failed(7, 1200ms));
    REQUIRE(away.next());
    CHECK(*away.next() >= 1300ms);
    CHECK(*away.next() <= 1400ms);
}

TEST_CASE("outage: what was under way before it, and fails, changes nothing") {
    retry_policy policy{{}, 1};
    outage away{0ms, policy};
    const auto next = away.next();
    CHECK(away.failed(3, 50'000ms));
    CHECK(away.next() == next);
    away.sent(7);
    CHECK(away.failed(3, 50'000ms));
    CHECK_FALSE(away.next());
}

TEST_CASE("outage: a scout that was never sent makes room for another, without a pause") {
    retry_policy policy{{}, 1};
    outage away{0ms, policy};
    const auto next = away.next();
    away.sent(7);
    away.returned(8);
    CHECK_FALSE(away.next());
    away.returned(7);
    CHECK(away.next() == next);
}

TEST_CASE("outage: it ends with a last scout when its time is over") {
    retry_policy policy{{.outage = 5s}, 1};
    policy.reached();
    outage away{0ms, policy};
    milliseconds now{0};
    std::size_t scouts = 0;
    do {
        now = away.next().value();
        away.sent(++scouts);
    } while (away.failed(scouts, now));
    CHECK(now == 5s);
    CHECK(scouts >= 7);
    CHECK(scouts <= 10);
    CHECK(away.length(now) == ", for 5000 ms");
}

TEST_CASE("outage: one that nobody waits for has a single scout") {
    retry_policy policy{{.outage = 0ms, .first_contact = 0ms}, 1};
    outage away{0ms, policy};
    away.sent(0);
    CHECK_FALSE(away.failed(0, away.next().value_or(100ms)));
}

} // namespace
