#include "upload_bench.hpp"

#include <doctest/doctest.h>
#include <sealsync/ext/pugixml/pugixml_s3_xml.hpp>

using namespace s3_tests;

namespace {

const std::string completing = "POST /bucket/vaults/big?uploadId=";

/// The bucket acts on the first complete, but its answer is another.
struct completed : upload_bench {
    using upload_bench::upload_bench;
    void answer_complete(ss::result<ss::http_response> outcome, bool applied) {
        intercept =
            [this, outcome, applied, done = false](
                const ss::testing::scripted_request& asked) mutable -> std::optional<ss::testing::scripted_answer> {
            if (done || line(asked.number).find(completing) != 0) return std::nullopt;
            done = true;
            faults.push_back({outcome, applied});
            return std::nullopt;
        };
    }
};

} // namespace

TEST_CASE(
    "multipart_upload: a complete whose answer is lost after it was applied is found out by its repetition and HEAD") {
    for (const auto code : {errc::connection_lost, errc::timed_out}) {
        completed bench;
        bench.answer_complete(ss::failure{code}, true);
        const auto stored = bench.put();
        REQUIRE(stored);
        CHECK(bench.is_stored());
        CHECK(stored->etag.ends_with("-3\""));
        CHECK(bench.count_of(completing) == 2);
        CHECK(bench.lines().back() == "HEAD /bucket/vaults/big");
    }
    completed bench;
    bench.answer_complete(ss::http_response{500, {}, {}}, true);
    CHECK(bench.put());
}

TEST_CASE("multipart_upload: a complete that was not applied is sent again") {
    completed bench;
    bench.answer_complete(ss::http_response{503, {}, {}}, false);
    REQUIRE(bench.put());
    CHECK(bench.is_stored());
    CHECK(bench.count_of(completing) == 2);
    CHECK(bench.count_of("HEAD") == 0);
}

TEST_CASE(
    "multipart_upload: an upload that somebody else has aborted is unknown, not stored: an object of that size is not "
    "taken for ours") {
    const std::string gone = "<Error><Code>NoSuchUpload</Code></Error>";
    for (const std::optional<std::size_t> there :
         {std::optional<std::size_t>{}, std::optional{std::size_t{11} << 20U}, std::optional{std::size_t{5}}}) {
        completed bench;
        if (there) bench.fake->store("vaults/big", std::string(*there, 'x'));
        bench.intercept = bench.always(completing, 404, gone);
        const auto unknown = bench.put();
        REQUIRE_FALSE(unknown);
        CHECK(unknown.error() == errc::outcome_unknown);
        CHECK(unknown.error().object() == "big");
        CHECK(unknown.error().kind() == ss::error_kind::retry);
    }
}

TEST_CASE(
    "multipart_upload: an upload that is gone while its parts are sent is unknown, and the next put begins anew") {
    completed bench;
    bench.intercept = bench.always("partNumber=2", 404, "<Error><Code>NoSuchUpload</Code></Error>");
    const auto unknown = bench.put();
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error() == errc::outcome_unknown);
    CHECK(unknown.error().detail().find("the upload is gone: HTTP 404 NoSuchUpload") == 0);
    bench.intercept = nullptr;
    CHECK(bench.put());
    CHECK(bench.is_stored());
}

TEST_CASE("multipart_upload: a bucket that is gone is told as such") {
    completed bench;
    bench.intercept = bench.always("partNumber=2", 404, "<Error><Code>NoSuchBucket</Code></Error>");
    CHECK(bench.put().error() == errc::invalid_argument);
}

TEST_CASE("multipart_upload: a complete that is answered 200 with an error is a failure, which leaves the upload if it "
          "may pass") {
    completed bench;
    const std::string error = "<Error><Code>InternalError</Code><Message>We encountered an internal error."
                              "</Message><RequestId>R7</RequestId></Error>";
    bench.answer_complete(ss::http_response{200, {}, ss::to_bytes(error)}, false);
    const auto failed = bench.put();
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == errc::unavailable);
    CHECK(failed.error().detail() == "HTTP 200 InternalError: We encountered an internal error. (request id R7)");
    CHECK(bench.fake->unfinished_uploads() == 1);
    REQUIRE(bench.put());
    CHECK(bench.is_stored());

    completed hopeless;
    hopeless.answer_complete(ss::http_response{200, {}, ss::to_bytes("<Error><Code>QuotaExceeded</Code></Error>")},
                             false);
    CHECK(hopeless.put().error() == errc::no_space);
    CHECK(hopeless.fake->unfinished_uploads() == 0);
}

TEST_CASE("multipart_upload: a complete that is refused says so, and the upload is aborted") {
    completed bench;
    bench.intercept = bench.always(completing, 400, "<Error><Code>InvalidPart</Code></Error>");
    const auto refused = bench.put();
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::invalid_argument);
    CHECK(refused.error().attempted() == "complete a multipart upload");
    CHECK(bench.fake->unfinished_uploads() == 0);
}

TEST_CASE("multipart_upload: where complete gives no etag, HEAD does") {
    completed bench;
    bench.answer_complete(
        ss::http_response{
            200, {}, ss::to_bytes("<CompleteMultipartUploadResult><ETag/></CompleteMultipartUploadResult>")},
        true);
    const auto stored = bench.put();
    REQUIRE(stored);
    CHECK(stored->etag.ends_with("-3\""));
    CHECK(bench.lines().back() == "HEAD /bucket/vaults/big");
}

TEST_CASE("multipart_upload: a completed object of another size is not what was put") {
    completed bench;
    bench.intercept = [&](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        if (bench.line(asked.number).find(completing) == 0) {
            return completed::answer(200, "<CompleteMultipartUploadResult/>");
        }
        if (asked.request.method != ss::http_method::head) return std::nullopt;
        return ss::testing::scripted_answer{ss::http_response{200, {{"content-length", "5"}}, {}}};
    };
    const auto other = bench.put();
    REQUIRE_FALSE(other);
    CHECK(other.error() == errc::outcome_unknown);
}

TEST_CASE("multipart_upload: an answer to complete that makes no sense is found out by HEAD") {
    completed applied;
    applied.answer_complete(ss::http_response{200, {}, ss::to_bytes("<html>")}, true);
    CHECK(applied.put());
    CHECK(applied.is_stored());

    completed lost;
    lost.answer_complete(ss::http_response{200, {}, ss::to_bytes("<html>")}, false);
    CHECK(lost.put().error() == errc::outcome_unknown);
    CHECK(lost.fake->unfinished_uploads() == 1);
    CHECK(lost.put());
    CHECK(lost.is_stored());
}

TEST_CASE("multipart_upload: the document of complete names each part with the etag that the store gave") {
    completed bench;
    REQUIRE(bench.put());
    const auto body = std::string{ss::as_text(bench.client.request(5).body)};
    CHECK(bench.sent(5, "content-type") == "application/xml");
    for (int part = 1; part <= 3; ++part) {
        const auto at = ss::bytes_view{bench.client.request(static_cast<std::size_t>(part) + 1).body};
        const auto expected = "<PartNumber>" + std::to_string(part) + "</PartNumber><ETag>\"" +
                              ss::detail::content_etag(at) + "\"</ETag>";
        CHECK(body.find(expected) != std::string::npos);
    }
}
