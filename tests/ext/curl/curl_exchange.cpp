#include <sealsync/ext/curl/curl_exchange.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::curl_errc;
using detail::curl_exchange;

TEST_CASE(
    "curl_errc: what failed before the request was sent is unavailable; after that, it may have been acted upon") {
    for (const auto code : {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT,
                            CURLE_SSL_CONNECT_ERROR, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_OPERATION_TIMEDOUT}) {
        CHECK(curl_errc(code, false) == errc::unavailable);
    }
    for (const auto code :
         {CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM,
          CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING}) {
        CHECK(curl_errc(code, true) == errc::connection_lost);
    }
    CHECK(curl_errc(CURLE_OPERATION_TIMEDOUT, true) == errc::timed_out);
}

TEST_CASE(
    "curl_errc: a certificate that is not trusted is access_denied, a URL or file that is none invalid_argument") {
    CHECK(curl_errc(CURLE_PEER_FAILED_VERIFICATION, false) == errc::access_denied);
    CHECK(curl_errc(CURLE_SSL_ISSUER_ERROR, false) == errc::access_denied);
    CHECK(curl_errc(CURLE_SSL_INVALIDCERTSTATUS, false) == errc::access_denied);
    CHECK(curl_errc(CURLE_SSL_PINNEDPUBKEYNOTMATCH, false) == errc::access_denied);
    CHECK(curl_errc(CURLE_URL_MALFORMAT, false) == errc::invalid_argument);
    CHECK(curl_errc(CURLE_UNSUPPORTED_PROTOCOL, false) == errc::invalid_argument);
    CHECK(curl_errc(CURLE_SSL_CACERT_BADFILE, false) == errc::invalid_argument);
}

TEST_CASE("curl_exchange: it is found by its handle, and keeps the id of what it was prepared for") {
    const auto library = curl_library::make().value();
    const auto exchange = curl_exchange::make({}).value();
    CHECK(&curl_exchange::of(exchange->easy()) == exchange.get());
    CHECK(exchange->prepare(7, {http_method::get, "http://host/"}));
    CHECK(exchange->id() == 7);
    CHECK(!exchange->under_way);
}

TEST_CASE("curl_exchange: a failure says what libcurl says, with its code, and names the host alone") {
    const auto library = curl_library::make().value();
    const auto exchange = curl_exchange::make({}).value();
    CHECK(exchange->prepare(7, {http_method::get, "http://user@host:1/key?X-Amz-Signature=secret"}));
    const auto outcome = exchange->finish(CURLE_COULDNT_CONNECT);
    REQUIRE(!outcome);
    CHECK(outcome.error() == errc::unavailable);
    CHECK(outcome.error().object() == "host:1");
    CHECK(outcome.error().detail().find(", libcurl code 7") != std::string::npos);
    CHECK(outcome.error().message().find("secret") == std::string::npos);
}

TEST_CASE("curl_exchange: being out of memory throws, as everywhere") {
    const auto library = curl_library::make().value();
    const auto exchange = curl_exchange::make({}).value();
    CHECK(exchange->prepare(7, {http_method::get, "http://host/"}));
    CHECK_THROWS_AS((void)exchange->finish(CURLE_OUT_OF_MEMORY), std::bad_alloc);
}

TEST_CASE("curl_exchange: a transfer without an answer's head is not complete, whatever libcurl says") {
    const auto library = curl_library::make().value();
    const auto exchange = curl_exchange::make({}).value();
    CHECK(exchange->prepare(7, {http_method::get, "http://host/"}));
    CHECK(exchange->finish(CURLE_OK).error() == errc::connection_lost);
}

} // namespace
