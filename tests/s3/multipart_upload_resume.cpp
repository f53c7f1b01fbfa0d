#include "upload_bench.hpp"

#include <doctest/doctest.h>
#include <sealsync/ext/pugixml/pugixml_s3_xml.hpp>

using namespace s3_tests;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;

std::string uploads_of(const std::vector<std::tuple<std::string, std::string, std::string>>& all) {
    std::string text = "<ListMultipartUploadsResult>";
    for (const auto& [key, id, initiated] : all) {
        text += "<Upload><Key>" + key + "</Key><UploadId>" + id + "</UploadId><Initiated>" + initiated +
                "</Initiated></Upload>";
    }
    return text + "</ListMultipartUploadsResult>";
}

struct resumed : upload_bench {
    using upload_bench::upload_bench;
    /// An upload as another process has left it: its id.
    std::string begin(const std::string& key) {
        (void)ask("POST", key + "?uploads=");
        return "upload-" + std::to_string(++begun);
    }
    void part(const std::string& key, const std::string& id, int number, ss::bytes_view body) {
        (void)ask("PUT", key + "?partNumber=" + std::to_string(number) + "&uploadId=" + id, body);
    }
    http_tests::answer ask(const std::string& method, const std::string& target, ss::bytes_view body = {}) {
        http_tests::request sent;
        sent.method = method;
        sent.target = "/bucket/" + target;
        sent.headers = {{"content-length", std::to_string(body.size())}};
        sent.body = ss::as_text(body);
        return fake->handle(sent);
    }
    [[nodiscard]] ss::bytes_view piece(std::uint64_t offset, std::uint64_t length) const {
        return ss::bytes_view{content}.subview(offset, length);
    }
    int begun = 0;
};

} // namespace

TEST_CASE("multipart_upload: a lost connection leaves the upload, and the next put sends only what is missing") {
    resumed bench;
    bench.intercept = [&](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        if (asked.request.url.find("partNumber=3") == std::string::npos) return std::nullopt;
        return ss::testing::scripted_answer{ss::failure{errc::connection_lost, "s3.test"}};
    };
    const auto lost = bench.put();
    REQUIRE_FALSE(lost);
    CHECK(lost.error() == errc::connection_lost);
    CHECK(bench.fake->unfinished_uploads() == 1);
    CHECK(bench.count_of("DELETE") == 0);

    bench.intercept = nullptr;
    const auto before = bench.client.asked();
    REQUIRE(bench.put());
    CHECK(bench.is_stored());
    CHECK(bench.client.asked() - before == 4);
    CHECK(bench.fake->unfinished_uploads() == 0);
}

TEST_CASE("multipart_upload: a part with another content or another size is sent again") {
    resumed bench;
    const auto id = bench.begin("vaults/big");
    bench.part("vaults/big", id, 1, ss::bytes(5 * mib, std::byte{7}));
    bench.part("vaults/big", id, 2, bench.piece(5 * mib, 5 * mib));
    bench.part("vaults/big", id, 3, bench.piece(10 * mib, 1000));
    REQUIRE(bench.put());
    CHECK(bench.is_stored());
    CHECK(bench.count_of("partNumber=1&") == 1);
    CHECK(bench.count_of("partNumber=2&") == 0);
    CHECK(bench.count_of("partNumber=3&") == 1);
    CHECK(bench.count_of("uploads=") == 1);
}

TEST_CASE("multipart_upload: parts past the end of this object are left out") {
    resumed bench;
    const auto id = bench.begin("vaults/big");
    bench.part("vaults/big", id, 4, ss::bytes(5 * mib));
    REQUIRE(bench.put());
    CHECK(bench.is_stored());
}

TEST_CASE("multipart_upload: an upload of which nothing is missing is only completed") {
    resumed bench;
    const auto id = bench.begin("vaults/big");
    bench.part("vaults/big", id, 1, bench.piece(0, 5 * mib));
    bench.part("vaults/big", id, 2, bench.piece(5 * mib, 5 * mib));
    bench.part("vaults/big", id, 3, bench.piece(10 * mib, mib));
    REQUIRE(bench.put());
    CHECK(bench.is_stored());
    CHECK(bench.client.asked() == 3);
}

TEST_CASE("multipart_upload: an upload of another key with the same beginning is left alone") {
    resumed bench;
    (void)bench.begin("vaults/bigger");
    REQUIRE(bench.put());
    CHECK(bench.is_stored());
    CHECK(bench.fake->unfinished_uploads() == 1);
    CHECK(bench.count_of("uploadId=upload-1") == 0);
}

TEST_CASE("multipart_upload: of several uploads the newest is resumed") {
    resumed bench;
    (void)bench.begin("vaults/big");
    const auto second = bench.begin("vaults/big");
    (void)bench.begin("vaults/big");
    bench.intercept = bench.always("GET /bucket?prefix", 200,
                                   uploads_of({{"vaults/big", "upload-1", "2026-01-01T00:00:00.000Z"},
                                               {"vaults/big", second, "2026-01-03T00:00:00.000Z"},
                                               {"vaults/big", "upload-3", "2026-01-02T00:00:00.000Z"},
                                               {"vaults/bigger", "upload-9", "2026-01-04T00:00:00.000Z"}}));
    REQUIRE(bench.put());
    CHECK(bench.count_of("uploadId=" + second) == 5);
    CHECK(bench.count_of("uploads=") == 1);
}

TEST_CASE("multipart_upload: more than a thousand parts are listed page by page") {
    resumed bench;
    std::size_t pages = 0;
    bench.intercept = [&](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        const auto line = bench.line(asked.number);
        if (line.find("GET /bucket?prefix") == 0) {
            return resumed::answer(200, uploads_of({{"vaults/big", "upload-1", "2026"}}));
        }
        if (line.find("GET /bucket/vaults/big?") != 0) return std::nullopt;
        CHECK(line.find("part-number-marker=" + std::to_string(pages * 2)) != (pages == 0 ? 0U : std::string::npos));
        ++pages;
        return resumed::answer(200, "<ListPartsResult><IsTruncated>" + std::string{pages < 3 ? "true" : "false"} +
                                        "</IsTruncated><NextPartNumberMarker>" + std::to_string(pages * 2) +
                                        "</NextPartNumberMarker></ListPartsResult>");
    };
    (void)bench.begin("vaults/big");
    REQUIRE(bench.put());
    CHECK(pages == 3);
    CHECK(bench.is_stored());
}

TEST_CASE("multipart_upload: a listing of parts that does not end or go on is ended") {
    for (const char* next : {"1", "0", "x", "10000", "4294967297"}) {
        resumed bench;
        (void)bench.begin("vaults/big");
        bench.intercept = bench.always("GET /bucket/vaults/big?", 200,
                                       "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>" +
                                           std::string{next} + "</NextPartNumberMarker></ListPartsResult>");
        REQUIRE(bench.put());
        CHECK(bench.count_of("GET /bucket/vaults/big?") <= 2);
    }
}

TEST_CASE("multipart_upload: a store that does not tell of its uploads, or makes no sense, is no obstacle") {
    const std::pair<int, const char*> answers[] = {{501, ""},       {403, "<Error><Code>AccessDenied</Code></Error>"},
                                                   {405, ""},       {200, ""},
                                                   {200, "<html>"}, {404, "<Error><Code>NoSuchUpload</Code></Error>"}};
    for (const auto& [status, body] : answers) {
        resumed bench;
        bench.intercept = bench.always("GET /bucket?prefix", status, body);
        REQUIRE(bench.put());
        CHECK(bench.is_stored());
    }
}

TEST_CASE("multipart_upload: an upload that is listed, but gone or unreadable, is begun anew") {
    const std::pair<int, const char*> answers[] = {{404, "<Error><Code>NoSuchUpload</Code></Error>"},
                                                   {403, ""},
                                                   {200, "<ListPartsResult><Part/></ListPartsResult>"}};
    for (const auto& [status, body] : answers) {
        resumed bench;
        const auto old = bench.begin("vaults/big");
        bench.intercept = bench.always("GET /bucket/vaults/big?", status, body);
        REQUIRE(bench.put());
        CHECK(bench.is_stored());
        CHECK(bench.count_of("POST /bucket/vaults/big?uploads=") == 1);
    }
}

TEST_CASE("multipart_upload: a store that is away while it is asked for uploads fails the put, and nothing is begun") {
    resumed bench;
    bench.intercept = bench.always("GET /bucket?prefix", 500);
    const auto failed = bench.put();
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == errc::unavailable);
    CHECK(failed.error().attempted() == "begin a multipart upload");
    CHECK(bench.count_of("POST") == 0);
}

TEST_CASE("multipart_upload: an upload that begins without an id is a failure that names the object") {
    resumed bench;
    bench.intercept = bench.always("POST /bucket/vaults/big?uploads=", 200, "<InitiateMultipartUploadResult/>");
    const auto failed = bench.put();
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == errc::unavailable);
    CHECK(failed.error().object() == "big");
    CHECK(failed.error().detail().find("an upload without an id") != std::string::npos);
}

TEST_CASE("multipart_upload: a source that cannot be read while parts are compared ends the upload") {
    resumed bench;
    const auto id = bench.begin("vaults/big");
    bench.part("vaults/big", id, 1, bench.piece(0, 5 * mib));
    recording_source source{11 * mib};
    source.fails_at = 0;
    source.fails_with = errc::io_error;
    const auto failed = bench.drive.put({.key = ss::testing::key_of("big"), .source = &source});
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == errc::io_error);
    CHECK(bench.fake->unfinished_uploads() == 0);
}
