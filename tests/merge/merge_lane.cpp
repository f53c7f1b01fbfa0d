#include "histories.hpp"

#include <sealsync/merge/entry_change.hpp>

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

TEST_CASE("merge_lane: texts that the stage forgets the scan forgets too") {
    const detail::seeded_hash hash{1};
    merge_lane<canonical_changes> lane{field, manifest_limits{}, best_level(), hash};
    auto s = sample_segment();
    const auto read = [&] {
        lane.stage.clear();
        REQUIRE(lane.read(bytes_view{*write_segment(s, field)}));
        REQUIRE(lane.stage.size() == s.changes.size());
        for (std::size_t i = 0; i < s.changes.size(); ++i) {
            CHECK(change_of(lane.stage[i], lane.stage.rest(lane.stage[i]), lane.stage.texts) == s.changes[i]);
        }
    };
    auto c = record_change();
    c.attachments.clear();
    c.replaces.resize(1);
    const auto add = [&] {
        ++c.dot.n;
        s.changes.push_back(c);
    };
    s.changes.clear();
    for (unsigned many = 0; many < 5'000; ++many) { // more than a stage keeps
        std::memcpy(c.replaces.front().run.value.data(), &many, sizeof many);
        add();
    }
    read();
    s.changes.clear();
    for (int i = 0; i < 10; ++i) add();
    read();
}

TEST_CASE("merge_lane: what a reader scans it need not read, and what it does not scan it reads") {
    struct scanning_reader : byte_reader {
        bool scan(bytes_view manifest, std::string_view, const manifest_limits&, vector_level,
                  detail::staged_changes& stage) {
            change_viewer viewer;
            stage.stage(viewer(erase_change()));
            return as_text(manifest) == "scan";
        }
    };
    static_assert(detail::scanning_reader<scanning_reader> && !detail::scanning_reader<byte_reader>);
    const detail::seeded_hash hash{1};
    merge_lane<scanning_reader> lane{field, manifest_limits{}, best_level(), hash};
    REQUIRE(lane.read("scan"));
    CHECK(lane.stage.size() == 1);
    REQUIRE(lane.read("abc"));
    CHECK(lane.stage.size() == 4);
    CHECK_FALSE(lane.read("abc!"));
    CHECK(lane.stage.size() == 4);
}
