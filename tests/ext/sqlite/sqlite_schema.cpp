#include "fixture.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using namespace sqlite_tests;
using detail::sqlite_connection;
using detail::sqlite_query;
using detail::sqlite_schema;

sqlite_connection open(const fs::path& path) {
    return sqlite_connection::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).value();
}

sqlite_connection created(const fs::path& path) {
    auto file = open(path);
    sqlite_schema::create(file).value();
    return file;
}

void store(const detail::sqlite_table& table, bytes_view key, bytes_view value) {
    sqlite_query query{table.store};
    REQUIRE(query.bind(1, key) == SQLITE_OK);
    REQUIRE(query.bind(2, value) == SQLITE_OK);
    REQUIRE(query.step() == SQLITE_DONE);
}

std::optional<std::string> load(const detail::sqlite_table& table, bytes_view key) {
    sqlite_query query{table.load};
    REQUIRE(query.bind(1, key) == SQLITE_OK);
    return query.step() == SQLITE_ROW ? std::optional{std::string{as_text(query.column(0))}} : std::nullopt;
}

/// "key=value " of all rows from `first` on.
std::string scan(const detail::sqlite_table& table, bytes_view first) {
    std::string seen;
    sqlite_query query{table.scan};
    REQUIRE(query.bind(1, first) == SQLITE_OK);
    while (query.step() == SQLITE_ROW) {
        seen.append(as_text(query.column(0))).append("=").append(as_text(query.column(1))).append(" ");
    }
    return seen;
}

TEST_CASE("sqlite_schema: an empty file is no replica yet, and looking leaves it empty") {
    const scratch_folder folder;
    auto file = open(folder / "a.db");
    CHECK_FALSE(sqlite_schema::is_replica(file).value());
    CHECK(read_file(folder / "a.db").empty());
}

TEST_CASE("sqlite_schema: what was created is a replica, also when it is opened again") {
    const scratch_folder folder;
    auto file = created(folder / "a.db");
    CHECK(sqlite_schema::is_replica(file).value());
    auto again = open(folder / "a.db");
    CHECK(sqlite_schema::is_replica(again).value());
    CHECK(again.number("PRAGMA application_id").value() == 0x5EA15C01);
    CHECK(again.number("PRAGMA user_version").value() == 1);
}

TEST_CASE("sqlite_schema: another application's file is refused, whichever trace it has left") {
    const scratch_folder folder;
    for (const auto* sql : {"CREATE TABLE mails (text)", "PRAGMA application_id = 7", "PRAGMA user_version = 1"}) {
        fs::remove(folder / "mail.db");
        run_sql(folder / "mail.db", sql);
        auto file = open(folder / "mail.db");
        const auto outcome = sqlite_schema::is_replica(file);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::invalid_argument);
        CHECK(outcome.error().object() == (folder / "mail.db").string());
    }
}

TEST_CASE("sqlite_schema: our own file in any other format is unknown") {
    const scratch_folder folder;
    auto file = created(folder / "a.db");
    for (const auto* version : {"0", "2"}) {
        file.run(std::string{"PRAGMA user_version = "} + version).value();
        const auto outcome = sqlite_schema::is_replica(file);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::unknown_format);
        CHECK(outcome.error().detail() == std::string{"replica format "} + version + "; this version reads format 1");
    }
}

TEST_CASE("sqlite_schema: what is no database is corrupt") {
    const scratch_folder folder;
    write_file(folder / "a.db", std::string(5000, 'x'));
    auto file = open(folder / "a.db");
    CHECK(sqlite_schema::is_replica(file).error() == errc::replica_corrupt);
}

TEST_CASE("sqlite_schema: a creation that fails half way leaves nothing of itself") {
    const scratch_folder folder;
    run_sql(folder / "a.db", "CREATE TABLE staged (text)"); // the last of the nine
    {
        auto file = open(folder / "a.db");
        CHECK_FALSE(sqlite_schema::create(file));
    }
    auto file = open(folder / "a.db");
    CHECK(file.number("SELECT count(*) FROM sqlite_master").value() == 1);
    CHECK(file.number("PRAGMA application_id").value() == 0);
}

TEST_CASE("sqlite_schema: a replica is nine tables, of which the three of large values have trees of their own") {
    const scratch_folder folder;
    auto file = created(folder / "a.db");
    CHECK(file.number("SELECT count(*) FROM sqlite_master WHERE type = 'table'").value() == 9);
    CHECK(file.number("SELECT count(*) FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'").value() == 6);
    CHECK(file.number("SELECT count(*) FROM sqlite_master WHERE sql LIKE '%id INTEGER PRIMARY KEY%' "
                      "AND name IN ('content', 'source', 'staged')")
              .value() == 3);
}

TEST_CASE("sqlite_schema: each table stores, replaces, finds, orders and erases rows of its own") {
    const scratch_folder folder;
    auto file = created(folder / "a.db");
    detail::sqlite_tables tables;
    sqlite_schema::prepare(file, tables).value();
    for (std::size_t i = 0; i < tables.size(); ++i) {
        CAPTURE(i);
        const auto& table = tables[i];
        const auto mine = std::to_string(i);
        CHECK_FALSE(load(table, "b"));
        for (const auto* key : {"c", "b", "\xff", "bb"}) store(table, key, "old");
        store(table, "b", mine);
        CHECK(load(table, "b") == mine);
        CHECK(scan(table, "") == "b=" + mine + " bb=old c=old \xff=old ");
        CHECK(scan(table, "bb") == "bb=old c=old \xff=old ");
        CHECK(scan(table, "bc") == "c=old \xff=old ");
        sqlite_query query{table.erase};
        REQUIRE(query.bind(1, "c") == SQLITE_OK);
        REQUIRE(query.step() == SQLITE_DONE);
        CHECK_FALSE(load(table, "c"));
    }
    for (std::size_t i = 0; i < tables.size(); ++i) CHECK(load(tables[i], "b") == std::to_string(i));
}

TEST_CASE("sqlite_schema: a row without a value is refused by every table") {
    const scratch_folder folder;
    auto file = created(folder / "a.db");
    detail::sqlite_tables tables;
    sqlite_schema::prepare(file, tables).value();
    for (const auto& table : tables) {
        sqlite_query query{table.store};
        REQUIRE(query.bind(1, "key") == SQLITE_OK);
        CHECK((query.step() & 0xff) == SQLITE_CONSTRAINT);
    }
}

TEST_CASE("sqlite_schema: whichever table is missing, its statements cannot be prepared") {
    const scratch_folder folder;
    for (const auto* name : {"header", "object", "content", "outbox", "source", "cursor", "met", "derived", "staged"}) {
        fs::remove(folder / "a.db");
        auto file = created(folder / "a.db");
        file.run(std::string{"DROP TABLE "} + name).value();
        detail::sqlite_tables tables;
        const auto outcome = sqlite_schema::prepare(file, tables);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::replica_corrupt);
        CHECK(outcome.error().detail() == std::string{"no such table: "} + name + ", SQLite code 1");
    }
}

} // namespace
