#include "fixtures.hpp"

#include <sealsync/ext/botan/botan_cipher.hpp>
#include <sealsync/ext/botan/master_key_slots.hpp>

using namespace sealsync;
using fixtures::alice;
using fixtures::bob;
using fixtures::cheap;
using fixtures::laptop;
using fixtures::phone;

namespace {

const std::string passphrase = "correct horse";
const bytes laptop_secret = fixtures::counted_bytes(32, 64);
const bytes phone_secret = fixtures::counted_bytes(32, 128);

/// Made once: each costs an Argon2id.
const created_master_key& vault() {
    static const auto made = create_master_key_file(alice, passphrase, cheap).value();
    return made;
}
const master_key_file& joined() {
    static const auto made = add_device_slot(vault().file, alice, vault().key, laptop, laptop_secret).value();
    return made;
}

template <class T>
failure refusal(const result<T>& outcome) {
    REQUIRE_FALSE(outcome);
    return outcome.error();
}

/// Written by somebody who holds the key, unlike `file` with only its fields changed.
master_key_file signed_again(master_key_file file) {
    file.mac = detail::mac_of(file, alice, vault().key);
    return file;
}

} // namespace

TEST_CASE("create: the passphrase opens the key that was created, and nothing else does") {
    const auto opened = open_with_passphrase(vault().file, alice, passphrase);
    REQUIRE(opened);
    CHECK(opened->secret() == vault().key.secret());
    CHECK(opened->vault() == vault().file.vault);
    CHECK(opened->epoch() == 1);
    CHECK(vault().file.version == 1);
    for (const auto* wrong : {"correct horsf", "correct horse ", "Correct horse"}) {
        const auto error = refusal(open_with_passphrase(vault().file, alice, wrong));
        CHECK(error == errc::wrong_key);
        CHECK(error.message() ==
              "master key file: the key does not open this (wrong passphrase); check the passphrase");
    }
}

TEST_CASE("create: two vaults share neither id nor key, and the file shows neither key nor passphrase") {
    const auto other = create_master_key_file(alice, passphrase, cheap);
    REQUIRE(other);
    CHECK(other->file.vault != vault().file.vault);
    CHECK(other->key.secret() != vault().key.secret());
    const auto stored = encode(joined());
    const auto shows = [&](bytes_view part) {
        return std::search(stored.begin(), stored.end(), part.begin(), part.end()) != stored.end();
    };
    CHECK_FALSE(shows(vault().key.secret().subview(0, 8)));
    CHECK_FALSE(shows(bytes_view{laptop_secret}.subview(0, 8)));
    CHECK_FALSE(shows(passphrase));
    CHECK(shows(laptop.text())); // device ids are random, and needed to find the slot
}

TEST_CASE("create: empty and overlong passphrases and parameters out of bounds are refused") {
    CHECK(refusal(create_master_key_file(alice, "", cheap)) == errc::invalid_argument);
    CHECK(refusal(create_master_key_file(alice, std::string(4097, 'x'), cheap)).detail() == "over 4096 bytes");
    CHECK(refusal(create_master_key_file(alice, "x", {.memory_kib = 1024})) == errc::invalid_argument);
    CHECK(refusal(create_master_key_file(alice, "x", {.memory_kib = 2'000'000})) == errc::invalid_argument);
    CHECK(refusal(open_with_passphrase(vault().file, alice, "")) == errc::invalid_argument);
}

TEST_CASE("create and change: without randomness nothing is made") {
    for (int call = 0; call < 3; ++call) {
        fixtures::counting_random random{.fails_at = call};
        CHECK(refusal(create_master_key_file(alice, passphrase, cheap, random)) == errc::io_error);
    }
    fixtures::counting_random none{.fails_at = 0};
    CHECK(refusal(add_device_slot(vault().file, alice, vault().key, phone, phone_secret, none)) == errc::io_error);
    none.fails_at = 0;
    CHECK(refusal(change_passphrase(vault().file, alice, vault().key, "new", cheap, none)) == errc::io_error);
}

TEST_CASE("passphrase slot: another user's file does not open, also with the same passphrase") {
    CHECK(refusal(open_with_passphrase(vault().file, bob, passphrase)) == errc::wrong_key);
}

TEST_CASE("passphrase slot: the vault id and epoch in clear are bound to it") {
    auto file = vault().file;
    file.vault.value[0] ^= std::byte{1};
    CHECK(refusal(open_with_passphrase(file, alice, passphrase)) == errc::wrong_key);
    file = vault().file;
    file.epoch = 2;
    CHECK(refusal(open_with_passphrase(file, alice, passphrase)) == errc::wrong_key);
}

TEST_CASE("passphrase slot: hostile Argon2id parameters are refused before they are run") {
    const auto parts = detail::slot_parts::read(vault().file.slots[0].body);
    REQUIRE(parts.whole);
    const auto opened_with = [&](bytes_view terms) {
        auto file = vault().file;
        file.slots[0] = detail::make_slot(key_slot_kind::passphrase, terms, parts.key);
        return refusal(open_with_passphrase(file, alice, passphrase));
    };
    for (const argon2_parameters cost : {argon2_parameters{0xffffffff, 2, 1}, argon2_parameters{1024 * 1024 + 1, 2, 1},
                                         argon2_parameters{8, 2, 1}, argon2_parameters{19 * 1024, 0xffffffff, 1},
                                         argon2_parameters{19 * 1024, 1, 1}, argon2_parameters{19 * 1024, 2, 5}}) {
        const auto error = opened_with(detail::encode_terms(cost));
        CHECK(error == errc::malformed);
        CHECK(error.detail() == "slot 0: Argon2id parameters out of bounds");
    }
    detail::wire_writer wrapped; // 2^32 + 64 MiB would be 64 MiB in 32 bits
    wrapped.number((std::uint64_t{1} << 32U) + 64 * 1024);
    wrapped.number(3);
    wrapped.number(1);
    CHECK(opened_with(wrapped.view()) == errc::malformed);
    CHECK(opened_with("") == errc::malformed);
    // Within bounds, but not those it was sealed with: the key is another.
    CHECK(opened_with(detail::encode_terms({19 * 1024, 3, 1})) == errc::wrong_key);
}

TEST_CASE("passphrase slot: a body that is none is malformed, and says which") {
    auto file = vault().file;
    file.slots[0].body.pop_back();
    const auto error = refusal(open_with_passphrase(file, alice, passphrase));
    CHECK(error == errc::malformed);
    CHECK(error.detail() == "slot 0: not a passphrase slot");
}

TEST_CASE("passphrase slot: at most four are tried, whatever the file asks for") {
    auto file = vault().file;
    const auto right = file.slots[0];
    auto wrong = right;
    wrong.body.back() ^= std::byte{1};
    wrong.body[30] ^= std::byte{1}; // its commitment
    file.slots = {wrong, wrong, wrong, right};
    CHECK(open_with_passphrase(signed_again(file), alice, passphrase).has_value());
    file.slots = {wrong, wrong, wrong, wrong, right};
    CHECK(refusal(open_with_passphrase(signed_again(file), alice, passphrase)) == errc::wrong_key);
}

TEST_CASE("passphrase slot: a changed sealed key is tampering, not a wrong passphrase") {
    auto file = vault().file;
    file.slots[0].body.back() ^= std::byte{1};
    const auto error = refusal(open_with_passphrase(file, alice, passphrase));
    CHECK(error == errc::tampered);
    CHECK(error.detail() == "its slot was changed");
}

TEST_CASE("passphrase slot: a file without one says so") {
    auto file = joined();
    std::erase_if(file.slots, [](const auto& slot) { return slot.kind == key_slot_kind::passphrase; });
    const auto error = refusal(open_with_passphrase(file, alice, passphrase));
    CHECK(error == errc::wrong_key);
    CHECK(error.detail() == "it has no passphrase slot");
}

TEST_CASE("device slot: its secret opens the same key, and the passphrase still does") {
    CHECK(joined().version == 2);
    const auto opened = open_with_device(joined(), alice, laptop, laptop_secret);
    REQUIRE(opened);
    CHECK(opened->secret() == vault().key.secret());
    CHECK(open_with_passphrase(joined(), alice, passphrase).has_value());
}

TEST_CASE("device slot: bound to device, user, vault and secret") {
    CHECK(refusal(open_with_device(joined(), alice, phone, laptop_secret)) == errc::not_found);
    CHECK(refusal(open_with_device(joined(), alice, laptop, phone_secret)) == errc::wrong_key);
    CHECK(refusal(open_with_device(joined(), bob, laptop, laptop_secret)) == errc::wrong_key);
    CHECK(refusal(open_with_device(joined(), alice, laptop, bytes(31))) == errc::invalid_argument);
    auto file = joined();
    file.vault.value[0] ^= std::byte{1};
    CHECK(refusal(open_with_device(file, alice, laptop, laptop_secret)) == errc::wrong_key);
    const auto renamed = detail::slot_parts::read(joined().slots[1].body);
    REQUIRE(renamed.whole);
    file = joined();
    file.slots[1] = detail::make_slot(key_slot_kind::device, phone.text(), renamed.key);
    CHECK(refusal(open_with_device(file, alice, phone, laptop_secret)) == errc::wrong_key);
}

TEST_CASE("device slot: a passphrase slot cannot pass for one, nor the reverse") {
    auto file = joined();
    std::swap(file.slots[0].kind, file.slots[1].kind);
    CHECK(refusal(open_with_device(file, alice, laptop, laptop_secret)) == errc::not_found);
    CHECK(refusal(open_with_passphrase(file, alice, passphrase)) == errc::malformed);
}

TEST_CASE("device slot: adding it again replaces it") {
    const auto again = add_device_slot(joined(), alice, vault().key, laptop, phone_secret);
    REQUIRE(again);
    CHECK(again->version == 3);
    CHECK(again->slots.size() == 2);
    CHECK(open_with_device(*again, alice, laptop, phone_secret).has_value());
    CHECK(refusal(open_with_device(*again, alice, laptop, laptop_secret)) == errc::wrong_key);
}

TEST_CASE("device slot: removed, it no longer opens, and the others do") {
    const auto two = add_device_slot(joined(), alice, vault().key, phone, phone_secret);
    REQUIRE(two);
    const auto one = remove_device_slot(*two, alice, vault().key, laptop);
    REQUIRE(one);
    CHECK(one->version == 4);
    CHECK(refusal(open_with_device(*one, alice, laptop, laptop_secret)) == errc::not_found);
    CHECK(open_with_device(*one, alice, phone, phone_secret).has_value());
}

TEST_CASE("device slot: the 64th fits, one more does not") {
    auto file = vault().file;
    for (int i = 0; i < 63; ++i) {
        const auto device = device_id::make("device-" + std::to_string(i)).value();
        file = add_device_slot(file, alice, vault().key, device, laptop_secret).value();
    }
    CHECK(parse_master_key_file(encode(file)).has_value());
    CHECK(refusal(add_device_slot(file, alice, vault().key, laptop, laptop_secret)) == errc::too_large);
}

TEST_CASE("file: whatever was changed without the key is refused, slot and version included") {
    const auto refused = [](const master_key_file& file) {
        const auto error = refusal(open_with_device(file, alice, laptop, laptop_secret));
        CHECK(error.detail() == "no holder of this vault's key wrote it");
        return error == errc::tampered;
    };
    auto file = joined();
    file.version = 1000; // an old file that pretends to be new
    CHECK(refused(file));
    file = joined();
    file.slots.erase(file.slots.begin());
    CHECK(refused(file));
    file = joined();
    file.slots.push_back({key_slot_kind::recovery_code, bytes(10)});
    CHECK(refused(file));
    file = joined();
    file.mac.value[31] ^= std::byte{1};
    CHECK(refused(file));
    CHECK(refusal(open_with_passphrase(file, alice, passphrase)) == errc::tampered);
}

TEST_CASE("file: nobody signs again what was changed without the key, nor with another vault's key") {
    auto file = joined();
    file.version = 1000;
    CHECK(refusal(add_device_slot(file, alice, vault().key, phone, phone_secret)) == errc::tampered);
    CHECK(refusal(remove_device_slot(file, alice, vault().key, laptop)) == errc::tampered);
    CHECK(refusal(change_passphrase(file, alice, vault().key, "new", cheap)) == errc::tampered);
    CHECK(refusal(add_device_slot(joined(), alice, fixtures::key(), phone, phone_secret)) == errc::tampered);
    CHECK(refusal(add_device_slot(joined(), bob, vault().key, phone, phone_secret)) == errc::tampered);
    CHECK(refusal(add_device_slot(joined(), alice, vault().key, phone, bytes(16))) == errc::invalid_argument);
}

TEST_CASE("change_passphrase: the new one opens the same key, the old one no longer; devices are kept") {
    const auto changed = change_passphrase(joined(), alice, vault().key, "battery staple", cheap);
    REQUIRE(changed);
    CHECK(changed->version == 3);
    const auto opened = open_with_passphrase(*changed, alice, "battery staple");
    REQUIRE(opened);
    CHECK(opened->secret() == vault().key.secret());
    CHECK(refusal(open_with_passphrase(*changed, alice, passphrase)) == errc::wrong_key);
    CHECK(open_with_device(*changed, alice, laptop, laptop_secret).has_value());
    // It is a re-wrap: the old file still opens, which is why a leaked passphrase needs a new key.
    CHECK(open_with_passphrase(joined(), alice, passphrase)->secret() == opened->secret());
}

TEST_CASE("slots of a kind that this version does not know are kept through every change") {
    auto file = joined();
    file.slots.push_back({static_cast<key_slot_kind>(42), fixtures::counted_bytes(20)});
    const auto kept = [&](const result<master_key_file>& changed) {
        return changed && std::count(changed->slots.begin(), changed->slots.end(), file.slots.back()) == 1;
    };
    file = signed_again(file);
    CHECK(kept(add_device_slot(file, alice, vault().key, phone, phone_secret)));
    CHECK(kept(remove_device_slot(file, alice, vault().key, laptop)));
    CHECK(kept(change_passphrase(file, alice, vault().key, "new", cheap)));
}

TEST_CASE("a key that was opened seals what the key that was created opens") {
    botan_cipher created{vault().key};
    botan_cipher opened{open_with_device(joined(), alice, laptop, laptop_secret).value()};
    bytes sealed, plain;
    REQUIRE(opened.seal(fixtures::record(), "hello", sealed));
    REQUIRE(created.open(fixtures::record(), sealed, plain));
    CHECK(as_text(plain) == "hello");
}
