#include "../../s3/plain_s3_crypto.hpp"
#include "../botan/fixtures.hpp"

#include <sealsync/ext/s3/botan_s3_crypto.hpp>

using namespace sealsync;

TEST_CASE("botan_s3_crypto: the examples of FIPS 180-4, RFC 4231 and RFC 1321, each twice from one object") {
    botan_s3_crypto crypto;
    for (int i = 0; i < 2; ++i) {
        CHECK(crypto.sha256("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        CHECK(crypto.hmac_sha256("Jefe", "what do ya want for nothing?").hex() ==
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        CHECK(to_hex(crypto.md5("")) == "d41d8cd98f00b204e9800998ecf8427e");
        CHECK(to_hex(crypto.md5("message digest")) == "f96b697d7cb7938d525a2f31aaf161d0");
    }
}

TEST_CASE("botan_s3_crypto: hashes as the tests' own crypto does, with keys of every size around a block") {
    botan_s3_crypto botan;
    const s3_tests::plain_s3_crypto plain;
    testing::random random{7};
    for (std::size_t size = 0; size < 140; ++size) {
        const auto key = random.some_bytes(size), data = random.some_bytes(3 * size);
        CHECK(botan.hmac_sha256(key, data) == plain.hmac_sha256(key, data));
        CHECK(botan.sha256(data) == plain.sha256(data));
    }
}

TEST_CASE("botan_s3_crypto: a key that is used again, changed or empty gives what it gave a new object") {
    botan_s3_crypto used;
    for (const std::string key : {"", "Jefe", "Jefe", "", "Jeff", "Jeffe", "Jefe"}) {
        CAPTURE(key);
        CHECK(used.hmac_sha256(key, "data") == botan_s3_crypto{}.hmac_sha256(key, "data"));
    }
    CHECK_THROWS(std::ignore = used.hmac_sha256(bytes(5000), "data"));
    CHECK(used.hmac_sha256("Jefe", "data") == botan_s3_crypto{}.hmac_sha256("Jefe", "data"));
}

TEST_CASE("botan_s3_crypto: a copy has objects of its own, and a moved one works on") {
    botan_s3_crypto first;
    auto copy = first;
    CHECK(copy.hmac_sha256("k", "x") == first.hmac_sha256("k", "x"));
    copy = first;
    auto moved = std::move(first);
    CHECK(copy.sha256("abc") == moved.sha256("abc"));
    CHECK(copy.md5("abc") == moved.md5("abc"));
}

TEST_CASE("botan_s3_crypto: random bytes differ from call to call") {
    botan_s3_crypto crypto;
    std::array<std::byte, 16> one{}, two{};
    REQUIRE(crypto.random(one));
    REQUIRE(crypto.random(two));
    CHECK(one != two);
}
