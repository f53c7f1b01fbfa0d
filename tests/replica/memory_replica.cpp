#include <sealsync/replica/memory_replica.hpp>

#include <doctest/doctest.h>

#include <thread>

namespace {

using namespace sealsync;
constexpr auto table = replica_table::object;

void put(memory_replica& replica, bytes_view key, bytes_view value) {
    auto in = replica.begin().value();
    in.store(table, key, value).value();
    in.commit().value();
}
std::optional<std::string> get(memory_replica& replica, bytes_view key) {
    const auto found = replica.begin()->load(table, key).value();
    return found ? std::optional{std::string{as_text(*found)}} : std::nullopt;
}
std::string keys(memory_replica::transaction& in, bytes_view from = {}) {
    std::string seen;
    in.scan(table, from, [&](bytes_view key, bytes_view) { return seen += as_text(key), true; }).value();
    return seen;
}

TEST_CASE("memory_replica: copies refer to the same rows, as reopening one file would") {
    memory_replica first;
    auto second = first;
    put(first, "a", "1");
    CHECK(get(second, "a") == "1");
    put(second, "a", "2");
    CHECK(get(first, "a") == "2");
}

TEST_CASE("memory_replica: the rows live as long as the last handle") {
    auto first = std::make_unique<memory_replica>();
    put(*first, "a", "1");
    auto second = *first;
    first.reset();
    CHECK(get(second, "a") == "1");
}

TEST_CASE("memory_replica: a transaction outlives its replica") {
    memory_replica kept;
    auto in = memory_replica{kept}.begin().value();
    in.store(table, "a", "1").value();
    in.commit().value();
    CHECK(get(kept, "a") == "1");
}

TEST_CASE("memory_replica: a snapshot is independent both ways") {
    memory_replica original;
    put(original, "a", "1");
    auto backup = original.snapshot();
    put(original, "a", "2");
    put(backup, "b", "3");
    CHECK(get(backup, "a") == "1");
    CHECK(get(original, "a") == "2");
    CHECK_FALSE(get(original, "b"));
}

TEST_CASE("memory_replica: a snapshot during a transaction has what is committed") {
    memory_replica replica;
    put(replica, "a", "1");
    auto in = replica.begin().value();
    in.store(table, "a", "2").value();
    in.erase(table, "b").value();
    auto backup = replica.snapshot();
    in.commit().value();
    CHECK(get(backup, "a") == "1");
    CHECK(get(replica, "a") == "2");
}

TEST_CASE("memory_replica: an exception thrown in a transaction leaves nothing, and the next one begins") {
    memory_replica replica;
    const auto work = [&] {
        auto in = replica.begin().value();
        in.store(table, "a", "1").value();
        throw 7;
    };
    CHECK_THROWS_AS(work(), int);
    CHECK_FALSE(get(replica, "a"));
}

TEST_CASE("memory_replica: an exception thrown by a visitor ends the scan, not the transaction") {
    memory_replica replica;
    put(replica, "a", "1");
    auto in = replica.begin().value();
    const auto visit = [&] { (void)in.scan(table, {}, [](bytes_view, bytes_view) -> bool { throw 7; }); };
    CHECK_THROWS_AS(visit(), int);
    CHECK(keys(in) == "a");
    in.store(table, "b", "2").value();
    in.commit().value();
    CHECK(get(replica, "b") == "2");
}

TEST_CASE("memory_replica: erased and stored again in every order, the last write counts") {
    memory_replica replica;
    put(replica, "b", "old");
    auto in = replica.begin().value();
    in.erase(table, "b").value();
    CHECK(keys(in) == "");
    in.store(table, "b", "new").value();
    CHECK(keys(in) == "b");
    in.store(table, "c", "new").value();
    in.erase(table, "c").value();
    in.erase(table, "c").value();
    CHECK(keys(in) == "b");
    in.commit().value();
    CHECK(get(replica, "b") == "new");
    CHECK_FALSE(get(replica, "c"));
}

TEST_CASE("memory_replica: a scan merges old and new rows wherever they meet") {
    memory_replica replica;
    for (const auto* key : {"b", "c", "d", "f"}) put(replica, key, "old");
    auto in = replica.begin().value();
    for (const auto* key : {"a", "c", "e", "g"}) in.store(table, key, "new").value();
    in.erase(table, "d").value();
    CHECK(keys(in) == "abcefg");
    CHECK(keys(in, "c") == "cefg");
    CHECK(keys(in, "d") == "efg");
    CHECK(keys(in, "h") == "");
}

TEST_CASE("memory_replica: a large transaction in key order keeps every row") {
    memory_replica replica;
    auto in = replica.begin().value();
    std::array<std::byte, 4> key{};
    for (unsigned i = 0; i < 100'000; ++i) {
        for (unsigned b = 0; b < 4; ++b) key[b] = static_cast<std::byte>(i >> (24 - 8 * b));
        in.store(table, key, "value").value();
    }
    in.commit().value();
    std::size_t count = 0;
    replica.begin()->scan(table, {}, [&](bytes_view, bytes_view) { return ++count, true; }).value();
    CHECK(count == 100'000);
}

TEST_CASE("memory_replica: transactions of different threads follow each other") {
    memory_replica replica;
    for (int i = 0; i < 4; ++i) std::thread{[&] { put(replica, std::to_string(i), "x"); }}.join();
    auto in = replica.begin().value();
    CHECK(keys(in) == "0123");
}

} // namespace
