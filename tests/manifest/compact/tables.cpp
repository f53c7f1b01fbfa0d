#include <sealsync/manifest/compact/row_writer.hpp>
#include <sealsync/manifest/compact/tables.hpp>

#include "../samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

const device_id author = *device_id::make("iphone");

struct parts {
    std::size_t rows = 2;
    std::vector<std::string> collections{"emma", "noah"}, devices{"ipad"};
    std::vector<run_id> runs{id128<run_id>(1), id128<run_id>(2)};

    [[nodiscard]] bytes written() const {
        detail::compact_writer out{100'000};
        out.count(rows);
        out.count(collections.size());
        for (const auto& each : collections) out.field("", *collection_id::make(each));
        out.count(devices.size());
        for (const auto& each : devices) out.field("", *device_id::make(each));
        out.count(runs.size());
        for (const auto& each : runs) out.field("", each);
        out.raw(std::string(2 * detail::row_bytes_min, '\0')); // room for the rows
        return std::move(out).take().value();
    }
    [[nodiscard]] failure refusal(const manifest_limits& limits = {}) const {
        const auto in_bytes = written();
        detail::compact_reader in{in_bytes};
        const auto tables = detail::read_tables(in, author, limits);
        REQUIRE(in.failed());
        return std::move(in).fault();
    }
};

TEST_CASE("tables: they are read as they were written, the author before other devices") {
    const auto in_bytes = parts{}.written();
    detail::compact_reader in{in_bytes};
    const auto tables = detail::read_tables(in, author, {});
    REQUIRE_FALSE(in.failed());
    CHECK(in.rest().size() == 2 * detail::row_bytes_min);
    CHECK(tables.rows == 2);
    REQUIRE(tables.collections.size() == 2);
    CHECK(tables.collections[1].text() == "noah");
    REQUIRE(tables.devices.size() == 2);
    CHECK(tables.devices[0] == author);
    CHECK(tables.devices[1].text() == "ipad");
    REQUIRE(tables.run_count() == 2);
    CHECK(tables.run(1) == id128<run_id>(2));
    CHECK(tables.run_before(0, 1));
    CHECK_FALSE(tables.run_before(1, 1));
    CHECK_FALSE(tables.run_before(1, 0));
}

TEST_CASE("tables: nothing stands in one twice") {
    const auto twice = "at byte 0: collections, devices or runs: one stands twice";
    CHECK(parts{2, {"emma", "emma"}}.refusal().detail() == twice);
    CHECK(parts{2, {}, {"iphone"}}.refusal().detail() == twice);
    CHECK(parts{2, {}, {}, {id128<run_id>(1), id128<run_id>(2), id128<run_id>(1)}}.refusal().detail() == twice);
}

TEST_CASE("tables: none is longer than there are rows that could use it, nor there more rows than room") {
    CHECK(parts{1}.refusal().detail() == "at byte 1, collections: over 1 items");
    CHECK(parts{1, {}, {"ipad", "mac"}}.refusal().detail() == "at byte 2, devices: over 1 items");
    CHECK(parts{1'000}.refusal().detail() == "at byte 2, changes: ends too early");
    manifest_limits limits;
    limits.changes_max = 1;
    CHECK(parts{}.refusal(limits) == errc::too_large);
}

} // namespace
