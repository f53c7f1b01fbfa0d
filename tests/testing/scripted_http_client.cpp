#include <sealsync/testing/scripted_http_client.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using namespace sealsync::testing;
using namespace std::chrono_literals;

struct reported {
    std::uint64_t id;
    result<http_response> outcome;
};

scripted_answer status(int code, std::chrono::milliseconds after = 0ms) {
    return {http_response{code, {}, to_bytes("body of " + std::to_string(code))}, after};
}

std::vector<reported> wait(scripted_http_client& client, std::chrono::milliseconds time) {
    std::vector<reported> all;
    const auto waited = client.wait(time, [&](std::uint64_t id, result<http_response> outcome) {
        all.push_back({id, std::move(outcome)});
    });
    CHECK(waited);
    return all;
}

http_request get(std::string url) { return {http_method::get, std::move(url)}; }

TEST_CASE("scripted_http_client: answers arrive in the order of their simulated times, and no time passes otherwise") {
    scripted_http_client client{[](const auto& asked) { return status(200, asked.number == 0 ? 500ms : 200ms); }};
    CHECK(client.start(7, get("http://a/slow")));
    CHECK(client.start(8, get("http://a/fast")));
    CHECK(client.monotonic() == 0ms);

    const auto first = wait(client, 1s);
    REQUIRE(first.size() == 1);
    CHECK(first[0].id == 8);
    CHECK(client.monotonic() == 200ms);

    const auto second = wait(client, 1s);
    REQUIRE(second.size() == 1);
    CHECK(second[0].id == 7);
    CHECK(second[0].outcome->status == 200);
    CHECK(client.monotonic() == 500ms);
}

TEST_CASE("scripted_http_client: a wait without anything due passes exactly its time") {
    scripted_http_client client{[](const auto&) { return status(200, 5s); }};
    CHECK(wait(client, 30ms).empty());
    CHECK(client.monotonic() == 30ms);
    CHECK(client.start(1, get("http://a/")));
    CHECK(wait(client, 1s).empty());
    CHECK(client.monotonic() == 1030ms);
    CHECK(wait(client, 10s).size() == 1);
    CHECK(client.monotonic() == 5030ms);
    CHECK(wait(client, 0ms).empty());
    CHECK(client.monotonic() == 5030ms);
}

TEST_CASE("scripted_http_client: all that is due at one time is reported at once; what done starts, by the next wait") {
    scripted_http_client client{[](const auto&) { return status(204); }};
    CHECK(client.start(1, get("http://a/1")));
    CHECK(client.start(2, get("http://a/2")));
    std::vector<std::uint64_t> order;
    const auto again = [&](std::uint64_t id, const result<http_response>&) {
        order.push_back(id);
        if (id < 3) CHECK(client.start(id + 10, get("http://a/again")));
    };
    CHECK(client.wait(1s, again));
    CHECK(order == std::vector<std::uint64_t>{1, 2});
    CHECK(client.wait(1s, again));
    CHECK(order == std::vector<std::uint64_t>{1, 2, 11, 12});
    CHECK(client.under_way() == 0);
    CHECK(client.most_at_once() == 2);
}

TEST_CASE("scripted_http_client: copies are one client, and the requests are kept with their bodies") {
    scripted_http_client client{[](const auto& asked) {
        CHECK(as_text(asked.request.body) == "hello");
        return status(200);
    }};
    auto owned = client;
    {
        const std::string borrowed = "hello";
        CHECK(owned.start(1, {http_method::put, "http://a/key", {{"if-none-match", "*"}}, borrowed}));
    }
    CHECK(wait(owned, 1s).size() == 1);
    REQUIRE(client.asked() == 1);
    CHECK(client.request(0).number == 0);
    CHECK(client.request(0).request.url == "http://a/key");
    CHECK(client.request(0).request.headers.front() == http_header{"if-none-match", "*"});
    CHECK(as_text(client.request(0).request.body) == "hello");
}

TEST_CASE("scripted_http_client: an answer that never comes is timed_out by the request, else by the client") {
    scripted_http_client client{[](const auto&) { return scripted_answer::never(); }, 30s};
    auto hurried = get("http://a/1");
    hurried.timeout = 2s;
    CHECK(client.start(1, hurried));
    CHECK(client.start(2, get("http://a/2")));

    auto first = wait(client, 100s);
    REQUIRE(first.size() == 1);
    CHECK(first[0].id == 1);
    CHECK(first[0].outcome.error() == errc::timed_out);
    CHECK(client.monotonic() == 2s);

    auto second = wait(client, 100s);
    REQUIRE(second.size() == 1);
    CHECK(second[0].outcome.error() == errc::timed_out);
    CHECK(client.monotonic() == 30s);
}

TEST_CASE("scripted_http_client: an answer after the request's timeout is timed_out; without one it may be slow") {
    scripted_http_client client{[](const auto&) { return status(200, 60s); }};
    auto hurried = get("http://a/1");
    hurried.timeout = 10s;
    CHECK(client.start(1, hurried));
    CHECK(client.start(2, get("http://a/2")));
    CHECK(wait(client, 100s).front().outcome.error() == errc::timed_out);
    CHECK(client.monotonic() == 10s);
    CHECK(wait(client, 100s).front().outcome);
    CHECK(client.monotonic() == 60s);
}

TEST_CASE("scripted_http_client: a body over the request's limit is too_large") {
    scripted_http_client client{[](const auto&) { return status(200); }};
    auto small = get("http://a/1");
    small.body_max = 10;
    CHECK(client.start(1, small));
    small.body_max = 11;
    CHECK(client.start(2, small));
    const auto both = wait(client, 1s);
    REQUIRE(both.size() == 2);
    CHECK(both[0].outcome.error() == errc::too_large);
    CHECK(both[1].outcome);
}

TEST_CASE("scripted_http_client: failures are reported as scripted, and a refused start begins nothing") {
    scripted_http_client client{[](const scripted_request& asked) -> scripted_answer {
        if (asked.number == 0) return scripted_answer::refused(failure{errc::invalid_argument, "not a URL"});
        return {failure{errc::connection_lost, "a"}, 1ms};
    }};
    const auto refused = client.start(1, get(":"));
    REQUIRE(!refused);
    CHECK(refused.error() == errc::invalid_argument);
    CHECK(client.under_way() == 0);
    CHECK(client.start(2, get("http://a/")));
    const auto lost = wait(client, 1s);
    REQUIRE(lost.size() == 1);
    CHECK(lost[0].outcome.error() == errc::connection_lost);
    CHECK(client.asked() == 2);
}

TEST_CASE("scripted_http_client: what is dropped is never reported") {
    scripted_http_client client{[](const auto&) { return status(200); }};
    CHECK(client.start(1, get("http://a/")));
    client.drop();
    CHECK(client.under_way() == 0);
    CHECK(wait(client, 5ms).empty());
    CHECK(client.monotonic() == 5ms);
}

TEST_CASE("scripted_http_client: done may drop the rest") {
    scripted_http_client client{[](const auto&) { return status(200); }};
    for (std::uint64_t id = 0; id < 3; ++id) CHECK(client.start(id, get("http://a/")));
    std::size_t calls = 0;
    CHECK(client.wait(1s, [&](std::uint64_t, const result<http_response>&) {
        ++calls;
        client.drop();
    }));
    CHECK(calls == 1);
}

TEST_CASE("scripted_http_client: the script can be replaced midway") {
    scripted_http_client client{[](const auto&) { return status(503); }};
    CHECK(client.start(1, get("http://a/")));
    client.set_script([](const auto&) { return status(200); });
    CHECK(client.start(2, get("http://a/")));
    const auto both = wait(client, 1s);
    REQUIRE(both.size() == 2);
    CHECK(both[0].outcome->status == 503);
    CHECK(both[1].outcome->status == 200);
}

} // namespace
