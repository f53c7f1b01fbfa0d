#include <sealsync/ext/simdjson_merge/simdjson_manifest_merger.hpp>
#include <sealsync/manifest/writer.hpp>

#include "../../manifest/samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

TEST_CASE("simdjson_manifest_merger: any JSON of a segment is the segment") {
    const auto json = write_segment(sample_segment(), field).value();
    auto spaced = std::string{as_text(json)};
    spaced.replace(spaced.find(",\"changes\":["), 12, " , \"x\" : null,\n\"changes\" : [ ");
    simdjson_manifest_merger merger{merge_settings{.collection_field = std::string{field}, .seed = 1}};
    CHECK(merger.add(bytes_view{spaced}).value() == merge_counts{.added = 3});
    CHECK(merger.add(bytes_view{json}).value() == merge_counts{.known = 3});
    spaced.pop_back();
    CHECK(merger.add(bytes_view{spaced}).error() == errc::malformed);
    CHECK(merger.objects() == 2);
}

TEST_CASE("simdjson_manifest_merger: what is refused is refused as by the reader") {
    auto json = std::string{as_text(write_segment(sample_segment(), field).value())};
    json.replace(json.find("\"update\""), 8, " \"upsert\"");
    simdjson_changes reader;
    const auto read = reader.read(bytes_view{json}, field, {}, [](const change_view&) {});
    simdjson_manifest_merger merger{merge_settings{.collection_field = std::string{field}, .seed = 1}};
    const auto added = merger.add(bytes_view{json});
    REQUIRE_FALSE(added);
    CHECK(added.error().message() == read.error().message());
    CHECK(merger.objects() == 0);
}

} // namespace
