#include <sealsync/storage/memory_storage.hpp>
#include <sealsync/testing/storage_driver.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace sealsync;
using testing::key_of;

namespace {

using driver = testing::storage_driver<memory_storage>;

} // namespace

TEST_CASE("memory_storage: copies are the same store") {
    memory_storage one;
    auto two = one;
    REQUIRE(driver{one}.put("a", "1"));
    CHECK(driver{two}.read("a").value() == bytes_view{"1"});
}

TEST_CASE("memory_storage: a snapshot is a store of its own") {
    memory_storage store;
    REQUIRE(driver{store}.put("a", "before"));
    auto copy = store.snapshot();
    REQUIRE(driver{store}.put("a", "after"));
    REQUIRE(driver{copy}.put("b", "only in the copy"));
    CHECK(driver{copy}.read("a").value() == bytes_view{"before"});
    CHECK(driver{store}.get("b").error() == errc::not_found);
    CHECK(copy.size() == 2);
    CHECK(store.size() == 1);
}

TEST_CASE("memory_storage: without a clock nothing is dated") {
    memory_storage store;
    const auto put = driver{store}.put("a", "1").value();
    const auto got = driver{store}.get("a").value();
    CHECK_FALSE(put.date);
    CHECK_FALSE(got.date);
    CHECK_FALSE(got.last_modified);
    CHECK_FALSE(store.list({}, {}).value().date);
}

TEST_CASE("memory_storage: with a clock every answer says when, and when the object was written") {
    auto time = std::make_shared<std::int64_t>(10);
    memory_storage store{[time] { return wall_time{std::chrono::nanoseconds{*time}}; }};
    const auto at = [](std::int64_t count) { return wall_time{std::chrono::nanoseconds{count}}; };
    CHECK(driver{store}.put("a", "1").value().date == at(10));
    *time = 20;
    const auto got = driver{store}.get("a").value();
    CHECK(got.date == at(20));
    CHECK(got.last_modified == at(10));
    const auto page = store.list({}, {}).value();
    CHECK(page.date == at(20));
    CHECK(page.entries.at(0).last_modified == at(10));
    auto copy = store.snapshot();
    CHECK(driver{copy}.get("a").value().date == at(20));
}

TEST_CASE("memory_storage: equal bytes have equal etags, whoever wrote them") {
    memory_storage one, two;
    CHECK(driver{one}.put("a", "same").value().etag == driver{two}.put("b", "same").value().etag);
    CHECK(driver{one}.put("a", "same").value().etag != driver{one}.put("a", "sane").value().etag);
}

TEST_CASE("memory_storage: a lost condition says what was found instead") {
    memory_storage store;
    const auto gone = driver{store}.put_if_match("a", "x", "etag").error();
    CHECK(gone == errc::precondition_failed);
    CHECK(gone.message() == "a: somebody else wrote first (it is gone); read again, then decide");
    REQUIRE(driver{store}.put("a", "1"));
    CHECK(driver{store}.put_if_absent("a", "x").error().detail() == "it exists");
    CHECK(driver{store}.put_if_match("a", "x", "other").error().detail() == "it has changed");
}

TEST_CASE("memory_storage: too_large says how large, and what was asked for") {
    memory_storage store;
    REQUIRE(driver{store}.put("a", "12345"));
    const auto large = driver{store}.get({.key = key_of("a"), .size_max = 4}).error();
    CHECK(large.message() ==
          "a: over the limit (5 bytes, but at most 4 were asked for); make it smaller or raise the limit");
}

TEST_CASE("memory_storage: a call stopped in the middle of a batch leaves the rest undone and unreported") {
    memory_storage store;
    std::stop_source source;
    const std::vector<put_op> puts{{.key = key_of("a"), .body = "1"}, {.key = key_of("b"), .body = "2"}};
    std::size_t reported = 0;
    const auto stored = [&](std::size_t, result<put_reply>) {
        ++reported;
        source.request_stop();
    };
    CHECK(store.put(puts, stored, {.stop = source.get_token()}).error() == errc::cancelled);
    CHECK(reported == 1);
    CHECK(store.size() == 1);
}

TEST_CASE("memory_storage: a listing with no limit to speak of still makes progress") {
    memory_storage store;
    REQUIRE(driver{store}.put("a", "1"));
    REQUIRE(driver{store}.put("b", "2"));
    const auto page = store.list({.prefix = "", .limit = 0}, {}).value();
    CHECK(page.entries.size() == 1);
    CHECK(page.more);
}

TEST_CASE("memory_storage: callbacks may use the store") {
    memory_storage store;
    REQUIRE(driver{store}.put("a", "1"));
    const get_op op{.key = key_of("a")};
    bool copied = false;
    const auto got = [&](std::size_t, result<get_reply> reply) {
        copied = driver{store}.put("b", reply.value().body).has_value();
    };
    REQUIRE(store.get({&op, 1}, got, {}));
    CHECK(copied);
    CHECK(driver{store}.read("b").value() == bytes_view{"1"});
}

TEST_CASE("memory_storage: of threads that create one object exactly one wins, and no increment is lost") {
    constexpr int threads = 4, rounds = 50;
    memory_storage store;
    std::atomic<int> created{0};
    const auto work = [&](int me) {
        auto own = store;
        if (driver{own}.put_if_absent("once", std::to_string(me))) ++created;
        for (int done = 0; done < rounds;) {
            const auto now = driver{own}.get("counter");
            const auto next = now ? std::to_string(std::stoi(std::string{as_text(now->body)}) + 1) : "1";
            const auto put =
                now ? driver{own}.put_if_match("counter", next, now->etag) : driver{own}.put_if_absent("counter", next);
            done += put ? 1 : 0;
        }
    };
    {
        std::vector<std::jthread> running;
        for (int i = 0; i < threads; ++i) running.emplace_back(work, i);
    }
    CHECK(created == 1);
    CHECK(driver{store}.read("counter").value() == bytes_view{std::to_string(threads * rounds)});
}
