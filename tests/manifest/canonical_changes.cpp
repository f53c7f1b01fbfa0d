#include <sealsync/manifest/canonical_changes.hpp>
#include <sealsync/manifest/writer.hpp>

#include "samples.hpp"

#include <doctest/doctest.h>

using namespace sealsync_tests;

TEST_CASE("canonical_changes: gives the changes of a segment in order, and its header") {
    const auto s = sample_segment();
    const auto json = *write_segment(s, field);
    canonical_changes reader;
    std::vector<change> changes;
    const auto header =
        reader.read(json, field, {}, [&](const change_view& view) { changes.push_back(*to_change(view)); });
    REQUIRE(header);
    CHECK(*header == header_of(s));
    CHECK(header->log == s.log);
    CHECK(header->seq == 42);
    CHECK(changes == s.changes);
}

TEST_CASE("canonical_changes: fails as the codec does") {
    const std::string_view json = R"({"format":1,"critical":["x"]})";
    canonical_changes reader;
    const auto header = reader.read(json, field, {}, [](const change_view&) { FAIL("a change of nothing"); });
    REQUIRE_FALSE(header);
    CHECK(header.error().message() == canonical_codec::read_segment(json, field).error().message());
}
