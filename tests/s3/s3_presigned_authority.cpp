#include "plain_s3_crypto.hpp"

#include <sealsync/clock/manual_clock.hpp>
#include <sealsync/s3/s3_presigned_authority.hpp>
#include <sealsync/s3/s3_signing_authority.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using namespace std::chrono_literals;

namespace {

/// A presigner that gives what it is told to, and remembers what it was asked for.
struct scripted_presigner {
    result<presigned_request> answer = presigned_request{"https://host/k?sig=hunter2", {}};
    std::vector<presign_query> asked{};

    [[nodiscard]] s3_presigned_authority authority() {
        return s3_presigned_authority{[this](const presign_query& query) {
            asked.push_back(query);
            return answer;
        }};
    }
};

} // namespace

TEST_CASE("s3_presigned_authority: every attempt asks for all that the request is") {
    scripted_presigner presigner;
    const auto authority = presigner.authority();
    const s3_request put{.method = http_method::put,
                         .key = "a/b",
                         .query = {{"x", "y"}},
                         .headers = {{"if-none-match", "*"}},
                         .body = "body",
                         .body_max = 7};
    for (int i = 0; i < 2; ++i) {
        const auto made = authority.authorise(put).value();
        CHECK(made.method == http_method::put);
        CHECK(made.url == "https://host/k?sig=hunter2");
        CHECK(as_text(made.body) == "body");
        CHECK(made.body_max == 7);
    }
    REQUIRE(presigner.asked.size() == 2);
    CHECK(presigner.asked[1].method == http_method::put);
    CHECK(presigner.asked[1].key == "a/b");
    CHECK(presigner.asked[1].query == put.query);
    CHECK(presigner.asked[1].headers == put.headers);
    CHECK_FALSE(presigner.asked[1].payload_hash);
}

TEST_CASE("s3_presigned_authority: sends what was signed, and what was asked for but not signed") {
    scripted_presigner presigner;
    presigner.answer =
        presigned_request{"http://host/k", {{"if-match", "\"e\""}, {"x-amz-acl", "x"}, {"host", "host"}}};
    const auto made =
        presigner.authority().authorise({.key = "k", .headers = {{"range", "bytes=0-1"}, {"if-match", "\"e\""}}});
    CHECK(made->headers == std::vector<http_header>{{"if-match", "\"e\""}, {"x-amz-acl", "x"}, {"range", "bytes=0-1"}});
}

TEST_CASE("s3_presigned_authority: the hash of a body is asked for as such") {
    scripted_presigner presigner;
    const auto hash = s3_tests::plain_s3_crypto{}.sha256("body");
    s3_request put{.method = http_method::put, .key = "k", .headers = {{"x-amz-content-sha256", hash.hex()}}};
    REQUIRE(presigner.authority().authorise(put));
    CHECK(presigner.asked[0].payload_hash == hash);
    CHECK(presigner.asked[0].headers.empty());
    put.headers[0].value = "UNSIGNED-PAYLOAD";
    CHECK(presigner.authority().authorise(put).error() == errc::invalid_argument);
}

TEST_CASE("s3_presigned_authority: with a hash function every body's hash is asked for, and none where there is none") {
    std::vector<presign_query> asked;
    const s3_presigned_authority authority{[&](const presign_query& query) -> result<presigned_request> {
                                               asked.push_back(query);
                                               return presigned_request{"https://host/k?sig=hunter2", {}};
                                           },
                                           "store",
                                           [](bytes_view body) { return s3_tests::plain_s3_crypto{}.sha256(body); }};
    CHECK(authority.authorise({.method = http_method::put, .key = "k", .body = "body"}));
    CHECK(authority.authorise({.method = http_method::get, .key = "k"}));
    REQUIRE(asked.size() == 2);
    CHECK(asked[0].payload_hash == s3_tests::plain_s3_crypto{}.sha256("body"));
    CHECK_FALSE(asked[1].payload_hash);
    CHECK(authority.describe() == "store");
}

TEST_CASE("s3_presigned_authority: the steps of a multipart upload are presigned like any other") {
    scripted_presigner presigner;
    CHECK(presigner.authority().authorise({.method = http_method::post, .key = "k", .query = {{"uploads"}}}));
    CHECK(presigner.authority().authorise({.method = http_method::post, .key = "k", .query = {{"uploadId", "1"}}}));
    CHECK(presigner.asked.size() == 2);
}

TEST_CASE("s3_presigned_authority: a POST whose body says what is done is unsupported, and nobody is asked") {
    scripted_presigner presigner;
    CHECK(presigner.authority().authorise({.method = http_method::post, .key = "k"}).error() == errc::unsupported);
    CHECK(presigner.authority().authorise({.method = http_method::post, .query = {{"delete"}}}).error() ==
          errc::unsupported);
    CHECK(presigner.authority().authorise({.key = std::string(1025, 'k')}).error() == errc::too_large);
    CHECK(presigner.authority().authorise({.key = "k", .headers = {{"a", "\n"}}}).error() == errc::invalid_argument);
    CHECK(presigner.asked.empty());
}

TEST_CASE("s3_presigned_authority: the presigner's failure is the request's") {
    scripted_presigner presigner;
    presigner.answer = failure{errc::access_denied, "https://api.example.com/presign", "403"};
    const auto made = presigner.authority().authorise({.key = "k"});
    REQUIRE_FALSE(made);
    CHECK(made.error().message() ==
          "presign: https://api.example.com/presign: access denied (403); check credentials and permissions");
}

TEST_CASE("s3_presigned_authority: what comes back is checked, and its URL is in no message") {
    scripted_presigner presigner;
    const auto authority = presigner.authority();
    const auto refusal = [&](presigned_request answer) {
        presigner.answer = std::move(answer);
        const auto made = authority.authorise({.key = "k", .headers = {{"if-match", "\"e\""}}});
        REQUIRE_FALSE(made);
        CHECK(made.error() == errc::invalid_argument);
        CHECK(made.error().message().find("hunter2") == std::string::npos);
        return made.error().detail();
    };
    CHECK(refusal({"", {}}) == "no URL came back");
    CHECK(refusal({"file:///hunter2", {}}) == "no URL came back");
    CHECK(refusal({"https://host/hunter2 x", {}}) == "no URL came back");
    CHECK(refusal({"https://host/hunter2\r\n", {}}) == "no URL came back");
    CHECK(refusal({"https://host", {{"a", "hunter2\r\n"}}}) == "control character in a header");
    CHECK(refusal({"https://host", {{"If-Match", "hunter2"}}}) == "no lower-case header name");
    CHECK(refusal({"https://host", {{"if-match", "hunter2"}}}) == "a header came back with another value");
}

TEST_CASE("s3_presigned_authority: an expired URL is worth another attempt, whatever else is refused is not") {
    scripted_presigner presigner;
    const auto authority = presigner.authority();
    CHECK(authority.recover({.status = 403, .code = "AccessDenied", .message = "Request has expired"}));
    CHECK(authority.recover({.status = 400, .code = "ExpiredToken"}));
    CHECK_FALSE(authority.recover({.status = 403, .code = "AccessDenied", .message = "Access Denied"}));
    CHECK_FALSE(authority.recover({.status = 403}));
    CHECK_FALSE(authority.recover({.status = 403, .code = "SignatureDoesNotMatch"}));
    CHECK_FALSE(authority.recover({.status = 503, .code = "SlowDown", .message = "expired"}));
}

TEST_CASE("s3_presigned_authority: goes by a name of the application's choice") {
    scripted_presigner presigner;
    CHECK(presigner.authority().describe() == "presigned store");
    CHECK(s3_presigned_authority{{}, "family vault"}.describe() == "family vault");
}

TEST_CASE("s3_presigned_authority: over a signing authority it sends what a signer presigned") {
    s3_signing_authority<s3_tests::plain_s3_crypto, manual_clock> signer{
        s3_location{.bucket = "abc", .endpoint = "http://127.0.0.1:9000"}, fixed_s3_credentials({"AK", "secret"}),
        manual_clock{wall_time{std::chrono::seconds{1'700'000'000}}}};
    const s3_presigned_authority authority{[&](const presign_query& query) { return signer.presign(query, 5min); }};
    const auto hash = s3_tests::plain_s3_crypto{}.sha256("body").hex();
    const auto made =
        authority.authorise({.method = http_method::put,
                             .key = "k",
                             .headers = {{"if-none-match", "*"}, {"x-amz-content-sha256", hash}, {"user-agent", "us"}},
                             .body = "body"});
    CHECK(made->url.starts_with("http://127.0.0.1:9000/abc/k?X-Amz-Algorithm="));
    CHECK(made->headers ==
          std::vector<http_header>{{"if-none-match", "*"}, {"x-amz-content-sha256", hash}, {"user-agent", "us"}});
}
