#include "../manifest/samples.hpp"

#include <sealsync/merge/entry_change.hpp>
#include <sealsync/merge/staged_changes.hpp>

#include <doctest/doctest.h>

using namespace sealsync_tests;
using namespace sealsync::detail;

TEST_CASE("staged_changes: whole changes come back as they were, of any kind") {
    const seeded_hash hash{1};
    staged_changes stage{hash};
    random_manifests random{41};
    change_viewer viewer;
    for (int i = 0; i < 300; ++i) {
        const auto changes = random.next_segment().changes;
        stage.clear();
        for (const auto& each : changes) stage.stage(viewer(each));
        REQUIRE(stage.size() == changes.size());
        for (std::size_t at = 0; at < changes.size(); ++at) {
            CHECK(change_of(stage[at], stage.rest(stage[at]), stage.texts) == changes[at]);
        }
    }
}

TEST_CASE("staged_changes: numbered as others number them, changes are still the same") {
    const seeded_hash hash{1};
    random_manifests random{42};
    change_viewer viewer;
    repeated_texts shared{hash};
    staged_changes one{hash}, other{hash};
    for (int i = 0; i < 50; ++i) {
        for (auto* const stage : {&one, &other}) {
            const auto changes = random.next_segment().changes;
            stage->clear();
            for (const auto& each : changes) stage->stage(viewer(each));
            stage->share_texts(shared);
            for (std::size_t at = 0; at < changes.size(); ++at) {
                const auto& entry = stage->shared(at);
                const auto collection = shared.collections.hash(entry.collection);
                CHECK(stage->hash(at) == staged_changes::hash_of(hash, entry, collection));
                CHECK(change_of(entry, stage->rest(entry), shared) == changes[at]);
            }
        }
    }
}

TEST_CASE("staged_changes: what is dropped leaves what came before, and texts that nobody merged do not pile up") {
    const seeded_hash hash{1};
    staged_changes stage{hash};
    change_viewer viewer;
    auto c = record_change();
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        c.collection = *collection_id::make("c" + std::to_string(i));
        stage.stage(viewer(c));
        stage.drop(i % 2);
        stage.clear();
    }
    CHECK(stage.texts.size() < 5'000);
    CHECK(stage.texts_dropped() == 2);
    stage.stage(viewer(c));
    stage.stage(viewer(attachment_change()));
    stage.drop(1);
    REQUIRE(stage.size() == 1);
    CHECK(change_of(stage[0], stage.rest(stage[0]), stage.texts) == c);
}

TEST_CASE("put_id: every id is kept as text, as a digest or as a long one") {
    std::array<std::byte, 32> out{};
    CHECK(put_id("", out) == id_form::text);
    CHECK(put_id("rec-1", out) == id_form::text);
    CHECK(put_id(std::string(32, 'a'), out) == id_form::text);
    CHECK(put_id(std::string(33, 'a'), out) == id_form::long_);
    CHECK(put_id(std::string(64, 'a'), out) == id_form::digest);
    CHECK(put_id(std::string(64, 'A'), out) == id_form::long_);
    CHECK(out[31] == std::byte{'A'});
}
