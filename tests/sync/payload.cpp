#include <sealsync/sync/payload.hpp>
#include <sealsync/testing/random.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using namespace sealsync::detail;

TEST_CASE("payload: collection, name and content come back as they were, whatever bytes they are") {
    testing::random rng{3};
    for (int i = 0; i < 200; ++i) {
        const auto collection = rng.some_bytes(rng.below(200));
        const auto name = rng.some_bytes(rng.below(200));
        const auto content = rng.some_bytes(rng.below(400));
        const auto encoded = encode(payload{as_text(collection), as_text(name), content});
        const auto decoded = decode_payload(encoded);
        REQUIRE(decoded);
        CHECK(decoded->collection == as_text(collection));
        CHECK(decoded->name == as_text(name));
        CHECK(decoded->content == bytes_view{content});
    }
}

TEST_CASE("payload: everything may be empty") {
    const auto encoded = encode(payload{});
    const auto decoded = decode_payload(encoded);
    REQUIRE(decoded);
    CHECK(decoded->collection.empty());
    CHECK(decoded->name.empty());
    CHECK(decoded->content.empty());
}

TEST_CASE("payload: the encoding is one byte of format, two counted names and the rest") {
    CHECK(to_hex(encode(payload{"emma", "r", "hi"})) == "01"
                                                        "04656d6d61"
                                                        "0172"
                                                        "6869");
}

TEST_CASE("payload: what ends inside a name is malformed") {
    const auto encoded = encode(payload{"emma", "rec-1", ""});
    for (std::size_t size = 0; size < encoded.size(); ++size) {
        const auto decoded = decode_payload(bytes_view{encoded}.subview(0, size));
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error() == errc::malformed);
    }
}

TEST_CASE("payload: another format is unknown, and says which") {
    auto encoded = encode(payload{"emma", "rec-1", "x"});
    encoded[0] = std::byte{9};
    const auto decoded = decode_payload(encoded);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error() == errc::unknown_format);
    CHECK(decoded.error().detail() == "format 9");
}

TEST_CASE("payload: arbitrary bytes are refused or harmless") {
    testing::random rng{4};
    for (int i = 0; i < 2'000; ++i) {
        auto noise = rng.some_bytes(rng.below(40));
        if (!noise.empty() && rng.chance(0.5)) noise[0] = std::byte{payload_format};
        (void)decode_payload(noise);
    }
}

} // namespace
