#include "scripted_bucket.hpp"

#include <doctest/doctest.h>
#include <sealsync/ext/pugixml/pugixml_s3_xml.hpp>
#include <sealsync/testing/random.hpp>
#include <sealsync/testing/storage_driver.hpp>

using namespace s3_tests;
using ss::errc;

namespace {

struct download_bench : scripted_bucket {
    explicit download_bench(std::uint64_t part = 1000, std::uint64_t held = 4000)
        : scripted_bucket{{}, {.held_bytes_max = held, .part_bytes = part}} {}

    void store_bytes(std::size_t size) {
        content = ss::testing::random{size}.some_bytes(size);
        fake->store("vaults/a", std::string{ss::as_text(content)});
    }
    [[nodiscard]] ss::result<ss::get_reply> download(const ss::call_context& call = {}) {
        taken.clear();
        calls = 0;
        return store.download(
            ss::testing::key_of("a"),
            [&](ss::bytes_view more) -> ss::result<void> {
                ++calls;
                if (calls == fails_at) return ss::failure{errc::no_space, "disk"};
                ss::append(taken, more);
                if (after_part) after_part(calls);
                return {};
            },
            call);
    }

    ss::bytes content, taken;
    std::size_t calls = 0, fails_at = 0;
    std::function<void(std::size_t)> after_part;
};

} // namespace

TEST_CASE("ranged_download: an object comes whole and in order, one request a part") {
    for (const std::size_t size : {1U, 999U, 1000U, 1001U, 2000U, 12'345U, 70'000U}) {
        CAPTURE(size);
        download_bench bench;
        bench.store_bytes(size);
        const auto reply = bench.download();
        REQUIRE(reply);
        CHECK(bench.taken == bench.content);
        CHECK(reply->size == size);
        CHECK(reply->body.empty());
        CHECK_FALSE(reply->etag.empty());
        CHECK(reply->last_modified);
        CHECK(bench.client.asked() == (size + 999) / 1000);
        CHECK(bench.calls == bench.client.asked());
    }
}

TEST_CASE("ranged_download: a client that does not use the room it is given is as good") {
    for (const std::size_t size : {1000U, 1001U, 4001U, 70'000U}) {
        download_bench bench;
        bench.client.use_room(false);
        bench.store_bytes(size);
        REQUIRE(bench.download());
        CHECK(bench.taken == bench.content);
    }
}

TEST_CASE("ranged_download: the parts under way have a room each, and no more than are held at once") {
    download_bench bench;
    bench.store_bytes(70'000);
    REQUIRE(bench.download());
    std::map<const std::byte*, std::size_t> uses;
    for (std::size_t i = 1; i < bench.client.asked(); ++i) {
        const auto room = bench.client.request(i).request.room;
        CHECK(room.size() == 1000);
        ++uses[room.data()];
    }
    CHECK(uses.size() == 4);
    CHECK(std::all_of(uses.begin(), uses.end(), [](const auto& one) { return one.second >= 17; }));
}

TEST_CASE("ranged_download: the requests are ranges of one object") {
    download_bench bench;
    bench.store_bytes(2500);
    REQUIRE(bench.download());
    CHECK(bench.line(0) == "GET /bucket/vaults/a");
    CHECK(bench.sent(0, "range") == "bytes=0-999");
    CHECK(bench.sent(1, "range") == "bytes=1000-1999");
    CHECK(bench.sent(2, "range") == "bytes=2000-2499");
}

TEST_CASE("ranged_download: an empty object is handed on as nothing") {
    download_bench bench;
    bench.store_bytes(0);
    const auto reply = bench.download();
    REQUIRE(reply);
    CHECK(reply->size == 0);
    CHECK(bench.taken.empty());
    CHECK(bench.client.asked() == 1);
}

TEST_CASE("ranged_download: a missing object is not found, and its bucket is something else") {
    download_bench bench;
    CHECK(bench.download().error() == errc::not_found);
    CHECK(bench.calls == 0);
    bench.fail_next(404, "<Error><Code>NoSuchBucket</Code></Error>");
    CHECK(bench.download().error() == errc::invalid_argument);
}

TEST_CASE("ranged_download: no more parts are held than held_bytes_max has room for, however slow the first is") {
    download_bench bench{1000, 3000};
    bench.store_bytes(20'000);
    std::size_t furthest = 0;
    bench.intercept = [&](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        const auto first = std::stoul(bench.sent(asked.number, "range").substr(6));
        furthest = (std::max)(furthest, first / 1000 + 1 - bench.calls);
        if (first != 1000 || asked.number > 3) return std::nullopt;
        return ss::testing::scripted_answer{ss::http_response{503, {}, {}}, std::chrono::seconds{5}};
    };
    REQUIRE(bench.download());
    CHECK(bench.taken == bench.content);
    CHECK(furthest == 3);
    CHECK(bench.client.most_at_once() <= 3);
}

TEST_CASE("ranged_download: less room than one part is room for one part, and parts of no size are of one byte") {
    download_bench bench{1000, 10};
    bench.store_bytes(5000);
    REQUIRE(bench.download());
    CHECK(bench.taken == bench.content);
    CHECK(bench.client.most_at_once() == 1);
    download_bench tiny{0, 100};
    tiny.store_bytes(5);
    REQUIRE(tiny.download());
    CHECK(tiny.taken == tiny.content);
    CHECK(tiny.client.asked() == 5);
}

TEST_CASE("ranged_download: a part that fails for a moment is asked for again, in its place") {
    download_bench bench;
    bench.store_bytes(10'000);
    bench.intercept =
        [&, done = false](
            const ss::testing::scripted_request& asked) mutable -> std::optional<ss::testing::scripted_answer> {
        if (done || bench.sent(asked.number, "range") != "bytes=3000-3999") return std::nullopt;
        done = true;
        return ss::testing::scripted_answer{ss::failure{errc::connection_lost, "s3.test"}};
    };
    REQUIRE(bench.download());
    CHECK(bench.taken == bench.content);
    CHECK(bench.client.asked() == 11);
}

TEST_CASE("ranged_download: an object that is overwritten meanwhile is told, and no byte of the other one handed on") {
    for (const std::size_t other : {10'000U, 20'000U, 10U}) {
        download_bench bench;
        bench.store_bytes(10'000);
        bench.after_part = [&](std::size_t calls) {
            if (calls == 1) bench.fake->store("vaults/a", std::string(other, 'x'));
        };
        const auto changed = bench.download();
        REQUIRE_FALSE(changed);
        CHECK(changed.error() == errc::source_changed);
        CHECK(changed.error().object() == "a");
        CHECK(bench.taken == ss::bytes(bench.content.begin(), bench.content.begin() + 1000));
    }
}

TEST_CASE("ranged_download: an object that is deleted meanwhile is not found") {
    download_bench bench;
    bench.store_bytes(10'000);
    bench.after_part = [&](std::size_t calls) {
        if (calls == 1) bench.fake->erase("vaults/a");
    };
    CHECK(bench.download().error() == errc::not_found);
}

TEST_CASE("ranged_download: a sink that fails ends it with its own failure, and nothing more is asked or handed on") {
    for (const std::size_t at : {1U, 2U, 5U}) {
        download_bench bench;
        bench.store_bytes(50'000);
        bench.fails_at = at;
        const auto full = bench.download();
        REQUIRE_FALSE(full);
        CHECK(full.error() == errc::no_space);
        CHECK(full.error().object() == "disk");
        CHECK(bench.calls == at);
        CHECK(bench.client.asked() <= at + 4);
        CHECK(bench.client.under_way() == 0);
    }
}

TEST_CASE("ranged_download: a part that is another range than was asked for is refused") {
    const std::tuple<int, const char*, std::size_t> wrong[] = {{206, "bytes 0-999/10000", 1000},
                                                               {206, "bytes 1000-1998/10000", 999},
                                                               {206, "bytes 1000-1999/10000", 999},
                                                               {206, "bytes 1000-1999/20000", 1000},
                                                               {206, "", 1000},
                                                               {206, "bytes 1000-1999/*", 1000}};
    for (const auto& row : wrong) {
        const auto status = std::get<0>(row);
        const std::string range{std::get<1>(row)};
        const auto size = std::get<2>(row);
        CAPTURE(range);
        download_bench bench;
        bench.store_bytes(10'000);
        bench.intercept =
            [&, status = status, range = range,
             size = size](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
            if (bench.sent(asked.number, "range") != "bytes=1000-1999") return std::nullopt;
            return ss::testing::scripted_answer{ss::http_response{
                status,
                {{"etag", '"' + ss::detail::content_etag(bench.content) + '"'}, {"content-range", range}},
                ss::bytes(size)}};
        };
        const auto refused = bench.download();
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == errc::connection_lost);
        CHECK(bench.taken.size() == 1000);
    }
}

TEST_CASE("ranged_download: a store that ignores ranges has small objects whole, and large ones not") {
    download_bench bench;
    bench.fail_next(200, "small");
    REQUIRE(bench.download());
    CHECK(ss::as_text(bench.taken) == "small");
    bench.store_bytes(10'000);
    bench.intercept = [&](const ss::testing::scripted_request&) -> std::optional<ss::testing::scripted_answer> {
        return ss::testing::scripted_answer{ss::http_response{200, {}, bench.content}};
    };
    CHECK_FALSE(bench.download());
}

TEST_CASE("ranged_download: a stop ends it") {
    download_bench bench;
    bench.store_bytes(50'000);
    std::stop_source stop;
    bench.after_part = [&](std::size_t calls) {
        if (calls == 3) stop.request_stop();
    };
    const auto stopped = bench.download({.stop = stop.get_token()});
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error() == errc::cancelled);
    CHECK(bench.client.under_way() == 0);
    CHECK(bench.client.asked() <= 10);
}
