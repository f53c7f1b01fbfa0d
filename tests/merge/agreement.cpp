#include <sealsync/ext/simdjson_merge/simdjson_manifest_merger.hpp>

#include "../manifest/json_disguise.hpp"
#include "../tries.hpp"
#include "agreement.hpp"

#include <doctest/doctest.h>

#include <set>

namespace {

using namespace sealsync_tests;

/// Manifests whose changes meet each other: of few objects, runs and numbers, so that they replace, repeat and are
/// twins of each other.
segment crowded(random_manifests& random) {
    static const std::array<const char*, 4> ids{"a", "rec-123", "0123456789abcdef0123456789abcdef", "~_.-"};
    auto s = random.next_segment();
    std::set<dot> edits;
    for (auto& each : s.changes) {
        if (each.type == change_type::record) each.id = *object_id::make(ids[random.below(ids.size())]);
        each.collection = *collection_id::make(random.one_in(2) ? "emma" : "liam");
        each.dot = dot_of(static_cast<std::uint8_t>(random.below(3)), 1 + random.below(12));
        while (!edits.insert(each.dot).second) ++each.dot.n;
        std::set<dot> replaces;
        while (random.one_in(2))
            replaces.insert(dot_of(static_cast<std::uint8_t>(random.below(3)), 1 + random.below(12)));
        replaces.erase(each.dot);
        each.replaces.assign(replaces.begin(), replaces.end());
        if (each.replaces.size() < 2) each.merge = merge_kind::none;
        if (each.stored && random.one_in(2)) each.stored = digest_of(static_cast<std::uint8_t>(random.below(2)));
        if (random.one_in(2)) each.timestamp = {static_cast<std::int64_t>(random.below(3))};
    }
    return s;
}

struct feeding {
    std::uint64_t seed;
    int accepted = 0, refused = 0;

    void hold(bool property, const std::string& manifest) { REQUIRE_MESSAGE(property, "seed ", seed, ": ", manifest); }
};

/// `make(random, disguise)` gives one manifest after the other, all fed to the same mergers.
template <class Make>
feeding feed(std::uint64_t seed, int manifests, Make make) {
    random_manifests random{seed};
    json_disguise disguise{seed};
    std::string manifest;
    feeding seen{seed};
    merge_agreement agreement{[&](bool property) { seen.hold(property, manifest); }};
    for (int i = 0; i < manifests; ++i) {
        manifest = make(random, disguise);
        ++(agreement.feed(manifest) ? seen.accepted : seen.refused);
    }
    return seen;
}
std::string canonical(const segment& s) { return std::string{as_text(write_segment(s, field).value())}; }

TEST_CASE("mergers: all readers agree on segments that meet, repeat and replace each other") {
    for (std::uint64_t seed = 0; seed < tries(20U); ++seed) {
        const auto seen = feed(seed, 30, [](auto& random, auto& disguise) {
            auto json = canonical(crowded(random));
            return random.one_in(2) ? json : disguise(json);
        });
        CHECK(seen.accepted == 30);
    }
}

TEST_CASE("mergers: of mutated segments, what one accepts all who may accept it understand alike") {
    feeding all{0};
    for (std::uint64_t seed = 100; seed < 100 + tries(20U); ++seed) {
        const auto seen = feed(seed, 100, [](auto& random, auto& disguise) {
            auto json = canonical(crowded(random));
            if (random.one_in(3)) json = disguise(json);
            return random.one_in(10) ? json : random.mutate(json);
        });
        all.accepted += seen.accepted;
        all.refused += seen.refused;
    }
    CHECK(all.accepted > tries(150));
    CHECK(all.refused > tries(150));
}

/// The fields of canonical JSON and what else may be done to them at a blow.
std::string maimed(random_manifests& random, std::string json) {
    static const std::array<std::pair<std::string_view, std::string_view>, 22> changes{{
        {"\"version\":", "\"version\":9007199254740991"},
        {"\"version\":", "\"version\":0"},
        {"\"version\":", "\"version\": "},
        {"\"size\":", "\"size\":9"},
        {"\"size\":", "\"size\":-"},
        {"\"dot\":", "\"dot\":\"\",\"dot\":"},
        {"\"type\":", "\"x\":[[[[[[[[[[]]]]]]]]]],\"type\":"},
        {"\"type\":", "\"x\":{\"y\":1,\"y\":1},\"type\":"},
        {"\"type\":", "\"x\":1,\"x\":1,\"type\":"},
        {"\"type\":", "\"\\u0074ype\":"},
        {"\"action\":", "\"action\" :"},
        {"\"action\":\"", "\"action\":\"\\u0075"},
        {"\"replaces\":[", "\"replaces\":[[]"},
        {"\"replaces\":[", "\"replaces\":[ "},
        {"\"attachments\":[", "\"attachments\":[null"},
        {"\"digest\":\"", "\"digest\":\"A"},
        {"000000000Z\"", "00000000Z\""},
        {"Z\"", "z\""},
        {"\"critical\":[", "\"critical\":[\"x\""},
        {"\"format\":1", "\"format\":2"},
        {"\"format\":1,", ""},
        {"\"changes\":[", "\"changes\":[{},"},
    }};
    for (auto count = 1 + random.below(2); count > 0; --count) {
        const auto& [from, to] = changes[random.below(changes.size())];
        std::vector<std::size_t> places;
        for (auto at = json.find(from); at != std::string::npos; at = json.find(from, at + 1)) places.push_back(at);
        if (!places.empty()) json.replace(places[random.below(places.size())], from.size(), to);
    }
    return json;
}

TEST_CASE("mergers: fields maimed one by one are refused by all alike, and what was there before stays") {
    feeding all{0};
    for (std::uint64_t seed = 200; seed < 200 + tries(20U); ++seed) {
        const auto seen =
            feed(seed, 60, [](auto& random, auto&) { return maimed(random, canonical(crowded(random))); });
        all.accepted += seen.accepted;
        all.refused += seen.refused;
    }
    CHECK(all.accepted > tries(60));
    CHECK(all.refused > tries(300));
}

TEST_CASE("mergers: every truncation of a segment is refused by all") {
    const auto json = canonical(sample_segment());
    feeding seen{0};
    std::string manifest;
    merge_agreement agreement{[&](bool property) { seen.hold(property, manifest); }};
    for (std::size_t size = 0; size < json.size(); ++size) {
        manifest = json.substr(0, size);
        REQUIRE_FALSE(agreement.feed(manifest));
    }
    CHECK(agreement.feed(manifest = json));
}

} // namespace
