#include <sealsync/record.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

TEST_CASE("version: two are equal if they are the same edit, whatever else is known of them") {
    version left, right;
    left.dot.n = right.dot.n = 7;
    right.committed = true;
    right.number = 3;
    CHECK(left == right);
    right.dot.n = 8;
    CHECK_FALSE(left == right);
    right = left;
    right.dot.run.value[0] = std::byte{1};
    CHECK_FALSE(left == right);
}

TEST_CASE("if_current: asks for the version, and leaves the attachments") {
    version seen;
    seen.dot.n = 4;
    const auto options = if_current(seen);
    REQUIRE(options.if_current);
    CHECK(*options.if_current == seen);
    CHECK_FALSE(options.attachments);
    CHECK_FALSE(put_options{}.if_current);
}

} // namespace
