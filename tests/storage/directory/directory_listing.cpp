#include "directory_fixture.hpp"

#include <sealsync/storage/directory/directory_listing.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using namespace directory_tests;

namespace {

using key_list = std::vector<std::string>;

result<list_page> list(const world& w, const list_query& query, const call_context& call = {}) {
    return detail::directory_listing<failing_files>{w.site, query, call}.run();
}

key_list keys_of(const list_page& page) {
    key_list keys;
    for (const auto& entry : page.entries) keys.push_back(entry.key);
    return keys;
}

key_list keys(const world& w, const list_query& query) { return keys_of(list(w, query).value()); }

void write_all(const world& w, const key_list& names) {
    for (const auto& name : names) w.folder.write(name, name);
}

} // namespace

TEST_CASE("directory_listing: keys are in the order of their bytes, across folders") {
    const world w;
    write_all(w, {"b", "a0", "a/x/y", "a/x-y/z", "a.b", "a-b"});
    CHECK(keys(w, {}) == key_list{"a-b", "a.b", "a/x-y/z", "a/x/y", "a0", "b"});
}

TEST_CASE("directory_listing: an entry has the size and the time of its file") {
    const world w;
    w.folder.write("a", "12345");
    file_facts facts;
    REQUIRE_FALSE(w.files.facts_at(w.root, "a", facts));
    const auto page = list(w, {}).value();
    REQUIRE(page.entries.size() == 1);
    CHECK(page.entries[0].size == 5);
    CHECK(page.entries[0].last_modified == facts.modified);
}

TEST_CASE("directory_listing: a prefix may end within a name, with a folder, or be a whole key") {
    const world w;
    write_all(w, {"a", "logs/a/1", "logs/a/2", "logs/ab/1", "logs2"});
    CHECK(keys(w, {.prefix = "logs/a"}) == key_list{"logs/a/1", "logs/a/2", "logs/ab/1"});
    CHECK(keys(w, {.prefix = "logs/a/"}) == key_list{"logs/a/1", "logs/a/2"});
    CHECK(keys(w, {.prefix = "logs/a/2"}) == key_list{"logs/a/2"});
    CHECK(keys(w, {.prefix = "logs"}) == key_list{"logs/a/1", "logs/a/2", "logs/ab/1", "logs2"});
    CHECK(keys(w, {.prefix = "missing/"}).empty());
}

TEST_CASE("directory_listing: a prefix that is no beginning of a key finds nothing and opens nothing") {
    world w;
    write_all(w, {"a/b"});
    w.count("open_directory");
    for (const auto* prefix : {"../", "/", "a//", "./", ".sealsync/", ".SealSync/"}) {
        CHECK(keys(w, {.prefix = prefix}).empty());
    }
    CHECK(w.calls() == 0);
}

TEST_CASE("directory_listing: only keys after the given one, whether or not it is there") {
    const world w;
    write_all(w, {"a/1", "a/2", "a/3", "b"});
    CHECK(keys(w, {.prefix = "", .after = "a/1"}) == key_list{"a/2", "a/3", "b"});
    CHECK(keys(w, {.prefix = "", .after = "a/15"}) == key_list{"a/2", "a/3", "b"});
    CHECK(keys(w, {.prefix = "", .after = "a"}) == key_list{"a/1", "a/2", "a/3", "b"});
    CHECK(keys(w, {.prefix = "", .after = "a/3"}) == key_list{"b"});
    CHECK(keys(w, {.prefix = "", .after = "b"}).empty());
    CHECK(keys(w, {.prefix = "a/", .after = "b"}).empty());
}

TEST_CASE("directory_listing: folders that cannot hold what is wanted are not opened") {
    world w;
    write_all(w, {"a/1", "b/1", "c/1"});
    w.count("open_directory");
    CHECK(keys(w, {.prefix = "", .after = "b/1"}) == key_list{"c/1"});
    CHECK(w.calls() == 2); // b, of which a name may follow, and c
}

TEST_CASE("directory_listing: there is more only if there is") {
    const world w;
    write_all(w, {"a", "b/1", "c"});
    const auto two = list(w, {.prefix = "", .limit = 2}).value();
    CHECK(keys_of(two) == key_list{"a", "b/1"});
    CHECK(two.more);
    const auto three = list(w, {.prefix = "", .limit = 3}).value();
    CHECK(three.entries.size() == 3);
    CHECK_FALSE(three.more);
    const auto none = list(w, {.prefix = "", .limit = 0}).value();
    CHECK(keys_of(none) == key_list{"a"});
    CHECK(none.more);
}

TEST_CASE("directory_listing: the store's own folder, links and empty folders are passed over") {
    const world w;
    write_all(w, {"a", ".sealsync/stage-0/0", ".SEALSYNC/x", "b/.sealsync"});
    fs::create_directories(w.at("empty/deeper"));
    fs::create_symlink(w.at("a"), w.at("link"));
    fs::create_directory_symlink(w.at("b"), w.at("folder-link"));
    CHECK(keys(w, {}) == key_list{"a", "b/.sealsync"});
    CHECK(keys(w, {.prefix = "folder-link/"}).empty());
}

TEST_CASE("directory_listing: what is removed while it is listed is left out") {
    world w;
    write_all(w, {"a", "b", "c/1"});
    w.fail("facts_at", std::errc::no_such_file_or_directory, 1);
    CHECK(keys(w, {}) == key_list{"a", "c/1"});
    w.fail("open_directory", std::errc::no_such_file_or_directory);
    CHECK(keys(w, {}) == key_list{"a", "b"});
}

TEST_CASE("directory_listing: what cannot be read is a failure with its path, never a shorter listing") {
    for (const auto& [operation, named] :
         {std::pair{"open_directory", "a/"}, {"read_directory", ""}, {"facts_at", "a/1"}}) {
        world w;
        write_all(w, {"a/1"});
        w.fail(operation, std::errc::permission_denied);
        const auto outcome = list(w, {});
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::access_denied);
        CHECK(outcome.error().object() == w.shown(named));
    }
}

TEST_CASE("directory_listing: a listing can be stopped") {
    const world w;
    write_all(w, {"a/1"});
    std::stop_source stop;
    stop.request_stop();
    const auto outcome = list(w, {.prefix = "a/"}, {stop.get_token()});
    CHECK(outcome.error() == errc::cancelled);
    CHECK(outcome.error().object() == "a/");
}
