#include "scripted_runner.hpp"

#include <doctest/doctest.h>

#include <numeric>

using namespace s3_tests;
using namespace std::chrono_literals;

namespace {

constexpr auto back_at = 10s;

/// Reached once at the beginning, so that it is known to be there.
struct known_store : scripted_runner {
    explicit known_store(std::size_t connections = 32, ss::retry_settings retries = {}, std::uint64_t seed = 1)
        : scripted_runner{[](const auto&) { return status(200, {}, 1ms); }, connections, retries, seed} {
        counting_job hello{1};
        REQUIRE(run(hello));
    }

    /// Nobody is there until `back`, counted from now; who is on his way at the beginning is cut off.
    void leave(milliseconds back, errc how = errc::unavailable) {
        const auto until = client.monotonic() + back;
        client.set_script([until, how](const scripted_request& asked) {
            return asked.started < until ? broken(how, 1ms) : status(200, {}, 1ms);
        });
    }

    /// When the attempts from number `from` on were made that found nobody.
    [[nodiscard]] std::vector<milliseconds> attempts(std::size_t from, milliseconds until) const {
        std::vector<milliseconds> all;
        for (auto i = from; i < client.asked() && client.request(i).started < until; ++i) {
            all.push_back(client.request(i).started);
        }
        return all;
    }
};

} // namespace

TEST_CASE("request_runner: while a store is away one request looks for it, with growing pauses, and then all go on") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        known_store bench{32, {}, seed};
        const auto left = bench.client.monotonic();
        bench.leave(back_at);
        counting_job job{10'000};
        REQUIRE(bench.run(job));
        CHECK(job.ended_with(errc{}) == 10'000);

        const auto tries = bench.attempts(1, left + back_at);
        REQUIRE(tries.size() > 32 + 6);
        for (std::size_t i = 0; i < 32; ++i) CHECK(tries[i] == left); // they did not know yet
        for (std::size_t i = 32; i < tries.size(); ++i) {
            const auto most = (std::min)(milliseconds{100LL << (std::min)(i - 32, std::size_t{10})}, milliseconds{2s});
            const auto pause = tries[i] - tries[i - 1] - 1ms;
            CHECK(pause >= most / 2);
            CHECK(pause <= most);
        }
        CHECK(bench.client.asked() == 1 + tries.size() + 10'000);
        CHECK(bench.client.monotonic() < left + back_at + 2s + 320ms); // a pause, and 10,000 of 32 at once
    }
}

TEST_CASE(
    "request_runner: what is lost when the store goes away is asked again when it is back, and costs no attempt") {
    known_store bench{32, {.attempts_max = 2, .budget = 160}};
    const auto left = bench.client.monotonic() + 50ms;
    bench.client.set_script([&](const scripted_request& asked) {
        if (asked.started < left) return status(200, {}, 7ms);
        const bool cut_off = asked.started < left + 7ms;
        if (asked.started < left + back_at) return broken(cut_off ? errc::connection_lost : errc::unavailable, 1ms);
        return status(200, {}, 7ms);
    });
    counting_job job{3'000, s3_effect::write};
    REQUIRE(bench.run(job));
    CHECK(job.ended_with(errc{}) == 3'000);
}

TEST_CASE("request_runner: a store that is away for too long fails the call, and says how long it was waited for") {
    known_store bench;
    const auto left = bench.client.monotonic();
    bench.leave(24h);
    counting_job job{10'000};
    const auto done = bench.run(job);
    REQUIRE_FALSE(done);
    CHECK(done.error() == errc::unavailable);
    CHECK(done.error().message().find(", for 300") != std::string::npos);
    CHECK(bench.client.monotonic() - left >= 30s);
    CHECK(bench.client.monotonic() - left <= 30s + 10ms);
    CHECK(bench.client.asked() <= 1 + 32 + 30);
    CHECK(bench.client.under_way() == 0);
    CHECK(job.ended_with(errc{}) == 0);
}

TEST_CASE("request_runner: after it was given up a store is not waited for as long, until it is reached again") {
    known_store bench;
    const auto waited = [&] {
        const auto begun = bench.client.monotonic();
        counting_job job{3};
        CHECK(bench.run(job).error() == errc::unavailable);
        return bench.client.monotonic() - begun;
    };
    bench.leave(60s);
    CHECK(waited() >= 30s);
    CHECK(waited() <= 2s + 10ms);
    CHECK(waited() >= 2s);
    bench.leave(0s);
    counting_job job{1};
    CHECK(bench.run(job));
    bench.leave(60s);
    CHECK(waited() >= 30s);
}

TEST_CASE("request_runner: a store that was never reached is an address that is wrong: given up soon") {
    scripted_runner bench{[](const auto&) { return broken(errc::unavailable, 0ms); }};
    counting_job job{1};
    CHECK(bench.run(job).error() == errc::unavailable);
    CHECK(bench.client.monotonic() == 2s);
}

TEST_CASE("request_runner: waiting for a store ends with a stop, and with the call's time") {
    known_store bench;
    bench.leave(24h);
    std::stop_source source;
    counting_job stopped{100};
    std::size_t pauses = 0;
    stopped.on_end = [](std::size_t) { FAIL_CHECK("nothing has ended"); };
    bench.client.set_script([&](const auto&) {
        if (++pauses == 32 + 8) source.request_stop();
        return broken(errc::unavailable, 1ms);
    });
    CHECK(bench.run(stopped, {.stop = source.get_token()}).error() == errc::cancelled);
    CHECK(pauses == 40);

    bench.leave(24h);
    const auto begun = bench.client.monotonic();
    counting_job short_of_time{100};
    const ss::call_context call{.timeout = begun + 5s}; // since the bench was made, at 0
    CHECK(bench.run(short_of_time, call).error() == errc::unavailable);
    CHECK(bench.client.monotonic() <= begun + 5s);
    CHECK(bench.client.monotonic() >= begun + 2s);
}

TEST_CASE("request_runner: conditional writes that found nobody are sent when the store is back, lost ones are not") {
    known_store bench{8};
    const auto left = bench.client.monotonic();
    std::map<std::size_t, int> sent;
    bench.client.set_script([&](const scripted_request& asked) {
        const auto i = index_of(asked);
        if (asked.started < left + back_at && i >= 4) return broken(errc::unavailable, 1ms);
        ++sent[i];
        return i < 4 && asked.started < left + back_at ? broken(errc::connection_lost, 1ms) : status(200, {}, 1ms);
    });
    counting_job job{200, s3_effect::conditional_write};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc::outcome_unknown) == 4);
    CHECK(job.ended_with(errc{}) == 196);
    CHECK(std::all_of(sent.begin(), sent.end(), [](const auto& one) { return one.second == 1; }));
}

TEST_CASE("request_runner: a request that breaks every connection is given up, and the store is not away") {
    known_store bench{4};
    bench.client.set_script([](const scripted_request& asked) {
        return index_of(asked) == 17 ? broken(errc::connection_lost, 1ms) : status(200, {}, 1ms);
    });
    counting_job job{100};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 99);
    CHECK(job.outcomes[17] == errc::connection_lost);
    CHECK(job.prepared[17] == 6);
}

TEST_CASE("request_runner: where something accepts connections and breaks all of them, the store is away, too") {
    known_store bench;
    bench.leave(back_at, errc::connection_lost);
    counting_job job{10'000};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 10'000);
    CHECK(bench.client.asked() < 10'000 + 100);
}

TEST_CASE("request_runner: one connection that cannot be made does not hold up the others for longer than an answer") {
    known_store bench{8};
    bench.client.set_script([](const scripted_request& asked) {
        return asked.number % 50 == 49 ? broken(errc::unavailable, 0ms) : status(200, {}, 10ms);
    });
    const auto begun = bench.client.monotonic();
    counting_job job{1'000};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 1'000);
    CHECK(bench.client.monotonic() - begun < 1'000 / 8 * 10ms * 2);
}

TEST_CASE("request_runner: who was asked to come later is no scout before that") {
    known_store bench{1};
    const auto begun = bench.client.monotonic();
    std::vector<milliseconds> asked_at;
    bench.client.set_script([&](const scripted_request& asked) {
        asked_at.push_back(asked.started - begun);
        if (asked_at.size() == 1) return status(503, {}, 1ms, {{"retry-after", "7"}});
        return asked_at.size() == 2 ? broken(errc::unavailable, 1ms) : status(200, {}, 1ms);
    });
    counting_job job{1};
    CHECK(bench.run(job));
    REQUIRE(asked_at.size() == 3);
    CHECK(asked_at[1] >= 7s);
    CHECK(asked_at[2] - asked_at[1] >= 50ms);
}

TEST_CASE("request_runner: requests that cannot be made while the store is away end, and others look for it") {
    known_store bench{2};
    counting_job job{50};
    bench.leave(back_at);
    job.unready.resize(40);
    std::iota(job.unready.begin(), job.unready.end(), std::size_t{2});
    const auto begun = bench.client.monotonic();
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc::io_error) == 40);
    CHECK(job.ended_with(errc{}) == 10);
    CHECK(bench.client.monotonic() < begun + back_at + 3s);
}

TEST_CASE("request_runner: a job that holds its requests back waits for the store with those that it has begun") {
    known_store bench{8};
    bench.leave(back_at);
    counting_job job{30};
    job.started_max = 3;
    job.on_end = [&](std::size_t) { ++job.started_max; };
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 30);
}

TEST_CASE("request_runner: a store that is never waited for is asked once more") {
    known_store bench{32, {.outage = 0ms}};
    const auto begun = bench.client.monotonic();
    bench.leave(24h);
    counting_job job{100};
    CHECK(bench.run(job).error() == errc::unavailable);
    CHECK(bench.client.asked() == 1 + 32 + 1);
    CHECK(bench.client.monotonic() - begun < 200ms);
}

TEST_CASE("request_runner: an answer that is too large is an answer") {
    scripted_runner bench{[](const auto&) { return broken(errc::too_large, 1ms); }};
    counting_job job{100};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc::too_large) == 100);
}
