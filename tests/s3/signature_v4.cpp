#include "plain_s3_crypto.hpp"

#include <sealsync/s3/signature_v4.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

// "Examples: Signature Calculations in AWS Signature Version 4" and "Authenticating Requests: Using Query Parameters"
// of the Amazon S3 API reference: one user, one bucket, midnight of 24 May 2013.

namespace {

using headers = std::vector<http_header>;
using parameters = std::vector<s3_parameter>;
using signer = signature_v4<s3_tests::plain_s3_crypto>;

const s3_credentials user{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
const std::chrono::sys_seconds midnight{std::chrono::seconds{1369353600}};
const signing_scope scope{user, "us-east-1", midnight};
constexpr std::string_view host = "examplebucket.s3.amazonaws.com";
constexpr std::string_view of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

[[nodiscard]] std::string header(const headers& all, std::string_view name) {
    const auto at = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
    return at == all.end() ? std::string{} : at->value;
}

[[nodiscard]] std::string proof_of(const signable_request& request, headers of_request = {},
                                   signing_scope where = scope) {
    signer one;
    static_cast<void>(one.sign(request, where, of_request));
    return header(of_request, "authorization");
}

[[nodiscard]] std::string proof(std::string_view signed_headers, std::string_view signature) {
    return "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=" +
           std::string{signed_headers} + ", Signature=" + std::string{signature};
}

} // namespace

TEST_CASE("signature_v4: AWS's example, GET an object with a range") {
    CHECK(proof_of({.host = host, .path = "/test.txt", .payload_hash = of_nothing}, {{"range", "bytes=0-9"}}) ==
          proof("host;range;x-amz-content-sha256;x-amz-date",
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

TEST_CASE("signature_v4: AWS's example, PUT an object") {
    signer one;
    const auto hash = one.payload_hash("Welcome to Amazon S3.");
    CHECK(hash == "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
    CHECK(proof_of({.method = http_method::put, .host = host, .path = "/test%24file.text", .payload_hash = hash},
                   {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}) ==
          proof("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST_CASE("signature_v4: AWS's example, GET the lifecycle of a bucket") {
    const parameters query{{"lifecycle"}};
    CHECK(proof_of({.host = host, .path = "/", .query = query, .payload_hash = of_nothing}) ==
          proof("host;x-amz-content-sha256;x-amz-date",
                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST_CASE("signature_v4: AWS's example, list objects") {
    const parameters query{{"prefix", "J"}, {"max-keys", "2"}};
    headers sent;
    signer one;
    CHECK(one.sign({.host = host, .path = "/", .query = query, .payload_hash = of_nothing}, scope, sent) ==
          "max-keys=2&prefix=J");
    CHECK(header(sent, "authorization") == proof("host;x-amz-content-sha256;x-amz-date",
                                                 "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
    CHECK(header(sent, "x-amz-date") == "20130524T000000Z");
    CHECK(header(sent, "x-amz-content-sha256") == of_nothing);
}

TEST_CASE("signature_v4: AWS's example, a presigned GET") {
    signer one;
    CHECK(one.presign({.host = host, .path = "/test.txt", .payload_hash = signer::unsigned_payload}, scope, {},
                      std::chrono::hours{24}) ==
          "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
          "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
          "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST_CASE("signature_v4: a session token is sent, and signed with all else") {
    const s3_credentials temporary{user.access_key, user.secret_key, "token/+="};
    const signing_scope with_token{temporary, "us-east-1", midnight};
    const signable_request request{.host = host, .path = "/k", .payload_hash = of_nothing};
    signer one;
    headers sent;
    static_cast<void>(one.sign(request, with_token, sent));
    CHECK(header(sent, "x-amz-security-token") == "token/+=");
    CHECK(header(sent, "authorization").find(";x-amz-date;x-amz-security-token, ") != std::string::npos);

    const auto query = one.presign(request, with_token, {}, std::chrono::seconds{1});
    CHECK(query.find("&X-Amz-Expires=1&X-Amz-Security-Token=token%2F%2B%3D&X-Amz-SignedHeaders=host&") !=
          std::string::npos);
}

TEST_CASE("signature_v4: headers are signed in order of their names, equal ones as they came") {
    const signable_request request{.host = host, .path = "/k", .payload_hash = of_nothing};
    const auto one = proof_of(request, {{"if-match", "\"e\""}, {"b", "1"}, {"a", "x"}, {"b", "2"}});
    CHECK(one.find("SignedHeaders=a;b;host;if-match;x-amz-content-sha256;x-amz-date,") != std::string::npos);
    CHECK(one == proof_of(request, {{"b", "1"}, {"b", "2"}, {"a", "x"}, {"if-match", "\"e\""}}));
    CHECK(one == proof_of(request, {{"b", "1,2"}, {"a", "x"}, {"if-match", "\"e\""}}));
    CHECK(one != proof_of(request, {{"b", "2"}, {"b", "1"}, {"a", "x"}, {"if-match", "\"e\""}}));
}

TEST_CASE("signature_v4: spaces around a value, and more than one in a row, make no difference") {
    const signable_request request{.host = host, .path = "/k", .payload_hash = of_nothing};
    const auto plain = proof_of(request, {{"x-amz-meta-a", "b c"}});
    CHECK(plain == proof_of(request, {{"x-amz-meta-a", " \tb  \t c "}}));
    CHECK(plain != proof_of(request, {{"x-amz-meta-a", "bc"}}));
    CHECK(proof_of(request, {{"x-amz-meta-a", ""}}) == proof_of(request, {{"x-amz-meta-a", "  "}}));
}

TEST_CASE("signature_v4: what proxies and clients change is not signed") {
    const signable_request request{.host = host, .path = "/k", .payload_hash = of_nothing};
    headers changing;
    for (const auto name : signer::unsigned_headers) changing.push_back({std::string{name}, "x"});
    CHECK(header(changing, "accept-encoding") == "x");
    signer one;
    CHECK(one.presign(request, scope, changing, std::chrono::seconds{60}) ==
          one.presign(request, scope, {}, std::chrono::seconds{60}));
}

TEST_CASE("signature_v4: a hash that is among the headers is not added again") {
    headers sent{{"x-amz-content-sha256", std::string{signer::unsigned_payload}}};
    signer one;
    static_cast<void>(one.sign({.host = host, .path = "/k", .payload_hash = signer::unsigned_payload}, scope, sent));
    CHECK(std::count_if(sent.begin(), sent.end(), [](const auto& h) { return h.name == "x-amz-content-sha256"; }) == 1);
}

TEST_CASE("signature_v4: every part of a request makes another signature") {
    const parameters query{{"a", "b"}};
    const signable_request request{.host = host, .path = "/k", .payload_hash = of_nothing};
    const s3_credentials other_user{user.access_key, "another secret"};
    const std::vector<std::string> proofs{
        proof_of(request),
        proof_of({.method = http_method::remove, .host = host, .path = "/k", .payload_hash = of_nothing}),
        proof_of({.method = http_method::head, .host = host, .path = "/k", .payload_hash = of_nothing}),
        proof_of({.host = "example.com", .path = "/k", .payload_hash = of_nothing}),
        proof_of({.host = host, .path = "/k/", .payload_hash = of_nothing}),
        proof_of({.host = host, .path = "/k", .query = query, .payload_hash = of_nothing}),
        proof_of({.host = host, .path = "/k", .payload_hash = signer::unsigned_payload}),
        proof_of(request, {}, {user, "eu-west-1", midnight}),
        proof_of(request, {}, {other_user, "us-east-1", midnight}),
        proof_of(request, {}, {user, "us-east-1", midnight + std::chrono::seconds{1}}),
    };
    for (std::size_t i = 0; i < proofs.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) CHECK(proofs[i] != proofs[j]);
    }
}

TEST_CASE("signature_v4: one that has signed much signs as a new one, whoever, wherever and whenever it was for") {
    const s3_credentials other{"AK2", "secret2", "token"};
    const signable_request request{.host = host, .path = "/k", .payload_hash = of_nothing};
    signer used;
    const auto again = [&](const signing_scope& where) {
        headers sent;
        static_cast<void>(used.sign(request, where, sent));
        return header(sent, "authorization");
    };
    for (int round = 0; round < 2; ++round) {
        for (const auto& who : {user, other}) {
            for (const auto* region : {"us-east-1", "eu-west-1"}) {
                for (const auto after : {std::chrono::hours{0}, std::chrono::hours{23}, std::chrono::hours{24}}) {
                    const signing_scope where{who, region, midnight + after};
                    CHECK(again(where) == proof_of(request, {}, where));
                    CHECK(again(where) == proof_of(request, {}, where));
                }
            }
        }
    }
}

TEST_CASE("signature_v4: times are in UTC, to the second, before 1970 as well") {
    using namespace std::chrono;
    CHECK(detail::signing_time(sys_seconds{}) == "19700101T000000Z");
    CHECK(detail::signing_time(sys_seconds{seconds{-1}}) == "19691231T235959Z");
    CHECK(detail::signing_time(sys_seconds{seconds{1709251199}}) == "20240229T235959Z");
}
