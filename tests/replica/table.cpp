#include <sealsync/replica/table.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

TEST_CASE("replica_table: numbers are part of the replica's format, from 1 without gaps") {
    const replica_table all[] = {replica_table::header, replica_table::object,  replica_table::content,
                                 replica_table::outbox, replica_table::source,  replica_table::cursor,
                                 replica_table::met,    replica_table::derived, replica_table::staged};
    CHECK(std::size(all) == replica_table_count);
    for (std::size_t i = 0; i < std::size(all); ++i) CHECK(static_cast<std::size_t>(all[i]) == i + 1);
}

TEST_CASE("row_visitor: sees key and value, and says whether to go on") {
    std::string seen;
    const auto visit = [&](bytes_view key, bytes_view value) {
        seen += std::string{as_text(key)} + '=' + std::string{as_text(value)};
        return false;
    };
    CHECK_FALSE(row_visitor{visit}("k", "v"));
    CHECK(seen == "k=v");
}
