#include <sealsync/merge/covered_edits.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using namespace sealsync::detail;

TEST_CASE("covered_edits: holds what was joined, by run and number, and nothing else") {
    covered_edits covered;
    merge_entry version{};
    version.run = 3;
    version.n = 7;
    CHECK_FALSE(covered.contains(version));
    interval_set edits;
    for (const std::uint64_t n : {5U, 6U, 7U}) edits.insert(n);
    covered.join(3, edits);
    CHECK(covered.contains(version));
    CHECK(covered.bytes_held() > 0);
    for (const std::uint64_t n : {0U, 4U, 8U}) {
        version.n = n;
        CHECK_FALSE(covered.contains(version));
    }
    version.n = 7;
    for (const std::uint32_t run : {2U, 4U, no_index}) {
        version.run = run;
        CHECK_FALSE(covered.contains(version));
    }
}
