#include <sealsync/manifest/writer.hpp>
#include <sealsync/merge/manifest_merger.hpp>

#include "../manifest/samples.hpp"

#include <doctest/doctest.h>

using namespace sealsync_tests;

TEST_CASE("manifest_merger: keeps what nobody replaced, and tells what changed") {
    manifest_merger merger{merge_settings{.collection_field = std::string{field}, .seed = 1}};
    const auto json = *write_segment(sample_segment(), field);
    const auto counts = merger.add(bytes_view{json});
    REQUIRE(counts);
    CHECK(*counts == merge_counts{.added = 3});
    CHECK(merger.objects() == 2);

    const auto record = merger.find(change_type::record, "emma", "rec-123");
    REQUIRE(record);
    CHECK(record->siblings() == 1);
    CHECK_FALSE(record->live());
    CHECK(record->winner()->to_change() == erase_change());

    std::size_t changed = 0;
    merger.take_changed([&](const object_view&) { ++changed; });
    CHECK(changed == 2);
    merger.take_changed([](const object_view&) { FAIL("nothing changed"); });
    CHECK(*merger.add(bytes_view{json}) == merge_counts{.known = 3});
}

TEST_CASE("manifest_merger: a manifest that is refused changes nothing, and says why as the codec does") {
    manifest_merger merger{merge_settings{.collection_field = std::string{field}, .seed = 1}};
    const auto json = *write_segment(sample_segment(), field);
    for (std::size_t size = 0; size < json.size(); ++size) {
        const auto torn = bytes_view{json}.first(size);
        const auto refused = merger.add(bytes_view{torn});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message() == canonical_codec::read_segment(torn, field).error().message());
    }
    CHECK(merger.objects() == 0);
    merger.take_changed([](const object_view&) { FAIL("nothing changed"); });
}

TEST_CASE("manifest_merger: of several the first that is refused is named; those before it are merged, no others") {
    manifest_merger merger{merge_settings{.collection_field = std::string{field}, .seed = 1}};
    auto first = sample_segment(), third = sample_segment();
    first.changes = {record_change()};
    third.changes = {attachment_change()};
    const auto good = *write_segment(first, field), late = *write_segment(third, field);
    const std::vector<bytes_view> manifests = {bytes_view{good}, "{}", bytes_view{late}};
    const auto refused = merger.add(manifests);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message().find("manifest 1") != std::string::npos);
    CHECK(merger.objects() == 1);
    CHECK(merger.find(change_type::record, "emma", "rec-123"));
    CHECK_FALSE(merger.find(change_type::attachment, "emma", attachment_change().id.text()));
    CHECK(*merger.add(std::span<const bytes_view>{}) == merge_counts{});
}

TEST_CASE("manifest_merger: finds what is there, and only that") {
    manifest_merger merger{merge_settings{.collection_field = std::string{field}, .seed = 1}};
    CHECK_FALSE(merger.find(change_type::record, "emma", "rec-123"));
    merger.add(sample_segment());
    CHECK(merger.find(change_type::record, "emma", "rec-123"));
    CHECK_FALSE(merger.find(change_type::attachment, "emma", "rec-123"));
    CHECK_FALSE(merger.find(change_type::record, "liam", "rec-123"));
    CHECK_FALSE(merger.find(change_type::record, "emma", "rec-12"));
    CHECK_FALSE(merger.find(change_type::record, "emma", std::string(100, 'x')));
}
