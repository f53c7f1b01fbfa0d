#include "upload_bench.hpp"

#include <doctest/doctest.h>
#include <sealsync/ext/pugixml/pugixml_s3_xml.hpp>

using namespace s3_tests;
using ss::detail::part_plan;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;

std::string part_line(const std::string& upload, int number) {
    return "PUT /bucket/vaults/big?partNumber=" + std::to_string(number) + "&uploadId=" + upload;
}

} // namespace

TEST_CASE("part_plan: parts are as asked for, whole MiB, at least five, equal but for the last") {
    const auto plan = part_plan::of(20 * mib + 1, 8 * mib);
    CHECK(plan.part_bytes == 8 * mib);
    CHECK(plan.count() == 3);
    CHECK(plan.range(1).offset == 0);
    CHECK(plan.range(1).length == 8 * mib);
    CHECK(plan.range(3).offset == 16 * mib);
    CHECK(plan.range(3).length == 4 * mib + 1);
    CHECK(part_plan::of(20 * mib, 1).part_bytes == 5 * mib);
    CHECK(part_plan::of(20 * mib, 5 * mib + 1).part_bytes == 6 * mib);
    CHECK(part_plan::of(20 * mib, 5 * mib).count() == 4);
}

TEST_CASE("part_plan: there are never more than 10,000 parts, up to what S3 holds and far past it") {
    for (const std::uint64_t size :
         std::initializer_list<std::uint64_t>{1, 50'000 * mib, 80'000 * mib, 80'001 * mib, (5ULL << 40U),
                                              (5ULL << 40U) + 1, (48ULL << 40U) + 12'345, (1ULL << 50U)}) {
        const auto plan = part_plan::of(size, 8 * mib);
        CAPTURE(size);
        CHECK(plan.count() >= 1);
        CHECK(plan.count() <= 10'000);
        const auto last = plan.range(plan.count());
        CHECK(last.length >= 1);
        CHECK(last.offset + last.length == size);
        CHECK(plan.part_bytes % mib == 0);
    }
}

TEST_CASE("multipart_upload: the requests of an upload, in order") {
    upload_bench bench;
    const auto stored = bench.put();
    REQUIRE(stored);
    CHECK(bench.is_stored());
    CHECK(stored->etag.ends_with("-3\""));
    CHECK(stored->date);
    CHECK(bench.lines() ==
          std::vector<std::string>{
              "GET /bucket?prefix=vaults%2Fbig&uploads=", "POST /bucket/vaults/big?uploads=", part_line("upload-1", 1),
              part_line("upload-1", 2), part_line("upload-1", 3), "POST /bucket/vaults/big?uploadId=upload-1"});
    CHECK(bench.sent(1, "content-type") == "application/octet-stream");
    CHECK(bench.client.request(2).body.size() == 5 * mib);
    CHECK(bench.client.request(3).body.size() == 5 * mib);
    CHECK(bench.client.request(4).body.size() == mib);
    CHECK(bench.fake->unfinished_uploads() == 0);
}

TEST_CASE("multipart_upload: who does not resume saves a request") {
    upload_bench bench{{.resume_uploads = false}};
    REQUIRE(bench.put());
    CHECK(bench.client.asked() == 5);
    CHECK(bench.is_stored());
}

TEST_CASE("multipart_upload: sources up to the limit are put whole, and larger ones take no condition") {
    upload_bench bench;
    ss::testing::faulty_source small{ss::bytes(upload_bench::limit)};
    CHECK(bench.drive.put({.key = ss::testing::key_of("small"), .source = &small}));
    CHECK(bench.client.asked() == 1);
    ss::testing::faulty_source large{ss::bytes(upload_bench::limit + 1)};
    const auto refused = bench.drive.put(
        {.key = ss::testing::key_of("large"), .source = &large, .condition = ss::write_condition::if_absent});
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::unsupported);
    CHECK(bench.client.asked() == 1);
}

TEST_CASE("multipart_upload: large and small objects of one batch are all stored, each under its own name") {
    upload_bench bench;
    ss::testing::faulty_source large{ss::bytes(6 * mib, std::byte{1})}, other{ss::bytes(7 * mib, std::byte{2})};
    const std::vector<ss::put_op> ops{{.key = ss::testing::key_of("0"), .body = "zero"},
                                      {.key = ss::testing::key_of("1"), .source = &large},
                                      {.key = ss::testing::key_of("2"), .body = "two"},
                                      {.key = ss::testing::key_of("3"), .source = &other}};
    std::vector<std::string> etags(4);
    CHECK(bench.store.put(ops, [&](std::size_t i, ss::result<ss::put_reply> reply) { etags[i] = reply.value().etag; },
                          {}));
    CHECK(bench.fake->body_of("vaults/0") == "zero");
    CHECK(bench.fake->body_of("vaults/1")->size() == 6 * mib);
    CHECK(bench.fake->body_of("vaults/2") == "two");
    CHECK(bench.fake->body_of("vaults/3") == std::string(7 * mib, '\2'));
    CHECK(etags[1].ends_with("-2\""));
    CHECK(etags[2].size() == 34);
}

TEST_CASE(
    "multipart_upload: no more parts are in memory than at once are allowed, also while some wait to be repeated") {
    upload_bench bench{{.parts_at_once = 3}, 60 * mib};
    recording_source source{60 * mib};
    bench.intercept = [&](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        if (asked.request.method != ss::http_method::put) return std::nullopt;
        const bool fails = asked.number % 2 == 0;
        if (!fails) source.released(asked.body.size());
        return fails ? std::optional{ss::testing::scripted_answer{ss::http_response{503, {}, {}}}} : std::nullopt;
    };
    REQUIRE(bench.drive.put({.key = ss::testing::key_of("big"), .source = &source}));
    CHECK(source.most <= 3 * 5 * mib);
    CHECK(source.most >= 2 * 5 * mib);
    CHECK(bench.client.most_at_once() <= 3);
    CHECK(bench.fake->body_of("vaults/big")->size() == 60 * mib);
}

TEST_CASE("multipart_upload: a part that fails for a moment is sent again") {
    upload_bench bench;
    bench.intercept = bench.once("partNumber=2", 500);
    REQUIRE(bench.put());
    CHECK(bench.is_stored());
    CHECK(bench.count_of("partNumber=2") == 2);
}

TEST_CASE("multipart_upload: a part that is refused ends the upload, which is aborted") {
    upload_bench bench;
    bench.intercept = bench.always("partNumber=2", 403);
    const auto refused = bench.put();
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::access_denied);
    CHECK(refused.error().object() == "big");
    CHECK(bench.lines().back() == "DELETE /bucket/vaults/big?uploadId=upload-1");
    CHECK(bench.fake->unfinished_uploads() == 0);
    CHECK(bench.fake->keys().empty());
}

TEST_CASE("multipart_upload: a source that fails ends the upload, which is aborted; no further part is read") {
    for (const auto code : {errc::source_changed, errc::io_error, errc::not_found}) {
        upload_bench bench{{.parts_at_once = 1}, 50 * mib};
        recording_source source{50 * mib};
        source.fails_at = 15 * mib;
        source.fails_with = code;
        const auto failed = bench.drive.put({.key = ss::testing::key_of("big"), .source = &source});
        REQUIRE_FALSE(failed);
        CHECK(failed.error() == code);
        CHECK(source.reads == 4);
        CHECK(bench.fake->unfinished_uploads() == 0);
        CHECK(bench.lines().back().starts_with("DELETE "));
    }
}

TEST_CASE("multipart_upload: an abort that fails changes nothing about the failure") {
    upload_bench bench;
    bench.intercept = [&](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        if (asked.request.url.find("partNumber=2") != std::string::npos) return upload_bench::answer(403);
        if (asked.request.method == ss::http_method::remove) return upload_bench::answer(500);
        return std::nullopt;
    };
    CHECK(bench.put().error() == errc::access_denied);
    CHECK(bench.fake->unfinished_uploads() == 1);
}

TEST_CASE("multipart_upload: a stop leaves the upload, which the next put finishes without sending what is there") {
    upload_bench bench{{.parts_at_once = 1}};
    std::stop_source stop;
    bench.intercept = [&](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        if (asked.request.url.find("partNumber=3") == std::string::npos) return std::nullopt;
        stop.request_stop();
        return ss::testing::scripted_answer::never();
    };
    const auto stopped = bench.put({.stop = stop.get_token()});
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error() == errc::cancelled);
    CHECK(bench.fake->unfinished_uploads() == 1);

    bench.intercept = nullptr;
    const auto before = bench.client.asked();
    REQUIRE(bench.put());
    CHECK(bench.is_stored());
    CHECK(
        bench.lines(before) ==
        std::vector<std::string>{"GET /bucket?prefix=vaults%2Fbig&uploads=", "GET /bucket/vaults/big?uploadId=upload-1",
                                 part_line("upload-1", 3), "POST /bucket/vaults/big?uploadId=upload-1"});
}

TEST_CASE("multipart_upload: one time limit is for the whole put, all its requests together") {
    upload_bench bench;
    bench.intercept = [&](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        if (asked.request.method == ss::http_method::put) return std::nullopt;
        return ss::testing::scripted_answer{ss::failure{errc::timed_out}, std::chrono::seconds{20}};
    };
    const auto late = bench.put({.timeout = std::chrono::seconds{30}});
    REQUIRE_FALSE(late);
    CHECK(late.error().kind() == ss::error_kind::retry);
    CHECK(bench.client.monotonic() <= std::chrono::seconds{30});
}
