// A libFuzzer target: whatever compact_codec accepts is written back to the same bytes, and can be said in JSON; what
// canonical_codec makes of that JSON is the same segment or checkpoint. The views of compact_changes are its changes.
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

/// The JSON of what fits into a manifest may be larger than one.
manifest_limits json_limits() {
    manifest_limits limits;
    limits.bytes_max *= 64;
    return limits;
}

void check_segment(bytes_view manifest, const segment& s) {
    hold(bytes_view{write_compact_segment(s).value()} == manifest);
    const auto json = write_segment(s, "family_member_id", json_limits()).value();
    hold(canonical_codec::read_segment(json, "family_member_id", json_limits()).value() == s);
}

void check_checkpoint(bytes_view manifest, const checkpoint& c) {
    hold(bytes_view{write_compact_checkpoint(c).value()} == manifest);
    const auto json = write_checkpoint(c, "family_member_id", json_limits()).value();
    hold(canonical_codec::read_checkpoint(json, "family_member_id", json_limits()).value() == c);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bytes_view manifest{std::span{data, size}};
    const auto read = compact_codec::read_segment(manifest);
    check_views(manifest, read);
    if (read) check_segment(manifest, *read);
    const auto part = compact_codec::read_checkpoint(manifest);
    hold(!(read && part));
    if (part) check_checkpoint(manifest, *part);
    return 0;
}
