#include <sealsync/manifest/compact/segment_reader.hpp>
#include <sealsync/manifest/compact_codec.hpp>

#include "odd_segments.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

TEST_CASE("segment_reader: what stands before the changes is there at once, the rows one by one") {
    const auto s = sample_segment();
    const auto written = write_compact_segment(s).value();
    const manifest_limits limits;
    detail::compact_segment_reader in{written, limits};
    auto header = s;
    header.changes.clear();
    CHECK(in.header() == header);
    CHECK(in.tables().rows == 3);
    detail::compact_row row;
    REQUIRE(in.next(row));
    CHECK(in.tables().run(row.run) == s.changes[0].dot.run);
    CHECK(row.n == s.changes[0].dot.n);
    REQUIRE(in.next(row));
    REQUIRE(in.next(row));
    CHECK_FALSE(in.next(row));
    CHECK(in.finish());
}

TEST_CASE("segment_reader: after a fault before the changes there are none") {
    const manifest_limits limits;
    detail::compact_segment_reader in{"\x01\x01\x02", limits};
    detail::compact_row row;
    CHECK_FALSE(in.next(row));
    CHECK(in.finish().error() == errc::unknown_format);
}

TEST_CASE("segment_reader: edits that do not ascend are accepted if each is there once") {
    auto s = sample_segment();
    std::reverse(s.changes.begin(), s.changes.end());
    CHECK(compact_codec::read_segment(write_compact_segment(s).value()).value() == s);
}

} // namespace
