#include <sealsync/manifest/segment.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

TEST_CASE("segment: equality sees every field") {
    segment one;
    one.scope = "users/alice";
    one.version = 1;
    const auto differs = [&](auto modify) {
        auto other = one;
        modify(other);
        return other != one;
    };
    CHECK(one == segment{one});
    CHECK(differs([](segment& s) { s.format = 2; }));
    CHECK(differs([](segment& s) { s.critical.push_back("packs"); }));
    CHECK(differs([](segment& s) { s.vault.value[0] = std::byte{1}; }));
    CHECK(differs([](segment& s) { s.scope = "users/bob"; }));
    CHECK(differs([](segment& s) { s.device = *device_id::make("ipad"); }));
    CHECK(differs([](segment& s) { s.device_name = "iPad"; }));
    CHECK(differs([](segment& s) { s.log.value[0] = std::byte{1}; }));
    CHECK(differs([](segment& s) { s.version = 2; }));
    CHECK(differs([](segment& s) { s.previous = digest256{}; }));
    CHECK(differs([](segment& s) { s.last_updated = {1}; }));
    CHECK(differs([](segment& s) { s.seen.push_back({}); }));
    CHECK(differs([](segment& s) { s.changes.emplace_back(); }));
}

TEST_CASE("log_position: orders by log, then by number, as `seen` is written") {
    const auto low = *log_id::parse("00000000000000000000000000000001");
    const auto high = *log_id::parse("00000000000000000000000000000002");
    CHECK(log_position{low, 9} < log_position{high, 1});
    CHECK(log_position{low, 9} < log_position{low, 10});
}

TEST_CASE("segment: is of format 1 unless read as another") { CHECK(segment{}.format == 1); }
