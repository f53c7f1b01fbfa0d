#include <sealsync/ext/simdjson/simdjson_changes.hpp>
#include <sealsync/ext/simdjson/simdjson_codec.hpp>
#include <sealsync/manifest/writer.hpp>

#include "../../manifest/samples.hpp"
#include "../../tries.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

result<segment> collected(simdjson_changes& reader, bytes_view json, const manifest_limits& limits = {}) {
    segment s;
    const auto header =
        reader.read(json, field, limits, [&](const change_view& view) { s.changes.push_back(*to_change(view)); });
    if (!header) return header.error();
    s.format = header->format;
    s.vault = header->vault;
    s.scope = header->scope;
    s.device = header->device;
    s.log = header->log;
    s.version = header->version;
    s.last_updated = header->last_updated;
    return s;
}

TEST_CASE("simdjson_changes: one reader gives of mutated segments what the codec gives, or fails as it does") {
    random_manifests random{11};
    simdjson_changes reader;
    std::string json;
    int accepted = 0;
    for (int i = 0; i < tries(10'000); ++i) {
        if (i % 20 == 0) json = as_text(write_segment(random.next_segment(), field).value());
        const auto mutated = i % 20 == 0 ? json : random.mutate(json);
        const auto read = collected(reader, mutated);
        auto expected = simdjson_codec::read_segment(mutated, field);
        REQUIRE(read.has_value() == expected.has_value());
        if (!read) {
            REQUIRE(read.error().message() == expected.error().message());
            continue;
        }
        ++accepted;
        REQUIRE(read->changes == expected->changes);
        expected->changes.clear();
        const auto header = header_of(*expected);
        REQUIRE(header_of(*read) == header);
    }
    CHECK(accepted > tries(1'000));
}

TEST_CASE("simdjson_changes: a view's texts are those of its change, however much of them is escaped") {
    auto s = sample_segment();
    s.changes = {attachment_change(), attachment_change()};
    s.changes[0].filename = "\"first\"\n";
    s.changes[1].filename = "\\second\t";
    s.changes[1].media_type = "image/\"png\"";
    s.changes[1].dot.n = 9;
    auto json = std::string{as_text(write_segment(s, field).value())};
    for (const std::string_view plain : {"emma", "iphone"}) {
        for (auto at = json.find(plain); at != std::string::npos; at = json.find(plain, at)) {
            json.replace(at, 1, plain == "emma" ? "\\u0065" : "\\u0069");
        }
    }
    simdjson_changes reader;
    CHECK(collected(reader, json).value().changes == s.changes);
}

TEST_CASE("simdjson_changes: over a limit nothing is read") {
    simdjson_changes reader;
    const auto json = write_segment(sample_segment(), field).value();
    CHECK(collected(reader, json, {.bytes_max = json.size() - 1}).error() == errc::too_large);
    CHECK(collected(reader, json, {.changes_max = 2}).error() == errc::too_large);
    CHECK(collected(reader, json).value().changes == sample_segment().changes);
}

} // namespace
