// A libFuzzer target: whatever compact_codec accepts is written back to the same bytes, and can be said in JSON; what
// canonical_codec makes of that JSON is the same segment. The views of compact_changes are its changes.
//   clang++ -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -I include tests/fuzz/compact_manifest.cpp
#include <sealsync/manifest/compact_codec.hpp>
#include <sealsync/manifest/writer.hpp>

#include <cstdlib>

namespace {

using namespace sealsync;

void hold(bool property) {
    if (!property) std::abort();
}

void check_views(bytes_view manifest, const result<segment>& read) {
    compact_changes views;
    std::vector<change> met;
    const auto header =
        views.read(manifest, {}, {}, [&](const change_view& view) { met.push_back(to_change(view).value()); });
    hold(header.has_value() == read.has_value());
    if (read) hold(met == read->changes && *header == header_of(*read));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bytes_view manifest{std::span{data, size}};
    const auto read = compact_codec::read_segment(manifest);
    check_views(manifest, read);
    if (!read) return 0;
    hold(bytes_view{write_compact_segment(*read).value()} == manifest);
    manifest_limits limits; // the JSON of what fits into a manifest may be larger than one
    limits.bytes_max *= 64;
    const auto json = write_segment(*read, "family_member_id", limits).value();
    hold(canonical_codec::read_segment(json, "family_member_id", limits).value() == *read);
    return 0;
}
