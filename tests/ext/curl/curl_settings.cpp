#include "fixture.hpp"

#include <doctest/doctest.h>

using namespace curl_tests;

namespace {

TEST_CASE("curl_settings: the defaults never wait for ever for a server that is gone") {
    const curl_settings settings;
    CHECK(settings.connect_timeout == 10s);
    CHECK(settings.stall_time == 30s);
    CHECK(settings.stall_bytes_per_second == 256);
    CHECK(settings.timeout == 0ms);
    CHECK(settings.http2);
}

TEST_CASE("curl_settings: a connection idle for longer than its time is not used again") {
    fault_server server{[](const auto&) { return answer{}; }};
    auto keeping = client_with(), closing = client_with({.idle_time = 0s});
    for (int i = 0; i < 2; ++i) CHECK(ask(keeping, get(server.url("/"))));
    CHECK(server.connection_count() == 1);
    for (int i = 0; i < 2; ++i) CHECK(ask(closing, get(server.url("/"))));
    CHECK(server.connection_count() >= 2); // libcurl counts whole seconds
}

} // namespace
