#include "failing_files.hpp"
#include "scratch_folder.hpp"

#include <sealsync/storage/directory_storage.hpp>
#include <sealsync/testing/storage_driver.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using storage_tests::failing_files;
using storage_tests::file_failure;
using storage_tests::scratch_folder;
using testing::key_of;

namespace {

/// A store whose file operations fail when they are told to.
struct world {
    using storage_type = basic_directory_storage<failing_files>;

    void fail(std::string operation, std::errc code) {
        *orders = {.only = std::move(operation), .at = 0, .code = code};
    }
    void work_again() { *orders = {}; }

    scratch_folder folder;
    std::shared_ptr<file_failure> orders = std::make_shared<file_failure>();
    storage_type store{folder.path(), {}, failing_files{orders}};
    testing::storage_driver<storage_type> driver{store};
};

std::vector<put_op> puts_of(const std::vector<std::string>& keys, bytes_view body) {
    std::vector<put_op> puts;
    for (const auto& key : keys) puts.push_back({.key = key_of(key), .body = body});
    return puts;
}

std::vector<std::string> numbered(int count) {
    std::vector<std::string> keys;
    for (int i = 0; i < count; ++i) keys.push_back("batch/" + std::to_string(i) + "/object");
    return keys;
}

/// Puts a batch of which one file operation fails; says whether any did.
bool put_with_failure_at(world& w, const std::vector<std::string>& keys, std::uint64_t at) {
    REQUIRE(w.store.put(puts_of(keys, "before"), [](std::size_t, result<put_reply> reply) { REQUIRE(reply); }, {}));
    *w.orders = {.at = at};
    std::vector<int> reported(keys.size()), stored(keys.size());
    const auto settled = [&](std::size_t i, result<put_reply> reply) {
        ++reported.at(i);
        stored.at(i) += reply ? 1 : 0;
    };
    const auto called = w.store.put(puts_of(keys, "after"), settled, {});
    const bool failed = w.orders->calls > at;
    w.work_again();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        CHECK(reported[i] <= 1);
        if (called) CHECK(reported[i] == 1);
        const auto now = w.driver.read(keys[i]).value();
        const bool whole = now == bytes_view{"before"} || now == bytes_view{"after"};
        CHECK(whole);
        if (stored[i] == 1) CHECK(now == bytes_view{"after"});
    }
    CHECK(w.driver.put("afterwards", "works"));
    return failed;
}

} // namespace

TEST_CASE(
    "directory_storage: whichever file operation of a put fails, no promise is broken and nothing is half written") {
    for (const int count : {1, 3, 17}) {
        world w;
        CAPTURE(count);
        const std::uint64_t step = count > 3 ? 5 : 1; // a large batch does the same thing many times
        std::uint64_t at = 0;
        while (put_with_failure_at(w, numbered(count), at)) at += step;
        CHECK(at > 10);
    }
}

TEST_CASE("directory_storage: whichever file operation of a conditional put fails, it is applied whole or not at all") {
    for (std::uint64_t at = 0;; ++at) {
        CAPTURE(at);
        world w;
        const auto etag = w.driver.put("head", "1").value().etag;
        *w.orders = {.at = at};
        const auto replaced = w.driver.put_if_match("head", "2", etag);
        const bool failed = w.orders->calls > at;
        w.work_again();
        const auto now = w.driver.read("head").value();
        CHECK((now == bytes_view{"1"} || now == bytes_view{"2"}));
        if (replaced) CHECK(now == bytes_view{"2"});
        if (!failed) break;
    }
}

TEST_CASE("directory_storage: whichever file operation of a get, a listing or a removal fails, the failure is seen") {
    const auto ask = [](world& w, int what) -> std::optional<failure> {
        if (what == 0) {
            const auto got = w.driver.get("a/b");
            return got ? std::nullopt : std::optional{got.error()};
        }
        if (what == 1) {
            const auto listed = w.driver.keys("a/");
            return listed ? std::nullopt : std::optional{listed.error()};
        }
        const auto removed = w.driver.remove("a/other");
        return removed ? std::nullopt : std::optional{removed.error()};
    };
    for (const int what : {0, 1, 2}) {
        CAPTURE(what);
        world w;
        REQUIRE(w.driver.put("a/b", "1"));
        REQUIRE(w.driver.put("a/other", "1"));
        std::uint64_t failures = 0;
        for (std::uint64_t at = 0;; ++at) {
            *w.orders = {.at = at};
            const auto failed = ask(w, what);
            if (failed) CHECK(*failed == errc::io_error);
            failures += failed ? 1 : 0;
            const bool reached = w.orders->calls > at;
            w.work_again();
            if (!reached) break;
            REQUIRE(w.driver.put("a/other", "1"));
        }
        CHECK(failures >= 4);
    }
}

TEST_CASE("directory_storage: a read-only file system is read_only, whatever notices it first") {
    for (const auto* operation : {"make_directory", "open_lock", "create_file", "rename"}) {
        CAPTURE(operation);
        world w;
        w.fail(operation, std::errc::read_only_file_system);
        const auto refused = w.driver.put("a/b", "1").error();
        CHECK(refused == errc::read_only);
        CHECK(refused.kind() == error_kind::closed);
    }
}

TEST_CASE("directory_storage: a read-only store can still be read") {
    world w;
    REQUIRE(w.driver.put("a/b", "1"));
    for (const auto* operation : {"make_directory", "open_lock", "create_file"}) {
        w.fail(operation, std::errc::read_only_file_system);
        w.orders->for_ever = true;
        CHECK(w.driver.read("a/b").value() == bytes_view{"1"});
        CHECK(w.driver.keys("").value().size() == 1);
        CHECK(w.store.probe({}));
        CHECK(w.orders->calls == 0);
    }
}

TEST_CASE("directory_storage: a full disk is no_space for the object that did not fit, and its space is given back") {
    world w;
    w.fail("write", std::errc::no_space_on_device);
    std::vector<std::optional<errc>> outcome(3);
    const auto settled = [&](std::size_t i, result<put_reply> reply) {
        if (!reply) outcome.at(i) = reply.error().code();
    };
    REQUIRE(w.store.put(puts_of({"a", "b", "c"}, "x"), settled, {}));
    CHECK(outcome == std::vector<std::optional<errc>>{errc::no_space, std::nullopt, std::nullopt});
    CHECK(w.driver.keys("").value() == std::vector<std::string>{"b", "c"});
    CHECK_FALSE(std::filesystem::exists(w.folder.path() / ".sealsync/stage-0/0"));
}

TEST_CASE("directory_storage: a full quota is no_space, and so is a disk that is found full only at a barrier") {
    world w;
    w.fail("write", static_cast<std::errc>(EDQUOT));
    CHECK(w.driver.put("a", "1").error() == errc::no_space);
    for (const auto* barrier : {"sync_file", "sync_directory"}) {
        w.fail(barrier, std::errc::no_space_on_device);
        CHECK(w.driver.put("a", "1").error() == errc::no_space);
    }
    w.fail("sync_all", std::errc::no_space_on_device);
    std::size_t reported = 0;
    const auto settled = [&](std::size_t, result<put_reply>) { ++reported; };
    CHECK(w.store.put(puts_of(numbered(20), "x"), settled, {}).error() == errc::no_space);
    CHECK(reported == 0);
    CHECK(w.driver.get("batch/0/object").error() == errc::not_found);
}

TEST_CASE("directory_storage: missing permissions are access_denied, with the path and the system's words") {
    world w;
    REQUIRE(w.driver.put("a/b", "1"));
    w.fail("open_file", std::errc::permission_denied);
    const auto refused = w.driver.get("a/b").error();
    CHECK(refused == errc::access_denied);
    CHECK(refused.object() == (w.folder.path() / "a/b").string());
    CHECK(refused.detail() == "Permission denied");
    w.fail("open_root", std::errc::permission_denied);
    CHECK(w.store.probe({}).error() == errc::access_denied);
    w.fail("create_file", std::errc::operation_not_permitted);
    CHECK(w.driver.put("a/b", "2").error() == errc::access_denied);
}

TEST_CASE("directory_storage: an I/O error says on which file and in the system's words") {
    world w;
    REQUIRE(w.driver.put("a/b", "1"));
    w.fail("read", std::errc::io_error);
    const auto broken = w.driver.get("a/b").error();
    CHECK(broken.message() == (w.folder.path() / "a/b").string() +
                                  ": the operating system failed (Input/output error); check disk and permissions, "
                                  "then try again");
}

TEST_CASE("directory_storage: a file system that cannot lock is refused for writing, and says so") {
    world w;
    w.fail("try_lock", std::errc::no_lock_available);
    const auto refused = w.driver.put("a", "1").error();
    CHECK(refused == errc::unsupported);
    CHECK(refused.detail() == "No locks available");
}

TEST_CASE("directory_storage: a lock that others keep is busy after the time that the call may take") {
    world w;
    REQUIRE(w.driver.put("a", "1"));
    *w.orders = {.only = "try_lock", .at = 0, .for_ever = true, .code = std::errc::operation_would_block};
    CHECK(w.driver.put("a", "2").error() == errc::busy);
    *w.orders = {.only = "try_lock", .at = 0, .for_ever = true, .code = std::errc::operation_would_block};
    const auto waited = w.driver.remove("a", {.timeout = std::chrono::milliseconds{5}}).error();
    CHECK(waited == errc::busy);
    CHECK(waited.detail() == "another process holds .sealsync/lock");
    CHECK(w.orders->calls == 5);
}

TEST_CASE("directory_storage: whoever waits for a lock can be stopped") {
    world w;
    REQUIRE(w.driver.put("a", "1"));
    *w.orders = {.only = "try_lock", .at = 1, .for_ever = true, .code = std::errc::operation_would_block};
    std::stop_source source;
    struct stopping final : byte_source {
        explicit stopping(std::stop_source& from) : stop{from} {}
        std::uint64_t size() const noexcept override { return 0; }
        result<void> read(std::uint64_t, std::span<std::byte>) override {
            stop.request_stop();
            return {};
        }
        std::stop_source& stop;
    } stopping{source};
    const put_op op{.key = key_of("a"), .source = &stopping};
    CHECK(w.driver.put(op, {.stop = source.get_token()}).error() == errc::cancelled);
    w.work_again();
    CHECK(w.driver.read("a").value() == bytes_view{"1"});
}

TEST_CASE("directory_storage: without hard links if_absent still creates once") {
    for (const auto code : {std::errc::operation_not_permitted, std::errc::operation_not_supported}) {
        world w;
        *w.orders = {.only = "link", .at = 0, .for_ever = true, .code = code};
        CHECK(w.driver.put_if_absent("a", "1"));
        CHECK(w.driver.put_if_absent("a", "2").error() == errc::precondition_failed);
        CHECK(w.driver.read("a").value() == bytes_view{"1"});
    }
}

TEST_CASE("directory_storage: a folder that cannot be made is reported") {
    const scratch_folder parent;
    const auto orders = std::make_shared<file_failure>(
        file_failure{.only = "make_root", .at = 0, .code = std::errc::read_only_file_system});
    basic_directory_storage<failing_files> store{parent.path() / "new", {.create = true}, failing_files{orders}};
    CHECK(store.probe({}).error() == errc::read_only);
    CHECK(store.probe({}));
}

TEST_CASE("directory_storage: a file that another program cuts while it is read is an error, not a shorter object") {
    struct cutting_files : posix_files {
        std::error_code read(const handle& file, std::uint64_t offset, std::span<std::byte> out,
                             std::size_t& count) const {
            const auto error = posix_files::read(file, offset, out, count);
            count -= count > 0 ? 1 : 0;
            return error;
        }
    };
    const scratch_folder folder;
    folder.write("a", "content");
    basic_directory_storage<cutting_files> store{folder.path()};
    const auto cut = testing::storage_driver{store}.get("a").error();
    CHECK(cut == errc::io_error);
    CHECK(cut.detail() == "the file became shorter while it was read");
}
