#include "plain_s3_crypto.hpp"

#include <doctest/doctest.h>

using namespace sealsync;

// That the tests of s3/ stand on firm ground.

TEST_CASE("plain_s3_crypto: cases 2 and 6 of RFC 4231, so that a key longer than a block is hashed") {
    const s3_tests::plain_s3_crypto crypto;
    CHECK(crypto.hmac_sha256("Jefe", "what do ya want for nothing?").hex() ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(crypto.hmac_sha256(bytes(131, std::byte{0xaa}), "Test Using Larger Than Block-Size Key - Hash Key First")
              .hex() == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("plain_s3_crypto: the stand-in for MD5 tells data apart, and randomness repeats from run to run") {
    s3_tests::plain_s3_crypto one, two;
    CHECK(one.md5("a") == two.md5("a"));
    CHECK(one.md5("a") != one.md5("b"));
    std::array<std::byte, 8> first{}, second{};
    REQUIRE(one.random(first));
    REQUIRE(two.random(second));
    CHECK(first == second);
    REQUIRE(one.random(first));
    CHECK(first != second);
}
