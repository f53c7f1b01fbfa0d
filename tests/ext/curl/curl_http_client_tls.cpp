#include "fixture.hpp"
#include "nginx_server.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace curl_tests;

namespace {

const bool no_nginx = !nginx_server::is_there();

struct tls_world {
    nginx_server server;
    curl_http_client client = client_with({.ca_file = server.certificate()});
};

TEST_CASE("curl_http_client: over TLS it is HTTP/2, and all exchanges share one connection" * doctest::skip(no_nginx)) {
    tls_world world;
    for (std::uint64_t id = 0; id < 50; ++id) CHECK(world.client.start(id, get(world.server.url("/small"))));
    std::set<std::string> connections;
    for (const auto& [id, outcome] : await(world.client, 50)) {
        REQUIRE_MESSAGE(outcome.has_value(), world.server.log());
        CHECK(text_of(outcome) == "hello over TLS");
        CHECK(outcome->header("x-protocol") == "HTTP/2.0");
        connections.emplace(outcome->header("x-connection"));
    }
    CHECK(connections.size() == (sealsync::curl_library::speaks_http2() ? 1 : 50));
}

TEST_CASE("curl_http_client: HTTP/2 can be left out" * doctest::skip(no_nginx)) {
    nginx_server server;
    auto client = client_with({.http2 = false, .ca_file = server.certificate()});
    const auto got = ask(client, get(server.url("/small")));
    REQUIRE(got);
    CHECK(got->header("x-protocol") == "HTTP/1.1");
}

TEST_CASE("curl_http_client: every method goes over HTTP/2" * doctest::skip(no_nginx)) {
    tls_world world;
    const std::string body(32'768, 'b');
    auto request = put(world.server.url("/echo"), body);
    request.headers = {{"x-test", "signed"}};
    const auto written = ask(world.client, request);
    CHECK(text_of(written) == "PUT signed 32768");
    CHECK(written->header("x-protocol") == "HTTP/2.0");
    CHECK(text_of(ask(world.client, {http_method::remove, world.server.url("/echo")})).starts_with("DELETE"));
    CHECK(text_of(ask(world.client, get(world.server.url("/large")))) == std::string(1'000'000, 'x'));
    const auto head = ask(world.client, {http_method::head, world.server.url("/large")});
    REQUIRE(head);
    CHECK(head->header("content-length") == "1000000");
    CHECK(head->body.empty());

    auto ranged = get(world.server.url("/small"));
    ranged.headers = {{"range", "bytes=6-9"}};
    CHECK(text_of(ask(world.client, ranged)) == "over");
    auto known = get(world.server.url("/small"));
    known.headers = {{"if-none-match", std::string{ask(world.client, known)->header("etag")}}};
    CHECK(ask(world.client, known)->status == 304);
}

TEST_CASE("curl_http_client: a large upload has a connection of its own, so that an early answer cannot stall it" *
          doctest::skip(no_nginx)) {
    tls_world world;
    const std::string body(2'000'000, 'b');
    CHECK(ask(world.client, get(world.server.url("/small")))->header("x-protocol") == "HTTP/2.0");
    // nginx answers this before it has read the body.
    const auto written = ask(world.client, put(world.server.url("/echo"), body));
    REQUIRE_MESSAGE(written.has_value(), world.server.log());
    CHECK(text_of(written) == "PUT  2000000");
    CHECK(written->header("x-protocol") == "HTTP/1.1");
    CHECK(ask(world.client, get(world.server.url("/small")))->header("x-protocol") == "HTTP/2.0");
}

TEST_CASE("curl_http_client: one kept TLS connection serves one exchange after another" * doctest::skip(no_nginx)) {
    tls_world world;
    std::set<std::string> connections;
    for (int i = 0; i < 10; ++i) {
        connections.emplace(ask(world.client, get(world.server.url("/small")))->header("x-connection"));
    }
    CHECK(connections.size() == 1);
}

TEST_CASE("curl_http_client: a certificate that nobody vouches for is access_denied, and nothing is sent" *
          doctest::skip(no_nginx)) {
    nginx_server server;
    auto client = client_with();
    const auto outcome = ask(client, get(server.url("/small")));
    CHECK(failed_with(outcome) == errc::access_denied);
    CHECK(outcome.error().detail().find("certificate") != std::string::npos);
}

TEST_CASE("curl_http_client: a certificate of another host is access_denied" * doctest::skip(no_nginx)) {
    tls_world world;
    const auto url = "https://localhost:" + std::to_string(world.server.port()) + "/small";
    CHECK(failed_with(ask(world.client, get(url))) == errc::access_denied);
}

TEST_CASE("curl_http_client: of two folders of trust, only the named one counts" * doctest::skip(no_nginx)) {
    nginx_server server;
    auto client = client_with({.ca_path = "/nonexistent"});
    CHECK(failed_with(ask(client, get(server.url("/small")))) == errc::access_denied);
}

TEST_CASE("curl_http_client: a file of certificates that cannot be read is invalid_argument, and named" *
          doctest::skip(no_nginx)) {
    nginx_server server;
    auto client = client_with({.ca_file = "/nonexistent.pem"});
    const auto outcome = ask(client, get(server.url("/small")));
    CHECK(failed_with(outcome) == errc::invalid_argument);
    CHECK(outcome.error().detail().find("/nonexistent.pem") != std::string::npos);
}

TEST_CASE("curl_http_client: a server that ends the stream or the connection is connection_lost" *
          doctest::skip(no_nginx)) {
    tls_world world;
    CHECK(ask(world.client, get(world.server.url("/small"))));
    CHECK(failed_with(ask(world.client, put(world.server.url("/silent"), "body"))) == errc::connection_lost);
    CHECK(ask(world.client, get(world.server.url("/small"))));
}

TEST_CASE("curl_http_client: a server that does not speak TLS is unavailable, and learns nothing") {
    fault_server server{[](const auto&) { return answer{}; }};
    auto client = client_with({.connect_timeout = 200ms});
    const auto outcome = ask(client, get("https://" + server.host() + "/?X-Amz-Signature=secret"));
    CHECK(failed_with(outcome) == errc::unavailable);
    CHECK(server.request_count() == 0);
}

} // namespace
