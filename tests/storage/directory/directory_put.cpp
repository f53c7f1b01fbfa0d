#include "directory_fixture.hpp"

#include <sealsync/storage/directory/directory_put.hpp>
#include <sealsync/testing/storage_driver.hpp>

#include <doctest/doctest.h>

#include <map>

using namespace sealsync;
using namespace directory_tests;
using testing::key_of;

namespace {

using put_type = detail::directory_put<failing_files>;
const call_context soon{{}, std::chrono::milliseconds{3}};

/// What a batch came back with: the call's own outcome, and that of each operation that was reported.
struct batch_outcome {
    result<void> called;
    std::map<std::size_t, result<put_reply>> reported{};
    std::size_t reports = 0;
};

batch_outcome run(const world& w, const std::vector<put_op>& ops, const call_context& call = soon) {
    batch_outcome outcome;
    const auto stored = [&](std::size_t i, result<put_reply> reply) {
        ++outcome.reports;
        outcome.reported.emplace(i, std::move(reply));
    };
    outcome.called = put_type{w.site, ops, stored}.run(call);
    return outcome;
}

result<put_reply> put(const world& w, const put_op& op) {
    auto outcome = run(w, {op});
    REQUIRE(outcome.called);
    REQUIRE(outcome.reports == 1);
    return outcome.reported.at(0);
}

std::vector<put_op> batch_of(std::size_t count) {
    std::vector<put_op> ops;
    for (std::size_t i = 0; i < count; ++i) ops.push_back({.key = key_of(std::to_string(i)), .body = "x"});
    return ops;
}

std::size_t objects(const world& w) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator{w.folder.path()}) count += entry.is_regular_file() ? 1U : 0U;
    return count;
}

} // namespace

TEST_CASE("directory_put: each operation of a batch is reported once, with the etag of its content") {
    const world w;
    const auto outcome =
        run(w, {{.key = key_of("a"), .body = "one"}, {.key = key_of("b/c"), .body = "two"}, {.key = key_of("empty")}});
    CHECK(outcome.called);
    CHECK(outcome.reports == 3);
    CHECK(outcome.reported.at(0).value().etag == detail::content_etag("one"));
    CHECK(outcome.reported.at(1).value().etag == detail::content_etag("two"));
    CHECK(outcome.reported.at(2).value().etag == detail::content_etag(""));
    CHECK(w.folder.read("a") == "one");
    CHECK(w.folder.read("b/c") == "two");
    CHECK(fs::file_size(w.at("empty")) == 0);
}

TEST_CASE("directory_put: a source is stored like a body, and one that fails stores nothing") {
    const world w;
    testing::faulty_source source{to_bytes("content")};
    CHECK(put(w, {.key = key_of("a"), .source = &source}).value().etag == detail::content_etag("content"));
    CHECK(w.folder.read("a") == "content");
    source.fail_with(errc::source_changed);
    CHECK(put(w, {.key = key_of("b"), .source = &source}).error() == errc::source_changed);
    CHECK_FALSE(fs::exists(w.at("b")));
}

TEST_CASE("directory_put: if_absent creates once, with and without hard links") {
    for (const bool links : {true, false}) {
        world w;
        if (!links) w.fail_for_ever("link", std::errc::operation_not_supported);
        const put_op op{.key = key_of("a"), .body = "first", .condition = write_condition::if_absent};
        CHECK(put(w, op));
        const auto second = put(w, {.key = op.key, .body = "second", .condition = op.condition});
        CHECK(second.error() == errc::precondition_failed);
        CHECK(second.error().detail() == "it exists");
        CHECK(w.folder.read("a") == "first");
    }
}

TEST_CASE("directory_put: if_match replaces what has the etag, and says how else it is") {
    const world w;
    const auto replace = [&](const char* key, const std::string& etag) {
        return put(w, {.key = key_of(key), .body = "2", .condition = write_condition::if_match, .etag = etag});
    };
    w.folder.write("a", "1");
    CHECK(replace("gone", detail::content_etag("1")).error().detail() == "it is gone");
    CHECK(replace("a", detail::content_etag("other")).error().detail() == "it has changed");
    CHECK(w.folder.read("a") == "1");
    CHECK(replace("a", detail::content_etag("1")));
    CHECK(w.folder.read("a") == "2");
    CHECK(replace("a", detail::content_etag("1")).error() == errc::precondition_failed);
}

TEST_CASE("directory_put: in one batch a condition sees what was put before it") {
    const world w;
    const auto outcome = run(
        w,
        {{.key = key_of("a"), .body = "1"},
         {.key = key_of("a"), .body = "2", .condition = write_condition::if_absent},
         {.key = key_of("a"), .body = "3", .condition = write_condition::if_match, .etag = detail::content_etag("1")}});
    CHECK(outcome.called);
    CHECK(outcome.reported.at(0));
    CHECK(outcome.reported.at(1).error() == errc::precondition_failed);
    CHECK(outcome.reported.at(2));
    CHECK(w.folder.read("a") == "3");
}

TEST_CASE("directory_put: a refused operation leaves the rest of its batch alone") {
    const world w;
    fs::create_directory(w.at("folder"));
    w.folder.write("file", "x");
    const auto outcome = run(w, {{.key = key_of(".sealsync/lock"), .body = "x"},
                                 {.key = key_of("folder"), .body = "x"},
                                 {.key = key_of("file/below"), .body = "x"},
                                 {.key = key_of("good"), .body = "x"}});
    CHECK(outcome.called);
    CHECK(outcome.reports == 4);
    CHECK(outcome.reported.at(0).error() == errc::invalid_key);
    CHECK(outcome.reported.at(1).error() == errc::unsupported);
    CHECK(outcome.reported.at(2).error() == errc::unsupported);
    CHECK(outcome.reported.at(3));
    CHECK(w.folder.read("good") == "x");
}

TEST_CASE("directory_put: bytes that cannot be made durable get no name") {
    world w;
    w.fail("sync_file", std::errc::io_error);
    const auto outcome = put(w, {.key = key_of("a"), .body = "x"});
    CHECK(outcome.error() == errc::io_error);
    CHECK(outcome.error().object() == w.shown("a"));
    CHECK_FALSE(fs::exists(w.at("a")));
}

TEST_CASE("directory_put: names that cannot be made durable are reported by the call, and as stored by nobody") {
    world w;
    w.fail("sync_directory", std::errc::io_error);
    const auto outcome = run(w, batch_of(2));
    CHECK(outcome.called.error() == errc::io_error);
    CHECK(outcome.reports == 0);
}

TEST_CASE("directory_put: a small batch has a barrier for each file, a larger one a barrier for all") {
    if (!failing_files::syncs_all) return;
    const auto barriers = [](const char* operation, std::size_t count) {
        world w;
        w.count(operation);
        CHECK(run(w, batch_of(count)).reports == count);
        return w.calls();
    };
    constexpr auto most = put_type::singly_max;
    CHECK(barriers("sync_file", most) == most);
    CHECK(barriers("sync_all", most) == 0);
    CHECK(barriers("sync_file", most + 1) == 0);
    CHECK(barriers("sync_all", most + 1) == 1);
}

TEST_CASE("directory_put: when the barrier for all fails, nothing has a name") {
    if (!failing_files::syncs_all) return;
    world w;
    w.fail("sync_all", std::errc::no_space_on_device);
    const auto outcome = run(w, batch_of(put_type::singly_max + 1));
    CHECK(outcome.called.error() == errc::no_space);
    CHECK(outcome.reports == 0);
    CHECK(objects(w) == 0);
}

TEST_CASE("directory_put: unconditional batches share the lock on names, conditional ones are alone") {
    const world w;
    const put_op free{.key = key_of("free"), .body = "x"};
    const put_op once{.key = key_of("once"), .body = "x", .condition = write_condition::if_absent};
    {
        const auto reader = detail::lock_names(w.site, lock_mode::shared, soon);
        REQUIRE(reader);
        CHECK(run(w, {free}).called);
        CHECK(run(w, {free, once}).called.error() == errc::busy);
    }
    const auto writer = detail::lock_names(w.site, lock_mode::exclusive, soon);
    REQUIRE(writer);
    const auto outcome = run(w, {{.key = key_of("late"), .body = "x"}});
    CHECK(outcome.called.error() == errc::busy);
    CHECK(outcome.reports == 0);
    CHECK_FALSE(fs::exists(w.at("late")));
    CHECK_FALSE(fs::exists(w.at("once")));
}

TEST_CASE("directory_put: a batch that is stopped is cancelled, reports nothing and stores nothing") {
    const world w;
    std::stop_source stop;
    stop.request_stop();
    const auto outcome = run(w, batch_of(3), {stop.get_token()});
    CHECK(outcome.called.error() == errc::cancelled);
    CHECK(outcome.reports == 0);
    CHECK(objects(w) == 0);
}

TEST_CASE("directory_put: without a place for unfinished files the whole call fails") {
    world w;
    w.fail_for_ever("make_directory", std::errc::read_only_file_system);
    const auto outcome = run(w, batch_of(2));
    CHECK(outcome.called.error() == errc::read_only);
    CHECK(outcome.reports == 0);
}
