#include "fixtures.hpp"

#include <sealsync/ext/botan/botan_cipher.hpp>

using namespace sealsync;
using detail::padded_size;

namespace {

bytes sealed(bytes_view plain, const sealing_context& context = fixtures::record(),
             const master_key& key = fixtures::key()) {
    bytes out;
    REQUIRE(botan_cipher{key}.seal(context, plain, out));
    return out;
}

failure refusal(bytes_view stored, const sealing_context& context = fixtures::record(),
                const master_key& key = fixtures::key()) {
    bytes out{std::byte{1}};
    const auto opened = botan_cipher{key}.open(context, stored, out);
    REQUIRE_FALSE(opened);
    CHECK(out.empty());
    return opened.error();
}

bytes flipped(bytes in, std::size_t at) {
    in[at] ^= std::byte{1};
    return in;
}

} // namespace

TEST_CASE("padded_size: one length up to 64 bytes, then at most 12 % more, and padded lengths stay what they are") {
    CHECK(padded_size(0) == 64);
    CHECK(padded_size(64) == 64);
    CHECK(padded_size(65) == 72);
    CHECK(padded_size(1001) == 1024);
    for (std::uint64_t size = 65; size < 70'000; ++size) {
        const auto padded = padded_size(size);
        REQUIRE(padded >= size);
        REQUIRE((padded - size) * 100 <= size * 12);
        REQUIRE(padded_size(padded) == padded);
        REQUIRE(padded_size(size - 1) <= padded);
    }
    constexpr auto large = (std::uint64_t{1} << 40U) + 1;
    CHECK(padded_size(large) > large);
    CHECK(padded_size(large) - large < large / 32);
}

TEST_CASE("envelope: short contents have one sealed length, so that it tells nothing") {
    CHECK(sealed("yes").size() == sealed("no").size());
    CHECK(sealed("").size() == sealed(std::string(63, 'x')).size());
    CHECK(sealed("").size() == 80 + 64 + 16);
}

TEST_CASE("envelope: the header says magic, suite, kind, form, epoch and key id") {
    const auto out = sealed("hello", fixtures::record(), fixtures::key(0, 0x01020304));
    CHECK(to_hex(bytes_view{out}.subview(0, 12)) == "535359310101010001020304");
    const auto head = sealed("x", {.kind = object_kind::head, .vault = fixtures::vault});
    CHECK(std::to_integer<int>(head[5]) == 6);
}

TEST_CASE("envelope: the key id is the vault's in every collection, and does not tell collections apart") {
    auto other = fixtures::record();
    other.collection = "noah";
    const auto one = sealed("hello"), two = sealed("hello", other);
    CHECK(bytes_view{one}.subview(0, 24) == bytes_view{two}.subview(0, 24));
    CHECK(bytes_view{one}.subview(24) != bytes_view{two}.subview(24));
}

TEST_CASE("envelope: another key or epoch is told apart from damage") {
    const auto stored = sealed("hello");
    for (const auto& key : {fixtures::key(1), fixtures::key(0, 2)}) {
        const auto error = refusal(stored, fixtures::record(), key);
        CHECK(error == errc::wrong_key);
        CHECK(error.detail() == "sealed by another key");
    }
}

TEST_CASE("envelope: each damaged part is refused with its own reason") {
    const auto stored = sealed("hello");
    const auto check = [&](std::size_t at, errc code, std::string_view reason) {
        const auto error = refusal(flipped(stored, at));
        CHECK(error == code);
        CHECK(error.detail() == reason);
        CHECK(error.object() == "record rec-1 (run:1)");
    };
    check(0, errc::tampered, "not a sealed object");
    check(4, errc::unknown_format, "sealing suite 0");
    check(5, errc::tampered, "sealed as another kind of object");
    check(6, errc::tampered, "sealed as another kind of object");
    check(7, errc::tampered, "sealed as another kind of object");
    check(8, errc::wrong_key, "sealed by another key");
    check(23, errc::wrong_key, "sealed by another key");
    check(24, errc::tampered, "sealed as another object, or changed");
    check(48, errc::tampered, "sealed as another object, or changed");
    check(80, errc::tampered, "changed");
    check(stored.size() - 1, errc::tampered, "changed");
}

TEST_CASE("envelope: an object in the place of another is refused before anything is decrypted") {
    auto context = fixtures::record();
    context.id = "rec-2";
    const auto error = refusal(sealed("hello"), context);
    CHECK(error == errc::tampered);
    CHECK(error.detail() == "sealed as another object, or changed"); // by the commitment: the tag's reason is "changed"
    CHECK(error.object() == "record rec-2 (run:1)");
}

TEST_CASE("envelope: truncated and extended objects are refused") {
    const auto stored = sealed(std::string(100, 'x'));
    CHECK(refusal({}).detail() == "truncated");
    CHECK(refusal(bytes_view{stored}.subview(0, 159)).detail() == "truncated");
    CHECK(refusal(bytes_view{stored}.subview(0, stored.size() - 1)).detail() == "truncated or extended");
    auto longer = stored;
    longer.resize(longer.size() + 8); // a padded length again
    CHECK(refusal(longer).detail() == "changed");
}

TEST_CASE("envelope: a holder of the key cannot seal one content in two ways: only one padding opens") {
    detail::key_schedule keys{fixtures::key()};
    const auto context = fixtures::record();
    const auto seal_raw = [&](const bytes& padded) {
        const auto header = detail::make_header(keys, context.kind, detail::envelope_form::whole);
        bytes info{header.begin(), header.end()};
        context.encode_to(info);
        const bytes salt(24, std::byte{1});
        const auto key = keys.object_key(detail::key_use::seal, context.kind, context.collection);
        const auto derived = detail::derive_envelope(keys.mac(), key.view(), salt, info);
        bytes out{header.begin(), header.end()};
        append(out, salt);
        append(out, derived.commitment());
        bytes body = padded;
        body.resize(body.size() + 16);
        bytes nonce = to_bytes(derived.nonce().subview(0, 7));
        append(nonce, fixtures::unhex("0000000001"));
        detail::botan_gcm_encryption encryption;
        encryption.set_key(derived.seal());
        encryption.encrypt(nonce, {}, body);
        append(out, body);
        return out;
    };
    const auto body = [](std::size_t size, std::size_t mark_at) {
        bytes out(size, std::byte{0});
        if (mark_at < size) out[mark_at] = std::byte{0x80};
        return out;
    };
    bytes opened;
    REQUIRE(botan_cipher{fixtures::key()}.open(context, seal_raw(body(72, 70)), opened));
    CHECK(opened.size() == 70);
    CHECK(refusal(seal_raw(body(72, 72))).detail() == "wrong padding"); // no mark
    CHECK(refusal(seal_raw(body(72, 60))).detail() == "wrong padding"); // longer than it must be
    CHECK(refusal(seal_raw(bytes(72, std::byte{7}))).detail() == "wrong padding");
}

TEST_CASE("envelope: the content changes salt, key and commitment") {
    const auto one = sealed("hello"), two = sealed("hellp");
    CHECK(bytes_view{one}.subview(0, 24) == bytes_view{two}.subview(0, 24));
    CHECK(bytes_view{one}.subview(24, 24) != bytes_view{two}.subview(24, 24));
    CHECK(bytes_view{one}.subview(48, 32) != bytes_view{two}.subview(48, 32));
}

TEST_CASE("envelope: the output may hold anything before, and its capacity is used again") {
    botan_cipher cipher{fixtures::key()};
    bytes out(5000, std::byte{0xff});
    const auto* place = out.data();
    REQUIRE(cipher.seal(fixtures::record(), "hello", out));
    CHECK(out.data() == place);
    CHECK(out == sealed("hello"));
}
