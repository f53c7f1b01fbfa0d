#include "fixtures.hpp"

#include <sealsync/ext/botan/key_slot.hpp>

using namespace sealsync;
using detail::slot_parts;

namespace {

detail::sealed_key sample() {
    detail::sealed_key key;
    key.salt.fill(std::byte{1});
    key.commitment.fill(std::byte{2});
    key.sealed.fill(std::byte{3});
    return key;
}

} // namespace

TEST_CASE("key slot: a body is its terms, salt, commitment and sealed key, and no byte more or less") {
    const auto slot = detail::make_slot(key_slot_kind::device, "laptop", sample());
    CHECK(slot.kind == key_slot_kind::device);
    CHECK(slot.body.size() == 1 + 6 + 24 + 32 + 48);
    const auto parts = slot_parts::read(slot.body);
    REQUIRE(parts.whole);
    CHECK(parts.terms == bytes_view{"laptop"});
    CHECK(parts.key.salt == sample().salt);
    CHECK(parts.key.commitment == sample().commitment);
    CHECK(parts.key.sealed == sample().sealed);
    for (std::size_t size = 0; size < slot.body.size(); ++size) {
        CHECK_FALSE(slot_parts::read(bytes_view{slot.body}.subview(0, size)).whole);
    }
    auto longer = slot.body;
    longer.push_back(std::byte{0});
    CHECK_FALSE(slot_parts::read(longer).whole);
}

TEST_CASE("key slot: Argon2id parameters are read as they were written, and nothing longer is") {
    const argon2_parameters cost{.memory_kib = 70'000, .passes = 7, .lanes = 2};
    const auto terms = detail::encode_terms(cost);
    CHECK(detail::parse_terms(terms) == cost);
    CHECK_FALSE(detail::parse_terms(bytes_view{terms}.subview(0, terms.size() - 1)).within_limits());
    auto longer = terms;
    longer.push_back(std::byte{0});
    CHECK_FALSE(detail::parse_terms(longer).within_limits());
    CHECK_FALSE(detail::parse_terms({}).within_limits());
}

TEST_CASE("key slot: wrapped for one secret and context, it unwraps for no other") {
    master_key_file file;
    file.vault = fixtures::vault;
    const auto key = fixtures::key();
    const auto sealed = detail::wrap(key, "secret", "context", sample().salt);
    const auto opens = [&](bytes_view secret, bytes_view context) {
        return detail::unwrap(file, secret, context, sealed).has_value();
    };
    CHECK(opens("secret", "context"));
    CHECK_FALSE(opens("secret.", "context"));
    CHECK_FALSE(opens("secret", "context."));
    CHECK(detail::unwrap(file, "secret", "context", sealed).value().secret() == key.secret());
}

TEST_CASE("key slot: every part is bound into its context") {
    master_key_file file;
    file.vault = fixtures::vault;
    const auto context = [](const master_key_file& f, const user_id& user, key_slot_kind kind, bytes_view terms) {
        return detail::slot_context(f, user, kind, terms);
    };
    const auto base = context(file, fixtures::alice, key_slot_kind::device, "laptop");
    auto other = file;
    other.vault.value[0] ^= std::byte{1};
    CHECK(base != context(other, fixtures::alice, key_slot_kind::device, "laptop"));
    other = file;
    other.epoch = 2;
    CHECK(base != context(other, fixtures::alice, key_slot_kind::device, "laptop"));
    CHECK(base != context(file, fixtures::bob, key_slot_kind::device, "laptop"));
    CHECK(base != context(file, fixtures::alice, key_slot_kind::passphrase, "laptop"));
    CHECK(base != context(file, fixtures::alice, key_slot_kind::device, "laptoq"));
}

TEST_CASE("key slot: only a device slot is a device's, and only of that name") {
    const auto slot = detail::make_slot(key_slot_kind::device, "laptop", sample());
    CHECK(detail::is_slot_of(slot, fixtures::laptop));
    CHECK_FALSE(detail::is_slot_of(slot, fixtures::phone));
    auto other = slot;
    other.kind = key_slot_kind::passphrase;
    CHECK_FALSE(detail::is_slot_of(other, fixtures::laptop));
    other = slot;
    other.body.clear();
    CHECK_FALSE(detail::is_slot_of(other, fixtures::laptop));
}

TEST_CASE("system_random: fills, and does not repeat") {
    bytes one(32), two(32);
    REQUIRE(system_random{}(one));
    REQUIRE(system_random{}(two));
    CHECK(one != two);
}
