#include "plain_s3_crypto.hpp"

#include <sealsync/clock/manual_clock.hpp>
#include <sealsync/s3/s3_signing_authority.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using namespace std::chrono_literals;

namespace {

using authority = s3_signing_authority<s3_tests::plain_s3_crypto, manual_clock>;
static_assert(s3_authority<authority>);

// The user, the bucket and the time of the examples in AWS's documentation.
const s3_credentials user{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
constexpr wall_time midnight{std::chrono::seconds{1369353600}};
const s3_location over_tls = s3_location{.bucket = "examplebucket", .endpoint = "https://s3.amazonaws.com"};
const s3_location without_tls = s3_location{.bucket = "abc", .endpoint = "http://127.0.0.1:9000"};
constexpr std::string_view of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

[[nodiscard]] authority made(const s3_location& where, s3_payload_signing payload = s3_payload_signing::automatic) {
    return {where, fixed_s3_credentials(user), manual_clock{midnight}, payload};
}

[[nodiscard]] std::string header(const std::vector<http_header>& all, std::string_view name) {
    const auto at = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
    return at == all.end() ? std::string{} : at->value;
}
[[nodiscard]] std::string hash_sent(const http_request& request) {
    return header(request.headers, "x-amz-content-sha256");
}

} // namespace

TEST_CASE("s3_signing_authority: AWS's example, GET an object with a range") {
    auto one = made(over_tls);
    const auto sent = one.authorise({.key = "test.txt", .headers = {{"range", "bytes=0-9"}}, .body_max = 10}).value();
    CHECK(sent.method == http_method::get);
    CHECK(sent.url == "https://examplebucket.s3.amazonaws.com/test.txt");
    CHECK(sent.body_max == 10);
    CHECK(sent.headers ==
          std::vector<http_header>{
              {"range", "bytes=0-9"},
              {"x-amz-content-sha256", std::string{of_nothing}},
              {"x-amz-date", "20130524T000000Z"},
              {"authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                                "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
                                "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"}});
}

TEST_CASE("s3_signing_authority: AWS's example, PUT an object whose body is signed, too") {
    auto one = made(over_tls, s3_payload_signing::always);
    const auto sent = one.authorise({.method = http_method::put,
                                     .key = "test$file.text",
                                     .headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                                                 {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                                     .body = "Welcome to Amazon S3."})
                          .value();
    CHECK(sent.url == "https://examplebucket.s3.amazonaws.com/test%24file.text");
    CHECK(as_text(sent.body) == "Welcome to Amazon S3.");
    CHECK(hash_sent(sent) == "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
    CHECK(header(sent.headers, "authorization")
              .ends_with("=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST_CASE("s3_signing_authority: AWS's example, list objects, sent with the query that was signed") {
    auto one = made(over_tls);
    const auto sent = one.authorise({.query = {{"prefix", "J"}, {"max-keys", "2"}}}).value();
    CHECK(sent.url == "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J");
    CHECK(header(sent.headers, "authorization")
              .ends_with("=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST_CASE("s3_signing_authority: AWS's example, a presigned GET") {
    auto one = made(over_tls);
    const auto presigned = one.presign({.key = "test.txt"}, 24h).value();
    CHECK(presigned.headers.empty());
    CHECK(presigned.url.starts_with("https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm="));
    CHECK(presigned.url.ends_with("=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
}

TEST_CASE("s3_signing_authority: a body is left unsigned over TLS only, unless all are to be signed") {
    const s3_request put{.method = http_method::put, .key = "k", .body = "body"};
    const auto hashed = s3_tests::plain_s3_crypto{}.sha256("body").hex();
    CHECK(hash_sent(made(over_tls).authorise(put).value()) == "UNSIGNED-PAYLOAD");
    CHECK(hash_sent(made(over_tls, s3_payload_signing::always).authorise(put).value()) == hashed);
    CHECK(hash_sent(made(without_tls).authorise(put).value()) == hashed);
    CHECK(hash_sent(made(without_tls, s3_payload_signing::always).authorise(put).value()) == hashed);
    CHECK(hash_sent(made(over_tls).authorise({.method = http_method::put, .key = "k"}).value()) == of_nothing);
}

TEST_CASE("s3_signing_authority: a hash that the caller knows already is signed as it is, but not none without TLS") {
    const auto with = [](std::string hash) {
        return s3_request{.method = http_method::put,
                          .key = "k",
                          .headers = {{"x-amz-content-sha256", std::move(hash)}},
                          .body = "body"};
    };
    const auto known = std::string(64, 'a');
    const auto sent = made(without_tls).authorise(with(known)).value();
    CHECK(hash_sent(sent) == known);
    CHECK(sent.headers.size() == 3);
    CHECK(hash_sent(made(over_tls).authorise(with("UNSIGNED-PAYLOAD")).value()) == "UNSIGNED-PAYLOAD");
    CHECK(made(without_tls).authorise(with("UNSIGNED-PAYLOAD")).error() == errc::invalid_argument);
}

TEST_CASE("s3_signing_authority: any key of up to 1024 bytes is asked for as it is") {
    auto one = made(without_tls);
    CHECK(one.authorise({.key = "/a//b/./../c d+%2F\n\xc3\xa4"})->url ==
          "http://127.0.0.1:9000/abc//a//b/./../c%20d%2B%252F%0A%C3%A4");
    CHECK(one.authorise({.key = std::string(1024, 'k')}));
    CHECK(one.authorise({.key = std::string(1025, 'k')}).error() == errc::too_large);
}

TEST_CASE("s3_signing_authority: headers that would say something else to the server are refused") {
    auto one = made(over_tls);
    for (const http_header& bad :
         {http_header{"if-match", "\"a\"\r\nx-amz-acl: public-read"}, http_header{"Range", "x"},
          http_header{"host", "elsewhere"}, http_header{"authorization", "x"}}) {
        CHECK(one.authorise({.key = "k", .headers = {bad}}).error() == errc::invalid_argument);
        CHECK(one.presign({.key = "k", .headers = {bad}}, 1h).error() == errc::invalid_argument);
    }
}

TEST_CASE("s3_signing_authority: a location that is not valid is told at every request") {
    auto one = made(s3_location{.bucket = "No_Bucket"});
    const auto sent = one.authorise({.key = "k"});
    REQUIRE_FALSE(sent);
    CHECK(sent.error() == errc::invalid_argument);
    CHECK(sent.error().object() == "s3://No_Bucket");
    CHECK(one.presign({.key = "k"}, 1h).error() == errc::invalid_argument);
    CHECK(one.describe() == "S3 location");
}

TEST_CASE("s3_signing_authority: what a known service needs goes with every request, signed; others get none of it") {
    auto tigris = made(s3_location{.bucket = "abc", .endpoint = "https://t3.storage.dev"});
    const auto sent = tigris.authorise({.key = "k"}).value();
    CHECK(header(sent.headers, "x-tigris-consistent") == "true");
    CHECK(header(sent.headers, "authorization").find("x-amz-date;x-tigris-consistent,") != std::string::npos);
    const auto url = tigris.presign({.key = "k"}, 1h).value();
    CHECK(url.headers == std::vector<http_header>{{"x-tigris-consistent", "true"}});
    CHECK(url.url.find("X-Amz-SignedHeaders=host%3Bx-tigris-consistent&") != std::string::npos);
    auto other = made(over_tls);
    CHECK(header(other.authorise({.key = "k"})->headers, "x-tigris-consistent").empty());
}

TEST_CASE("s3_signing_authority: describes the place, without who may go there") {
    CHECK(made(without_tls).describe() == "s3://abc/?region=us-east-1&endpoint=http://127.0.0.1:9000");
    CHECK(made(over_tls).describe().find(user.access_key) == std::string::npos);
}

TEST_CASE("s3_signing_authority: without credentials nothing is sent, and the provider's reason is told") {
    authority one{over_tls,
                  [](bool) -> result<s3_credentials> {
                      return failure{errc::access_denied, "wallet"};
                  },
                  manual_clock{midnight}};
    CHECK(one.authorise({.key = "k"}).error() == errc::access_denied);
    CHECK(one.authorise({.key = "k"}).error().object() == "wallet");
    CHECK(one.presign({.key = "k"}, 1h).error() == errc::access_denied);
}

TEST_CASE("s3_signing_authority: copies share renewed credentials and the corrected clock") {
    authority one{over_tls,
                  [](bool refresh) -> result<s3_credentials> {
                      return s3_credentials{refresh ? "AK2" : "AK1", "secret", "token"};
                  },
                  manual_clock{midnight}};
    auto copy = one;
    const auto proof = [](authority& from) {
        return header(from.authorise({.key = "k"}).value().headers, "authorization");
    };
    CHECK(proof(copy).find("Credential=AK1/20130524/") != std::string::npos);
    CHECK(one.recover({.status = 400, .code = "ExpiredToken"}));
    CHECK(proof(copy).find("Credential=AK2/20130524/") != std::string::npos);
    CHECK(one.recover({.status = 403, .code = "RequestTimeTooSkewed", .date = midnight + 24h}));
    CHECK(proof(copy).find("Credential=AK2/20130525/") != std::string::npos);
    CHECK_FALSE(copy.recover({.status = 404, .code = "NoSuchKey", .date = midnight}));
    CHECK(header(copy.authorise({.key = "k"}).value().headers, "x-amz-security-token") == "token");
}

TEST_CASE("s3_signing_authority: every attempt is signed at its own time") {
    manual_clock clock{midnight};
    authority one{over_tls, fixed_s3_credentials(user), clock};
    const s3_request get{.key = "k"};
    const auto first = one.authorise(get).value();
    CHECK(first.headers == one.authorise(get).value().headers);
    clock.advance(1s);
    CHECK(header(one.authorise(get).value().headers, "x-amz-date") == "20130524T000001Z");
    CHECK(header(one.authorise(get).value().headers, "authorization") != header(first.headers, "authorization"));
}

TEST_CASE("presign: conditions and the hash of the body are signed, and named as what must be sent") {
    auto one = made(over_tls);
    const auto hash = s3_tests::plain_s3_crypto{}.sha256("body");
    const auto put = one.presign({.method = http_method::put,
                                  .key = "k",
                                  .headers = {{"if-none-match", "*"}, {"user-agent", "x"}},
                                  .payload_hash = hash},
                                 60s)
                         .value();
    CHECK(put.headers == std::vector<http_header>{{"if-none-match", "*"}, {"x-amz-content-sha256", hash.hex()}});
    CHECK(put.url.find("&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bif-none-match%3Bx-amz-content-sha256&") !=
          std::string::npos);
    const auto unsaid = one.presign({.method = http_method::put, .key = "k", .headers = {{"if-none-match", "*"}}}, 60s);
    CHECK(unsaid->url.find("SignedHeaders=host%3Bif-none-match&") != std::string::npos);
    CHECK(one.presign({.key = "k", .headers = {{"x-amz-content-sha256", hash.hex()}}}, 60s).error() ==
          errc::invalid_argument);
}

TEST_CASE("presign: GET, HEAD, PUT, DELETE, pages of a listing and steps of an upload, but no POST that deletes") {
    auto one = made(over_tls);
    for (const auto method : {http_method::get, http_method::head, http_method::put, http_method::remove}) {
        CHECK(one.presign({.method = method, .key = "k"}, 1s));
    }
    const auto page = one.presign({.query = {{"prefix", "a b"}, {"list-type", "2"}}}, 1s).value();
    CHECK(page.url.starts_with("https://examplebucket.s3.amazonaws.com/?X-Amz-Algorithm="));
    CHECK(page.url.find("&list-type=2&prefix=a%20b&X-Amz-Signature=") != std::string::npos);
    CHECK(one.presign({.method = http_method::post, .key = "k"}, 1s).error() == errc::unsupported);
    CHECK(one.presign({.method = http_method::post, .query = {{"delete"}}}, 1s).error() == errc::unsupported);
    CHECK(one.presign({.method = http_method::post, .key = "k", .query = {{"uploadId", "1"}}}, 1s));
}

TEST_CASE("presign: a URL lives from a second to seven days") {
    auto one = made(over_tls);
    for (const auto lifetime : {1s, std::chrono::seconds{7 * 24h}}) CHECK(one.presign({.key = "k"}, lifetime));
    for (const auto lifetime : {-1s, 0s, std::chrono::seconds{7 * 24h} + 1s}) {
        CHECK(one.presign({.key = "k"}, lifetime).error() == errc::invalid_argument);
    }
}
