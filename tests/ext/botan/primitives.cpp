#include "fixtures.hpp"

#include <sealsync/ext/botan/primitives.hpp>

using namespace sealsync;
using fixtures::unhex;

// That what is called is what it is taken for: vectors of the standards themselves.

TEST_CASE("botan_sha256: the examples of FIPS 180-4, and a fresh hash after finish") {
    detail::botan_sha256 hash;
    hash.update("abc");
    CHECK(hash.finish().hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hash.finish().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("botan_hmac: RFC 4231 case 2, again after finish, and with another key") {
    detail::botan_hmac mac{"Jefe"};
    for (int i = 0; i < 2; ++i) {
        mac.update("what do ya want ");
        mac.update("for nothing?");
        CHECK(mac.finish().hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
    mac.set_key(bytes(20, std::byte{0x0b})); // case 1
    mac.update("Hi There");
    CHECK(mac.finish().hex() == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST_CASE("hkdf: RFC 5869 cases 1 and 3, with one reused HMAC") {
    detail::botan_hmac mac;
    bytes out(42);
    const bytes key(22, std::byte{0x0b});
    detail::hkdf(mac, key, unhex("000102030405060708090a0b0c"), unhex("f0f1f2f3f4f5f6f7f8f9"), out);
    CHECK(to_hex(out) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    detail::hkdf(mac, key, {}, {}, out);
    CHECK(to_hex(out) == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST_CASE("hkdf: a shorter output is the beginning of a longer one") {
    detail::botan_hmac mac;
    bytes longest(32 * 5);
    detail::hkdf(mac, "key", "salt", "info", longest);
    for (const std::size_t size : {0U, 1U, 31U, 32U, 33U, 64U, 96U, 97U}) {
        bytes out(size);
        detail::hkdf(mac, "key", "salt", "info", out);
        CHECK(out == bytes_view{longest}.subview(0, size));
    }
}

namespace {

struct gcm_case {
    std::string_view key, nonce, plain, associated, sealed, tag;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 to 16, as in NIST's submission.
constexpr std::string_view key_15 = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
constexpr gcm_case gcm_cases[]{
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "00000000000000000000000000000000", "", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
    {key_15, "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
     "ba637b391aafd255",
     "",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
     "bcc9f662898015ad",
     "b094dac5d93471bdec1a502270e3cc6c"},
    {key_15, "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
     "ba637b39",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
     "bcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

} // namespace

TEST_CASE("botan_gcm: the AES-256 cases of McGrew and Viega, both ways, with one reused object") {
    detail::botan_gcm_encryption encryption;
    detail::botan_gcm_decryption decryption;
    for (const auto& c : gcm_cases) {
        auto message = unhex(c.plain);
        message.resize(message.size() + 16);
        encryption.set_key(unhex(c.key));
        encryption.encrypt(unhex(c.nonce), unhex(c.associated), message);
        CHECK(to_hex(message) == std::string{c.sealed} + std::string{c.tag});
        decryption.set_key(unhex(c.key));
        REQUIRE(decryption.decrypt(unhex(c.nonce), unhex(c.associated), message));
        CHECK(to_hex(bytes_view{message}.subview(0, message.size() - 16)) == c.plain);
    }
}

TEST_CASE("botan_gcm: every length around the granularity comes back, and a wrong tag wipes the message") {
    const auto key = fixtures::counted_bytes(32), nonce = fixtures::counted_bytes(12);
    detail::botan_gcm_encryption encryption;
    detail::botan_gcm_decryption decryption;
    encryption.set_key(key);
    decryption.set_key(key);
    for (std::size_t size = 0; size < 200; ++size) {
        const auto plain = fixtures::counted_bytes(size);
        auto message = plain;
        message.resize(size + 16);
        encryption.encrypt(nonce, "associated", message);
        auto damaged = message;
        damaged[size / 2] ^= std::byte{1};
        CHECK_FALSE(decryption.decrypt(nonce, "associated", damaged));
        CHECK(damaged == bytes(size + 16, std::byte{0}));
        REQUIRE(decryption.decrypt(nonce, "associated", message));
        CHECK(bytes_view{message}.subview(0, size) == plain);
    }
}

TEST_CASE("argon2id: the vector of the Password Hashing Competition") {
    bytes out(32);
    detail::argon2id({.memory_kib = 65536, .passes = 2, .lanes = 1}, "password", "somesalt", out);
    CHECK(to_hex(out) == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
}

TEST_CASE("argon2_parameters: the default is within the limits, and each limit is one") {
    const auto within = [](std::uint32_t memory_mib, std::uint32_t passes, std::uint32_t lanes) {
        return argon2_parameters{memory_mib * 1024, passes, lanes}.within_limits();
    };
    CHECK(argon2_parameters{}.within_limits());
    CHECK(within(19, 2, 1));
    CHECK(within(1024, 16, 4));
    CHECK_FALSE(within(18, 2, 1));
    CHECK_FALSE(within(1025, 2, 1));
    CHECK_FALSE(within(64, 1, 1));
    CHECK_FALSE(within(64, 17, 1));
    CHECK_FALSE(within(64, 3, 0));
    CHECK_FALSE(within(64, 3, 5));
}

TEST_CASE("secret: wiped when it ends") {
    alignas(detail::secret<32>) std::array<std::byte, sizeof(detail::secret<32>)> place{};
    auto* kept = std::construct_at(reinterpret_cast<detail::secret<32>*>(place.data()));
    kept->value.fill(std::byte{0x55});
    std::destroy_at(kept);
    CHECK(place == std::array<std::byte, sizeof(detail::secret<32>)>{});
}

TEST_CASE("equal_in_constant_time: equal bytes of equal length only") {
    CHECK(detail::equal_in_constant_time("abc", "abc"));
    CHECK_FALSE(detail::equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(detail::equal_in_constant_time("abc", "ab"));
    CHECK(detail::equal_in_constant_time({}, {}));
}
