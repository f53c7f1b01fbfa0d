// A libFuzzer target: whatever canonical_codec accepts is written back to the same bytes, and simdjson_codec accepts it
// with an equal value; whatever simdjson_codec accepts can be written, and read back.
//   clang++ -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -I include tests/fuzz/manifest.cpp -lsimdjson
#include <sealsync/ext/simdjson/simdjson_codec.hpp>
#include <sealsync/manifest/canonical_codec.hpp>
#include <sealsync/manifest/writer.hpp>

#include <cstdlib>

namespace {

using namespace sealsync;

void hold(bool property) {
    if (!property) std::abort();
}

result<bytes> written(const segment& s) { return write_segment(s, "family_member_id"); }
result<bytes> written(const head& h) { return write_head(h); }

template <class Manifest, class Read, class ReadAny>
void compare(bytes_view json, Read read, ReadAny read_any) {
    const result<Manifest> strict = read(json), any = read_any(json);
    if (strict) {
        hold(any && *any == *strict);
        hold(bytes_view{written(*strict).value()} == json);
    } else if (any && any->format != 0) {
        hold(read(written(*any).value()).value() == *any);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bytes_view json{std::span{data, size}};
    compare<segment>(
        json, [](bytes_view in) { return canonical_codec::read_segment(in, "family_member_id"); },
        [](bytes_view in) { return simdjson_codec::read_segment(in, "family_member_id"); });
    compare<head>(
        json, [](bytes_view in) { return canonical_codec::read_head(in); },
        [](bytes_view in) { return simdjson_codec::read_head(in); });
    return 0;
}
