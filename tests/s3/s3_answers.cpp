#include <sealsync/s3/s3_answers.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::describe;
using detail::errc_of;
using detail::may_repeat;
using detail::redirect_host;
using detail::s3_effect;
using detail::transport_failure;

errc meaning(int status, std::string code = {}, s3_effect effect = s3_effect::read) {
    return errc_of(s3_error{status, std::move(code)}, effect);
}

TEST_CASE("s3_answers: each status has one meaning, whatever was asked") {
    const std::pair<int, errc> table[] = {
        {400, errc::invalid_argument},
        {401, errc::access_denied},
        {403, errc::access_denied},
        {404, errc::not_found},
        {405, errc::unsupported},
        {408, errc::timed_out},
        {409, errc::busy},
        {411, errc::unsupported},
        {412, errc::precondition_failed},
        {413, errc::too_large},
        {429, errc::throttled},
        {501, errc::unsupported},
        {507, errc::no_space},
        {301, errc::invalid_argument},
        {307, errc::invalid_argument},
        {418, errc::invalid_argument},
    };
    for (const auto effect : {s3_effect::read, s3_effect::write, s3_effect::conditional_write}) {
        for (const auto& row : table) {
            CAPTURE(row.first);
            CHECK(meaning(row.first, {}, effect) == row.second);
        }
    }
}

TEST_CASE("s3_answers: a server that fails may have passed on a conditional write; anything else can be asked again") {
    for (const int status : {500, 502, 503, 504, 520, 599}) {
        CAPTURE(status);
        CHECK(meaning(status, {}, s3_effect::read) == errc::unavailable);
        CHECK(meaning(status, "InternalError", s3_effect::write) == errc::unavailable);
        CHECK(meaning(status, {}, s3_effect::conditional_write) == errc::outcome_unknown);
        CHECK(meaning(status, "UnknownError", s3_effect::conditional_write) == errc::outcome_unknown);
    }
}

TEST_CASE("s3_answers: where the status alone would mislead, the error's name decides") {
    const std::tuple<int, const char*, errc> table[] = {
        {503, "SlowDown", errc::throttled},
        {400, "Throttling", errc::throttled},
        {400, "ThrottlingException", errc::throttled},
        {503, "TooManyRequests", errc::throttled},
        {503, "RequestLimitExceeded", errc::throttled},
        {509, "BandwidthLimitExceeded", errc::throttled},
        {400, "RequestTimeout", errc::connection_lost},
        {400, "IncompleteBody", errc::connection_lost},
        {400, "BadDigest", errc::connection_lost},
        {400, "XAmzContentSHA256Mismatch", errc::connection_lost},
        {409, "ConditionalRequestConflict", errc::busy},
        {409, "OperationAborted", errc::busy},
        {403, "QuotaExceeded", errc::no_space},
        {507, "XMinioStorageFull", errc::no_space},
        {500, "InsufficientStorage", errc::no_space},
        {403, "StorageQuotaExceeded", errc::no_space},
        {400, "EntityTooLarge", errc::too_large},
        {400, "MaxMessageLengthExceeded", errc::too_large},
        {404, "NoSuchBucket", errc::invalid_argument},
        {301, "PermanentRedirect", errc::invalid_argument},
        {307, "TemporaryRedirect", errc::invalid_argument},
        {400, "AuthorizationHeaderMalformed", errc::invalid_argument},
        {400, "ExpiredToken", errc::access_denied},
        {400, "InvalidToken", errc::access_denied},
        {400, "TokenRefreshRequired", errc::access_denied},
        {400, "NotImplemented", errc::unsupported},
        // and these say what their status says
        {404, "NoSuchKey", errc::not_found},
        {404, "NoSuchUpload", errc::not_found},
        {403, "RequestTimeTooSkewed", errc::access_denied},
        {403, "SignatureDoesNotMatch", errc::access_denied},
        {412, "PreconditionFailed", errc::precondition_failed},
        {400, "NoNameThatWeKnow", errc::invalid_argument},
    };
    for (const auto& [status, code, expected] : table) {
        const std::string name{code};
        CAPTURE(name);
        CHECK(meaning(status, code) == expected);
        CHECK(meaning(status, code, s3_effect::conditional_write) == expected);
    }
}

TEST_CASE("s3_answers: a bucket that is not there is never an object that is not there") {
    for (const auto effect : {s3_effect::read, s3_effect::write, s3_effect::conditional_write}) {
        CHECK(meaning(404, "NoSuchBucket", effect) == errc::invalid_argument);
    }
}

TEST_CASE("s3_answers: what nobody knows is not repeated, nor what would fail again") {
    for (const auto code : {errc::unavailable, errc::connection_lost, errc::timed_out, errc::throttled, errc::busy}) {
        CHECK(may_repeat(code));
    }
    for (const auto code : {errc::outcome_unknown, errc::precondition_failed, errc::not_found, errc::access_denied,
                            errc::invalid_argument, errc::unsupported, errc::no_space, errc::too_large, errc::cancelled,
                            errc::io_error}) {
        CHECK_FALSE(may_repeat(code));
    }
}

TEST_CASE(
    "s3_answers: after a lost connection a conditional write is unknown, and so after an answer that is too large") {
    for (const auto code : {errc::connection_lost, errc::timed_out, errc::too_large}) {
        const auto of = [&](s3_effect effect) { return transport_failure(failure{code}, effect, "a").code(); };
        CHECK(of(s3_effect::conditional_write) == errc::outcome_unknown);
        CHECK(of(s3_effect::write) == code);
        CHECK(of(s3_effect::read) == code);
    }
    // Nothing was sent:
    CHECK(transport_failure(failure{errc::unavailable}, s3_effect::conditional_write, "a") == errc::unavailable);
    CHECK(transport_failure(failure{errc::access_denied}, s3_effect::conditional_write, "a") == errc::access_denied);
}

TEST_CASE("s3_answers: a transport's failure names the object, the host and what happened") {
    const auto told =
        transport_failure(failure{errc::connection_lost, "s3.test", "reset by peer"}, s3_effect::read, "key");
    CHECK(told.object() == "key");
    CHECK(told.detail() == "s3.test: reset by peer");
    CHECK(transport_failure(failure{errc::timed_out, {}, "no answer"}, s3_effect::read, "key").detail() == "no answer");
}

TEST_CASE("s3_answers: a description has the status, the error's name and words, and the request's id") {
    const s3_error error{503, "SlowDown", "Please reduce your request rate", "4442587FB7D0A2F9"};
    CHECK(describe(error, {}) == "HTTP 503 SlowDown: Please reduce your request rate (request id 4442587FB7D0A2F9)");
    CHECK(describe(s3_error{502}, {}) == "HTTP 502");
}

TEST_CASE("s3_answers: a redirect names the host and the region, and nothing of the location that may be secret") {
    const http_response answer{
        301,
        {{"location", "https://user:password@b.s3.eu-west-1.amazonaws.com:8443/k?X-Amz-Signature=0f"},
         {"x-amz-bucket-region", "eu-west-1"}},
        {}};
    const auto text = describe(s3_error{301, "PermanentRedirect"}, answer);
    CHECK(text == "HTTP 301 PermanentRedirect: the bucket is elsewhere, at b.s3.eu-west-1.amazonaws.com:8443, "
                  "in the region eu-west-1; correct endpoint or region");
}

TEST_CASE("s3_answers: a location without a host names none") {
    const auto host = [](std::string location) {
        return redirect_host({307, {{"location", std::move(location)}}, {}});
    };
    CHECK(host("http://other.test?a=https://x@y") == "other.test");
    CHECK(host("http://other.test#a@b") == "other.test");
    CHECK(host("/there").empty());
    CHECK(host("//other.test/there").empty());
    CHECK(host("https://").empty());
    CHECK(host("").empty());
    CHECK(describe(s3_error{307}, {}) == "HTTP 307: the bucket is elsewhere; correct endpoint or region");
}

TEST_CASE("s3_answers: what a server says is cut, and cannot command a terminal") {
    const s3_error error{400, "Bad\r\nCode", "a\x1b[2Jb\x07" + std::string(10'000, 'x'), "id\n"};
    const auto text = describe(error, {});
    CHECK(text.size() < 700);
    CHECK(std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; }));
    CHECK(text.find("HTTP 400 Bad  Code: a [2Jb x") == 0);
    CHECK(detail::for_people("\xc3\xa4") == "\xc3\xa4");
}

TEST_CASE("s3_answers: each kind of server has its own name for a request's id") {
    for (const char* name : {"x-amz-request-id", "x-trans-id", "cf-ray", "x-goog-request-id"}) {
        CHECK(detail::header_of_request_id({200, {{name, "id"}}, {}}) == "id");
    }
    CHECK(detail::header_of_request_id({200, {{"cf-ray", "ray"}, {"x-amz-request-id", "amz"}}, {}}) == "amz");
    CHECK(detail::header_of_request_id({}).empty());
}

TEST_CASE("s3_answers: a good answer that makes no sense is told with its object, its status and the request's id") {
    const auto told =
        detail::unreadable(failure{errc::malformed, {}, "XML at byte 3"}, "key", {200, {{"cf-ray", "1"}}, {}});
    CHECK(told == errc::unavailable);
    CHECK(told.object() == "key");
    CHECK(told.detail() == "HTTP 200, but no answer of S3: XML at byte 3 (request id 1)");
}

} // namespace
