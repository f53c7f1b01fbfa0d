#include "fixture.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

namespace {

using namespace sealsync;
using namespace sqlite_tests;

TEST_CASE("sqlite_replica: a full disk fails the write, loses nothing committed, and heals when there is space") {
    const scratch_folder folder;
    const std::string large(std::size_t{1} << 20U, 'v');
    {
        sqlite_replica replica{folder / "family.db", {.file_bytes_max = std::uint64_t{512} << 10U}};
        put(replica, "a", "1").value();
        {
            auto in = replica.begin().value();
            in.store(table, "b", "2").value();
            const auto outcome = in.store(replica_table::content, "c", large);
            REQUIRE_FALSE(outcome);
            CHECK(outcome.error() == errc::no_space);
            CHECK(outcome.error().message().find("writing to the replica: ") == 0);
            CHECK(outcome.error().message().find("database or disk is full") != std::string::npos);
        }
        CHECK(keys(replica) == "a");
        put(replica, "d", "4").value();
    }
    sqlite_replica roomier{folder / "family.db"};
    CHECK(keys(roomier) == "ad");
    CHECK(put(roomier, "c", large, replica_table::content));
}

TEST_CASE("sqlite_replica: after a failed write the transaction fails for good, and what followed is not committed") {
    const scratch_folder folder;
    sqlite_replica replica{folder / "family.db", {.file_bytes_max = std::uint64_t{512} << 10U}};
    {
        auto in = replica.begin().value();
        CHECK_FALSE(in.store(table, "large", std::string(std::size_t{1} << 20U, 'v')));
        CHECK(in.store(table, "b", "2").error() == errc::no_space);
        CHECK(in.erase(table, "b").error() == errc::no_space);
        CHECK(in.load(table, "b").error() == errc::no_space);
        CHECK(in.scan(table, {}, [](bytes_view, bytes_view) { return true; }).error() == errc::no_space);
        auto moved = std::move(in);
        CHECK(moved.commit().error() == errc::no_space);
    }
    CHECK(keys(replica) == "");
    CHECK(put(replica, "b", "2"));
}

TEST_CASE("sqlite_replica: a disk too small for the tables is full when it is opened, and usable later") {
    const scratch_folder folder;
    CHECK(sqlite_replica::open(folder / "family.db", {.file_bytes_max = 1}).error() == errc::no_space);
    sqlite_replica replica{folder / "family.db"};
    CHECK(put(replica, "a", "1"));
}

TEST_CASE("sqlite_replica: a value over SQLite's limit is too large, and nothing of it is kept") {
    const scratch_folder folder;
    sqlite_replica replica{folder / "family.db"};
    const std::byte one{};
    const bytes_view huge{std::span{&one, std::size_t{3'000'000'000U}}}; // refused by its size: never read
    {
        auto in = replica.begin().value();
        CHECK(in.store(replica_table::content, "a", huge).error() == errc::too_large);
        CHECK(in.commit().error() == errc::too_large);
    }
    CHECK(put(replica, "a", "1"));
}

/// Files cannot grow beyond the limit: each write over it is an error of the operating system.
void limit_file_size(rlim_t bytes_max) {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = std::min(bytes_max, limit.rlim_max);
    setrlimit(RLIMIT_FSIZE, &limit);
}

TEST_CASE("sqlite_replica: an error of the operating system fails the transaction, and the next one works") {
    const scratch_folder folder;
    child_process child{[&] {
        sqlite_replica replica{folder / "family.db"};
        put(replica, "a", "1").value();
        limit_file_size(rlim_t{1} << 20U);
        const auto outcome = put(replica, "b", std::string(std::size_t{4} << 20U, 'v'));
        if (outcome || !(outcome.error() == errc::io_error)) return false;
        if (outcome.error().message().find("disk I/O error, SQLite code 778") == std::string::npos) return false;
        limit_file_size(RLIM_INFINITY);
        return keys(replica) == "a" && put(replica, "c", "3").has_value() && keys(replica) == "ac";
    }};
    CHECK(child.wait());
    sqlite_replica replica{folder / "family.db"};
    CHECK(keys(replica) == "ac");
}

TEST_CASE("sqlite_replica: a process that dies inside a transaction loses nothing committed and shows nothing else") {
    const scratch_folder folder;
    child_process child{[&] {
        static auto replica = sqlite_replica::open(folder / "family.db").value();
        put(replica, "a", "1").value();
        auto in = replica.begin().value();
        const std::string large(std::size_t{1} << 20U, 'v');
        for (int i = 0; i < 32; ++i) in.store(table, "b" + std::to_string(i), large).value(); // more than the cache
        in.erase(table, "a").value();
        _exit(0);
        return true;
    }};
    REQUIRE(child.wait());
    CHECK(fs::file_size(folder / "family.db-wal") > (std::uintmax_t{8} << 20U));
    sqlite_replica replica{folder / "family.db"};
    CHECK(keys(replica) == "a");
    CHECK(get(replica, "a") == "1");
}

TEST_CASE("sqlite_replica: a process that is killed while it commits has every commit that returned, without a gap") {
    const scratch_folder folder;
    for (const int commits : {1, 10, 100}) {
        signal_pipe committed;
        child_process child{[&] {
            sqlite_replica replica{folder / "family.db"};
            for (int n = 1;; ++n) {
                auto in = replica.begin().value();
                in.store(table, "left", std::to_string(n)).value();
                in.store(replica_table::cursor, "right", std::to_string(n)).value();
                in.commit().value();
                committed.send();
            }
            return true;
        }};
        for (int n = 0; n < commits; ++n) REQUIRE(committed.receive());
        child.kill_and_wait();
        sqlite_replica replica{folder / "family.db"};
        const auto left = get(replica, "left"), right = get(replica, "right", replica_table::cursor);
        REQUIRE(left);
        CHECK(left == right);
        CHECK(std::stoi(*left) >= commits);
    }
}

TEST_CASE("sqlite_replica: a process that dies while it creates the file leaves one that can be opened") {
    const scratch_folder folder;
    for (rlim_t bytes_max = 0; bytes_max <= (rlim_t{64} << 10U); bytes_max += 8'000) {
        fs::remove(folder / "family.db");
        fs::remove(folder / "family.db-wal");
        child_process child{[&] {
            limit_file_size(bytes_max);
            (void)sqlite_replica::open(folder / "family.db").has_value();
            _exit(0);
            return true;
        }};
        REQUIRE(child.wait());
        sqlite_replica replica{folder / "family.db"};
        CHECK(put(replica, "a", "1"));
    }
}

// An address sanitizer keeps what is freed, so that its memory tells nothing.
#if defined(__SANITIZE_ADDRESS__)
#define SEALSYNC_TEST_MEMORY_TELLS false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SEALSYNC_TEST_MEMORY_TELLS false
#endif
#endif
#ifndef SEALSYNC_TEST_MEMORY_TELLS
#define SEALSYNC_TEST_MEMORY_TELLS true
#endif

TEST_CASE("sqlite_replica: a transaction far larger than the cache does not grow the memory" *
          doctest::skip(!SEALSYNC_TEST_MEMORY_TELLS)) {
    const scratch_folder folder;
    child_process child{[&] {
        const auto peak = [] {
            rusage used{};
            getrusage(RUSAGE_SELF, &used);
            return used.ru_maxrss;
        };
        sqlite_replica replica{folder / "family.db", {.durability = sqlite_durability::process_crash}};
        const std::string value(std::size_t{256} << 10U, 'v');
        put(replica, "warm", value, replica_table::content).value();
        const auto before = peak();
        auto in = replica.begin().value();
        for (int i = 0; i < 512; ++i) in.store(replica_table::content, std::to_string(i), value).value();
        in.commit().value();
        return peak() - before < 24 * 1024;
    }};
    CHECK(child.wait());
}

} // namespace
