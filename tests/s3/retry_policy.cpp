#include <sealsync/s3/retry_policy.hpp>

#include <doctest/doctest.h>

#include <set>

namespace {

using namespace sealsync;
using namespace std::chrono_literals;
using detail::retry_after;
using detail::retry_policy;
using std::chrono::milliseconds;

http_response told(std::string after, std::string date = {}) {
    http_response answer{503, {{"retry-after", std::move(after)}}, {}};
    if (!date.empty()) answer.headers.push_back({"date", std::move(date)});
    return answer;
}

TEST_CASE("retry_policy: pauses are anywhere between none and the doubled first, up to the longest") {
    const retry_settings settings{.attempts_max = 30, .first = 100ms, .longest = 2s, .budget = 1'000'000};
    retry_policy policy{settings, 7};
    for (std::uint32_t attempts = 1; attempts < 30; ++attempts) {
        const auto most = (std::min)(milliseconds{100LL << (std::min)(attempts - 1, 20U)}, milliseconds{2s});
        milliseconds least_seen = most, most_seen{0};
        for (int i = 0; i < 500; ++i) {
            const auto pause = policy.next(attempts, std::nullopt);
            REQUIRE(pause);
            least_seen = (std::min)(least_seen, *pause);
            most_seen = (std::max)(most_seen, *pause);
        }
        CAPTURE(attempts);
        CHECK(least_seen >= 0ms);
        CHECK(least_seen < most / 20);
        CHECK(most_seen <= most);
        CHECK(most_seen > most - most / 20);
    }
}

TEST_CASE("retry_policy: one seed gives the same pauses, another others") {
    const auto pauses = [](std::uint64_t seed) {
        retry_policy policy{{}, seed};
        std::vector<milliseconds> all;
        for (int i = 0; i < 20; ++i) all.push_back(*policy.next(5, std::nullopt));
        return all;
    };
    CHECK(pauses(1) == pauses(1));
    CHECK(pauses(1) != pauses(2));
}

TEST_CASE("retry_policy: after attempts_max there is none, and the first attempt counts") {
    retry_policy policy{{.attempts_max = 3}, 1};
    CHECK(policy.next(1, std::nullopt));
    CHECK(policy.next(2, std::nullopt));
    CHECK_FALSE(policy.next(3, std::nullopt));
    CHECK_FALSE(policy.next(4, std::nullopt));
    retry_policy once{{.attempts_max = 0}, 1};
    CHECK_FALSE(once.next(1, std::nullopt));
}

TEST_CASE("retry_policy: the budget is spent by five a retry, and refilled by one a success up to where it began") {
    retry_policy policy{{.budget = 12}, 1};
    CHECK(policy.next(1, std::nullopt));
    CHECK(policy.next(1, std::nullopt));
    CHECK_FALSE(policy.next(1, std::nullopt)); // 2 left
    policy.succeeded(1);
    policy.succeeded(1);
    CHECK_FALSE(policy.next(1, std::nullopt));
    policy.succeeded(1);
    CHECK(policy.next(1, std::nullopt));
    for (int i = 0; i < 1000; ++i) policy.succeeded(1);
    CHECK(policy.next(1, std::nullopt));
    CHECK(policy.next(1, std::nullopt));
    CHECK_FALSE(policy.next(1, std::nullopt));
}

TEST_CASE("retry_policy: a retry that helped has cost nothing") {
    retry_policy policy{{.budget = 10}, 1};
    for (int i = 0; i < 100; ++i) {
        REQUIRE(policy.next(1, std::nullopt));
        policy.succeeded(2);
    }
    REQUIRE(policy.next(1, std::nullopt));
    REQUIRE(policy.next(1, std::nullopt));
    CHECK_FALSE(policy.next(1, std::nullopt));
}

TEST_CASE("retry_policy: the largest budget does not overflow, the smallest allows no retry") {
    retry_policy rich{{.budget = (std::numeric_limits<std::uint32_t>::max)()}, 1};
    rich.succeeded(1);
    CHECK(rich.next(1, std::nullopt));
    retry_policy poor{{.budget = 4}, 1};
    poor.succeeded(1);
    CHECK_FALSE(poor.next(1, std::nullopt));
}

TEST_CASE("retry_policy: what the server asks for is the least, and who asks for more than the longest is given up") {
    retry_policy policy{{.first = 100ms, .longest = 5s, .budget = 12}, 1};
    CHECK(policy.next(1, 3s) == 3s);
    CHECK_FALSE(policy.next(1, 5'001ms));
    CHECK(policy.next(1, 5s) == 5s); // the one given up took no token
    retry_policy jitter{{}, 1};
    milliseconds longest{0};
    for (int i = 0; i < 50; ++i) longest = (std::max)(longest, *jitter.next(6 - 1, 1ms));
    CHECK(longest > 100ms);
}

TEST_CASE("retry_after: seconds") {
    CHECK(retry_after(told("0")) == 0s);
    CHECK(retry_after(told("120")) == 120s);
    CHECK(retry_after(told("007")) == 7s);
    CHECK_FALSE(retry_after(http_response{503, {}, {}}));
}

TEST_CASE("retry_after: more seconds than a number holds are too long for anybody, not none at all") {
    for (const char* text : {"999999999", "99999999999999999999999999999999"}) {
        const auto asked = retry_after(told(text));
        REQUIRE(asked);
        CHECK(*asked > 24h * 365);
        CHECK_FALSE(retry_policy{{}, 1}.next(1, asked));
    }
}

TEST_CASE("retry_after: a date is relative to the answer's own, and one in the past is now") {
    const std::string date = "Sun, 06 Nov 1994 08:49:37 GMT";
    CHECK(retry_after(told("Sun, 06 Nov 1994 08:50:07 GMT", date)) == 30s);
    CHECK(retry_after(told("Sun, 06 Nov 1994 08:49:07 GMT", date)) == 0s);
    CHECK(retry_after(told("Sun, 06 Nov 2261 08:49:37 GMT", "Thu, 01 Jan 1970 00:00:00 GMT")).value() >
          24h * 365 * 291);
    CHECK_FALSE(retry_after(told("Sun, 06 Nov 1994 08:50:07 GMT")));
    CHECK_FALSE(retry_after(told("Sun, 06 Nov 1994 08:50:07 GMT", "yesterday")));
}

TEST_CASE("retry_after: nonsense is nothing") {
    for (const char* text : {"", " ", "soon", "-1", "+1", "1.5", "1 ", "1s", "0x10", "Sun, 06 Nov 1994"}) {
        CAPTURE(text);
        CHECK_FALSE(retry_after(told(text, "Sun, 06 Nov 1994 08:49:37 GMT")));
    }
}

} // namespace
