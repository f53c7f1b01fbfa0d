#include <sealsync/detail/base64.hpp>

#include <doctest/doctest.h>

namespace {

using sealsync::detail::to_base64;

TEST_CASE("base64: the vectors of RFC 4648, 10") {
    CHECK(to_base64("") == "");
    CHECK(to_base64("f") == "Zg==");
    CHECK(to_base64("fo") == "Zm8=");
    CHECK(to_base64("foo") == "Zm9v");
    CHECK(to_base64("foob") == "Zm9vYg==");
    CHECK(to_base64("fooba") == "Zm9vYmE=");
    CHECK(to_base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("base64: all 64 digits, in order, are the standard ones and not those of URLs") {
    sealsync::bytes data;
    for (unsigned group = 0; group < 64; group += 4) {
        const auto bits = group << 18U | (group + 1) << 12U | (group + 2) << 6U | (group + 3);
        for (const unsigned shift : {16U, 8U, 0U}) data.push_back(static_cast<std::byte>(bits >> shift));
    }
    CHECK(to_base64(data) == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

TEST_CASE("base64: bytes of zero and 255 at the end are padded like any other") {
    CHECK(to_base64(sealsync::bytes(1, std::byte{0})) == "AA==");
    CHECK(to_base64(sealsync::bytes(2, std::byte{0})) == "AAA=");
    CHECK(to_base64(sealsync::bytes(1, std::byte{255})) == "/w==");
    CHECK(to_base64(sealsync::bytes(16, std::byte{255})) == "/////////////////////w==");
}

} // namespace
