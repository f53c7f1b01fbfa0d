#include "fixture.hpp"

#include <doctest/doctest.h>

using namespace curl_tests;

namespace {

answer hello(const http_tests::request&) { return {200, {{"ETag", "\"1\""}, {"X-Empty", ""}}, "hello"}; }
answer nothing(const http_tests::request&) { return {}; }

TEST_CASE("curl_http_client: an answer has its status, its headers with names in lower case, and its body") {
    fault_server server{&hello};
    auto client = client_with();
    const auto got = ask(client, get(server.url("/key")));
    REQUIRE(got);
    CHECK(got->status == 200);
    CHECK(got->good());
    CHECK(got->headers ==
          std::vector<sealsync::http_header>{{"etag", "\"1\""}, {"x-empty", ""}, {"content-length", "5"}});
    CHECK(text_of(got) == "hello");
}

TEST_CASE("curl_http_client: nothing is sent but what was asked and what HTTP needs") {
    fault_server server{&nothing};
    auto client = client_with();
    CHECK(ask(client, get(server.url("/key"))));
    CHECK(ask(client, put(server.url("/key"), "body")));
    const auto seen = server.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].method == "GET");
    CHECK(seen[0].version == "HTTP/1.1");
    CHECK(seen[0].headers == std::vector<sealsync::http_header>{{"host", server.host()}, {"user-agent", "sealsync"}});
    CHECK(seen[1].headers == std::vector<sealsync::http_header>{
                                 {"host", server.host()}, {"user-agent", "sealsync"}, {"content-length", "4"}});
}

TEST_CASE("curl_http_client: a large body arrives in the room that the request has for it, also on a second attempt") {
    const std::string large(300'000, 'x');
    fault_server server{[&](const http_tests::request& asked) {
        return answer{200, {}, large, asked.number == 0 ? fault::close_midway : fault::none, 100'000};
    }};
    auto client = client_with();
    sealsync::bytes room(large.size());
    auto request = get(server.url("/key"));
    request.room = room;
    CHECK(failed_with(ask(client, request)) == errc::connection_lost);
    const auto got = ask(client, request);
    REQUIRE(got);
    CHECK(got->in_room == large.size());
    CHECK(got->body.empty());
    CHECK(bool{as_text(room) == large});
}

TEST_CASE("curl_http_client: the user agent can be another, or none") {
    fault_server server{&nothing};
    auto named = client_with({.user_agent = "notes/2"}), silent = client_with({.user_agent = ""});
    CHECK(ask(named, get(server.url("/"))));
    CHECK(ask(silent, get(server.url("/"))));
    CHECK(server.requests()[0].header("user-agent") == "notes/2");
    CHECK(!server.requests()[1].has("user-agent"));
}

TEST_CASE("curl_http_client: every method arrives, one after another on one handle, each with its own body or none") {
    fault_server server{&nothing};
    auto client = client_with();
    const std::vector<http_method> order{http_method::put,  http_method::get,  http_method::head, http_method::remove,
                                         http_method::post, http_method::head, http_method::put,  http_method::remove,
                                         http_method::get,  http_method::post, http_method::get};
    for (const auto method : order) {
        const bool sends = method == http_method::put || method == http_method::post;
        const std::string body = "of " + std::string{name_of(method)};
        CHECK(ask(client, {method, server.url("/"), {}, sends ? sealsync::bytes_view{body} : sealsync::bytes_view{}}));
        const auto seen = server.requests().back();
        CHECK(seen.method == name_of(method));
        CHECK(seen.body == (sends ? body : ""));
        CHECK(seen.has("content-length") == sends);
    }
    CHECK(server.request_count() == order.size());
    CHECK(server.connection_count() == 1);
}

TEST_CASE("curl_http_client: an empty body is sent as one of length 0") {
    fault_server server{&nothing};
    auto client = client_with();
    CHECK(ask(client, put(server.url("/"), {})));
    CHECK(ask(client, {http_method::post, server.url("/?uploads")}));
    CHECK(server.requests()[0].header("content-length") == "0");
    CHECK(server.requests()[1].header("content-length") == "0");
    CHECK(server.requests()[1].target == "/?uploads");
}

TEST_CASE("curl_http_client: a large body arrives whole, without asking first") {
    std::string body(3'000'017, 'x');
    for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
    fault_server server{&nothing};
    auto client = client_with();
    CHECK(ask(client, put(server.url("/"), body)));
    CHECK(server.requests()[0].body == body);
    CHECK(!server.requests()[0].has("expect"));
}

TEST_CASE("curl_http_client: a large answer arrives whole") {
    std::string body(3'000'017, 'x');
    for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
    fault_server server{[&](const auto& asked) {
        return answer{.body = body, .framing = asked.target == "/chunks" ? framing::chunked : framing::length};
    }};
    auto client = client_with();
    CHECK(text_of(ask(client, get(server.url("/")))) == body);
    CHECK(text_of(ask(client, get(server.url("/chunks")))) == body);
}

TEST_CASE("curl_http_client: the target is sent as it is, dots, double slashes and escapes included") {
    fault_server server{&nothing};
    auto client = client_with();
    for (const std::string target : {"/a/../b", "/./a//b/.", "/..", "//a", "/a%2Fb%2e%C3%A4",
                                     "/a?prefix=%2F..&x=+%20&uploads", "/~a-b_c.d!*'()", "/a?", "/a;b=c,d:e@f&g=h$"}) {
        CHECK(ask(client, get(server.url(target))));
        CHECK(server.requests().back().target == target);
    }
}

TEST_CASE("curl_http_client: headers are sent as they are, and not again with the next request") {
    fault_server server{&nothing};
    auto client = client_with();
    auto request = put(server.url("/"), "body");
    request.headers = {{"content-type", "text/plain"}, {"if-none-match", "*"},           {"x-empty", ""},
                       {"host", "bucket.example"},     {"x-signed", "a=b, c;d:e \"f\""}, {"accept", "application/xml"}};
    CHECK(ask(client, request));
    CHECK(ask(client, put(server.url("/"), "body")));
    const auto first = server.requests()[0], second = server.requests()[1];
    for (const auto& header : request.headers) {
        CHECK(first.has(header.name));
        CHECK(first.header(header.name) == header.value);
    }
    CHECK(second.headers.size() == 3);
    CHECK(second.header("host") == server.host());
}

TEST_CASE("curl_http_client: what can never be sent is refused by start, and the client goes on") {
    fault_server server{&nothing};
    auto client = client_with();
    const auto refused = [&](const http_request& request, std::string_view why) {
        const auto started = client.start(1, request);
        REQUIRE(!started);
        CHECK(started.error() == errc::invalid_argument);
        CHECK(started.error().message().find(why) != std::string::npos);
    };
    refused(get("ftp://127.0.0.1/"), "not an http");
    refused(get("127.0.0.1/"), "not an http");
    refused(get("file:///etc/passwd"), "not an http");
    refused(get(""), "not an http");
    refused(get(server.url("/") + std::string(1, '\0')), "not an http");
    refused({http_method::get, server.url("/"), {{"x-a", "1\r\nx-b: 2"}}}, "no such header: x-a");
    refused({http_method::get, server.url("/"), {{"x a", "1"}}}, "no such header: x a");
    refused({http_method::get, server.url("/"), {{"", "1"}}}, "no such header");
    refused({http_method::get, server.url("/"), {}, "body"}, "GET with a body");
    refused({http_method::remove, server.url("/"), {}, "body"}, "DELETE with a body");
    CHECK(ask(client, get(server.url("/good"))));
    CHECK(server.request_count() == 1);
}

TEST_CASE("curl_http_client: a URL that libcurl cannot read is invalid_argument") {
    auto client = client_with();
    for (const auto* url : {"http://127.0.0.1:99999/", "http://[::1/", "http://a b/", "http://127.0.0.1/a\nb"}) {
        CAPTURE(url);
        CHECK(failed_with(ask(client, get(url))) == errc::invalid_argument);
    }
}

TEST_CASE("curl_http_client: a HEAD has the headers of a body that it does not wait for") {
    fault_server server{[](const auto&) { return answer{.announced = 1'000'000'000'000}; }};
    auto client = client_with();
    const auto got = ask(client, {http_method::head, server.url("/")});
    REQUIRE(got);
    CHECK(got->header("content-length") == "1000000000000");
    CHECK(got->body.empty());
    CHECK(ask(client, {http_method::head, server.url("/")}));
    CHECK(server.connection_count() == 1);
}

TEST_CASE("curl_http_client: connections are kept, and there are as many as exchanges at once") {
    fault_server server{[](const auto&) { return answer{.body = "x", .after_requests = 8}; }};
    auto client = client_with();
    for (std::uint64_t id = 0; id < 8; ++id) CHECK(client.start(id, get(server.url("/"))));
    for (const auto& [id, outcome] : await(client, 8)) CHECK(text_of(outcome) == "x");
    CHECK(server.connection_count() == 8);
    for (int batch = 0; batch < 10; ++batch) {
        for (std::uint64_t id = 0; id < 8; ++id) CHECK(client.start(id, get(server.url("/"))));
        CHECK(await(client, 8).size() == 8);
    }
    CHECK(server.connection_count() == 8);
}

TEST_CASE("curl_http_client: each exchange is reported once, with its own answer") {
    fault_server server{[](const auto& asked) { return answer{.body = asked.target}; }};
    auto client = client_with();
    std::map<std::uint64_t, std::string> reported;
    std::uint64_t next = 0;
    const auto start_next = [&] {
        CHECK(client.start(next, get(server.url("/" + std::to_string(next)))));
        ++next;
    };
    while (next < 16) start_next();
    while (reported.size() < 500) {
        REQUIRE(client.wait(1min, [&](std::uint64_t id, const result<http_response>& outcome) {
            CHECK(reported.emplace(id, text_of(outcome)).second);
            if (next < 500) start_next(); // done may call start
        }));
    }
    for (const auto& [id, body] : reported) CHECK(body == "/" + std::to_string(id));
    CHECK(server.request_count() == 500);
    CHECK(server.connection_count() <= 16);
}

TEST_CASE("curl_http_client: what is dropped is never reported, and the client goes on") {
    fault_server server{
        [](const auto& asked) { return answer{.fault = asked.target == "/stalled" ? fault::stall : fault::none}; }};
    auto client = client_with();
    for (std::uint64_t id = 0; id < 4; ++id) CHECK(client.start(id, get(server.url("/stalled"))));
    CHECK(client.wait(1ms, [](std::uint64_t, const result<http_response>&) { FAIL("nothing was answered"); }));
    client.drop();
    client.drop();
    CHECK(client.start(9, get(server.url("/"))));
    const auto all = await(client, 1);
    CHECK(all.count(9) == 1);
}

TEST_CASE("curl_http_client: done may drop the rest") {
    fault_server server{[](const auto&) { return answer{.after_requests = 4}; }};
    auto client = client_with();
    for (std::uint64_t id = 0; id < 4; ++id) CHECK(client.start(id, get(server.url("/"))));
    std::size_t calls = 0;
    while (calls == 0) {
        CHECK(client.wait(1min, [&](std::uint64_t, const result<http_response>&) {
            ++calls;
            client.drop();
        }));
    }
    CHECK(client.wait(1ms, [&](std::uint64_t, const result<http_response>&) { ++calls; }));
    CHECK(calls == 1);
}

TEST_CASE("curl_http_client: a wait passes its time if nothing comes, by its own time") {
    fault_server server{[](const auto&) { return answer{.fault = fault::stall}; }};
    auto client = client_with();
    const auto silent = [](std::uint64_t, const result<http_response>&) { FAIL("there is nothing to report"); };
    auto before = client.monotonic();
    CHECK(client.wait(20ms, silent));
    CHECK(client.monotonic() >= before + 20ms);
    CHECK(client.start(1, get(server.url("/"))));
    before = client.monotonic();
    CHECK(client.wait(20ms, silent));
    CHECK(client.monotonic() >= before + 20ms);
    CHECK(client.wait(0ms, silent));
    CHECK(client.wait(-5ms, silent));
}

TEST_CASE("curl_http_client: it can be moved while exchanges are under way") {
    fault_server server{[](const auto&) { return answer{.body = "x", .after_requests = 2}; }};
    auto first = client_with();
    CHECK(first.start(1, get(server.url("/"))));
    CHECK(first.wait(0ms, [](std::uint64_t, const result<http_response>&) {}));
    auto second = std::move(first);
    CHECK(second.start(2, get(server.url("/"))));
    auto third = client_with();
    CHECK(third.start(3, get(server.url("/"))));
    third = std::move(second);
    const auto all = await(third, 2);
    CHECK(text_of(all.at(1)) == "x");
    CHECK(text_of(all.at(2)) == "x");
}

TEST_CASE("curl_http_client: a redirect is an answer; where it points, nothing is ever sent") {
    fault_server elsewhere{&hello};
    fault_server server{[&](const auto&) { return answer{307, {{"Location", elsewhere.url("/stolen")}}}; }};
    auto client = client_with();
    for (const auto method : {http_method::get, http_method::put, http_method::head}) {
        http_request request{method, server.url("/"), {{"authorization", "secret"}}};
        const auto got = ask(client, request);
        REQUIRE(got);
        CHECK(got->status == 307);
        CHECK(got->header("location") == elsewhere.url("/stolen"));
    }
    CHECK(elsewhere.connection_count() == 0);
}

TEST_CASE("curl_http_client: cookies are not kept, and a demand for a password is an answer") {
    fault_server server{[](const auto&) {
        return answer{401, {{"Set-Cookie", "session=1; Path=/"}, {"WWW-Authenticate", "Basic realm=x"}}};
    }};
    auto client = client_with();
    CHECK(ask(client, get(server.url("/")))->status == 401);
    CHECK(ask(client, get(server.url("/")))->status == 401);
    REQUIRE(server.request_count() == 2);
    CHECK(!server.requests()[1].has("cookie"));
    CHECK(!server.requests()[1].has("authorization"));
}

TEST_CASE("curl_http_client: every status is an answer, with its body") {
    fault_server server{[](const auto& asked) {
        return answer{.status = std::stoi(asked.target.substr(1)), .body = "why", .framing = framing::chunked};
    }};
    auto client = client_with();
    for (const int status : {200, 206, 400, 403, 404, 409, 412, 429, 500, 501, 503, 599}) {
        const auto got = ask(client, get(server.url("/" + std::to_string(status))));
        REQUIRE(got);
        CHECK(got->status == status);
        CHECK(text_of(got) == "why");
    }
    CHECK(server.connection_count() == 1);
}

TEST_CASE("curl_http_client: 204 and 304 are complete without a body or a length") {
    fault_server server{[](const auto& asked) {
        return answer{
            .status = asked.method == "GET" ? 304 : 204, .headers = {{"ETag", "1"}}, .framing = framing::none};
    }};
    auto client = client_with();
    CHECK(ask(client, get(server.url("/")))->status == 304);
    CHECK(ask(client, {http_method::remove, server.url("/")})->status == 204);
    CHECK(ask(client, get(server.url("/")))->header("etag") == "1");
    CHECK(server.connection_count() == 1);
}

TEST_CASE("curl_http_client: an interim answer is passed over, and so are pieces of any size") {
    fault_server server{[](const auto& asked) {
        auto given = answer{200, {{"X-Final", "yes"}}, std::string(1500, 'y')};
        given.framing = asked.target == "/chunks" ? framing::chunked : framing::length;
        given.interim = true;
        given.piece = 1;
        return given;
    }};
    auto client = client_with();
    for (const auto* target : {"/", "/chunks"}) {
        const auto got = ask(client, get(server.url(target)));
        REQUIRE(got);
        CHECK(got->status == 200);
        CHECK(got->headers.size() == 2);
        CHECK(text_of(got) == std::string(1500, 'y'));
    }
}

TEST_CASE("curl_http_client: a proxy of the environment is used") {
    fault_server proxy{&hello};
    auto client = client_with();
    ::unsetenv("no_proxy");
    ::setenv("http_proxy", proxy.url("").c_str(), 1);
    const auto got = ask(client, get("http://bucket.example/key"));
    ::unsetenv("http_proxy");
    CHECK(text_of(got) == "hello");
    CHECK(proxy.requests()[0].target == "http://bucket.example/key");
}

} // namespace
