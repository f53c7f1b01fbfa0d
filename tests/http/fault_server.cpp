#include "fault_server.hpp"
#include "raw_client.hpp"

#include <doctest/doctest.h>

// The server that other tests rely on to go wrong: each of its faults is seen here as the bytes that arrive.

using namespace http_tests;
using namespace std::chrono_literals;

namespace {

const std::string get = "GET /a/b?c=d HTTP/1.1\r\nHost: x\r\nIf-Match: \"1\"\r\n\r\n";

/// All that comes back before the connection ends, and how it ends.
std::pair<std::string, int> outcome(answer what, const std::string& text = get) {
    fault_server server{[&](const request&) { return what; }};
    raw_client client{server.port()};
    client.send(text);
    auto got = client.read_all();
    return {std::move(got), client.ended()};
}

} // namespace

TEST_CASE("fault_server: a request arrives whole, in pieces as it may come, and is kept") {
    fault_server server{[](const request&) { return answer{}; }};
    raw_client client{server.port()};
    client.send("PUT /key HT");
    client.send("TP/1.1\r\nX-One:  1\r\nContent-Length: 5\r\n\r\nhe");
    client.send("llo");
    CHECK(client.read_to("\r\n\r\n") == "HTTP/1.1 200 of the test\r\nContent-Length: 0\r\n\r\n");
    const auto seen = server.requests();
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].method == "PUT");
    CHECK(seen[0].target == "/key");
    CHECK(seen[0].version == "HTTP/1.1");
    CHECK(seen[0].header("x-one") == "1");
    CHECK(seen[0].has("content-length"));
    CHECK_FALSE(seen[0].has("x-two"));
    CHECK(seen[0].body == "hello");
}

TEST_CASE("fault_server: requests and connections are numbered, and a connection is kept for the next request") {
    fault_server server{[](const request& asked) { return answer{.body = std::to_string(asked.number) + "!"}; }};
    raw_client first{server.port()}, second{server.port()};
    for (int i = 0; i < 2; ++i) {
        first.send(get);
        CHECK(first.read_to("!").ends_with("\r\n\r\n" + std::to_string(i) + "!"));
    }
    second.send(get);
    CHECK(second.read_to("!").ends_with("2!"));
    CHECK(server.request_count() == 3);
    CHECK(server.connection_count() == 2);
    server.forget_requests();
    CHECK(server.request_count() == 0);
}

TEST_CASE("fault_server: nothing is answered where that is the fault, by a FIN or by an RST") {
    CHECK(outcome({.fault = fault::close}) == std::pair{std::string{}, 0});
    CHECK(outcome({.fault = fault::reset}) == std::pair{std::string{}, ECONNRESET});
}

TEST_CASE("fault_server: an answer may end midway, in both ways, or without a word on its end") {
    const std::string head = "HTTP/1.1 200 of the test\r\nContent-Length: 5\r\n\r\n";
    CHECK(outcome({.body = "hello", .fault = fault::close_midway, .sent = 2}) == std::pair{head + "he", 0});
    const auto [text, ended] = outcome({.body = "hello", .fault = fault::reset_midway, .sent = 2});
    CHECK(head.starts_with(text.substr(0, head.size()))); // a reset may overtake what was sent
    CHECK(ended == ECONNRESET);
    CHECK(outcome({.body = "hello", .fault = fault::close_unspoken}) == std::pair{head + "hello", 0});
}

TEST_CASE("fault_server: a stalled answer never comes, and the server's end does not wait for its client") {
    std::optional<raw_client> client;
    {
        fault_server server{[](const request&) { return answer{.fault = fault::stall}; }};
        client.emplace(server.port());
        client->send(get);
        while (server.request_count() == 0) std::this_thread::yield();
    }
    CHECK(client->read_all().empty());
}

TEST_CASE("fault_server: bodies are framed by length, in chunks, by the connection's end, or not at all") {
    CHECK(outcome({.body = "hello", .fault = fault::close_unspoken, .announced = 9}).first ==
          "HTTP/1.1 200 of the test\r\nContent-Length: 9\r\n\r\nhello");
    const auto chunked =
        outcome({.body = std::string(1001, 'x'), .fault = fault::close_unspoken, .framing = framing::chunked}).first;
    CHECK(chunked == "HTTP/1.1 200 of the test\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + std::string(1000, 'x') +
                         "\r\n1\r\nx\r\n0\r\n\r\n");
    CHECK(outcome({.body = "hello", .framing = framing::until_close}).first == "HTTP/1.0 200 of the test\r\n\r\nhello");
    CHECK(outcome({.status = 204, .fault = fault::close_unspoken, .framing = framing::none}).first ==
          "HTTP/1.1 204 of the test\r\n\r\n");
    CHECK(outcome({.body = "hello", .fault = fault::close_unspoken}, "HEAD / HTTP/1.1\r\n\r\n").first ==
          "HTTP/1.1 200 of the test\r\nContent-Length: 5\r\n\r\n");
}

TEST_CASE("fault_server: raw bytes, interim answers and small pieces are sent as they are told") {
    CHECK(outcome({.raw = "SSH-2.0\r\n"}).first == "SSH-2.0\r\n");
    CHECK(outcome({.fault = fault::close_unspoken, .interim = true}).first ==
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 of the test\r\nContent-Length: 0\r\n\r\n");
    CHECK(outcome({.body = "hello", .fault = fault::close_unspoken, .piece = 1}).first.ends_with("\r\n\r\nhello"));
    CHECK(outcome({.fault = fault::close_unspoken}, "PUT / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n")
              .first.starts_with("HTTP/1.1 100 Continue\r\n\r\n"));
}

TEST_CASE("fault_server: an answer can be held back until other requests have arrived") {
    fault_server server{[](const request& asked) {
        return asked.number == 0 ? answer{.body = "first", .after_requests = 2} : answer{.body = "second"};
    }};
    raw_client first{server.port()}, second{server.port()};
    first.send(get);
    while (server.request_count() == 0) std::this_thread::yield();
    second.send(get);
    CHECK(second.read_to("second").ends_with("second"));
    CHECK(first.read_to("first").ends_with("first"));
}

TEST_CASE("fault_server: another handler answers the next request") {
    fault_server server{[](const request&) { return answer{.body = "old"}; }};
    raw_client client{server.port()};
    client.send(get);
    CHECK(client.read_to("old").ends_with("old"));
    server.set_handler([](const request&) { return answer{.body = "new"}; });
    client.send(get);
    CHECK(client.read_to("new").ends_with("new"));
}

TEST_CASE("fault_server: a server that is gone can come back to its port, whatever connections it had") {
    std::optional<fault_server> server;
    server.emplace([](const request&) { return answer{.body = "one"}; });
    const auto port = server->port();
    raw_client before{port};
    before.send(get);
    CHECK(before.read_to("one").ends_with("one"));
    server.reset();
    CHECK(before.read_all().empty());
    CHECK_THROWS_AS(raw_client{port}, std::system_error);
    server.emplace([](const request&) { return answer{.body = "two"}; }, port);
    raw_client after{port};
    after.send(get);
    CHECK(after.read_to("two").ends_with("two"));
}
