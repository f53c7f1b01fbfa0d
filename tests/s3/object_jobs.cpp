#include "scripted_bucket.hpp"

#include <doctest/doctest.h>
#include <sealsync/ext/pugixml/pugixml_s3_xml.hpp>
#include <sealsync/testing/storage_driver.hpp>

using namespace s3_tests;
using ss::errc;
using ss::testing::key_of;

namespace {

struct gets : scripted_bucket {
    using scripted_bucket::scripted_bucket;
    ss::testing::storage_driver<storage_type> drive{store};

    [[nodiscard]] ss::result<ss::get_reply> get(const ss::get_op& op) { return drive.get(op); }
    /// What becomes of such an answer.
    [[nodiscard]] ss::result<ss::get_reply> answered(const ss::get_op& op, int status,
                                                     std::vector<ss::http_header> headers = {}, std::string body = {}) {
        fail_next(status, std::move(body), std::move(headers));
        return get(op);
    }
};

ss::get_op whole() { return {.key = key_of("a")}; }
ss::get_op details() { return {.key = key_of("a"), .part = ss::get_part::details}; }
ss::get_op range(std::uint64_t offset, std::uint64_t length) {
    return {.key = key_of("a"), .range = ss::byte_range{offset, length}};
}
ss::get_op newer_than(std::string etag) { return {.key = key_of("a"), .if_none_match = std::move(etag)}; }

std::string body_of(const ss::result<ss::get_reply>& reply) {
    return reply ? std::string{ss::as_text(reply->body)} : reply.error().message();
}

} // namespace

TEST_CASE("content_range: what a server may say, and nothing else") {
    using ss::detail::content_range;
    CHECK(content_range::parse("bytes 0-99/1234") == content_range{0, 100, 1234});
    CHECK(content_range::parse("bytes 1233-1233/1234") == content_range{1233, 1, 1234});
    CHECK(content_range::parse("bytes */1234") == content_range{0, 0, 1234});
    CHECK(content_range::parse("bytes */0") == content_range{0, 0, 0});
    for (const char* text :
         {"", "bytes", "bytes ", "0-99/1234", "bytes 0-99", "bytes 0-99/", "bytes 0-99/*", "bytes */*", "bytes 5-4/10",
          "bytes 0-10/10", "bytes -4/10", "bytes 4-/10", "bytes 4/10", "bytes a-b/10", "items 0-1/10", "bytes=0-1/10",
          "bytes 0-99999999999999999999/99999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(content_range::parse(text));
    }
}

TEST_CASE("range_header: first and last byte; a range past all numbers has no end") {
    using ss::detail::range_header;
    CHECK(range_header({0, 1}).value == "bytes=0-0");
    CHECK(range_header({10, 90}).value == "bytes=10-99");
    CHECK(range_header({10, 0}).value == "bytes=10-10");
    CHECK(range_header({10, ~std::uint64_t{0}}).value == "bytes=10-");
    CHECK(range_header({~std::uint64_t{0}, ~std::uint64_t{0}}).value == "bytes=18446744073709551615-");
}

TEST_CASE("etags: weak ones begin with W/, and quotes are taken off in pairs") {
    using namespace ss::detail;
    CHECK(is_weak("W/\"a\""));
    CHECK_FALSE(is_weak("\"W/a\""));
    CHECK(without_quotes("\"a\"") == "a");
    CHECK(without_quotes("a") == "a");
    CHECK(without_quotes("\"a") == "\"a");
    CHECK(without_quotes("\"\"").empty());
    CHECK(without_quotes("\"") == "\"");
    CHECK(without_quotes("").empty());
}

TEST_CASE("get: the request as it is sent, under the store's prefix") {
    gets bucket;
    bucket.fake->store("vaults/a", "0123456789");
    CHECK(body_of(bucket.get(whole())) == "0123456789");
    CHECK(bucket.line(0) == "GET /bucket/vaults/a");
    CHECK(bucket.client.request(0).request.headers.empty());
    CHECK(bucket.client.request(0).request.body_max == std::uint64_t{64} << 20U);

    CHECK(body_of(bucket.get(range(3, 4))) == "3456");
    CHECK(bucket.sent(1, "range") == "bytes=3-6");
    CHECK(bucket.get(details())->size == 10);
    CHECK(bucket.line(2) == "HEAD /bucket/vaults/a");
    CHECK(bucket.get(newer_than("\"x\"")));
    CHECK(bucket.sent(3, "if-none-match") == "\"x\"");
}

TEST_CASE("get: details are never of a range") {
    gets bucket;
    bucket.fake->store("vaults/a", "0123456789");
    auto op = details();
    op.range = ss::byte_range{2, 3};
    const auto reply = bucket.get(op);
    REQUIRE(reply);
    CHECK(reply->size == 10);
    CHECK(bucket.sent(0, "range") == "-");
}

TEST_CASE("get: what the store says of an object is handed on, as it is") {
    gets bucket;
    const auto reply = bucket.answered(whole(), 200,
                                       {{"etag", "W/\"odd one\""},
                                        {"date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                                        {"last-modified", "Sun, 06 Nov 1994 08:49:36 GMT"}},
                                       "body");
    REQUIRE(reply);
    CHECK(reply->etag == "W/\"odd one\"");
    CHECK(*reply->date - *reply->last_modified == std::chrono::seconds{1});
    CHECK(reply->size == 4);
    const auto bare = bucket.answered(whole(), 200, {{"date", "now"}}, "body");
    REQUIRE(bare);
    CHECK(bare->etag.empty());
    CHECK_FALSE(bare->date);
    CHECK_FALSE(bare->last_modified);
}

TEST_CASE("get: a known etag is answered without a body; nobody else is told that nothing has changed") {
    gets bucket;
    const auto known = bucket.answered(newer_than("\"1\""), 304, {{"etag", "\"1\""}});
    REQUIRE(known);
    CHECK(known->not_modified);
    CHECK(known->etag == "\"1\"");
    const auto unasked = bucket.answered(whole(), 304);
    REQUIRE_FALSE(unasked);
    CHECK(unasked.error() == errc::connection_lost);
    CHECK(unasked.error().detail() == "HTTP 304: an answer to another request");
}

TEST_CASE("get: a server may send the whole object for a range, and the range is cut out of it") {
    gets bucket;
    const auto part = bucket.answered(range(2, 3), 200, {}, "0123456789");
    CHECK(body_of(part) == "234");
    CHECK(part->size == 10);
    CHECK(body_of(bucket.answered(range(8, 5), 200, {}, "0123456789")) == "89");
    CHECK(body_of(bucket.answered(range(10, 5), 200, {}, "0123456789")).empty());
    CHECK(body_of(bucket.answered(range(500, 5), 200, {}, "0123456789")).empty());
}

TEST_CASE("get: a range is as it was asked for, or cut by the end of the object") {
    gets bucket;
    const auto part = bucket.answered(range(2, 3), 206, {{"content-range", "bytes 2-4/10"}}, "234");
    CHECK(body_of(part) == "234");
    CHECK(part->size == 10);
    CHECK(body_of(bucket.answered(range(8, 5), 206, {{"content-range", "bytes 8-9/10"}}, "89")) == "89");
}

TEST_CASE("get: another range than was asked for is refused, and one that is not told") {
    gets bucket;
    const std::pair<const char*, const char*> wrong[] = {
        {"bytes 3-5/10", "345"},  // as long, but elsewhere
        {"bytes 2-4/10", "23"},   // shorter than it says
        {"bytes 2-4/10", "2345"}, // longer
        {"bytes 2-3/10", "23"},   // less than there is
        {"bytes 2-5/10", "2345"}, // more than was asked for
        {"bytes 2-4/*", "234"},   // of what?
        {"bytes */10", "234"},    {"nonsense", "234"}, {"", "234"},
    };
    for (const auto& row : wrong) {
        const std::string header{row.first}, body{row.second};
        CAPTURE(header);
        const auto reply = bucket.answered(range(2, 3), 206, {{"content-range", header}}, body);
        REQUIRE_FALSE(reply);
        CHECK(reply.error() == errc::connection_lost);
        CHECK(reply.error().object() == "a");
    }
    CHECK(bucket.answered(whole(), 206, {{"content-range", "bytes 0-9/10"}}, "0123456789").error() ==
          errc::connection_lost);
    CHECK(bucket.answered(whole(), 206, {}, "0123").error() == errc::connection_lost);
}

TEST_CASE("get: a range past the end is nothing, of an object whose size is told, or asked for") {
    gets bucket;
    const auto told = bucket.answered(range(10, 5), 416, {{"content-range", "bytes */10"}}, "<Error/>");
    REQUIRE(told);
    CHECK(told->body.empty());
    CHECK(told->size == 10);
    CHECK(bucket.client.asked() == 1);

    bucket.fake->store("vaults/a", "0123456789");
    const auto asked = bucket.answered(range(10, 5), 416);
    REQUIRE(asked);
    CHECK(asked->body.empty());
    CHECK(asked->size == 10);
    CHECK(bucket.line(2) == "HEAD /bucket/vaults/a");
    CHECK(bucket.client.asked() == 3);
}

TEST_CASE("get: a range from the beginning that misses is of an empty object, and nothing more is asked") {
    gets bucket;
    bucket.fake->store("vaults/a", "");
    const auto reply = bucket.get(range(0, 5));
    REQUIRE(reply);
    CHECK(reply->size == 0);
    CHECK(bucket.client.asked() == 1);
}

TEST_CASE("get: of many ranges that missed, each has the size of its own object") {
    gets bucket;
    std::vector<ss::get_op> ops;
    for (std::size_t i = 1; i <= 5; ++i) {
        bucket.fake->store("vaults/" + std::to_string(i), std::string(i, 'x'));
        ops.push_back({.key = key_of(std::to_string(i)), .range = ss::byte_range{i == 3 ? 1U : 100U, 1}});
    }
    std::vector<std::uint64_t> sizes(5);
    CHECK(bucket.store.get(
        ops, [&](std::size_t i, ss::result<ss::get_reply> reply) { sizes[i] = reply ? reply->size : 99; }, {}));
    CHECK(sizes == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
    CHECK(bucket.client.asked() == 9);
}

TEST_CASE("get: an object that is gone when its size is asked for is not found") {
    gets bucket;
    const auto reply = bucket.answered(range(10, 5), 416);
    CHECK(reply.error() == errc::not_found);
}

TEST_CASE("get: 416 makes no sense but for a range, and none of an object that is longer") {
    gets bucket;
    CHECK(bucket.answered(whole(), 416).error() == errc::connection_lost);
    CHECK(bucket.answered(details(), 416).error() == errc::connection_lost);
    CHECK(bucket.answered(range(5, 1), 416, {{"content-range", "bytes */10"}}).error() == errc::connection_lost);
    CHECK(bucket.answered(range(0, 1), 416, {{"content-range", "bytes */10"}}).error() == errc::connection_lost);
    CHECK(bucket.answered(details(), 206, {{"content-length", "3"}, {"content-range", "bytes 0-2/9"}}).error() ==
          errc::connection_lost);
}

TEST_CASE("get: details without a length are none") {
    gets bucket;
    CHECK(bucket.answered(details(), 200, {{"content-length", "12"}})->size == 12);
    for (const char* length : {"", "x", "-1", "1 2", "99999999999999999999"}) {
        const auto reply = bucket.answered(details(), 200, {{"content-length", length}});
        REQUIRE_FALSE(reply);
        CHECK(reply.error() == errc::connection_lost);
        CHECK(reply.error().detail() == "HTTP 200: no length of the object");
    }
}

TEST_CASE("get: more than size_max is too large, as the store or the transport finds out") {
    gets bucket;
    bucket.fake->store("vaults/a", std::string(100, 'x'));
    auto op = whole();
    op.size_max = 99;
    const auto small = bucket.get(op);
    REQUIRE_FALSE(small);
    CHECK(small.error() == errc::too_large);
    op.size_max = 100;
    CHECK(bucket.get(op));

    bucket.fake->store("vaults/a", std::string(70'000, 'x'));
    const auto large = bucket.get(op);
    REQUIRE_FALSE(large);
    CHECK(large.error() == errc::too_large);
    CHECK(large.error().object() == "a");
    op.range = ss::byte_range{0, 10};
    CHECK(bucket.get(op)->size == 70'000);
    op.range = ss::byte_range{0, 101};
    CHECK(bucket.get(op).error() == errc::too_large);
}

TEST_CASE("get: however small size_max is, an error is read") {
    gets bucket;
    auto op = whole();
    op.size_max = 0;
    const auto missing = bucket.get(op);
    REQUIRE_FALSE(missing);
    CHECK(missing.error() == errc::not_found);
    CHECK(missing.error().detail() == "HTTP 404 NoSuchKey: The specified key does not exist. (request id FAKE1)");
    bucket.fake->store("vaults/a", "");
    CHECK(bucket.get(op));
}

TEST_CASE("get: a bucket that is not there is never an object that is not there") {
    gets bucket{http_tests::fake_s3_settings{.bucket = "other"}};
    const auto reply = bucket.get(whole());
    REQUIRE_FALSE(reply);
    CHECK(reply.error() == errc::invalid_argument);
    CHECK(reply.error().detail().find("NoSuchBucket") != std::string::npos);
}
