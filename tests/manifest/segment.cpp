#include <sealsync/manifest/segment.hpp>

#include "samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

TEST_CASE("segment: one made by default is of format 1, and of no place in any log") {
    const segment s;
    CHECK(s.format == 1);
    CHECK(s.seq == 0);
    CHECK_FALSE(s.previous);
    CHECK(s.changes.empty());
}

TEST_CASE("segment: two are equal only if every field is") {
    const auto differs = [](auto alter) {
        auto s = sample_segment();
        alter(s);
        return !(s == sample_segment());
    };
    CHECK(sample_segment() == sample_segment());
    CHECK(differs([](segment& s) { s.format = 0; }));
    CHECK(differs([](segment& s) { s.critical = {"a"}; }));
    CHECK(differs([](segment& s) { s.vault = {}; }));
    CHECK(differs([](segment& s) { s.scope = "a"; }));
    CHECK(differs([](segment& s) { s.device = {}; }));
    CHECK(differs([](segment& s) { s.device_name = "a"; }));
    CHECK(differs([](segment& s) { s.log = {}; }));
    CHECK(differs([](segment& s) { ++s.seq; }));
    CHECK(differs([](segment& s) { s.previous.reset(); }));
    CHECK(differs([](segment& s) { ++s.last_updated.nanoseconds; }));
    CHECK(differs([](segment& s) { s.seen.clear(); }));
    CHECK(differs([](segment& s) { s.changes.pop_back(); }));
}

TEST_CASE("log_position: the order is by log, then by number") {
    const log_position a{id128<log_id>(1), 9}, b{id128<log_id>(2), 1}, c{id128<log_id>(2), 2};
    CHECK(a < b);
    CHECK(b < c);
    CHECK(a == log_position{id128<log_id>(1), 9});
}

} // namespace
