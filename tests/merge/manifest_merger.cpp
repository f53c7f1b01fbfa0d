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
