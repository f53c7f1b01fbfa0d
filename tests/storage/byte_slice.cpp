#include <sealsync/storage/byte_slice.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using detail::wanted_range;

namespace {

/// What is answered to the range of an object of ten bytes, as "offset+length".
std::string of_ten_bytes(std::optional<byte_range> asked) {
    const auto wanted = wanted_range({.key = object_key::make("a").value(), .range = asked}, 10);
    return std::to_string(wanted.offset) + "+" + std::to_string(wanted.length);
}

} // namespace

TEST_CASE("wanted_range: without a range the whole object is wanted") { CHECK(of_ten_bytes({}) == "0+10"); }

TEST_CASE("wanted_range: a range inside the object is taken as it is") {
    CHECK(of_ten_bytes(byte_range{0, 10}) == "0+10");
    CHECK(of_ten_bytes(byte_range{0, 1}) == "0+1");
    CHECK(of_ten_bytes(byte_range{3, 4}) == "3+4");
    CHECK(of_ten_bytes(byte_range{9, 1}) == "9+1");
}

TEST_CASE("wanted_range: a range that reaches past the end is cut there, however long it is") {
    CHECK(of_ten_bytes(byte_range{0, 11}) == "0+10");
    CHECK(of_ten_bytes(byte_range{9, 2}) == "9+1");
    CHECK(of_ten_bytes(byte_range{9, ~std::uint64_t{0}}) == "9+1");
}

TEST_CASE("wanted_range: a range that begins at the end or past it is empty, and inside the object") {
    CHECK(of_ten_bytes(byte_range{10, 1}) == "10+0");
    CHECK(of_ten_bytes(byte_range{11, 5}) == "10+0");
    CHECK(of_ten_bytes(byte_range{~std::uint64_t{0}, ~std::uint64_t{0}}) == "10+0");
}

TEST_CASE("too_large: the object, what was wanted and the limit are named") {
    const auto why = detail::too_large({.key = object_key::make("a/b").value(), .size_max = 10}, 11);
    CHECK(why == errc::too_large);
    CHECK(why.object() == "a/b");
    CHECK(why.detail() == "11 bytes, but at most 10 were asked for");
}

TEST_CASE("stopped: a call that was stopped is cancelled, on an object or on none") {
    CHECK(detail::stopped() == errc::cancelled);
    CHECK(detail::stopped().object().empty());
    CHECK(detail::stopped("a").object() == "a");
}
