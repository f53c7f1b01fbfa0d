#include "fixture.hpp"

#include <doctest/doctest.h>

using namespace curl_tests;

namespace {

/// A handler that does the same to every request.
auto always(answer what) {
    return [what = std::move(what)](const http_tests::request&) { return what; };
}

/// Asks once, with a secret in the query and in a header that no message may show.
result<http_response> ask_with_secrets(curl_http_client& client, const std::string& url,
                                       http_method method = http_method::get) {
    auto outcome = ask(client, {method, url + "?X-Amz-Signature=secret", {{"authorization", "secret"}}});
    if (!outcome) {
        CHECK(outcome.error().message().find("secret") == std::string::npos);
        CHECK(!outcome.error().object().empty());
        CHECK(!outcome.error().detail().empty());
    }
    return outcome;
}

curl_settings impatient() { return {.connect_timeout = 200ms, .stall_time = 1s}; }

TEST_CASE("curl_http_client: where nobody listens, it is unavailable, and the message names the host") {
    auto client = client_with();
    const auto host = http_tests::closed_host();
    const auto outcome = ask_with_secrets(client, "http://" + host + "/private");
    CHECK(failed_with(outcome) == errc::unavailable);
    CHECK(outcome.error().object() == host);
    CHECK(outcome.error().message().find("private") == std::string::npos);
}

TEST_CASE("curl_http_client: a name without an address is unavailable") {
    auto client = client_with(impatient());
    CHECK(failed_with(ask_with_secrets(client, "http://no-such-host.invalid/")) == errc::unavailable);
}

TEST_CASE("curl_http_client: a connection that is never accepted is unavailable after the connect timeout") {
    const http_tests::listener full{0};
    const auto address = http_tests::loopback(full.port());
    std::vector<http_tests::file_descriptor> waiting;
    for (int i = 0; i < 4; ++i) {
        waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        (void)::connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    auto client = client_with(impatient());
    CHECK(failed_with(ask_with_secrets(client, "http://" + full.host() + "/")) == errc::unavailable);
}

TEST_CASE("curl_http_client: a connection that ends without an answer is connection_lost") {
    for (const auto how : {fault::reset, fault::close}) {
        fault_server server{always({.fault = how})};
        auto client = client_with();
        for (const auto method : {http_method::get, http_method::put, http_method::head, http_method::remove}) {
            const auto before = server.request_count();
            CHECK(failed_with(ask_with_secrets(client, server.url("/"), method)) == errc::connection_lost);
            CHECK(server.request_count() == before + 1);
        }
    }
}

TEST_CASE("curl_http_client: a write on a kept connection that ends without an answer is never sent again") {
    // By default libcurl would, and a write that was applied would meet its own condition.
    fault_server server{
        [](const auto& asked) { return answer{.fault = asked.target == "/lost" ? fault::close : fault::none}; }};
    auto client = client_with();
    for (const auto method : {http_method::put, http_method::post, http_method::remove}) {
        CHECK(ask(client, get(server.url("/"))));
        const auto kept = server.requests().back().connection;
        server.forget_requests();
        const auto outcome = ask(client, {method, server.url("/lost")});
        CHECK(failed_with(outcome) == errc::connection_lost);
        REQUIRE(server.request_count() == 1);
        CHECK(server.requests()[0].connection == kept);
    }
    CHECK(ask(client, get(server.url("/"))));
}

TEST_CASE("curl_http_client: a read on a kept connection that ends without an answer is sent once more") {
    bool lost = false;
    fault_server server{[&](const auto& asked) {
        const bool first = asked.target == "/lost" && !std::exchange(lost, asked.target == "/lost");
        return answer{.body = "x", .fault = first ? fault::close : fault::none};
    }};
    auto client = client_with();
    for (const auto method : {http_method::get, http_method::head}) {
        lost = false;
        CHECK(ask(client, get(server.url("/"))));
        server.forget_requests();
        CHECK(ask(client, {method, server.url("/lost")}));
        CHECK(server.request_count() == 2);
    }
}

TEST_CASE("curl_http_client: connections that the server closes between requests are replaced") {
    fault_server server{always({.body = "x", .fault = fault::close_unspoken})};
    auto client = client_with();
    for (int i = 0; i < 5; ++i) CHECK(text_of(ask(client, get(server.url("/")))) == "x");
    CHECK(server.connection_count() >= 5);
}

/// A server that is done, in one way, with the first connections of a client, though the client does not know yet.
struct dead_connections {
    static constexpr std::size_t count = 16;

    fault how;
    std::size_t held_until = 0; ///< requests, for an answer to `/held`
    fault_server server{[this](const auto& asked) {
        if (asked.target == "/keep") return answer{.after_requests = count}; // together: each needs a connection
        if (asked.target == "/held") return answer{.body = "held", .after_requests = held_until};
        return answer{.fault = asked.connection < count ? how : fault::none};
    }};

    void keep(curl_http_client& client) {
        for (std::uint64_t id = 0; id < count; ++id) CHECK(client.start(id, get(server.url("/keep"))));
        for (const auto& [id, outcome] : await(client, count)) CHECK(outcome);
        CHECK(server.connection_count() == count);
    }
};

TEST_CASE("curl_http_client: where one kept connection was dead, no other is met after it") {
    for (const auto how : {fault::close, fault::reset, fault::stall}) {
        for (const auto method : {http_method::put, http_method::post, http_method::remove, http_method::get}) {
            if (how == fault::stall && method != http_method::put) continue; // one second is enough
            dead_connections dead{how};
            auto client = client_with(impatient());
            dead.keep(client);
            CHECK(failed_with(ask(client, {method, dead.server.url("/")})));
            CHECK(ask(client, put(dead.server.url("/"), "body")));
            CHECK(dead.server.connection_count() == dead_connections::count + 1);
        }
    }
}

TEST_CASE("curl_http_client: an exchange under way when another meets a dead connection is not disturbed") {
    dead_connections dead{fault::close};
    auto client = client_with();
    dead.keep(client);
    dead.held_until = dead_connections::count + 3;
    CHECK(client.start(1, get(dead.server.url("/held"))));
    CHECK(client.start(2, put(dead.server.url("/"), "body")));
    CHECK(failed_with(await(client, 1).at(2)) == errc::connection_lost);
    CHECK(client.start(3, put(dead.server.url("/"), "body"))); // the third of these, on another dead connection
    const auto rest = await(client, 2);
    CHECK(text_of(rest.at(1)) == "held");
    CHECK(failed_with(rest.at(3)) == errc::connection_lost);
    CHECK(ask(client, put(dead.server.url("/"), "body")));
}

TEST_CASE("curl_http_client: a server that never answers is timed_out when the stall time is over") {
    fault_server server{always({.fault = fault::stall})};
    auto client = client_with(impatient());
    CHECK(failed_with(ask_with_secrets(client, server.url("/"))) == errc::timed_out);
    CHECK(failed_with(ask_with_secrets(client, server.url("/"), http_method::put)) == errc::timed_out);
    CHECK(server.request_count() == 2);
}

TEST_CASE("curl_http_client: a body that stops, or trickles, is timed_out") {
    const std::string body(5000, 'x');
    fault_server stopping{always({.body = body, .fault = fault::stall_midway, .sent = 20})};
    fault_server trickling{always({.body = body, .piece = 1, .between = 50ms})};
    auto client = client_with(impatient());
    CHECK(client.start(1, get(stopping.url("/"))));
    CHECK(client.start(2, get(trickling.url("/"))));
    for (const auto& [id, outcome] : await(client, 2)) CHECK(failed_with(outcome) == errc::timed_out);
}

TEST_CASE("curl_http_client: an exchange over its own timeout is timed_out; the next has its own again") {
    fault_server server{
        [](const auto& asked) { return answer{.fault = asked.target == "/stalled" ? fault::stall : fault::none}; }};
    auto client = client_with();
    auto request = get(server.url("/stalled"));
    request.timeout = 50ms;
    CHECK(failed_with(ask(client, request)) == errc::timed_out);
    CHECK(ask(client, get(server.url("/"))));
}

TEST_CASE("curl_http_client: a timeout of the settings holds for exchanges that state none") {
    fault_server server{always({.fault = fault::stall})};
    auto client = client_with({.timeout = 50ms});
    CHECK(failed_with(ask(client, get(server.url("/")))) == errc::timed_out);
}

TEST_CASE("curl_http_client: a body that ends early is connection_lost, whatever the framing") {
    auto client = client_with();
    for (const auto frame : {framing::length, framing::chunked}) {
        for (const auto how : {fault::reset_midway, fault::close_midway}) {
            for (const std::size_t sent : {0U, 1U, 2000U}) {
                fault_server server{
                    always({.body = std::string(5000, 'x'), .fault = how, .sent = sent, .framing = frame})};
                CHECK(failed_with(ask_with_secrets(client, server.url("/"))) == errc::connection_lost);
                CHECK(server.request_count() == 1);
            }
        }
    }
}

TEST_CASE("curl_http_client: a body shorter than announced is connection_lost") {
    fault_server server{always({.body = "short", .fault = fault::close_unspoken, .announced = 6})};
    auto client = client_with();
    CHECK(failed_with(ask_with_secrets(client, server.url("/"))) == errc::connection_lost);
}

TEST_CASE("curl_http_client: what follows the announced body is not taken for the next answer") {
    fault_server server{[](const auto& asked) {
        auto given = answer{.body = "first, and much more"};
        if (asked.number == 0) given.announced = 5;
        return given;
    }};
    auto client = client_with();
    CHECK(text_of(ask(client, get(server.url("/")))) == "first");
    CHECK(text_of(ask(client, get(server.url("/")))) == "first, and much more");
}

TEST_CASE("curl_http_client: an answer that has no length but the connection's end is connection_lost") {
    fault_server server{always({.body = "maybe all", .framing = framing::until_close})};
    auto client = client_with();
    const auto outcome = ask_with_secrets(client, server.url("/"));
    CHECK(failed_with(outcome) == errc::connection_lost);
    CHECK(outcome.error().detail().find("no length") != std::string::npos);
    CHECK(ask(client, {http_method::head, server.url("/")}));

    fault_server empty{always({.framing = framing::until_close})};
    CHECK(failed_with(ask(client, get(empty.url("/")))) == errc::connection_lost);
}

TEST_CASE("curl_http_client: what is no HTTP is connection_lost") {
    auto client = client_with();
    for (const auto* raw :
         {"<html>hello</html>", "\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/7.3 200 OK\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
          "SSH-2.0-OpenSSH_9.2\r\n"}) {
        CAPTURE(raw);
        fault_server server{always({.raw = raw})};
        CHECK(failed_with(ask_with_secrets(client, server.url("/"))) == errc::connection_lost);
    }
}

TEST_CASE("curl_http_client: a body over the limit is too_large, before it is read if it was announced") {
    auto client = client_with();
    for (const auto frame : {framing::length, framing::chunked}) {
        fault_server server{always({.body = std::string(2000, 'x'), .framing = frame})};
        auto request = get(server.url("/"));
        request.body_max = 2000;
        CHECK(ask(client, request));
        request.body_max = 1999;
        CHECK(failed_with(ask(client, request)) == errc::too_large);
        request.body_max = 0;
        CHECK(failed_with(ask(client, request)) == errc::too_large);
    }
    fault_server huge{always(
        {.body = "only the first bytes", .fault = fault::stall_midway, .sent = 20, .announced = 1'000'000'000'000})};
    CHECK(failed_with(ask_with_secrets(client, huge.url("/"))) == errc::too_large);
}

TEST_CASE("curl_http_client: endless headers are too_large") {
    answer given;
    for (int i = 0; i < 300; ++i) given.headers.push_back({"X-" + std::to_string(i), std::string(1000, 'x')});
    fault_server server{always(given)};
    auto client = client_with();
    CHECK(failed_with(ask_with_secrets(client, server.url("/"))) == errc::too_large);
}

TEST_CASE("curl_http_client: a storm of 503 and broken connections leaves nothing behind") {
    fault_server server{[](const auto& asked) {
        const fault faults[] = {fault::none, fault::reset, fault::close, fault::reset_midway, fault::close_midway};
        return answer{.status = 503, .body = "slow down", .fault = faults[asked.number % 5], .sent = 3};
    }};
    auto client = client_with();
    std::size_t answered = 0, lost = 0;
    for (std::uint64_t round = 0; round < 10; ++round) {
        for (std::uint64_t id = 0; id < 20; ++id) CHECK(client.start(id, put(server.url("/"), "body")));
        for (const auto& [id, outcome] : await(client, 20)) {
            ++(outcome ? answered : lost);
            if (outcome) CHECK(outcome->status == 503);
            if (!outcome) CHECK(outcome.error() == errc::connection_lost);
        }
    }
    CHECK(server.request_count() == 200);
    CHECK(answered == 40);
    CHECK(lost == 160);
    server.set_handler(always({.body = "well again"}));
    CHECK(text_of(ask(client, get(server.url("/")))) == "well again");
}

} // namespace
