#include "fixture.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

namespace {

using namespace sealsync;
using namespace sqlite_tests;

bool mentions(const failure& why, std::string_view words) { return why.message().find(words) != std::string::npos; }

TEST_CASE("sqlite_replica: opening it twice in one process is busy, and says why") {
    const scratch_folder folder;
    std::optional<sqlite_replica> first{folder / "family.db"};
    const auto second = sqlite_replica::open(folder / "family.db");
    REQUIRE_FALSE(second);
    CHECK(second.error() == errc::busy);
    CHECK(second.error().object() == (folder / "family.db").string());
    CHECK(mentions(second.error(), "another process, or another replica of this one, has it open"));
    CHECK(put(*first, "a", "1"));
    first.reset();
    CHECK(sqlite_replica::open(folder / "family.db"));
}

TEST_CASE("sqlite_replica: while another process has it open it is busy, until that process is gone") {
    const scratch_folder folder;
    signal_pipe opened;
    child_process holder{[&] {
        sqlite_replica replica{folder / "family.db"};
        opened.send();
        for (;;) pause();
        return true;
    }};
    REQUIRE(opened.receive());
    CHECK(sqlite_replica::open(folder / "family.db").error() == errc::busy);
    holder.kill_and_wait();
    CHECK(sqlite_replica::open(folder / "family.db"));
}

TEST_CASE("sqlite_replica: the throwing constructor throws what open() returns") {
    const scratch_folder folder;
    try {
        sqlite_replica{folder / "missing" / "family.db"};
        FAIL("no exception");
    } catch (const std::system_error& error) {
        CHECK(error.code() == errc::io_error);
        CHECK(std::string{error.what()}.find("family.db") != std::string::npos);
    }
}

TEST_CASE("sqlite_replica: a missing folder is named, with what to do") {
    const scratch_folder folder;
    const auto outcome = sqlite_replica::open(folder / "missing" / "family.db");
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::io_error);
    CHECK(mentions(outcome.error(), "opening the replica: "));
    CHECK(mentions(outcome.error(), (folder / "missing").string() + " does not exist: create it first"));
    CHECK(mentions(outcome.error(), "No such file or directory"));
}

TEST_CASE("sqlite_replica: a folder is not a replica") {
    const scratch_folder folder;
    const auto outcome = sqlite_replica::open(folder.path());
    CHECK(outcome.error() == errc::io_error);
    CHECK(mentions(outcome.error(), "this is a folder"));
}

TEST_CASE("sqlite_replica: an empty name and a NUL in it are refused") {
    CHECK(sqlite_replica::open("").error() == errc::invalid_argument);
    using namespace std::string_view_literals;
    CHECK(sqlite_replica::open(fs::path{"a\0b"sv}).error() == errc::invalid_argument);
    CHECK_FALSE(fs::exists("a"));
}

TEST_CASE("sqlite_replica: without `create` a missing file is not found, and not made") {
    const scratch_folder folder;
    CHECK(sqlite_replica::open(folder / "family.db", {.create = false}).error() == errc::not_found);
    CHECK_FALSE(fs::exists(folder / "family.db"));
    { sqlite_replica made{folder / "family.db"}; }
    CHECK(sqlite_replica::open(folder / "family.db", {.create = false}));
}

TEST_CASE("sqlite_replica: a file that is no database is refused and left alone") {
    const scratch_folder folder;
    for (const auto& content :
         {std::string{"xy"}, std::string{"a photo, or anything else"}, std::string(10'000, 'x')}) {
        write_file(folder / "photo.jpg", content);
        const auto outcome = sqlite_replica::open(folder / "photo.jpg");
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::replica_corrupt);
        CHECK(mentions(outcome.error(), "file is not a database"));
        CHECK(read_file(folder / "photo.jpg") == content);
    }
}

TEST_CASE("sqlite_replica: the database of another application is refused and left alone") {
    const scratch_folder folder;
    for (const auto* sql : {"CREATE TABLE mails (text)", "PRAGMA application_id = 7", "PRAGMA user_version = 1",
                            "PRAGMA journal_mode = WAL; CREATE TABLE mails (text)"}) {
        fs::remove(folder / "mail.db");
        run_sql(folder / "mail.db", sql);
        const auto before = read_file(folder / "mail.db");
        const auto outcome = sqlite_replica::open(folder / "mail.db");
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::invalid_argument);
        CHECK(mentions(outcome.error(), "another application"));
        CHECK(read_file(folder / "mail.db") == before);
    }
}

TEST_CASE("sqlite_replica: a replica of a newer version is refused and left alone") {
    const scratch_folder folder;
    { sqlite_replica made{folder / "family.db"}; }
    run_sql(folder / "family.db", "PRAGMA user_version = 2");
    const auto before = read_file(folder / "family.db");
    const auto outcome = sqlite_replica::open(folder / "family.db");
    CHECK(outcome.error() == errc::unknown_format);
    CHECK(mentions(outcome.error(), "replica format 2; this version reads format 1"));
    CHECK(mentions(outcome.error(), "update this application"));
    CHECK(read_file(folder / "family.db") == before);
}

TEST_CASE("sqlite_replica: a replica without one of its tables is corrupt") {
    const scratch_folder folder;
    { sqlite_replica made{folder / "family.db"}; }
    run_sql(folder / "family.db", "DROP TABLE cursor");
    const auto outcome = sqlite_replica::open(folder / "family.db");
    CHECK(outcome.error() == errc::replica_corrupt);
    CHECK(mentions(outcome.error(), "no such table: cursor"));
}

TEST_CASE("sqlite_replica: a damaged page is corrupt when it is read, not garbage") {
    const scratch_folder folder;
    {
        sqlite_replica replica{folder / "family.db"};
        auto in = replica.begin().value();
        for (int i = 0; i < 2000; ++i) in.store(table, std::to_string(i), std::string(100, 'v')).value();
        in.commit().value();
    }
    auto content = read_file(folder / "family.db");
    for (std::size_t page = 12; page * 4096 < content.size(); ++page) {
        std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(page * 4096), 100, '\xee');
    }
    write_file(folder / "family.db", content);
    auto replica = sqlite_replica::open(folder / "family.db").value();
    auto in = replica.begin().value();
    const auto outcome = in.scan(table, {}, [](bytes_view, bytes_view) { return true; });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::replica_corrupt);
    CHECK(mentions(outcome.error(), "reading the replica: "));
    CHECK(mentions(outcome.error(), "malformed"));
    CHECK(in.commit().error() == errc::replica_corrupt);
}

TEST_CASE("sqlite_replica: a truncated file is corrupt, not empty") {
    const scratch_folder folder;
    {
        sqlite_replica replica{folder / "family.db"};
        put(replica, "a", std::string(1'000'000, 'v')).value();
    }
    fs::resize_file(folder / "family.db", 3 * 4096);
    const auto outcome = sqlite_replica::open(folder / "family.db");
    const auto read = [&]() -> result<void> {
        if (!outcome) return outcome.error();
        return {};
    }();
    CHECK(read.error() == errc::replica_corrupt);
}

/// As a user who may not do everything: permission bits mean nothing to root.
bool as_nobody(const std::function<bool()>& work) {
    child_process child{[&] { return (geteuid() != 0 || seteuid(65534) == 0) && work(); }};
    return child.wait();
}

TEST_CASE("sqlite_replica: a file that may not be written is read-only at once, and says so") {
    const scratch_folder folder;
    { sqlite_replica made{folder / "family.db"}; }
    chmod(folder.path().c_str(), 0777);
    chmod((folder / "family.db").c_str(), 0444);
    CHECK(as_nobody([&] {
        const auto outcome = sqlite_replica::open(folder / "family.db");
        return !outcome && outcome.error() == errc::read_only && mentions(outcome.error(), "no permission to write");
    }));
    CHECK_FALSE(fs::exists(folder / "family.db-wal"));
}

TEST_CASE("sqlite_replica: a file in a folder that may not be written cannot be opened") {
    const scratch_folder folder;
    { sqlite_replica made{folder / "family.db"}; }
    chmod(folder.path().c_str(), 0555);
    chmod((folder / "family.db").c_str(), 0666);
    CHECK(as_nobody([&] {
        const auto outcome = sqlite_replica::open(folder / "family.db");
        return !outcome && outcome.error() == errc::read_only && mentions(outcome.error(), "its folder may not be");
    }));
    CHECK(as_nobody([&] {
        const auto outcome = sqlite_replica::open(folder / "new.db");
        return !outcome && outcome.error() == errc::io_error &&
               mentions(outcome.error(), "check the permissions of the folder");
    }));
    chmod(folder.path().c_str(), 0755);
}

} // namespace
