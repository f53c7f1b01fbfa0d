#include "vault_fixture.hpp"

#include <sealsync/conflict/last_write_wins.hpp>

namespace {

using namespace vault_fixture;

/// Rows of a replica's table.
std::size_t rows_of(const memory_replica& rows, replica_table table) {
    auto copy = rows;
    auto in = need(copy.begin());
    std::size_t count = 0;
    need(in.scan(table, {}, [&](bytes_view, bytes_view) { return ++count, true; }));
    return count;
}

TEST_CASE("object_update: contents of replaced versions are dropped, with their ids beside and their outbox rows") {
    world w;
    device a{w}, b{w};
    a.put("r", "from a");
    a.clean_sync();
    for (int i = 0; i < 5; ++i) b.put("r", "from b, " + std::to_string(i));
    CHECK(rows_of(b.rows, replica_table::content) == 1);
    CHECK(rows_of(b.rows, replica_table::outbox) == 1);
    b.clean_sync();
    CHECK(rows_of(b.rows, replica_table::content) == 2);
    CHECK(rows_of(b.rows, replica_table::derived) == 1);
    CHECK(rows_of(b.rows, replica_table::outbox) == 0);
    CHECK(need(b.emma().erase(need(b.emma().get("r"))->conflicts.at(0).id)));
    CHECK(rows_of(b.rows, replica_table::content) == 1);
    CHECK(rows_of(b.rows, replica_table::derived) == 0);
    b.clean_sync();
    a.clean_sync();
    CHECK(rows_of(a.rows, replica_table::content) == 1);
    CHECK(rows_of(a.rows, replica_table::derived) == 0);
    CHECK(rows_of(a.rows, replica_table::staged) == 0);
}

TEST_CASE("object_update: an erased record keeps no content") {
    world w;
    device a{w}, b{w};
    a.put("r", "x");
    a.clean_sync();
    b.clean_sync();
    a.erase("r");
    a.clean_sync();
    b.clean_sync();
    CHECK(rows_of(a.rows, replica_table::content) == 0);
    CHECK(rows_of(b.rows, replica_table::content) == 0);
}

TEST_CASE("object_update: published versions that were replaced are remembered, the newest history_max of them") {
    world w;
    sync_settings settings;
    settings.history_max = 3;
    device a{w, "laptop", settings}, b{w, "phone", settings};
    for (int i = 1; i <= 6; ++i) {
        a.put("r", std::to_string(i));
        a.clean_sync();
        b.clean_sync();
    }
    for (auto* one : {&a, &b}) {
        std::vector<std::uint64_t> numbers;
        for (const auto& v : need(one->emma().history("r"))) numbers.push_back(v.number);
        CHECK(numbers == std::vector<std::uint64_t>{3, 4, 5, 6});
    }
}

TEST_CASE("object_update: history may be switched off") {
    world w;
    sync_settings settings;
    settings.history_max = 0;
    device a{w, "laptop", settings};
    a.put("r", "1");
    a.clean_sync();
    a.put("r", "2");
    a.clean_sync();
    CHECK(need(a.emma().history("r")).size() == 1);
}

TEST_CASE("object_update: a policy that does not read contents keeps one content for many siblings") {
    world w;
    basic_device<last_write_wins> a{w}, b{w}, c{w};
    a.put("r", "from a");
    b.put("r", "from b");
    a.clean_sync();
    b.clean_sync();
    c.clean_sync();
    CHECK(c.text("r") == "from b");
    CHECK(rows_of(c.rows, replica_table::content) == 1);
    CHECK(rows_of(c.rows, replica_table::derived) == 0);
}

} // namespace
