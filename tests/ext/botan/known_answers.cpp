#include "fixtures.hpp"

#include <sealsync/ext/botan/botan_cipher.hpp>
#include <sealsync/ext/botan/master_key_slots.hpp>

using namespace sealsync;

// The formats, byte for byte: what is stored today must open for ever. The figures were computed from
// docs/sealing-format.md alone, by another implementation. If one of these tests fails, the format has changed.

namespace {

constexpr std::string_view sealed_record =
    "53535931010101000000000187e558558a8ae547c0c42d327c55a92d28ce60b2327d371b4864cb4ec2eb19eb8071c8b60bea"
    "1041794911729d8c569be4ff22f52dc2f668aa43e03c04a9ce77284df21ecdf70fc1ebacb1730479e59297a4aca3b738cff4"
    "35fbf8f9aadb92d3a41c89ecccc9a3339a8dac7e0ffb5fbd83bb8d1b136b2ecc0513adc2383b2249092795cc0ca77a5340d3"
    "2c87c7759e5c33769c45";

constexpr std::string_view sealed_stream =
    "53535931010302000000000187e558558a8ae547c0c42d3218cb1ed2029cdf45a7969ca117b51128bc3c8cd73c43582edef9"
    "2b6a64bd9a877b9eb08ae2e97cb98d7c31dc9a2a5f6e454faea10b29e32a204c397f3a53a533a8e7e0d2fffe10383e31e5a3"
    "635a4cad0b619c1279a7ae90d4";

constexpr std::string_view key_file_1 =
    "53534d4b01f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff010101016e058098010201202122232425262728292a2b2c2d2e2f3031"
    "3233343536377da38faf5d21c01e67bb49c6ce610df30f8c573504596846aab25c17648797d2e107b64ed3e3f29219703bbc"
    "431649e97ad8eb13bca64e1c0d9b9d40d6785a0dfd796fd6b975d2782cfaaed111d5d640f4c32c011b00572944973f59eeff"
    "f01126e248014ab0a0c7417f5c3b6992233b";

constexpr std::string_view key_file_2 =
    "53534d4b01f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff020102016e058098010201202122232425262728292a2b2c2d2e2f3031"
    "3233343536377da38faf5d21c01e67bb49c6ce610df30f8c573504596846aab25c17648797d2e107b64ed3e3f29219703bbc"
    "431649e97ad8eb13bca64e1c0d9b9d40d6785a0dfd796fd6b975d2782cfaaed111d5d640026f066c6170746f7038393a3b3c"
    "3d3e3f404142434445464748494a4b4c4d4e4fa5fb1a60f068a1c75a600a349c7c64fc32d693f8232d442d7be2b39e68812d"
    "cc0a7c97fbbab92ae58dee1ea554338fa5d4d05be79e58725de987dc323ded89b3d576d862dd13196cbda7ecaea2d8eb52b8"
    "4ba51f54f0c09308db70a1aa84079b4008ddb23df04e7c6c80eab94dd4cada";

} // namespace

TEST_CASE("known answer: a sealed record") {
    botan_cipher cipher{fixtures::key()};
    bytes out;
    REQUIRE(cipher.seal(fixtures::record(), "hello", out));
    CHECK(to_hex(out) == sealed_record);
    REQUIRE(cipher.open(fixtures::record(), fixtures::unhex(sealed_record), out));
    CHECK(as_text(out) == "hello");
}

TEST_CASE("known answer: a sealed object of the account, padded from 1001 to 1024 bytes") {
    botan_cipher cipher{fixtures::key()};
    bytes out;
    REQUIRE(cipher.seal({.kind = object_kind::head, .vault = fixtures::vault}, fixtures::counted_bytes(1000), out));
    CHECK(out.size() == 80 + 1024 + 16);
    CHECK(cipher.digest(out).hex() == "e19f70283416d8681cb33111972e8c6107af508148e044b6ac3cbd39a81e31c0");
}

TEST_CASE("known answer: a stream of one chunk") {
    botan_cipher cipher{fixtures::key()};
    auto sealer = cipher.start_seal(fixtures::attachment());
    REQUIRE(sealer);
    bytes chunk;
    REQUIRE(sealer->seal_chunk(0, true, "hello", chunk));
    CHECK(to_hex(sealer->header()) + to_hex(chunk) == sealed_stream);
}

TEST_CASE("known answer: a stream of two chunks") {
    botan_cipher cipher{fixtures::key()};
    auto sealer = cipher.start_seal(fixtures::attachment());
    REQUIRE(sealer);
    const auto full = fixtures::counted_bytes(64 * 1024);
    bytes stored = to_bytes(sealer->header()), chunk;
    REQUIRE(sealer->seal_chunk(0, false, full, chunk));
    append(stored, chunk);
    REQUIRE(sealer->seal_chunk(1, true, bytes_view{full}.subview(0, 10), chunk));
    append(stored, chunk);
    CHECK(stored.size() == cipher.layout().sealed_bytes(64 * 1024 + 10));
    CHECK(cipher.digest(stored).hex() == "dd27f64e8db72e20b1dc5a54daa84ae4fd8fdefcd566c8e7ae1b2054de43ddb8");
}

TEST_CASE("known answer: keyed ids") {
    botan_cipher cipher{fixtures::key()};
    const auto id = [&](id_purpose purpose) { return cipher.keyed_id(purpose, "emma", "rec-123"); };
    CHECK(id(id_purpose::collection) == "6f2b6bf0570e19c1b1f7d67fc6189824");
    CHECK(id(id_purpose::record) == "472f90bbcb301d83376ef62f5a69380e");
    CHECK(id(id_purpose::attachment) == "096af365344a85d2b97d9d85770b873f42946fac8db5a09c31b05d7e8ea79da7");
}

TEST_CASE("known answer: the master key file, created and with a device added") {
    fixtures::counting_random random{.next = 0xf0};
    const auto created = create_master_key_file(fixtures::alice, "correct horse", fixtures::cheap, random);
    REQUIRE(created);
    CHECK(to_hex(encode(created->file)) == key_file_1);
    const auto secret = fixtures::counted_bytes(32, 64);
    const auto joined = add_device_slot(created->file, fixtures::alice, created->key, fixtures::laptop, secret, random);
    REQUIRE(joined);
    CHECK(to_hex(encode(*joined)) == key_file_2);
}

TEST_CASE("known answer: the stored master key file opens by passphrase and by device") {
    const auto file = parse_master_key_file(fixtures::unhex(key_file_2));
    REQUIRE(file);
    CHECK(file->vault == fixtures::vault);
    CHECK(file->version == 2);
    const auto by_passphrase = open_with_passphrase(*file, fixtures::alice, "correct horse");
    REQUIRE(by_passphrase);
    CHECK(by_passphrase->secret() == fixtures::counted_bytes(32));
    const auto by_device = open_with_device(*file, fixtures::alice, fixtures::laptop, fixtures::counted_bytes(32, 64));
    REQUIRE(by_device);
    CHECK(by_device->secret() == fixtures::counted_bytes(32));
}
