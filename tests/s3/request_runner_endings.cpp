#include "scripted_runner.hpp"

#include <doctest/doctest.h>

#include <numeric>
#include <stdexcept>

using namespace s3_tests;
using namespace std::chrono_literals;

TEST_CASE("request_runner: a stop drops what is under way, reports nothing more, and is soon") {
    std::stop_source source;
    scripted_runner bench{[&](const scripted_request& asked) {
        if (asked.number == 40) source.request_stop();
        return asked.number < 20 ? status(200, {}, 1ms) : scripted_answer::never();
    }};
    counting_job job{1000};
    const auto done = bench.run(job, {.stop = source.get_token()});
    REQUIRE_FALSE(done);
    CHECK(done.error() == errc::cancelled);
    CHECK(done.error().object() == "s3://bucket");
    CHECK(bench.client.under_way() == 0);
    CHECK(job.ended_with(errc{}) == 20);
    CHECK(std::count(job.reported.begin(), job.reported.end(), 0) == 980);
    CHECK(bench.client.monotonic() <= 300ms);
}

TEST_CASE("request_runner: a call that is stopped before it begins asks nothing") {
    std::stop_source source;
    source.request_stop();
    scripted_runner bench{[](const auto&) { return status(200); }};
    counting_job job{3};
    CHECK(bench.run(job, {.stop = source.get_token()}).error() == errc::cancelled);
    CHECK(bench.client.asked() == 0);
}

TEST_CASE("request_runner: a call ends with its time, and no request outlives it") {
    scripted_runner bench{
        [](const auto& asked) { return asked.number % 2 == 0 ? scripted_answer::never() : status(200, {}, 300ms); }};
    counting_job job{1000};
    const auto done = bench.run(job, {.timeout = 2s});
    REQUIRE_FALSE(done);
    CHECK(done.error() == errc::timed_out);
    CHECK(bench.client.monotonic() == 2s);
    CHECK(bench.client.under_way() == 0);
    for (std::size_t i = 0; i < bench.client.asked(); ++i) {
        const auto& asked = bench.client.request(i);
        CHECK(asked.started + asked.request.timeout == 2s);
    }
}

TEST_CASE("request_runner: without a time limit, requests have their client's") {
    scripted_runner bench{[](const auto&) { return status(200); }};
    counting_job job{1};
    CHECK(bench.run(job));
    CHECK(bench.client.request(0).request.timeout == 0ms);
}

TEST_CASE("request_runner: no pause goes past the call's time: a retry that would is none") {
    scripted_runner bench{[](const auto&) { return status(503, {}, 10ms, {{"retry-after", "10"}}); }};
    counting_job job{1};
    CHECK(bench.run(job, {.timeout = 5s}));
    CHECK(job.ended_with(errc::unavailable) == 1);
    CHECK(bench.client.monotonic() < 1s);
}

TEST_CASE("request_runner: the time of a call counts from its runner's making, through all its jobs") {
    scripted_runner bench{[](const auto&) { return status(200, {}, 1s); }, 1};
    const ss::call_context call{.timeout = 3500ms};
    counting_job first{2}, second{3};
    CHECK(bench.run(first, call));
    auto narrow = bench.runner.with(1);
    CHECK(narrow.run(second, call).error() == errc::timed_out);
    CHECK(second.ended_with(errc{}) == 1);
    CHECK(second.ended_with(errc::timed_out) == 1); // half a second was left for it
    CHECK(bench.client.monotonic() == 3500ms);
}

TEST_CASE("request_runner: a store that is not to be reached fails the call, not each of 10,000 operations") {
    for (const auto code : {errc::unavailable, errc::connection_lost, errc::timed_out}) {
        scripted_runner bench{[&](const auto&) { return broken(code, code == errc::timed_out ? 30s : 1ms); }};
        counting_job job{10'000};
        const auto done = bench.run(job);
        REQUIRE_FALSE(done);
        CHECK(done.error() == code);
        CHECK(bench.client.asked() <= 133); // the first 32 attempts, and all retries that the budget has
        CHECK(bench.client.monotonic() < 3min);
        CHECK(bench.client.under_way() == 0);
        CHECK(std::all_of(job.reported.begin(), job.reported.end(), [](int times) { return times <= 1; }));
    }
}

TEST_CASE("request_runner: so does a store whose certificate is refused") {
    scripted_runner bench{[](const auto&) { return broken(errc::access_denied); }};
    counting_job job{10'000};
    const auto done = bench.run(job);
    REQUIRE_FALSE(done);
    CHECK(done.error() == errc::access_denied);
    CHECK(bench.client.asked() <= 64);
}

TEST_CASE("request_runner: a store that is away for a moment is waited for, also by a large batch") {
    scripted_runner bench{[&](const scripted_request& asked) {
        return asked.started < 150ms ? broken(errc::unavailable, 1ms) : status(200, {}, 1ms);
    }};
    counting_job job{10'000};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 10'000);
}

TEST_CASE("request_runner: a request that cannot be made again while the store is away does not stand in the way") {
    std::optional<counting_job> job;
    scripted_runner bench{[&](const scripted_request& asked) {
        if (asked.number < 32) job->unready.push_back(index_of(asked));
        return asked.number < 32 ? broken(errc::unavailable) : status(200);
    }};
    job.emplace(100U);
    CHECK(bench.run(*job));
    CHECK(job->ended_with(errc::io_error) == 32);
    CHECK(job->ended_with(errc{}) == 68);
}

TEST_CASE("request_runner: one answer between the failures, whatever it says, and the store is there") {
    scripted_runner bench{[](const scripted_request& asked) {
                              return asked.number % 20 == 19 ? status(404) : broken(errc::connection_lost);
                          },
                          4,
                          {.attempts_max = 1}};
    counting_job job{500};
    CHECK(bench.run(job));
    CHECK(job.each_once());
    CHECK(job.ended_with(errc::not_found) == 25);
}

TEST_CASE("request_runner: a sink that throws leaves nothing under way for the client's next user") {
    scripted_runner bench{[](const auto& asked) { return status(200, {}, milliseconds{asked.number}); }, 8};
    counting_job job{20};
    job.on_end = [](std::size_t i) {
        if (i == 3) throw std::runtime_error{"the sink"};
    };
    CHECK_THROWS_AS((void)bench.run(job), std::runtime_error);
    CHECK(bench.client.under_way() == 0);
    counting_job next{20};
    CHECK(bench.run(next));
    CHECK(next.each_once());
}

namespace {

scripted_answer some_outcome(ss::testing::random& rng) {
    const milliseconds after{static_cast<int>(rng.below(200))};
    constexpr std::array<int, 14> statuses{200, 200, 200, 200, 404, 412, 500, 502, 503, 429, 409, 403, 400, 307};
    constexpr std::array<const char*, 5> names{"", "SlowDown", "Recoverable", "RequestTimeout", "NoSuchBucket"};
    constexpr std::array<errc, 5> failures{errc::unavailable, errc::connection_lost, errc::timed_out, errc::too_large,
                                           errc::access_denied};
    if (rng.chance(0.1)) return broken(failures[rng.below(failures.size())], after);
    if (rng.chance(0.05)) return scripted_answer::refused(ss::failure{failures[rng.below(failures.size())]});
    if (rng.chance(0.02)) return scripted_answer::never();
    const auto code = statuses[rng.below(statuses.size())];
    return status(code, code == 200 ? "" : names[rng.below(names.size())], after);
}

bool may_have_landed(const scripted_answer& answer) {
    if (!answer.begun) return false;
    if (answer.outcome)
        return answer.outcome->status == 200 || (answer.outcome->status >= 500 && answer.outcome->body.empty());
    return answer.outcome.error() == errc::connection_lost || answer.outcome.error() == errc::timed_out ||
           answer.outcome.error() == errc::too_large;
}

} // namespace

TEST_CASE("request_runner: whatever happens, each request ends once or the call fails, and none that may have landed "
          "under a condition is sent again") {
    for (std::uint64_t seed = 0; seed < 1500; ++seed) {
        CAPTURE(seed);
        ss::testing::random rng{seed};
        const auto effect = std::array{s3_effect::read, s3_effect::write, s3_effect::conditional_write}[rng.below(3)];
        const std::size_t count = 1 + rng.below(80), connections = 1 + rng.below(40);
        std::map<std::size_t, bool> landed;
        bool sent_twice = false;
        std::size_t nowhere = 0;
        scripted_runner bench{[&](const scripted_request& asked) {
                                  const auto i = index_of(asked);
                                  sent_twice |= landed[i];
                                  auto answer = some_outcome(rng);
                                  landed[i] = may_have_landed(answer);
                                  nowhere += answer.outcome ? 0 : 1;
                                  return answer;
                              },
                              connections,
                              {.attempts_max = 1 + static_cast<std::uint32_t>(rng.below(6)),
                               .budget = static_cast<std::uint32_t>(rng.below(600))},
                              seed};
        counting_job job{count, effect};
        for (std::size_t i = 0; i < rng.below(4); ++i) job.unready.push_back(rng.below(count));
        const auto done = bench.run(job, {.timeout = milliseconds{rng.chance(0.3) ? 1 + rng.below(5000) : 0}});

        CHECK(bench.client.under_way() == 0);
        CHECK(bench.client.most_at_once() <= connections);
        CHECK(std::all_of(job.reported.begin(), job.reported.end(), [](int times) { return times <= 1; }));
        if (done) CHECK(job.each_once());
        if (effect == s3_effect::conditional_write) CHECK_FALSE(sent_twice);
        const auto attempts = std::accumulate(job.prepared.begin(), job.prepared.end(), std::size_t{0});
        CHECK(attempts <= count * 7 + nowhere); // six, one for the authority, and what finds nobody is not counted
    }
}
