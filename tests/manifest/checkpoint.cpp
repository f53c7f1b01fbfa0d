#include <sealsync/manifest/checkpoint.hpp>

#include "samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

TEST_CASE("checkpoint: one made by default is the only part, and covers nothing") {
    const checkpoint c;
    CHECK(c.format == 1);
    CHECK(c.part == 1);
    CHECK(c.parts == 1);
    CHECK_FALSE(c.previous);
    CHECK(c.logs.empty());
    CHECK(c.met.empty());
    CHECK(c.siblings.empty());
}

TEST_CASE("checkpoint: two are equal only if what they cover, what they met and what is left are") {
    const auto differs = [](auto alter) {
        checkpoint c;
        alter(c);
        return !(c == checkpoint{});
    };
    CHECK_FALSE(differs([](checkpoint&) {}));
    CHECK(differs([](checkpoint& c) { c.part = 2; }));
    CHECK(differs([](checkpoint& c) { c.parts = 2; }));
    CHECK(differs([](checkpoint& c) { c.previous = digest_of(1); }));
    CHECK(differs([](checkpoint& c) { c.logs = sample_head().logs; }));
    CHECK(differs([](checkpoint& c) { c.met = {{id128<run_id>(1), {}}}; }));
    CHECK(differs([](checkpoint& c) { c.siblings = {record_change()}; }));
}

} // namespace
