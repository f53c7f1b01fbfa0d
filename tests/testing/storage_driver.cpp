#include <sealsync/storage/memory_storage.hpp>
#include <sealsync/testing/storage_driver.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using testing::key_of;
using testing::storage_driver;

namespace {

/// A store that returns `called` from every call, after reporting what it is told to.
struct scripted_storage {
    result<void> called{};
    bool reports = false;
    std::vector<list_page> pages{};
    std::vector<list_query> queries{};

    result<void> get(std::span<const get_op>, get_sink got, const call_context&) {
        if (reports) got(0, get_reply{.body = to_bytes("reported")});
        return called;
    }
    result<void> put(std::span<const put_op>, put_sink stored, const call_context&) {
        if (reports) stored(0, put_reply{"reported"});
        return called;
    }
    result<void> remove(std::span<const object_key>, remove_sink removed, const call_context&) {
        if (reports) removed(0, result<void>{});
        return called;
    }
    /// The next page, the last for ever.
    result<list_page> list(const list_query& query, const call_context&) {
        queries.push_back(query);
        if (!called) return called.error();
        return pages.at((std::min)(queries.size(), pages.size()) - 1);
    }
    result<storage_capabilities> probe(const call_context&) { return storage_capabilities{}; }
};
static_assert(storage<scripted_storage>);

bool reads(testing::faulty_source& source, std::uint64_t offset, std::size_t count, std::string_view expected) {
    bytes out(count);
    return source.read(offset, out) && out == to_bytes(expected);
}

} // namespace

TEST_CASE("key_of: a key that is valid, and no other") {
    CHECK(key_of("a/b").text() == "a/b");
    CHECK_THROWS_AS((void)key_of("a//b"), std::system_error);
}

TEST_CASE("faulty_source: any part of its bytes can be read, as often as one likes") {
    testing::faulty_source source{to_bytes("0123456789")};
    CHECK(source.size() == 10);
    for (int round = 0; round < 2; ++round) {
        CHECK(reads(source, 0, 10, "0123456789"));
        CHECK(reads(source, 7, 3, "789"));
        CHECK(reads(source, 10, 0, ""));
    }
    CHECK(source.largest_read() == 10);
}

TEST_CASE("faulty_source: reading past the end is refused, also where the sum overflows") {
    testing::faulty_source source{to_bytes("0123456789")};
    bytes out(4);
    for (const auto offset : {std::uint64_t{7}, std::uint64_t{11}, ~std::uint64_t{0}}) {
        CHECK(source.read(offset, out).error() == errc::invalid_argument);
    }
}

TEST_CASE("faulty_source: it fails when it is told to, and has still noticed what was asked for") {
    testing::faulty_source source{to_bytes("0123456789")};
    source.fail_with(errc::source_changed);
    bytes out(4);
    CHECK(source.read(0, out).error() == errc::source_changed);
    CHECK(source.largest_read() == 4);
}

TEST_CASE("storage_driver: what it is told to do is what the store does") {
    memory_storage store;
    storage_driver driver{store};
    const auto first = driver.put("a", "1").value();
    CHECK(driver.read("a").value() == bytes_view{"1"});
    CHECK(driver.get("a").value().etag == first.etag);
    CHECK(driver.put_if_absent("a", "2").error() == errc::precondition_failed);
    CHECK(driver.put_if_match("a", "2", "other").error() == errc::precondition_failed);
    CHECK(driver.put_if_match("a", "2", first.etag));
    CHECK(driver.read("a").value() == bytes_view{"2"});
    CHECK(driver.put_if_absent("b", "1"));
    CHECK(driver.remove("a"));
    CHECK(driver.read("a").error() == errc::not_found);
    CHECK(driver.keys("").value() == std::vector<std::string>{"b"});
}

TEST_CASE("storage_driver: the call's context reaches the store") {
    memory_storage store;
    storage_driver driver{store};
    std::stop_source stop;
    stop.request_stop();
    const call_context call{stop.get_token()};
    CHECK(driver.put({.key = key_of("a")}, call).error() == errc::cancelled);
    CHECK(driver.get({.key = key_of("a")}, call).error() == errc::cancelled);
    CHECK(driver.remove("a", call).error() == errc::cancelled);
}

TEST_CASE("storage_driver: an operation that was not reported has the outcome of its call") {
    scripted_storage store{.called = failure{errc::throttled}};
    storage_driver driver{store};
    CHECK(driver.get("a").error() == errc::throttled);
    CHECK(driver.put("a", "").error() == errc::throttled);
    CHECK(driver.remove("a").error() == errc::throttled);
    CHECK(driver.keys("").error() == errc::throttled);
}

TEST_CASE("storage_driver: an operation that was reported keeps its outcome when the call fails after it") {
    scripted_storage store{.called = failure{errc::throttled}, .reports = true};
    storage_driver driver{store};
    CHECK(driver.read("a").value() == bytes_view{"reported"});
    CHECK(driver.put("a", "").value().etag == "reported");
    CHECK(driver.remove("a"));
}

TEST_CASE("storage_driver: a store that succeeds and reports nothing is not believed") {
    scripted_storage store;
    storage_driver driver{store};
    for (const auto& outcome :
         {driver.remove("a"), result<void>{driver.get("a").error()}, result<void>{driver.put("a", "").error()}}) {
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::malformed);
        CHECK(outcome.error().detail() == "the storage reported nothing");
    }
}

TEST_CASE("storage_driver: keys are collected over all pages, each asked for after the last key") {
    scripted_storage store{.pages = {{.entries = {{"p/a"}, {"p/b"}}, .more = true}, {.entries = {{"p/c"}}}}};
    storage_driver driver{store};
    CHECK(driver.keys("p/", 2).value() == std::vector<std::string>{"p/a", "p/b", "p/c"});
    REQUIRE(store.queries.size() == 2);
    CHECK(store.queries[0].after.empty());
    CHECK(store.queries[1].after == "p/b");
    for (const auto& query : store.queries) {
        CHECK(query.prefix == "p/");
        CHECK(query.limit == 2);
    }
}

TEST_CASE("storage_driver: a listing that promises more and gets nowhere ends as malformed, not never") {
    for (const auto& page : {list_page{.entries = {}, .more = true}, list_page{.entries = {{"a"}}, .more = true}}) {
        scripted_storage store{.pages = {page}};
        storage_driver driver{store};
        const auto outcome = driver.keys("");
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::malformed);
        CHECK(outcome.error().detail() == "listing stands still");
    }
}
