#ifndef SEALSYNC_TESTS_EXT_CURL_FIXTURE_HPP
#define SEALSYNC_TESTS_EXT_CURL_FIXTURE_HPP

#include "../../http/fault_server.hpp"

#include <sealsync/ext/curl/curl_http_client.hpp>

#include <cstdlib>
#include <map>

namespace curl_tests {

using namespace std::chrono_literals;
using http_tests::answer;
using http_tests::fault;
using http_tests::fault_server;
using http_tests::framing;
using sealsync::as_text;
using sealsync::curl_http_client;
using sealsync::curl_settings;
using sealsync::errc;
using sealsync::http_method;
using sealsync::http_request;
using sealsync::http_response;
using sealsync::result;
using outcomes = std::map<std::uint64_t, result<http_response>>;

/// Whatever proxy the machine's user has, the tests talk to the server itself.
inline curl_http_client client_with(const curl_settings& settings = {}) {
    ::setenv("no_proxy", "*", 1);
    return curl_http_client::make(sealsync::curl_library::make().value(), settings).value();
}

inline http_request get(std::string url) { return {http_method::get, std::move(url)}; }
inline http_request put(std::string url, sealsync::bytes_view body) {
    return {http_method::put, std::move(url), {}, body};
}

/// All that `count` exchanges come to.
inline outcomes await(curl_http_client& client, std::size_t count) {
    outcomes all;
    while (all.size() < count) {
        client.wait(1min, [&](std::uint64_t id, result<http_response> outcome) { all.emplace(id, std::move(outcome)); })
            .value();
    }
    return all;
}

inline result<http_response> ask(curl_http_client& client, const http_request& request) {
    if (auto started = client.start(1, request); !started) return std::move(started).error();
    return std::move(await(client, 1).at(1));
}

/// The code that it failed with; none if it did not.
inline std::optional<errc> failed_with(const result<http_response>& outcome) {
    return outcome ? std::nullopt : std::optional{outcome.error().code()};
}

inline std::string text_of(const result<http_response>& outcome) { return std::string{as_text(outcome->body)}; }

} // namespace curl_tests

#endif
