#include <sealsync/manifest/limits.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

TEST_CASE("manifest_limits: everything has a limit, and the defaults fit each other") {
    constexpr manifest_limits limits;
    // 400 bytes a change is what the canonical layout needs for ids of common length.
    CHECK(limits.changes_max * 400 <= limits.bytes_max);
    CHECK(limits.logs_max * 60 <= limits.bytes_max);
    CHECK(limits.dots_max * 64 <= limits.bytes_max);
    CHECK(limits.attachments_max * 80 <= limits.bytes_max);
    CHECK(limits.text_bytes_max < limits.bytes_max);
    // A change's `replaces` is the deepest that we write: manifest, changes, change, replaces.
    CHECK(limits.depth_max >= 4);
}
