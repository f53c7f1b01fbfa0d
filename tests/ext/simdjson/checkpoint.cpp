#include <sealsync/ext/simdjson/simdjson_codec.hpp>
#include <sealsync/manifest/canonical_codec.hpp>
#include <sealsync/manifest/writer.hpp>

#include "../../manifest/json_disguise.hpp"
#include "../../manifest/samples.hpp"
#include "../../tries.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

checkpoint next_checkpoint(random_manifests& random) {
    const auto s = random.next_segment();
    checkpoint c;
    c.vault = s.vault;
    c.scope = s.scope;
    c.device = s.device;
    c.parts = 1 + random.below(3);
    c.part = 1 + random.below(c.parts);
    if (c.part > 1) c.previous = digest_of(7);
    c.last_updated = s.last_updated;
    c.logs = random.next_head().logs;
    for (std::uint8_t run = 0; run < random.below(4); ++run) {
        interval_set edits;
        for (auto count = 1 + random.below(20); count > 0; --count) edits.insert(1 + random.below(30));
        c.met.push_back({id128<run_id>(run), edits});
    }
    c.siblings = s.changes;
    return c;
}

TEST_CASE("checkpoints: random parts are read back as written, by both codecs, in any disguise too") {
    random_manifests random{31};
    json_disguise disguise{32};
    for (int i = 0; i < tries(2'000); ++i) {
        const auto c = next_checkpoint(random);
        const auto json = write_checkpoint(c, field).value();
        REQUIRE(canonical_codec::read_checkpoint(json, field).value() == c);
        REQUIRE(simdjson_codec::read_checkpoint(json, field).value() == c);
        const auto disguised = disguise(as_text(json));
        const auto read = simdjson_codec::read_checkpoint(disguised, field);
        REQUIRE_MESSAGE(read, read.error().message(), disguised);
        REQUIRE(*read == c);
    }
}

TEST_CASE("checkpoints: of mutated parts, what canonical accepts simdjson accepts with an equal value") {
    random_manifests random{33};
    std::string json;
    int both = 0, neither = 0;
    for (int i = 0; i < tries(5'000); ++i) {
        if (i % 20 == 0) json = as_text(write_checkpoint(next_checkpoint(random), field).value());
        const auto mutated = i % 20 == 0 ? json : random.mutate(json);
        const auto strict = canonical_codec::read_checkpoint(mutated, field);
        const auto any = simdjson_codec::read_checkpoint(mutated, field);
        if (strict) REQUIRE_MESSAGE((any && *any == *strict), mutated);
        if (any)
            REQUIRE(canonical_codec::read_checkpoint(write_checkpoint(*any, field).value(), field).value() == *any);
        both += strict && any ? 1 : 0;
        neither += strict || any ? 0 : 1;
    }
    CHECK(both >= tries(250));
    CHECK(neither > tries(1'000));
}

} // namespace
