#ifndef SEALSYNC_EXT_BOTAN_KEY_SLOT_HPP
#define SEALSYNC_EXT_BOTAN_KEY_SLOT_HPP

#include "../../function_ref.hpp"
#include "envelope.hpp"
#include "master_key_file.hpp"

// One slot of the master key file: the master key, sealed for a passphrase or for a device's secret.
namespace sealsync { inline namespace SEALSYNC_ABI {

/// Where new keys and salts come from; injected, so that tests can name every byte.
using random_source = function_ref<result<void>(std::span<std::byte>)>;

struct system_random {
    [[nodiscard]] result<void> operator()(std::span<std::byte> out) const { return detail::botan_random(out); }
};

/// Of a device's secret, which opens its slot without Argon2id. The device keeps it where only it can read.
inline constexpr std::size_t device_secret_bytes = 32;

namespace detail {

inline constexpr std::string_view key_file_object = "master key file";
/// More passphrases than this are not tried: each costs what its own parameters say.
inline constexpr std::size_t passphrase_slots_max = 4;
inline constexpr std::size_t passphrase_bytes_max = 4096;

/// The end of every slot: salt, commitment, and the master key with its tag.
struct sealed_key {
    static constexpr std::size_t salt_bytes = envelope_layout::salt;
    static constexpr std::size_t sealed_bytes = master_key::size + botan_gcm::tag_bytes;

    std::array<std::byte, salt_bytes> salt{};
    std::array<std::byte, envelope_layout::commitment> commitment{};
    std::array<std::byte, sealed_bytes> sealed{};

    void write(wire_writer& out) const {
        out.raw(salt);
        out.raw(commitment);
        out.raw(sealed);
    }
    [[nodiscard]] static sealed_key read(wire_reader& in) noexcept {
        sealed_key key;
        key.salt = in.array<salt_bytes>();
        key.commitment = in.array<envelope_layout::commitment>();
        key.sealed = in.array<sealed_bytes>();
        return key;
    }
};

/// What a slot is bound to: `terms` are its own clear fields, the Argon2id parameters or the device id.
[[nodiscard]] inline bytes slot_context(const master_key_file& file, const user_id& user, key_slot_kind kind,
                                        bytes_view terms) {
    wire_writer out;
    out.raw("sealsync/v1/key-slot");
    out.byte(static_cast<std::uint8_t>(kind));
    out.raw(file.vault.value);
    out.number(file.epoch);
    out.counted(user.text());
    out.counted(terms);
    return std::move(out).take();
}

inline constexpr std::array<std::byte, botan_gcm::nonce_bytes> slot_nonce{}; ///< each key seals one message

[[nodiscard]] inline sealed_key wrap(const master_key& key, bytes_view secret, bytes_view context,
                                     const std::array<std::byte, sealed_key::salt_bytes>& salt) {
    botan_hmac mac;
    const auto keys = derive_envelope(mac, secret, salt, context);
    sealed_key out;
    out.salt = salt;
    std::memcpy(out.commitment.data(), keys.commitment().data(), out.commitment.size());
    std::memcpy(out.sealed.data(), key.secret().data(), master_key::size);
    botan_gcm_encryption encryption;
    encryption.set_key(keys.seal());
    encryption.encrypt(slot_nonce, {}, out.sealed);
    return out;
}

/// `errc::wrong_key` if `secret` is not the one that sealed it in this context: known before anything is decrypted.
[[nodiscard]] inline result<master_key> unwrap(const master_key_file& file, bytes_view secret, bytes_view context,
                                               const sealed_key& in) {
    botan_hmac mac;
    const auto keys = derive_envelope(mac, secret, in.salt, context);
    if (!equal_in_constant_time(keys.commitment(), in.commitment)) {
        return failure{errc::wrong_key, std::string{key_file_object}, "sealed for another secret"};
    }
    detail::secret<sealed_key::sealed_bytes> opened;
    opened.value = in.sealed;
    botan_gcm_decryption decryption;
    decryption.set_key(keys.seal());
    if (!decryption.decrypt(slot_nonce, {}, opened.value)) {
        return failure{errc::tampered, std::string{key_file_object}, "its slot was changed"};
    }
    return master_key::make(file.vault, opened.part(0, master_key::size), file.epoch);
}

[[nodiscard]] inline result<void> check_passphrase(std::string_view passphrase) {
    if (!passphrase.empty() && passphrase.size() <= passphrase_bytes_max) return {};
    return failure{errc::invalid_argument, "passphrase", passphrase.empty() ? "empty" : "over 4096 bytes"};
}

[[nodiscard]] inline result<void> check_device_secret(bytes_view secret) {
    if (secret.size() == device_secret_bytes) return {};
    return failure{errc::invalid_argument, "device secret", "not 32 bytes"};
}

[[nodiscard]] inline bytes encode_terms(const argon2_parameters& cost) {
    wire_writer terms;
    terms.number(cost.memory_kib);
    terms.number(cost.passes);
    terms.number(cost.lanes);
    return std::move(terms).take();
}

/// A slot's body is its terms, with their length before them, and the sealed key.
struct slot_parts {
    bytes_view terms;
    sealed_key key;
    bool whole = false; ///< `body` was such a one, and nothing else

    [[nodiscard]] static slot_parts read(bytes_view body) noexcept {
        wire_reader in{body};
        slot_parts parts;
        parts.terms = in.counted();
        parts.key = sealed_key::read(in);
        parts.whole = in.done();
        return parts;
    }
};

[[nodiscard]] inline key_slot make_slot(key_slot_kind kind, bytes_view terms, const sealed_key& key) {
    wire_writer body;
    body.counted(terms);
    key.write(body);
    return {kind, std::move(body).take()};
}

[[nodiscard]] inline failure malformed_slot(std::size_t index, std::string_view reason) {
    return failure{errc::malformed, std::string{key_file_object},
                   "slot " + std::to_string(index) + ": " + std::string{reason}};
}

/// All 0, which is not within the limits, if they cannot be read.
[[nodiscard]] inline argon2_parameters parse_terms(bytes_view terms) noexcept {
    constexpr std::uint64_t largest = 0xffffffffU;
    wire_reader in{terms};
    const auto memory = in.number(), passes = in.number(), lanes = in.number();
    if (!in.done() || memory > largest || passes > largest || lanes > largest) return {0, 0, 0};
    return {static_cast<std::uint32_t>(memory), static_cast<std::uint32_t>(passes), static_cast<std::uint32_t>(lanes)};
}

/// The parameters are hostile until the slot has opened: they are checked before Argon2id runs.
[[nodiscard]] inline result<master_key> try_passphrase(const master_key_file& file, std::size_t index,
                                                       const user_id& user, std::string_view passphrase) {
    const auto parts = slot_parts::read(file.slots[index].body);
    if (!parts.whole) return malformed_slot(index, "not a passphrase slot");
    const auto cost = parse_terms(parts.terms);
    if (!cost.within_limits()) return malformed_slot(index, "Argon2id parameters out of bounds");
    secret<32> stretched;
    argon2id(cost, passphrase, parts.key.salt, stretched.value);
    const auto context = slot_context(file, user, key_slot_kind::passphrase, parts.terms);
    return unwrap(file, stretched.view(), context, parts.key);
}

[[nodiscard]] inline result<key_slot> make_passphrase_slot(const master_key_file& file, const user_id& user,
                                                           const master_key& key, std::string_view passphrase,
                                                           const argon2_parameters& cost, random_source random) {
    if (auto usable = check_passphrase(passphrase); !usable) return std::move(usable).error();
    if (!cost.within_limits()) {
        return failure{errc::invalid_argument, "Argon2id parameters", "allowed: 19 MiB to 1 GiB, t 2-16, p 1-4"};
    }
    std::array<std::byte, sealed_key::salt_bytes> salt{};
    if (auto drawn = random(salt); !drawn) return std::move(drawn).error();
    secret<32> stretched;
    argon2id(cost, passphrase, salt, stretched.value);
    const auto terms = encode_terms(cost);
    const auto context = slot_context(file, user, key_slot_kind::passphrase, terms);
    return make_slot(key_slot_kind::passphrase, terms, wrap(key, stretched.view(), context, salt));
}

[[nodiscard]] inline bool is_slot_of(const key_slot& slot, const device_id& device) noexcept {
    if (slot.kind != key_slot_kind::device) return false;
    const auto parts = slot_parts::read(slot.body);
    return parts.whole && parts.terms == bytes_view{device.text()};
}

} // namespace detail

}} // namespace sealsync

#endif
