#include "fixture.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using namespace sqlite_tests;
using detail::sqlite_connection;
constexpr int create = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

TEST_CASE("sqlite_errc: what SQLite says is what the caller must do") {
    CHECK(detail::sqlite_errc(SQLITE_FULL) == errc::no_space);
    CHECK(detail::sqlite_errc(SQLITE_READONLY) == errc::read_only);
    CHECK(detail::sqlite_errc(SQLITE_READONLY_DBMOVED) == errc::read_only);
    CHECK(detail::sqlite_errc(SQLITE_BUSY) == errc::busy);
    CHECK(detail::sqlite_errc(SQLITE_BUSY_SNAPSHOT) == errc::busy);
    CHECK(detail::sqlite_errc(SQLITE_LOCKED) == errc::busy);
    CHECK(detail::sqlite_errc(SQLITE_PROTOCOL) == errc::busy);
    CHECK(detail::sqlite_errc(SQLITE_CORRUPT) == errc::replica_corrupt);
    CHECK(detail::sqlite_errc(SQLITE_NOTADB) == errc::replica_corrupt);
    CHECK(detail::sqlite_errc(SQLITE_ERROR) == errc::replica_corrupt);
    CHECK(detail::sqlite_errc(SQLITE_SCHEMA) == errc::replica_corrupt);
    CHECK(detail::sqlite_errc(SQLITE_CONSTRAINT_NOTNULL) == errc::replica_corrupt);
    CHECK(detail::sqlite_errc(SQLITE_MISMATCH) == errc::replica_corrupt);
    CHECK(detail::sqlite_errc(SQLITE_CANTOPEN) == errc::io_error);
    CHECK(detail::sqlite_errc(SQLITE_IOERR_FSYNC) == errc::io_error);
    CHECK(detail::sqlite_errc(SQLITE_TOOBIG) == errc::too_large);
    CHECK(detail::sqlite_errc(SQLITE_PERM) == errc::access_denied);
    CHECK(detail::sqlite_errc(SQLITE_AUTH) == errc::access_denied);
    CHECK(detail::sqlite_errc(SQLITE_MISUSE) == errc::io_error);
}

TEST_CASE("sqlite_connection: SQL is run, and a number read back") {
    const scratch_folder folder;
    auto file = sqlite_connection::open(folder / "a.db", create).value();
    file.run("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (41), (1)").value();
    CHECK(file.number("SELECT sum(n) FROM t").value() == 42);
}

TEST_CASE("sqlite_connection: wrong SQL fails with SQLite's words and the file's name") {
    const scratch_folder folder;
    auto file = sqlite_connection::open(folder / "a.db", create).value();
    for (const auto& outcome : {file.run("SELECT * FROM missing"),
                                [&]() -> result<void> { return file.number("SELECT * FROM missing").error(); }()}) {
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::replica_corrupt);
        CHECK(outcome.error().detail() == "no such table: missing, SQLite code 1");
        CHECK(outcome.error().object() == (folder / "a.db").string());
    }
}

TEST_CASE("sqlite_connection: a number that is not there is a failure") {
    const scratch_folder folder;
    auto file = sqlite_connection::open(folder / "a.db", create).value();
    CHECK_FALSE(file.number("SELECT 1 WHERE 0"));
}

TEST_CASE("sqlite_connection: being out of memory throws") {
    const scratch_folder folder;
    const auto file = sqlite_connection::open(folder / "a.db", create).value();
    CHECK_THROWS_AS((void)file.fail(SQLITE_NOMEM), std::bad_alloc);
}

TEST_CASE("sqlite_query: empty bytes are a value, not NULL") {
    const scratch_folder folder;
    auto file = sqlite_connection::open(folder / "a.db", create).value();
    detail::sqlite_statement statement;
    file.prepare("SELECT typeof(?1), length(?1), ?1", statement).value();
    detail::sqlite_query query{statement};
    REQUIRE(query.bind(1, bytes_view{}) == SQLITE_OK);
    REQUIRE(query.step() == SQLITE_ROW);
    CHECK(query.column(0) == bytes_view{"blob"});
    CHECK(query.number(1) == 0);
    CHECK(query.column(2).empty());
}

TEST_CASE("sqlite_query: a statement can be used again after its query has ended, and keeps nothing bound") {
    const scratch_folder folder;
    auto file = sqlite_connection::open(folder / "a.db", create).value();
    detail::sqlite_statement statement;
    file.prepare("SELECT typeof(?1)", statement).value();
    {
        detail::sqlite_query query{statement};
        REQUIRE(query.bind(1, "text") == SQLITE_OK);
        REQUIRE(query.step() == SQLITE_ROW);
    }
    detail::sqlite_query query{statement};
    REQUIRE(query.step() == SQLITE_ROW);
    CHECK(query.column(0) == bytes_view{"null"});
}

TEST_CASE("sqlite_query: a place that the statement does not have is refused") {
    const scratch_folder folder;
    auto file = sqlite_connection::open(folder / "a.db", create).value();
    detail::sqlite_statement statement;
    file.prepare("SELECT 1", statement).value();
    detail::sqlite_query query{statement};
    CHECK(query.bind(2, "text") == SQLITE_RANGE);
}

} // namespace
