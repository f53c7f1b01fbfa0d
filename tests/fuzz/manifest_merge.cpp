// A libFuzzer target: whatever one reader of manifests accepts, every other that may accept it understands alike. A
// merger that is fed the bytes and one that is fed what a codec reads of them agree on the siblings of every object and
// on the winners, for canonical manifests and for any JSON; what is refused is refused with the codec's code, and
// changes nothing. What is accepted, simdjson's own parser takes too.
//   clang++ -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -I include tests/fuzz/manifest_merge.cpp -lsimdjson
#include "../merge/agreement.hpp"

#include <sealsync/ext/simdjson_merge/simdjson_manifest_merger.hpp> // what a source itself includes is linked

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto standing = sealsync_tests::standing_segment();
    sealsync_tests::merge_agreement agreement{[](bool property) {
        if (!property) std::abort();
    }};
    agreement.feed(standing);
    agreement.feed({std::span{data, size}});
    agreement.feed(standing);
    return 0;
}
