#include "scripted_bucket.hpp"

#include <doctest/doctest.h>
#include <sealsync/ext/pugixml/pugixml_s3_xml.hpp>
#include <sealsync/testing/storage_driver.hpp>

using namespace s3_tests;
using ss::errc;
using ss::write_condition;
using ss::testing::key_of;

namespace {

struct writes : scripted_bucket {
    using scripted_bucket::scripted_bucket;
    ss::testing::storage_driver<storage_type> drive{store};

    /// Removes them in one call; what each ended with, `errc{}` for success.
    [[nodiscard]] std::vector<errc> remove(const std::vector<ss::object_key>& keys) {
        std::vector<errc> ends(keys.size(), errc::closed);
        const auto done = store.remove(keys,
                                       [&](std::size_t i, ss::result<void> outcome) {
                                           CHECK(ends[i] == errc::closed);
                                           ends[i] = outcome ? errc{} : outcome.error().code();
                                           if (!outcome) failures.push_back(outcome.error());
                                       },
                                       {});
        CHECK(done);
        return ends;
    }
    std::vector<ss::failure> failures;
};

std::vector<ss::object_key> many_keys(std::size_t count) {
    std::vector<ss::object_key> keys;
    for (std::size_t i = 0; i < count; ++i) keys.push_back(key_of("k/" + std::to_string(i)));
    return keys;
}

/// Counts what is held at once: a store reads a source when its turn comes, and lets go of it when that put ends.
struct counted_source final : ss::byte_source {
    counted_source(std::uint64_t bytes, std::uint64_t& held, std::uint64_t& most)
        : size_{bytes}, held_{held}, most_{most} {}
    [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }
    [[nodiscard]] ss::result<void> read(std::uint64_t, std::span<std::byte> out) override {
        held_ += out.size();
        most_ = (std::max)(most_, held_);
        return {};
    }
    std::uint64_t size_;
    std::uint64_t& held_;
    std::uint64_t& most_;
};

} // namespace

TEST_CASE("put: the request as it is sent") {
    writes bucket;
    const auto stored = bucket.drive.put("dir/a b+c", "body");
    REQUIRE(stored);
    CHECK_FALSE(stored->etag.empty());
    CHECK(stored->date);
    CHECK(bucket.line(0) == "PUT /bucket/vaults/dir/a%20b%2Bc");
    CHECK(ss::as_text(bucket.client.request(0).body) == "body");
    CHECK(bucket.sent(0, "content-type") == "application/octet-stream");
    CHECK(bucket.sent(0, "if-match") == "-");
    CHECK(bucket.sent(0, "if-none-match") == "-");
    CHECK(bucket.fake->body_of("vaults/dir/a b+c") == "body");
}

TEST_CASE("put: conditions are headers, and etags are sent as they came") {
    writes bucket;
    const auto first = bucket.drive.put_if_absent("a", "1");
    REQUIRE(first);
    CHECK(bucket.sent(0, "if-none-match") == "*");
    CHECK(bucket.drive.put_if_absent("a", "2").error() == errc::precondition_failed);
    CHECK(bucket.drive.put_if_match("a", "2", first->etag));
    CHECK(bucket.sent(2, "if-match") == first->etag);
    CHECK(bucket.drive.put_if_match("a", "3", first->etag).error() == errc::precondition_failed);
    CHECK(bucket.drive.put_if_match("b", "3", first->etag).error() == errc::not_found);
    CHECK(bucket.fake->body_of("vaults/a") == "2");
}

TEST_CASE("put: where a probe has found that etags go without their quotes, so they go") {
    writes bucket{http_tests::fake_s3_settings{.if_match = http_tests::if_match_form::unquoted}};
    const auto first = bucket.drive.put("a", "1");
    REQUIRE(first);
    CHECK(bucket.drive.put_if_match("a", "2", first->etag).error() == errc::precondition_failed);
    bucket.store.assume({ss::conditional_writes::full, false, true});
    CHECK(bucket.drive.put_if_match("a", "2", first->etag));
    CHECK('"' + bucket.sent(2, "if-match") + '"' == first->etag);
}

TEST_CASE("put: no weak etag and no empty one is a condition: nothing is sent") {
    writes bucket;
    for (const char* etag : {"", "W/\"1\""}) {
        const auto refused = bucket.drive.put_if_match("a", "1", etag);
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == errc::unsupported);
        CHECK(refused.error().object() == "a");
    }
    CHECK(bucket.client.asked() == 0);
}

TEST_CASE("put: a store without etags gives none") {
    writes bucket;
    bucket.fail_next(200);
    const auto stored = bucket.drive.put("a", "1");
    REQUIRE(stored);
    CHECK(stored->etag.empty());
    CHECK_FALSE(stored->date);
}

TEST_CASE("put: sources are held up to held_bytes_max, also while they wait for another attempt") {
    writes bucket{{}, {.held_bytes_max = 100'000}};
    std::uint64_t held = 0, most = 0, failed = 0;
    std::vector<counted_source> sources;
    for (int i = 0; i < 60; ++i) sources.emplace_back(30'000, held, most);
    std::vector<ss::put_op> ops;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        ops.push_back({.key = key_of(std::to_string(i)), .source = &sources[i]});
    }
    bucket.intercept = [&](const auto& asked) -> std::optional<ss::testing::scripted_answer> {
        if (asked.number % 3 == 0) return ss::testing::scripted_answer{ss::http_response{503, {}, {}}};
        return std::nullopt;
    };
    CHECK(bucket.store.put(ops,
                           [&](std::size_t, ss::result<ss::put_reply> reply) {
                               held -= 30'000;
                               failed += reply ? 0 : 1;
                           },
                           {}));
    CHECK(most == 90'000);
    CHECK(held == 0);
    CHECK(failed == 0);
    CHECK(bucket.fake->keys().size() == 60);
}

TEST_CASE("put: one source larger than held_bytes_max is held alone; bodies count for nothing") {
    writes bucket{{}, {.held_bytes_max = 10}};
    std::uint64_t held = 0, most = 0;
    counted_source one{1000, held, most}, other{1000, held, most}, none{0, held, most};
    const std::vector<ss::put_op> ops{{.key = key_of("0"), .source = &one},
                                      {.key = key_of("1"), .source = &other},
                                      {.key = key_of("2"), .source = &none},
                                      {.key = key_of("3"), .body = "a body of more than ten bytes"}};
    std::size_t stored = 0;
    CHECK(bucket.store.put(ops,
                           [&](std::size_t i, ss::result<ss::put_reply> reply) {
                               stored += reply ? 1 : 0;
                               held -= i < 2 ? 1000 : 0;
                           },
                           {}));
    CHECK(stored == 4);
    CHECK(most == 1000);
}

TEST_CASE("put: a source that fails is its own put's failure, and frees what it held") {
    writes bucket{{}, {.held_bytes_max = 10}};
    ss::testing::faulty_source bad{ss::bytes(10)}, good{ss::bytes(10)};
    bad.fail_with(errc::source_changed);
    const std::vector<ss::put_op> ops{{.key = key_of("bad"), .source = &bad}, {.key = key_of("good"), .source = &good}};
    std::vector<errc> ends(2);
    CHECK(bucket.store.put(
        ops, [&](std::size_t i, ss::result<ss::put_reply> reply) { ends[i] = reply ? errc{} : reply.error().code(); },
        {}));
    CHECK(ends == std::vector<errc>{errc::source_changed, errc{}});
    CHECK(bucket.fake->keys() == std::vector<std::string>{"vaults/good"});
}

TEST_CASE("remove: few keys are one DELETE each, and a missing object is no failure") {
    writes bucket;
    bucket.fake->store("vaults/k/0", "x");
    CHECK(bucket.remove(many_keys(3)) == std::vector<errc>(3));
    CHECK(bucket.lines() == std::vector<std::string>{"DELETE /bucket/vaults/k/0", "DELETE /bucket/vaults/k/1",
                                                     "DELETE /bucket/vaults/k/2"});
    bucket.fail_next(404, "<Error><Code>NoSuchKey</Code></Error>");
    CHECK(bucket.remove(many_keys(1)) == std::vector<errc>(1));
    bucket.fail_next(404, "<Error><Code>NoSuchBucket</Code></Error>");
    CHECK(bucket.remove(many_keys(1)) == std::vector<errc>{errc::invalid_argument});
    bucket.fail_next(403, "<Error><Code>AccessDenied</Code></Error>");
    CHECK(bucket.remove(many_keys(1)) == std::vector<errc>{errc::access_denied});
}

TEST_CASE("remove: many keys are one request a thousand, with the MD5 that S3 wants") {
    writes bucket;
    for (std::size_t i = 0; i < 2001; ++i) bucket.fake->store("vaults/k/" + std::to_string(i), "x");
    CHECK(bucket.remove(many_keys(2001)) == std::vector<errc>(2001));
    CHECK(bucket.fake->keys().empty());
    CHECK(bucket.lines() == std::vector<std::string>(3, "POST /bucket?delete="));
    const auto& body = bucket.client.request(0).body;
    CHECK(bucket.sent(0, "content-md5") == ss::detail::to_base64(bucket_crypto{}.md5(body)));
    CHECK(bucket.sent(0, "content-type") == "application/xml");
    CHECK(ss::as_text(body).find("<Key>vaults/k/0</Key>") != std::string_view::npos);
}

TEST_CASE("remove: keys that XML must escape are removed like others") {
    writes bucket;
    std::vector<ss::object_key> keys;
    for (const char* name : {"a&b", "<c>", "\"d'", "e]]>", "\xc3\xa4", " f "}) {
        bucket.fake->store("vaults/" + std::string{name}, "x");
        keys.push_back(key_of(name));
    }
    CHECK(bucket.remove(keys) == std::vector<errc>(keys.size()));
    CHECK(bucket.fake->keys().empty());
}

TEST_CASE("remove: what a multi-delete could not delete is told key by key") {
    writes bucket;
    bucket.fail_next(200,
                     "<DeleteResult><Error><Key>vaults/k/1</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
                     "<Error><Key>vaults/k/2</Key><Code>NoSuchKey</Code></Error>"
                     "<Error><Key>vaults/k/3</Key><Code>InternalError</Code></Error>"
                     "<Error><Key>vaults/k/4</Key><Code>SlowDown</Code></Error>"
                     "<Error><Key>k/5</Key><Code>AccessDenied</Code></Error></DeleteResult>",
                     {{"x-amz-request-id", "R1"}});
    CHECK(bucket.remove(many_keys(6)) ==
          std::vector<errc>{errc{}, errc::access_denied, errc{}, errc::unavailable, errc::throttled, errc{}});
    CHECK(bucket.client.asked() == 1);
    CHECK(bucket.failures[0].object() == "k/1");
    CHECK(bucket.failures[0].detail() == "HTTP 200 AccessDenied: no (request id R1)");
}

TEST_CASE("remove: where a multi-delete is refused, keys are deleted one by one") {
    for (const int status : {501, 405, 411}) {
        writes bucket;
        for (std::size_t i = 0; i < 10; ++i) bucket.fake->store("vaults/k/" + std::to_string(i), "x");
        bucket.fail_next(status);
        CHECK(bucket.remove(many_keys(10)) == std::vector<errc>(10));
        CHECK(bucket.fake->keys().empty());
        CHECK(bucket.client.asked() == 11);
        CHECK(bucket.line(10).starts_with("DELETE "));
    }
}

TEST_CASE("remove: of a thousand and one, only the refused thousand are deleted one by one") {
    writes bucket;
    bucket.fail_next(501);
    CHECK(bucket.remove(many_keys(1001)) == std::vector<errc>(1001));
    CHECK(bucket.client.asked() == 1002);
}

TEST_CASE("remove: a multi-delete that fails as a whole fails for each key, by its name") {
    writes bucket;
    bucket.fail_next(403, "<Error><Code>AccessDenied</Code></Error>", {{"x-amz-request-id", "R1"}});
    CHECK(bucket.remove(many_keys(4)) == std::vector<errc>(4, errc::access_denied));
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(bucket.failures[i].object() == "k/" + std::to_string(i));
        CHECK(bucket.failures[i].detail() == "HTTP 403 AccessDenied (request id R1)");
    }
}

TEST_CASE("remove: a good answer that is no list of faults is a failure of every key") {
    writes bucket;
    for (const char* body : {"", "<html>", "<Error><Code>InternalError</Code></Error>"}) {
        bucket.fail_next(200, body, {{"x-amz-request-id", "R1"}});
        CHECK(bucket.remove(many_keys(4)) == std::vector<errc>(4, errc::unavailable));
        CHECK(bucket.failures.back().object() == "k/3");
        CHECK(bucket.failures.back().detail().find("request id R1") != std::string::npos);
    }
}
