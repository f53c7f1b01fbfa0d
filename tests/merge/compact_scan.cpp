#include <sealsync/manifest/canonical_codec.hpp>
#include <sealsync/manifest/writer.hpp>
#include <sealsync/merge/compact_scan.hpp>
#include <sealsync/merge/entry_change.hpp>
#include <sealsync/merge/manifest_merger.hpp>

#include "../manifest/compact/odd_segments.hpp"
#include "../tries.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;
using detail::compact_scan;
using detail::staged_changes;

[[nodiscard]] change staged_change(const staged_changes& stage, std::size_t i) {
    const auto& entry = stage[i];
    return change_of(entry, stage.rest(entry), stage.texts);
}

TEST_CASE("compact_scan: what it stages is what is staged of the changes themselves, hashes included") {
    const detail::seeded_hash hash{42};
    odd_segments odd{1};
    compact_scan scan{manifest_limits{}};
    for (int i = 0; i < tries(1'000); ++i) {
        const auto s = odd.next();
        staged_changes scanned{hash}, viewed{hash};
        const auto header = scan.read(write_compact_segment(s).value(), scanned);
        REQUIRE(header);
        REQUIRE(*header == header_of(s));
        REQUIRE(scanned.size() == s.changes.size());
        change_viewer viewer;
        for (std::size_t at = 0; at < s.changes.size(); ++at) {
            viewed.stage(viewer(s.changes[at]));
            REQUIRE(staged_change(scanned, at) == s.changes[at]);
            REQUIRE(scanned.hash(at) == viewed.hash(at));
        }
    }
}

TEST_CASE("compact_scan: it takes what compact_codec takes, and refuses for the same reason, in any mutation") {
    const detail::seeded_hash hash{7};
    odd_segments odd{2};
    compact_scan scan{manifest_limits{}};
    bytes manifest;
    for (int i = 0; i < tries(8'000); ++i) {
        if (i % 20 == 0) manifest = write_compact_segment(odd.next()).value();
        const auto mutated = odd.mutate(manifest);
        staged_changes stage{hash};
        const auto scanned = scan.read(mutated, stage);
        const auto read = compact_codec::read_segment(mutated);
        REQUIRE(scanned.has_value() == read.has_value());
        if (!read) {
            REQUIRE(scanned.error().code() == read.error().code());
            REQUIRE(scanned.error().detail() == read.error().detail());
            continue;
        }
        REQUIRE(stage.size() == read->changes.size());
        for (std::size_t at = 0; at < stage.size(); ++at) REQUIRE(staged_change(stage, at) == read->changes[at]);
    }
}

/// Every object with its siblings, in one order.
[[nodiscard]] std::map<std::string, std::vector<change>> content_of(const manifest_merger& merger) {
    std::map<std::string, std::vector<change>> all;
    merger.for_each_object([&](const object_view& object) {
        auto& siblings =
            all[std::string{name_of(object.type())} + '/' + std::string{object.collection()} + '/' + object.id()];
        object.for_each_sibling([&](const version_view& version) { siblings.push_back(version.to_change()); });
    });
    return all;
}

TEST_CASE("manifest_merger: a manifest merges to the same, compact or in JSON, and one form is known in the other") {
    odd_segments odd{3};
    manifest_merger compact{{std::string{field}}}, json{{std::string{field}}}, both{{std::string{field}}};
    for (int i = 0; i < 300; ++i) {
        const auto s = odd.next();
        const auto in_json = write_segment(s, field).value(), in_compact = write_compact_segment(s).value();
        const auto counts = compact.add(in_compact);
        REQUIRE(counts);
        REQUIRE(counts->changes() == s.changes.size());
        REQUIRE(json.add(in_json).value() == *counts);
        REQUIRE(both.add(i % 2 == 0 ? in_json : in_compact).value() == *counts);
        REQUIRE(both.add(i % 2 == 0 ? in_compact : in_json).value().added == 0);
    }
    CHECK(content_of(compact) == content_of(json));
    CHECK(content_of(compact) == content_of(both));
}

TEST_CASE("manifest_merger: a compact manifest that is refused changes nothing, and the failure tells why") {
    auto manifest = write_compact_segment(sample_segment()).value();
    manifest.push_back({});
    manifest_merger merger{{std::string{field}}};
    const auto added = merger.add(manifest);
    REQUIRE_FALSE(added);
    CHECK(added.error() == errc::malformed);
    CHECK(added.error().detail().find("more follows the end") != std::string::npos);
    CHECK(merger.objects() == 0);
    CHECK(merger.add("\x02").error() == errc::unknown_format);
}

} // namespace
