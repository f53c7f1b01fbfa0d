#include "scripted_runner.hpp"

#include <doctest/doctest.h>

using namespace s3_tests;
using namespace std::chrono_literals;

namespace {

/// The most requests that were started within one round trip, after each point in time.
std::size_t most_started(const scripted_http_client& client, std::size_t from, std::size_t to, milliseconds round) {
    std::size_t most = 0;
    for (std::size_t i = from; i < to; ++i) {
        std::size_t together = 1;
        while (i + together < to && client.request(i + together).started < client.request(i).started + round)
            ++together;
        most = (std::max)(most, together);
    }
    return most;
}

} // namespace

TEST_CASE("request_runner: a store that asks for less gets half as much at once") {
    std::size_t asked_for_less = 0;
    scripted_runner bench{[&](const scripted_request& asked) {
                              if (asked.number == 100) return ++asked_for_less, status(503, "SlowDown");
                              return status(200);
                          },
                          32};
    counting_job job{132};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 132);
    CHECK(asked_for_less == 1);

    // Rounds of 32 begin at 0, 32, 64 and 96; of the last 37, sixteen are sent at once.
    CHECK(most_started(bench.client, 0, 128, 10ms) == 32);
    CHECK(most_started(bench.client, 128, bench.client.asked(), 10ms) <= 16);
}

TEST_CASE("request_runner: a round that is refused as a whole halves the window once, not 32 times") {
    std::size_t most_later = 0;
    scripted_runner bench{[&](const scripted_request& asked) {
                              if (asked.number < 32) return status(503, "SlowDown");
                              if (asked.number < 48) most_later = (std::max)(most_later, bench.client.under_way() + 1);
                              return status(200);
                          },
                          32};
    counting_job job{64};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 64);
    CHECK(most_later == 16);
}

TEST_CASE("request_runner: the window grows again, by one for each window of successes, up to all connections") {
    std::vector<std::size_t> at_once;
    scripted_runner bench{[&](const scripted_request& asked) {
                              at_once.push_back(bench.client.under_way() + 1);
                              return asked.number < 8 ? status(503, "SlowDown") : status(200);
                          },
                          8};
    counting_job job{200};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 200);
    REQUIRE(at_once.size() == 208);
    CHECK(*std::max_element(at_once.begin() + 8, at_once.begin() + 12) == 4);
    CHECK(*std::max_element(at_once.begin() + 16, at_once.begin() + 20) == 5);
    CHECK(*std::max_element(at_once.begin(), at_once.end()) == 8);
    CHECK(*std::max_element(at_once.begin() + 100, at_once.end()) == 8);
}

TEST_CASE("request_runner: a store that asks for less for ever is asked one by one, and each request gives up") {
    scripted_runner bench{[](const auto&) { return status(429); }, 32, {.attempts_max = 4, .budget = 1'000'000}};
    counting_job job{100};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc::throttled) == 100);
    CHECK(bench.client.asked() == 400);
    CHECK(most_started(bench.client, 300, 400, 10ms) == 1);
}

TEST_CASE("request_runner: the budget of retries is one for all requests, and refilled by what succeeds") {
    const ss::retry_settings frugal{.attempts_max = 6, .budget = 50};
    scripted_runner bench{[](const auto&) { return status(500); }, 4, frugal};
    counting_job job{100};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc::unavailable) == 100);
    CHECK(bench.client.asked() == 110); // ten retries for all of them

    bench.client.set_script([](const auto&) { return status(200); });
    counting_job good{25};
    CHECK(bench.run(good));
    bench.client.set_script([](const auto&) { return status(500); });
    const auto before = bench.client.asked();
    counting_job bad{10};
    CHECK(bench.run(bad));
    CHECK(bench.client.asked() - before == 15); // 25 successes are five retries
}
