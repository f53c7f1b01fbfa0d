#include <sealsync/manifest/compact/reader.hpp>
#include <sealsync/manifest/compact/segment_layout.hpp>
#include <sealsync/manifest/compact/writer.hpp>

#include "../samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

std::string written(const segment& s) {
    detail::compact_writer out{100'000};
    detail::lay_out_compact_segment(out, s, {});
    return to_hex(std::move(out).take().value());
}

TEST_CASE("segment_layout: what stands before the changes, byte for byte") {
    auto s = sample_segment();
    s.last_updated = stamp{128};
    CHECK(written(s) == "01" // encoding
                        "01" // a segment
                        "01" // format
                        "00" /* nothing critical */
                            + s.vault.hex() + "0b" + to_hex(s.scope) + "06" + to_hex("iphone") + "00" /* no name */ +
                            s.log.hex() + "2a" + s.previous->hex() + "8001" + "02" + s.seen[0].log.hex() + "76" +
                            s.seen[1].log.hex() + "01");
}

TEST_CASE("segment_layout: the first segment of a log has no previous, and may have a name") {
    auto s = sample_segment();
    s.seq = 1;
    s.previous.reset();
    s.device_name = "Alice's phone";
    s.seen.clear();
    s.changes.clear();
    const auto hex = written(s);
    bytes raw(hex.size() / 2);
    REQUIRE(from_hex(hex, raw));
    detail::compact_reader in{raw};
    segment read;
    detail::lay_out_compact_segment(in, read, {});
    REQUIRE(in.finish());
    CHECK(read == s);
}

TEST_CASE("segment_layout: a rule of the segment that is broken is found by the reader") {
    auto hex = written(sample_segment());
    const auto at = hex.find("2a" + sample_segment().previous->hex());
    REQUIRE(at != std::string::npos);
    hex.replace(at, 2, "00");
    bytes raw(hex.size() / 2);
    REQUIRE(from_hex(hex, raw));
    detail::compact_reader in{raw};
    segment read;
    detail::lay_out_compact_segment(in, read, {});
    CHECK(in.finish().error().detail() == "at byte 0: version: 0");
}

} // namespace
