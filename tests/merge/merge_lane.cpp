#include "histories.hpp"

#include <doctest/doctest.h>

using namespace sealsync_tests;
using detail::merge_lane;

namespace {

/// Takes what is no JSON at all: one change for each byte, until one is `!`.
struct byte_reader {
    template <class Sink>
    [[nodiscard]] result<manifest_header> read(bytes_view manifest, std::string_view, const manifest_limits&,
                                               Sink&& sink) {
        const auto c = record_change();
        change_viewer viewer;
        for (const char each : as_text(manifest)) {
            if (each == '!') return failure{errc::malformed, {}, "an exclamation"};
            sink(viewer(c));
        }
        return manifest_header{};
    }
};

} // namespace

TEST_CASE("merge_lane: what the scan does not take goes to the reader, from its beginning") {
    const detail::seeded_hash hash{1};
    merge_lane<byte_reader> lane{field, manifest_limits{}, best_level(), hash};
    REQUIRE(lane.read(bytes_view{*write_segment(sample_segment(), field)}));
    CHECK(lane.stage.size() == 3);
    REQUIRE(lane.read("abcd"));
    CHECK(lane.stage.size() == 7);
}

TEST_CASE("merge_lane: a manifest that is refused leaves what others staged, and fails as the reader does") {
    const detail::seeded_hash hash{1};
    merge_lane<byte_reader> lane{field, manifest_limits{}, best_level(), hash};
    REQUIRE(lane.read("abcd"));
    const auto refused = lane.read("abc!");
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::malformed);
    CHECK(refused.error().detail() == "an exclamation");
    CHECK(lane.stage.size() == 4);
    auto torn = *write_segment(sample_segment(), field);
    torn.pop_back();
    merge_lane<canonical_changes> strict{field, manifest_limits{}, best_level(), hash};
    CHECK_FALSE(strict.read(bytes_view{torn}));
    CHECK(strict.stage.size() == 0);
}
