#include <sealsync/ext/simdjson/manifest_walk.hpp>
#include <sealsync/manifest/writer.hpp>

#include "../../manifest/json_disguise.hpp"
#include "../../manifest/samples.hpp"
#include "../../tries.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

TEST_CASE("manifest_walk: one walk reads segments and heads in disguise, and they mean what they meant") {
    random_manifests random{21};
    json_disguise disguise{22};
    detail::manifest_walk walk;
    for (int i = 0; i < tries(3'000); ++i) {
        const auto s = random.next_segment();
        const auto json = disguise(as_text(write_segment(s, field).value()));
        segment read;
        const auto own = [&](const change_view& view) { read.changes.push_back(*to_change(view)); };
        walk.begin(json, field, {});
        walk.read_segment(read, own);
        const auto finished = walk.finish();
        REQUIRE_MESSAGE(finished, finished.error().message(), json);
        REQUIRE_MESSAGE(read == s, json);

        const auto h = random.next_head();
        const auto head_json = disguise(as_text(write_head(h).value()));
        head read_head;
        walk.begin(head_json, {}, {});
        walk.read_head(read_head);
        REQUIRE_MESSAGE(walk.finish(), head_json);
        REQUIRE(read_head == h);
    }
}

TEST_CASE("manifest_walk: every fault of a manifest in disguise is found, wherever its field stands") {
    const auto json = std::string{as_text(write_segment(sample_segment(), field).value())};
    const auto refused = [&](std::string_view from, std::string_view to, std::uint64_t seed) {
        auto altered = json;
        altered.replace(altered.find(from), from.size(), to);
        detail::manifest_walk walk;
        const auto disguised = json_disguise{seed}(altered);
        walk.begin(disguised, field, {});
        segment read;
        const auto nothing = [](const change_view&) {};
        walk.read_segment(read, nothing);
        const auto finished = walk.finish();
        REQUIRE_FALSE_MESSAGE(finished, disguised);
        return finished.error();
    };
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        CHECK(refused("\"format\":1", "\"format\":2", seed) == errc::unknown_format);
        CHECK(refused("\"critical\":[]", "\"critical\":[\"packs\"]", seed) == errc::unknown_critical);
        CHECK(refused("\"version\":42", "\"version\":0", seed) == errc::malformed);
        CHECK(refused("\"update\"", "\"upsert\"", seed) == errc::malformed);
        CHECK(refused("\"size\":512", "\"dot\":512", seed) == errc::malformed);
        CHECK(refused("\"size\":512", "\"sizes\":512", seed) == errc::malformed);
        CHECK(refused("\"record_id\"", "\"attachment_hmac\"", seed) == errc::malformed);
        CHECK(refused(dot_of(1, 8).text(), dot_of(1, 9).text(), seed) == errc::malformed);
    }
}

} // namespace
