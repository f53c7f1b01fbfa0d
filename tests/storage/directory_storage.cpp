#include "scratch_folder.hpp"

#include <sealsync/storage/directory_storage.hpp>
#include <sealsync/testing/random.hpp>
#include <sealsync/testing/storage_driver.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace sealsync;
using storage_tests::scratch_folder;
using testing::key_of;
namespace fs = std::filesystem;

namespace {

/// A store in a new folder.
struct world {
    scratch_folder folder;
    directory_storage store{folder.path()};
    testing::storage_driver<directory_storage> driver{store};

    [[nodiscard]] bool staged_anything() const {
        for (const auto& entry : fs::recursive_directory_iterator{folder.path() / ".sealsync"}) {
            if (entry.is_regular_file() && entry.path().filename() != "lock") return true;
        }
        return false;
    }
};

} // namespace

TEST_CASE("directory_storage: an object is a file of the same name and bytes") {
    world w;
    REQUIRE(w.driver.put("users/alice/head.json", "{}"));
    CHECK(w.folder.read("users/alice/head.json") == "{}");
    w.folder.write("by/hand", "text");
    CHECK(w.driver.read("by/hand").value() == bytes_view{"text"});
}

TEST_CASE("directory_storage: nothing unfinished stays behind, and the store's own folder is not listed") {
    world w;
    REQUIRE(w.driver.put("a/b", "1"));
    REQUIRE(w.driver.put_if_absent("a/c", "1"));
    CHECK_FALSE(w.driver.put_if_absent("a/c", "2"));
    CHECK_FALSE(w.staged_anything());
    CHECK(fs::exists(w.folder.path() / ".sealsync"));
    CHECK(w.driver.keys("").value() == std::vector<std::string>{"a/b", "a/c"});
    CHECK(w.driver.keys(".").value().empty());
    CHECK(w.driver.keys(".sealsync/").value().empty());
}

TEST_CASE("directory_storage: the store's own folder is no place for objects, in any mix of cases") {
    world w;
    for (const auto* key : {".sealsync", ".sealsync/lock", ".SealSync/stage-0/1"}) {
        CHECK(w.driver.put(key, "x").error() == errc::invalid_key);
        CHECK(w.driver.get(key).error() == errc::invalid_key);
        CHECK(w.driver.remove(key).error() == errc::invalid_key);
    }
    CHECK(w.driver.put("a/.sealsync", "x"));
    CHECK(w.driver.put(".sealsync-not", "x"));
    CHECK(w.driver.put(".seal", "x"));
}

TEST_CASE("directory_storage: a folder in the place of an object and the reverse are refused, and it says why") {
    world w;
    REQUIRE(w.driver.put("a/b", "1"));
    CHECK(w.driver.get("a").error().message() == "a: not found (a folder has this name); check the name");
    for (const auto condition : {write_condition::unconditional, write_condition::if_absent}) {
        const auto onto_folder = w.driver.put({.key = key_of("a"), .body = "x", .condition = condition}).error();
        CHECK(onto_folder == errc::unsupported);
        CHECK(onto_folder.detail() == "a folder has this name, which cannot be an object");
    }
    const auto below_object = w.driver.put("a/b/c", "x").error();
    CHECK(below_object == errc::unsupported);
    CHECK(below_object.detail() == "a part of it is the name of an object, which cannot be a folder");
    CHECK(w.driver.get("a/b/c").error() == errc::not_found);
    CHECK(w.driver.remove("a/b/c"));
    CHECK(w.driver.remove("a"));
    CHECK(w.driver.read("a/b").value() == bytes_view{"1"});
}

TEST_CASE("directory_storage: one refused put does not keep its batch from the rest") {
    world w;
    REQUIRE(w.driver.put("a/b", "1"));
    const std::vector<put_op> puts{{.key = key_of("x"), .body = "1"},
                                   {.key = key_of("a"), .body = "2"},
                                   {.key = key_of(".sealsync/x"), .body = "3"},
                                   {.key = key_of("y"), .body = "4"}};
    std::vector<int> stored(4), refused(4);
    const auto settled = [&](std::size_t i, result<put_reply> reply) { ++(reply ? stored : refused).at(i); };
    REQUIRE(w.store.put(puts, settled, {}));
    CHECK(stored == std::vector<int>{1, 0, 0, 1});
    CHECK(refused == std::vector<int>{0, 1, 1, 0});
    CHECK_FALSE(w.staged_anything());
}

TEST_CASE("directory_storage: of two puts of one key in a batch the later stands") {
    world w;
    const std::vector<put_op> puts{{.key = key_of("a"), .body = "1"}, {.key = key_of("a"), .body = "2"}};
    REQUIRE(w.store.put(puts, [](std::size_t, result<put_reply> reply) { CHECK(reply); }, {}));
    CHECK(w.driver.read("a").value() == bytes_view{"2"});
}

TEST_CASE("directory_storage: symbolic links lead nowhere") {
    world w;
    const scratch_folder outside;
    outside.write("secret", "not yours");
    fs::create_symlink(outside.path(), w.folder.path() / "out");
    fs::create_symlink(outside.path() / "secret", w.folder.path() / "file");
    for (const auto* key : {"out/secret", "file"}) {
        const auto refused = w.driver.get(key).error();
        CHECK(refused == errc::access_denied);
        CHECK(refused.detail() == "a symbolic link, which is never followed");
    }
    CHECK(w.driver.put("out/new", "x").error() == errc::access_denied);
    CHECK(w.driver.remove("out/secret").error() == errc::access_denied);
    CHECK(w.driver.keys("").value().empty());
    CHECK(w.driver.keys("out/").value().empty());

    // A put replaces the link itself.
    CHECK(w.driver.put("file", "mine"));
    CHECK(outside.read("secret") == "not yours");
    CHECK(w.driver.read("file").value() == bytes_view{"mine"});
    CHECK_FALSE(fs::exists(outside.path() / "new"));
}

TEST_CASE("directory_storage: a link in the place of its own folder is refused") {
    world w;
    const scratch_folder outside;
    fs::create_symlink(outside.path(), w.folder.path() / ".sealsync");
    CHECK_FALSE(w.driver.put("a", "1"));
    CHECK(fs::is_empty(outside.path()));
}

TEST_CASE("directory_storage: what is no regular file is not read, and not waited for") {
    world w;
    REQUIRE(::mkfifo((w.folder.path() / "pipe").c_str(), 0600) == 0);
    const auto refused = w.driver.get("pipe").error();
    CHECK(refused == errc::access_denied);
    CHECK(refused.detail() == "not a regular file");
    CHECK(w.driver.keys("").value().empty());
}

TEST_CASE("directory_storage: a missing folder is unavailable, and says what to do; it is not an empty store") {
    const scratch_folder parent;
    directory_storage store{parent.path() / "not mounted"};
    testing::storage_driver driver{store};
    const auto missing = driver.get("a").error();
    CHECK(missing == errc::unavailable);
    CHECK(missing.object() == (parent.path() / "not mounted").string());
    CHECK(missing.detail() == "no such folder: mount its disk, or create it");
    CHECK(driver.put("a", "1").error() == errc::unavailable);
    CHECK(driver.remove("a").error() == errc::unavailable);
    CHECK(store.list({}, {}).error() == errc::unavailable);
    CHECK(store.probe({}).error() == errc::unavailable);
    CHECK_FALSE(fs::exists(store.path()));
}

TEST_CASE("directory_storage: a missing folder is made with its parents if that is asked for") {
    const scratch_folder parent;
    directory_storage store{parent.path() / "one" / "two", {.create = true}};
    testing::storage_driver driver{store};
    CHECK(driver.get("a").error() == errc::not_found);
    CHECK(driver.put("a", "1"));
    CHECK(parent.read("one/two/a") == "1");
}

TEST_CASE("directory_storage: a file is not a folder to keep objects in") {
    const scratch_folder parent;
    parent.write("file", "x");
    for (const bool create : {false, true}) {
        directory_storage store{parent.path() / "file", {.create = create}};
        CHECK(store.probe({}).error() == errc::invalid_argument);
    }
    directory_storage below{parent.path() / "file" / "deeper", {.create = true}};
    CHECK_FALSE(below.probe({}));
}

TEST_CASE("directory_storage: a folder that comes back is found again") {
    world w;
    REQUIRE(w.driver.put("a", "1"));
    const auto away = w.folder.path().string() + "-away";
    fs::rename(w.folder.path(), away);
    CHECK(w.driver.get("a").error() == errc::unavailable);
    fs::rename(away, w.folder.path());
    CHECK(w.driver.read("a").value() == bytes_view{"1"});
}

TEST_CASE("directory_storage: probe says what the folder can do") {
    world w;
    CHECK(w.store.probe({}).value().writes == conditional_writes::full);
    CHECK_FALSE(w.store.probe({}).value().eventual);
    CHECK_FALSE(fs::exists(w.folder.path() / ".sealsync"));
    directory_storage carried{w.folder.path(), {.eventual = true}};
    CHECK(carried.probe({}).value().writes == conditional_writes::untrusted);
    CHECK(carried.probe({}).value().eventual);
}

TEST_CASE("directory_storage: an etag changes with the content, however quickly and whatever the inode") {
    world w;
    std::vector<std::string> etags;
    for (int i = 0; i < 40; ++i) {
        REQUIRE(w.driver.remove("a"));
        etags.push_back(w.driver.put("a", std::to_string(1000 + i)).value().etag);
    }
    std::sort(etags.begin(), etags.end());
    CHECK(std::adjacent_find(etags.begin(), etags.end()) == etags.end());
}

TEST_CASE("directory_storage: the etag of a put is the one that a get gives, for small and for large objects") {
    world w;
    testing::random rng{1};
    for (const std::size_t size : {0U, 1U << 20U, (1U << 20U) + 1, 3U << 20U}) {
        const auto body = rng.some_bytes(size);
        testing::faulty_source source{body};
        for (const auto& op :
             {put_op{.key = key_of("a"), .body = body}, put_op{.key = key_of("a"), .source = &source}}) {
            const auto put = w.driver.put(op).value();
            const auto got = w.driver.get({.key = key_of("a"), .part = get_part::details}).value();
            CHECK(put.etag == got.etag);
            CHECK(put.date == got.last_modified);
            CHECK(got.size == size);
            CHECK(w.driver.get({.key = key_of("a"), .if_none_match = put.etag}).value().not_modified);
            CHECK(w.driver.put_if_match("a", body, put.etag));
        }
        CHECK(w.driver.read("a").value() == body);
    }
}

TEST_CASE("directory_storage: a large object written again has another etag, its bytes being others") {
    world w;
    testing::random rng{2};
    const auto one = rng.some_bytes((1U << 20U) + 9), two = rng.some_bytes((1U << 20U) + 9);
    const auto first = w.driver.put("a", one).value().etag;
    CHECK(w.driver.put("a", two).value().etag != first);
    CHECK(w.driver.put_if_match("a", one, first).error() == errc::precondition_failed);
}

TEST_CASE("directory_storage: a source is read in pieces of at most a mebibyte") {
    world w;
    testing::faulty_source source{testing::random{3}.some_bytes(5U << 20U)};
    REQUIRE(w.driver.put({.key = key_of("a"), .source = &source}));
    CHECK(source.largest_read() == 1U << 20U);
}

TEST_CASE("directory_storage: removing the last object of a folder removes the folder") {
    world w;
    REQUIRE(w.driver.put("a/b/c/one", "1"));
    REQUIRE(w.driver.put("a/two", "2"));
    REQUIRE(w.driver.remove("a/b/c/one"));
    CHECK_FALSE(fs::exists(w.folder.path() / "a/b"));
    CHECK(fs::exists(w.folder.path() / "a"));
    CHECK(w.driver.put("a/b/c/one", "again"));
}

TEST_CASE("directory_storage: unfinished files of a process that died are swept by the next put") {
    world w;
    w.folder.write(".sealsync/stage-0/lock", "");
    w.folder.write(".sealsync/stage-0/0", "half");
    w.folder.write(".sealsync/stage-1/lock", "");
    w.folder.write(".sealsync/stage-1/17", "half");
    REQUIRE(w.driver.put("a", "whole"));
    CHECK_FALSE(w.staged_anything());
    CHECK(w.driver.read("a").value() == bytes_view{"whole"});
}

TEST_CASE("directory_storage: unfinished files of a process that lives are left alone") {
    world w;
    w.folder.write(".sealsync/stage-0/lock", "");
    w.folder.write(".sealsync/stage-0/0", "half");
    const posix_files files;
    posix_files::handle root, reserved, stage, lock;
    REQUIRE_FALSE(files.open_root(w.folder.path(), root));
    REQUIRE_FALSE(files.open_directory(root, ".sealsync", reserved));
    REQUIRE_FALSE(files.open_directory(reserved, "stage-0", stage));
    REQUIRE_FALSE(files.open_lock(stage, "lock", lock));
    REQUIRE_FALSE(files.try_lock(lock, lock_mode::exclusive));
    REQUIRE(w.driver.put("a", "whole"));
    CHECK(w.folder.read(".sealsync/stage-0/0") == "half");
}

TEST_CASE("directory_storage: a leftover that is the second name of an object is removed, never written to") {
    world w;
    REQUIRE(w.driver.put("a", "published"));
    fs::create_hard_link(w.folder.path() / "a", w.folder.path() / ".sealsync/stage-0/0");
    REQUIRE(w.driver.put("b", "other"));
    CHECK(w.driver.read("a").value() == bytes_view{"published"});
}

TEST_CASE("directory_storage: a listing of a folder with more names than are held at once is complete and in order") {
    world w;
    constexpr int count = 8'500;
    std::vector<std::string> expected;
    fs::create_directories(w.folder.path() / "big");
    for (int i = 0; i < count; ++i) {
        expected.push_back("big/" + std::to_string(i));
        std::ofstream{w.folder.path() / expected.back()};
    }
    std::sort(expected.begin(), expected.end());
    CHECK(w.driver.keys("big/", 100'000).value() == expected);
    CHECK(w.driver.keys("big/", 4096).value() == expected);
}

TEST_CASE("directory_storage: a listing passes over foreign names and empty folders") {
    world w;
    fs::create_directories(w.folder.path() / "empty/deeper");
    w.folder.write("line\nbreak", "x");
    w.folder.write("back\\slash", "x");
    REQUIRE(w.driver.put("a", "1"));
    const auto keys = w.driver.keys("").value();
    CHECK(keys == std::vector<std::string>{"a", "back\\slash", "line\nbreak"});
}

TEST_CASE("directory_storage: a prefix that is no beginning of a key finds nothing, and never leaves the folder") {
    world w;
    REQUIRE(w.driver.put("a/b", "1"));
    for (const auto* prefix : {"/", "../", "a/../", "a//", "./", "a/b/", "b"}) {
        CHECK(w.driver.keys(prefix).value().empty());
    }
}

TEST_CASE("directory_storage: a batch stopped half way stores nothing and leaves nothing") {
    world w;
    std::stop_source source;
    /// Asks to stop while it is being read.
    struct stopping final : byte_source {
        explicit stopping(std::stop_source& from) : stop{from} {}
        std::uint64_t size() const noexcept override { return 1; }
        result<void> read(std::uint64_t, std::span<std::byte> out) override {
            stop.request_stop();
            out[0] = std::byte{'x'};
            return {};
        }
        std::stop_source& stop;
    } stopping{source};
    const std::vector<put_op> puts{{.key = key_of("a"), .source = &stopping}, {.key = key_of("b"), .body = "2"}};
    std::size_t reported = 0;
    const auto stopped =
        w.store.put(puts, [&](std::size_t, result<put_reply>) { ++reported; }, {.stop = source.get_token()});
    CHECK(stopped.error() == errc::cancelled);
    CHECK(reported == 0);
    CHECK(w.driver.keys("").value().empty());
    CHECK_FALSE(w.staged_anything());
}
