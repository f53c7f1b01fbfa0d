#include <sealsync/ext/simdjson/simdjson_codec.hpp>
#include <sealsync/manifest/canonical_codec.hpp>
#include <sealsync/manifest/writer.hpp>

#include "../../manifest/samples.hpp"
#include "../../tries.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

struct tally {
    int both = 0, simdjson_only = 0, neither = 0;
};

result<bytes> written(const segment& s) { return write_segment(s, field); }
result<bytes> written(const head& h) { return write_head(h); }
result<segment> reread(const segment&, bytes_view json) { return canonical_codec::read_segment(json, field); }
result<head> reread(const head&, bytes_view json) { return canonical_codec::read_head(json); }

/// simdjson defines what JSON means: the strict codec may refuse more, but never accept more or understand otherwise.
/// And what simdjson understands can be written, and is then accepted by both.
template <class Manifest>
void compare(const result<Manifest>& canonical, const result<Manifest>& any, const std::string& json, tally& seen) {
    if (canonical) {
        REQUIRE_MESSAGE(any, any.error().message(), json);
        REQUIRE_MESSAGE(*any == *canonical, json);
        ++seen.both;
        return;
    }
    REQUIRE_FALSE(canonical.error().detail().empty());
    if (!any) REQUIRE_FALSE(any.error().detail().empty());
    ++(any ? seen.simdjson_only : seen.neither);
    if (any && any->format != 0) {
        const auto again = written(*any);
        REQUIRE_MESSAGE(again, again.error().message(), json);
        REQUIRE_MESSAGE(reread(*any, *again).value() == *any, json);
    }
}

TEST_CASE("codecs: of mutated segments, what canonical accepts simdjson accepts with an equal value") {
    random_manifests random{3};
    tally seen;
    std::string json;
    for (int i = 0; i < tries(20'000); ++i) {
        if (i % 20 == 0) json = as_text(write_segment(random.next_segment(), field).value());
        const auto mutated = i % 20 == 0 ? json : random.mutate(json);
        compare(canonical_codec::read_segment(mutated, field), simdjson_codec::read_segment(mutated, field), mutated,
                seen);
    }
    MESSAGE("both ", seen.both, ", simdjson only ", seen.simdjson_only, ", neither ", seen.neither);
    CHECK(seen.both > tries(1'000));
    CHECK(seen.simdjson_only > tries(100));
    CHECK(seen.neither > tries(1'000));
}

TEST_CASE("codecs: of mutated heads, what canonical accepts simdjson accepts with an equal value") {
    random_manifests random{4};
    tally seen;
    std::string json;
    for (int i = 0; i < tries(5'000); ++i) {
        if (i % 20 == 0) json = as_text(write_head(random.next_head()).value());
        const auto mutated = i % 20 == 0 ? json : random.mutate(json);
        compare(canonical_codec::read_head(mutated), simdjson_codec::read_head(mutated), mutated, seen);
    }
    CHECK(seen.both > tries(250));
    CHECK(seen.simdjson_only > tries(5));
    CHECK(seen.neither > tries(250));
}

TEST_CASE("codecs: both keep the same limits") {
    const auto s = sample_segment();
    const auto json = write_segment(s, field).value();
    const auto check_same = [&](const manifest_limits& limits) {
        const auto canonical = canonical_codec::read_segment(json, field, limits);
        const auto any = simdjson_codec::read_segment(json, field, limits);
        REQUIRE(canonical.has_value() == any.has_value());
        if (canonical) return true;
        CHECK(canonical.error() == errc::too_large);
        CHECK(any.error() == errc::too_large);
        return false;
    };
    int refused = 0;
    for (std::size_t most = 0; most < 16; ++most) {
        manifest_limits limits;
        limits.bytes_max = json.size() + most - 8;
        refused += check_same(limits) ? 0 : 1;
        limits = {};
        limits.changes_max = most;
        refused += check_same(limits) ? 0 : 1;
        limits = {};
        limits.logs_max = most;
        refused += check_same(limits) ? 0 : 1;
        limits = {};
        limits.dots_max = most;
        refused += check_same(limits) ? 0 : 1;
        limits = {};
        limits.attachments_max = most;
        refused += check_same(limits) ? 0 : 1;
        limits = {};
        limits.text_bytes_max = most;
        refused += check_same(limits) ? 0 : 1;
    }
    CHECK(refused == 8 + 3 + 2 + 2 + 2 + 11);
}

TEST_CASE("codecs: a depth limit below what manifests themselves need is no obstacle") {
    manifest_limits limits;
    limits.depth_max = 0;
    const auto json = write_segment(sample_segment(), field).value();
    CHECK(canonical_codec::read_segment(json, field, limits).value() == sample_segment());
    CHECK(simdjson_codec::read_segment(json, field, limits).value() == sample_segment());
}

} // namespace
