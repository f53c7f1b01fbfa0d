#include "fixture.hpp"

#include <sealsync/testing/replica_conformance.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using namespace sqlite_tests;

TEST_CASE("sqlite_replica: it conforms, also when closed and opened again") {
    const scratch_folder folder;
    int opened = 0;
    fs::path current;
    const auto make = [&] {
        current = folder.path() / std::to_string(opened++);
        return sqlite_replica{current};
    };
    const auto reopen = [&](sqlite_replica replica) {
        replica.close().value();
        return sqlite_replica{current};
    };
    const auto report = testing::check_replica(make, reopen);
    CHECK_MESSAGE(report.ok(), report.text());
    CHECK(report.checks > 80);
}

TEST_CASE("sqlite_replica: it conforms with a cache smaller than one transaction") {
    const scratch_folder folder;
    int opened = 0;
    const auto report = testing::check_replica([&] {
        return sqlite_replica{folder.path() / std::to_string(opened++),
                              {.durability = sqlite_durability::process_crash, .cache_bytes_max = 65'536}};
    });
    CHECK_MESSAGE(report.ok(), report.text());
}

TEST_CASE("sqlite_replica: after closing, one file is all there is, and it is complete") {
    const scratch_folder folder;
    {
        sqlite_replica replica{folder / "family.db"};
        put(replica, "a", "1").value();
        CHECK(fs::exists(folder / "family.db-wal"));
        CHECK_FALSE(fs::exists(folder / "family.db-shm"));
        replica.close().value();
    }
    const auto files = fs::directory_iterator{folder.path()};
    CHECK(std::distance(begin(files), end(files)) == 1);
    fs::rename(folder / "family.db", folder / "moved.db");
    sqlite_replica moved{folder / "moved.db"};
    CHECK(get(moved, "a") == "1");
}

TEST_CASE("sqlite_replica: destruction closes too") {
    const scratch_folder folder;
    {
        sqlite_replica replica{folder / "family.db"};
        put(replica, "a", "1").value();
    }
    CHECK_FALSE(fs::exists(folder / "family.db-wal"));
    sqlite_replica again{folder / "family.db"};
    CHECK(get(again, "a") == "1");
}

TEST_CASE("sqlite_replica: after closing nothing begins, and closing again is nothing") {
    const scratch_folder folder;
    sqlite_replica replica{folder / "family.db"};
    replica.close().value();
    CHECK(replica.begin().error() == errc::closed);
    CHECK(replica.close());
}

TEST_CASE("sqlite_replica: a moved replica goes on, also under an open transaction") {
    const scratch_folder folder;
    sqlite_replica replica{folder / "family.db"};
    std::optional<sqlite_replica> moved;
    {
        auto in = replica.begin().value();
        moved.emplace(std::move(replica));
        in.store(table, "a", "1").value();
        in.commit().value();
    }
    CHECK(get(*moved, "a") == "1");
    CHECK(replica.begin().error() == errc::closed); // NOLINT: a moved-from replica is a closed one
}

TEST_CASE("sqlite_replica: a new file can be read by its owner only") {
    const scratch_folder folder;
    sqlite_replica replica{folder / "family.db"};
    put(replica, "a", "1").value();
    for (const auto* name : {"family.db", "family.db-wal"}) {
        const auto mode = fs::status(folder / name).permissions();
        CHECK((mode & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
    }
}

TEST_CASE("sqlite_replica: an empty file becomes a replica") {
    const scratch_folder folder;
    write_file(folder / "family.db", "");
    sqlite_replica replica{folder / "family.db"};
    CHECK(put(replica, "a", "1"));
}

TEST_CASE("sqlite_replica: names that mean something to SQLite are plain file names") {
    const scratch_folder folder;
    const auto before = fs::current_path();
    fs::current_path(folder.path());
    for (const auto* name : {":memory:", "file:a?mode=memory", "caf\xc3\xa9 '\"%.db"}) {
        sqlite_replica replica{name};
        put(replica, "a", "1").value();
        CHECK(fs::exists(folder / name));
    }
    fs::current_path(before);
}

TEST_CASE("sqlite_replica: a visitor that throws ends the scan, and the transaction goes on") {
    const scratch_folder folder;
    sqlite_replica replica{folder / "family.db"};
    put(replica, "a", "1").value();
    {
        auto in = replica.begin().value();
        const auto visit = [&] { (void)in.scan(table, {}, [](bytes_view, bytes_view) -> bool { throw 7; }); };
        CHECK_THROWS_AS(visit(), int);
        in.store(table, "b", "2").value();
        in.commit().value();
    }
    CHECK(keys(replica) == "ab");
}

TEST_CASE("sqlite_replica: the log does not keep the size of the largest transaction") {
    const scratch_folder folder;
    sqlite_replica replica{folder / "family.db"};
    const bytes large(std::size_t{4} << 20U);
    {
        auto in = replica.begin().value();
        for (int i = 0; i < 16; ++i) in.store(replica_table::content, std::to_string(i), large).value();
        in.commit().value();
    }
    CHECK(fs::file_size(folder / "family.db-wal") > (std::uintmax_t{60} << 20U));
    put(replica, "a", "1").value();
    CHECK(fs::file_size(folder / "family.db-wal") <= (std::uintmax_t{16} << 20U));
}

TEST_CASE("sqlite_replica: space of erased contents is used again") {
    const scratch_folder folder;
    sqlite_replica replica{folder / "family.db"};
    const bytes large(std::size_t{1} << 20U);
    for (int i = 0; i < 20; ++i) {
        auto in = replica.begin().value();
        in.erase(replica_table::content, std::to_string(i - 1)).value();
        in.store(replica_table::content, std::to_string(i), large).value();
        in.commit().value();
    }
    replica.close().value();
    CHECK(fs::file_size(folder / "family.db") < (std::uintmax_t{4} << 20U));
}

} // namespace
