// SPDX-License-Identifier: MIT
// Generated from include/sealsync/ by cmake/amalgamate.py: change that, not this.
#ifndef SEALSYNC_SINGLE_SEALSYNC_BOTAN_HPP
#define SEALSYNC_SINGLE_SEALSYNC_BOTAN_HPP

#include "sealsync.hpp"

#include <algorithm>
#include <bit>
#include <memory>

#ifndef SEALSYNC_EXT_BOTAN_COMPAT_HPP
#define SEALSYNC_EXT_BOTAN_COMPAT_HPP

#include <botan/aead.h>
#include <botan/build.h>
#include <botan/exceptn.h>
#include <botan/hash.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>
#include <botan/pwdhash.h>
#include <botan/secmem.h>
#include <botan/system_rng.h>
#include <botan/version.h>

// Asked of the headers, so that no algorithm can be found missing while an object is being sealed.
#if !defined(BOTAN_HAS_AES) || !defined(BOTAN_HAS_AEAD_GCM) || !defined(BOTAN_HAS_HMAC) ||                             \
    !defined(BOTAN_HAS_SHA2_32) || !defined(BOTAN_HAS_ARGON2) || !defined(BOTAN_HAS_SYSTEM_RNG)
#error "sealsync needs a Botan built with AES, GCM, HMAC, SHA-256, Argon2 and the system RNG"
#endif

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

#if BOTAN_VERSION_MAJOR >= 3
inline constexpr auto botan_encrypts = Botan::Cipher_Dir::Encryption;
inline constexpr auto botan_decrypts = Botan::Cipher_Dir::Decryption;
#else
inline constexpr auto botan_encrypts = Botan::ENCRYPTION;
inline constexpr auto botan_decrypts = Botan::DECRYPTION;
#endif

// Botan speaks uint8_t.
[[nodiscard]] inline std::uint8_t* octets(std::byte* p) noexcept { return reinterpret_cast<std::uint8_t*>(p); }
[[nodiscard]] inline const std::uint8_t* octets(const std::byte* p) noexcept {
    return reinterpret_cast<const std::uint8_t*>(p);
}

/// Runs `f`, which returns a result; what Botan throws becomes a failure on `describe_object()`.
template <class Describe, class F>
[[nodiscard]] auto without_botan_exceptions(const Describe& describe_object, F&& f) -> decltype(f()) {
    try {
        return f();
    } catch (const Botan::Exception& e) {
        return failure{errc::unsupported, describe_object(), e.what()};
    }
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_BOTAN_PRIMITIVES_HPP
#define SEALSYNC_EXT_BOTAN_PRIMITIVES_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What guessing a passphrase costs: to us once per opening, to a thief once per guess. The defaults take a quarter
/// of a second. Read from a file they are hostile: outside the limits they would be too weak, or exhaust the machine.
struct argon2_parameters {
    std::uint32_t memory_kib = 64 * 1024; ///< 19 MiB to 1 GiB
    std::uint32_t passes = 3;             ///< 2 to 16
    std::uint32_t lanes = 1;              ///< 1 to 4

    [[nodiscard]] bool within_limits() const noexcept {
        return memory_kib >= 19 * 1024 && memory_kib <= 1024 * 1024 && passes >= 2 && passes <= 16 && lanes >= 1 &&
               lanes <= 4;
    }
    [[nodiscard]] friend bool operator==(const argon2_parameters&, const argon2_parameters&) = default;
};

}} // namespace sealsync

// Thin owners of Botan's objects, made to be reused: creating one per record would cost more than sealing the record.
// None is thread-safe, and none can be copied: whoever is copied makes new ones.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Key material that lives on the stack for the length of a call, and is wiped after it.
template <std::size_t N>
struct secret {
    std::array<std::byte, N> value{};

    secret() = default;
    secret(const secret&) = default;
    secret& operator=(const secret&) = default;
    ~secret() { Botan::secure_scrub_memory(value.data(), N); }

    [[nodiscard]] bytes_view view() const noexcept { return value; }
    [[nodiscard]] bytes_view part(std::size_t offset, std::size_t count) const noexcept {
        return view().subview(offset, count);
    }
};

class botan_sha256 {
public:
    void update(bytes_view data) { hash_->update(octets(data.data()), data.size()); }
    /// The hash of everything since the last `finish()`.
    [[nodiscard]] digest256 finish() {
        digest256 digest;
        hash_->final(octets(digest.value.data()));
        return digest;
    }

private:
    std::unique_ptr<Botan::HashFunction> hash_ = Botan::HashFunction::create_or_throw("SHA-256");
};

class botan_hmac {
public:
    botan_hmac() = default;
    explicit botan_hmac(bytes_view key) { set_key(key); }

    void set_key(bytes_view key) { mac_->set_key(octets(key.data()), key.size()); }
    void update(bytes_view data) { mac_->update(octets(data.data()), data.size()); }
    void finish(std::span<std::byte, 32> out) { mac_->final(octets(out.data())); }
    [[nodiscard]] digest256 finish() {
        digest256 digest;
        finish(digest.value);
        return digest;
    }

private:
    std::unique_ptr<Botan::MessageAuthenticationCode> mac_ =
        Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
};

/// HKDF-SHA256 (RFC 5869) over a reused HMAC: Botan's own makes two of them at every call.
inline void hkdf(botan_hmac& mac, bytes_view key, bytes_view salt, bytes_view info, std::span<std::byte> out) {
    constexpr std::array<std::byte, 32> no_salt{};
    secret<32> block; // first the extracted key, then each block of output
    mac.set_key(salt.empty() ? bytes_view{no_salt} : salt);
    mac.update(key);
    mac.finish(block.value);
    mac.set_key(block.view());
    for (auto counter = std::uint8_t{1}; !out.empty(); ++counter) {
        SEALSYNC_ASSERT(counter != 0);
        const auto number = static_cast<std::byte>(counter);
        if (counter != 1) mac.update(block.view());
        mac.update(info);
        mac.update({&number, 1});
        mac.finish(block.value);
        const auto taken = (std::min)(out.size(), block.value.size());
        std::memcpy(out.data(), block.value.data(), taken);
        out = out.subspan(taken);
    }
}

/// AES-256-GCM in place: a buffer per message would cost as much as the encryption.
class botan_gcm {
public:
    static constexpr std::size_t key_bytes = 32, nonce_bytes = 12, tag_bytes = 16;

    void set_key(bytes_view key) { mode_->set_key(octets(key.data()), key.size()); }

protected:
    explicit botan_gcm(Botan::Cipher_Dir direction)
        : mode_{Botan::AEAD_Mode::create_or_throw("AES-256/GCM", direction)} {}

    /// Everything but the tail, which Botan wants in a vector of its own together with the tag.
    [[nodiscard]] std::span<std::byte> process(bytes_view nonce, bytes_view associated, std::span<std::byte> body) {
        mode_->set_associated_data(octets(associated.data()), associated.size());
        mode_->start(octets(nonce.data()), nonce.size());
        const auto bulk = body.size() - body.size() % granularity;
        if (bulk != 0) mode_->process(octets(body.data()), bulk);
        const auto rest = body.subspan(bulk);
        tail_.resize(rest.size());
        if (!rest.empty()) std::memcpy(tail_.data(), rest.data(), rest.size());
        return rest;
    }

    static constexpr std::size_t granularity = 64; ///< of Botan 2; a multiple of Botan 3's
    std::unique_ptr<Botan::AEAD_Mode> mode_;
    Botan::secure_vector<std::uint8_t> tail_;
};

class botan_gcm_encryption : public botan_gcm {
public:
    botan_gcm_encryption() : botan_gcm{botan_encrypts} {}

    /// Encrypts all of `message` but its last 16 bytes, which become the tag.
    void encrypt(bytes_view nonce, bytes_view associated, std::span<std::byte> message) {
        const auto rest = process(nonce, associated, message.first(message.size() - tag_bytes));
        mode_->finish(tail_);
        std::memcpy(rest.data(), tail_.data(), tail_.size());
    }
};

class botan_gcm_decryption : public botan_gcm {
public:
    botan_gcm_decryption() : botan_gcm{botan_decrypts} {}

    /// Decrypts all of `message` but its last 16 bytes, the tag. False if it does not fit: `message` is then wiped,
    /// so that nothing unauthenticated is left to be used by mistake.
    [[nodiscard]] bool decrypt(bytes_view nonce, bytes_view associated, std::span<std::byte> message) {
        const auto rest = process(nonce, associated, message.first(message.size() - tag_bytes));
        const auto* tag = message.data() + message.size() - tag_bytes;
        tail_.resize(rest.size() + tag_bytes);
        std::memcpy(tail_.data() + rest.size(), tag, tag_bytes);
        try {
            mode_->finish(tail_);
        } catch (const Botan::Invalid_Authentication_Tag&) {
            Botan::secure_scrub_memory(message.data(), message.size());
            return false;
        }
        if (!tail_.empty()) std::memcpy(rest.data(), tail_.data(), tail_.size());
        return true;
    }
};

inline void argon2id(const argon2_parameters& cost, std::string_view passphrase, bytes_view salt,
                     std::span<std::byte> out) {
    SEALSYNC_ASSERT(cost.within_limits());
    const auto family = Botan::PasswordHashFamily::create_or_throw("Argon2id");
    family->from_params(cost.memory_kib, cost.passes, cost.lanes)
        ->derive_key(octets(out.data()), out.size(), passphrase.data(), passphrase.size(), octets(salt.data()),
                     salt.size());
}

/// The operating system's randomness. Thread-safe; `errc::io_error` if there is none.
[[nodiscard]] inline result<void> botan_random(std::span<std::byte> out) {
    try {
        Botan::System_RNG{}.randomize(octets(out.data()), out.size());
        return {};
    } catch (const Botan::Exception& e) {
        return failure{errc::io_error, "random device", e.what()};
    }
}

[[nodiscard]] inline bool equal_in_constant_time(bytes_view left, bytes_view right) noexcept {
    return left.size() == right.size() &&
           Botan::constant_time_compare(octets(left.data()), octets(right.data()), left.size());
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_BOTAN_KEY_SCHEDULE_HPP
#define SEALSYNC_EXT_BOTAN_KEY_SCHEDULE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The key that everything in a vault is derived from. Copies are wiped when they are destroyed.
class master_key {
public:
    static constexpr std::size_t size = 32;

    /// `epoch` counts the vault's master keys from 1: a leaked one is replaced, not re-wrapped.
    /// Fails with `errc::invalid_argument` unless `secret` is 32 bytes and `epoch` is not 0.
    [[nodiscard]] static result<master_key> make(const vault_id& vault, bytes_view secret, std::uint32_t epoch = 1) {
        if (secret.size() != size) return failure{errc::invalid_argument, "master key", "not 32 bytes"};
        if (epoch == 0) return failure{errc::invalid_argument, "master key", "epochs count from 1"};
        return master_key{vault, secret, epoch};
    }

    [[nodiscard]] const vault_id& vault() const noexcept { return vault_; }
    [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_; }
    /// The 32 bytes themselves: never log or store them unsealed.
    [[nodiscard]] bytes_view secret() const noexcept { return std::span{secret_.data(), secret_.size()}; }

private:
    master_key(const vault_id& vault, bytes_view secret, std::uint32_t epoch) : vault_{vault}, epoch_{epoch} {
        secret_.resize(size);
        std::memcpy(secret_.data(), secret.data(), size);
    }

    vault_id vault_;
    std::uint32_t epoch_;
    Botan::secure_vector<std::uint8_t> secret_;
};

namespace detail {

[[nodiscard]] inline std::array<std::byte, 4> big_endian(std::uint32_t value) noexcept {
    return {static_cast<std::byte>(value >> 24U), static_cast<std::byte>(value >> 16U),
            static_cast<std::byte>(value >> 8U), static_cast<std::byte>(value)};
}

/// What a subkey is for. No key serves two of them.
enum class key_use : std::uint8_t { seal, salt, name };

/// Every key below the master key. Subkeys are kept: deriving one costs as much as sealing a record.
class key_schedule {
public:
    static constexpr std::size_t id_bytes = 12;

    explicit key_schedule(master_key root) : root_{std::move(root)} {
        secret<32> id;
        derive(root_.secret(), "sealsync/v1/key-id", 0, {}, id.value);
        std::memcpy(id_.data(), id.value.data(), id_bytes);
    }

    [[nodiscard]] const master_key& root() const noexcept { return root_; }
    /// Tells keys apart in public. Of the master key also where a collection's key did the sealing, so that an object
    /// moved between collections is tampered with, not "sealed by another key".
    [[nodiscard]] bytes_view id() const noexcept { return id_; }
    [[nodiscard]] botan_hmac& mac() noexcept { return mac_; }

    /// The subkey for `kind` in a collection, or in the account if `collection` is empty.
    [[nodiscard]] secret<32> object_key(key_use use, object_kind kind, std::string_view collection) {
        return cached(use, static_cast<std::uint8_t>(kind), collection);
    }
    /// The key that turns names into ids. Collections are named by the account's key, also the collections within one.
    [[nodiscard]] secret<32> name_key(id_purpose purpose, std::string_view collection) {
        return cached(key_use::name, static_cast<std::uint8_t>(purpose), collection);
    }
    /// Authenticates the master key's own file.
    [[nodiscard]] secret<32> file_key() {
        secret<32> key;
        derive(root_.secret(), "sealsync/v1/master-key-file", 0, {}, key.value);
        return key;
    }

private:
    template <class Text>
    struct subkey_name {
        key_use use;
        std::uint8_t number;
        Text collection;

        template <class Other>
        [[nodiscard]] bool operator==(const subkey_name<Other>& other) const noexcept {
            return use == other.use && number == other.number && collection == other.collection;
        }
        template <class Other>
        [[nodiscard]] bool operator<(const subkey_name<Other>& other) const noexcept {
            if (use != other.use) return use < other.use;
            if (number != other.number) return number < other.number;
            return collection < other.collection;
        }
    };
    static constexpr std::size_t cache_max = 1024;

    [[nodiscard]] secret<32> cached(key_use use, std::uint8_t number, std::string_view collection) {
        const subkey_name<std::string_view> wanted{use, number, collection};
        secret<32> key;
        if (const auto* known = cache_.find(wanted)) {
            std::memcpy(key.value.data(), known->data(), key.value.size());
            return key;
        }
        const bool of_account = collection.empty() || (use == key_use::name && number == collection_purpose);
        const auto base = of_account ? account_key() : collection_key(collection);
        derive(base.view(), label_of(use), number, collection, key.value);
        if (cache_.size() == cache_max) cache_.clear();
        auto& kept = cache_[{use, number, std::string{collection}}];
        kept.resize(key.value.size());
        std::memcpy(kept.data(), key.value.data(), key.value.size());
        return key;
    }

    [[nodiscard]] secret<32> account_key() const {
        secret<32> key;
        std::memcpy(key.value.data(), root_.secret().data(), key.value.size());
        return key;
    }
    /// Derived until a collection is shared: then it is random, and the envelope's key id and epoch are its own.
    [[nodiscard]] secret<32> collection_key(std::string_view collection) {
        secret<32> key;
        derive(root_.secret(), "sealsync/v1/collection", 0, collection, key.value);
        return key;
    }

    /// HKDF without salt: the input is uniformly random already.
    void derive(bytes_view key, std::string_view label, std::uint8_t number, std::string_view collection,
                std::span<std::byte> out) {
        bytes info;
        append(info, big_endian(static_cast<std::uint32_t>(label.size())));
        append(info, label);
        info.push_back(static_cast<std::byte>(number));
        append(info, big_endian(static_cast<std::uint32_t>(collection.size())));
        append(info, collection);
        append(info, big_endian(root_.epoch()));
        hkdf(mac_, key, {}, info, out);
    }

    [[nodiscard]] static constexpr std::string_view label_of(key_use use) noexcept {
        switch (use) {
        case key_use::seal:
            return "sealsync/v1/seal";
        case key_use::salt:
            return "sealsync/v1/salt";
        case key_use::name:
            return "sealsync/v1/name";
        }
        return {};
    }

    static constexpr auto collection_purpose = static_cast<std::uint8_t>(id_purpose::collection);

    master_key root_;
    botan_hmac mac_;
    std::array<std::byte, id_bytes> id_{};
    sorted_table<subkey_name<std::string>, Botan::secure_vector<std::uint8_t>> cache_;
};

} // namespace detail

}} // namespace sealsync

#endif

#ifndef SEALSYNC_EXT_BOTAN_ENVELOPE_HPP
#define SEALSYNC_EXT_BOTAN_ENVELOPE_HPP

// How an object is sealed; docs/sealing-format.md has the bytes.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

enum class envelope_form : std::uint8_t { whole = 1, stream = 2 };

/// `SSY1` | suite 1 | kind 1 | form 1 | zero 1 | epoch 4 | key id 12, then the salt and the commitment.
struct envelope_layout {
    static constexpr std::size_t header = 24, salt = 24, commitment = 32;
    static constexpr std::size_t commitment_at = header + salt, body_at = commitment_at + commitment;
    static constexpr std::size_t magic = 4, suite_at = 4, epoch_at = 8;
    static constexpr std::byte suite{1}; ///< AES-256-GCM, HKDF-SHA256, HMAC-SHA256
};

using envelope_header = std::array<std::byte, envelope_layout::header>;

/// What an object is, for an error message. Ids are keyed hashes, so that this names nothing in clear.
[[nodiscard]] inline std::string describe(const sealing_context& context) {
    constexpr std::array<std::string_view, 9> names{
        "object", "record", "profile", "attachment", "attachment metadata", "segment", "head", "checkpoint", "card"};
    const auto kind = static_cast<std::size_t>(context.kind);
    std::string text{names[kind < names.size() ? kind : 0]};
    if (!context.id.empty()) text.append(" ").append(context.id);
    if (!context.edit.empty()) text.append(" (").append(context.edit).append(")");
    return text;
}

[[nodiscard]] inline envelope_header make_header(const key_schedule& keys, object_kind kind, envelope_form form) {
    envelope_header header{std::byte{'S'},
                           std::byte{'S'},
                           std::byte{'Y'},
                           std::byte{'1'},
                           envelope_layout::suite,
                           static_cast<std::byte>(kind),
                           static_cast<std::byte>(form),
                           std::byte{0}};
    const auto epoch = big_endian(keys.root().epoch());
    const auto id = keys.id();
    std::memcpy(header.data() + envelope_layout::epoch_at, epoch.data(), epoch.size());
    std::memcpy(header.data() + envelope_layout::epoch_at + epoch.size(), id.data(), id.size());
    return header;
}

/// Why a stored header is not the one expected: the reader is told to update, to use another key, or to look closer.
[[nodiscard]] inline result<void> check_header(bytes_view stored, bytes_view expected, const sealing_context& context) {
    using at = envelope_layout;
    if (stored == expected) return {};
    if (stored.subview(0, at::magic) != expected.subview(0, at::magic)) {
        return failure{errc::tampered, describe(context), "not a sealed object"};
    }
    if (stored[at::suite_at] != expected[at::suite_at]) {
        const auto suite = std::to_integer<unsigned>(stored[at::suite_at]);
        return failure{errc::unknown_format, describe(context), "sealing suite " + std::to_string(suite)};
    }
    if (stored.subview(at::epoch_at) != expected.subview(at::epoch_at)) {
        return failure{errc::wrong_key, describe(context), "sealed by another key"};
    }
    return failure{errc::tampered, describe(context), "sealed as another kind of object"};
}

/// Keys of one object. A whole object takes 7 bytes of `nonce` as its nonce prefix, a stream all as a PRF key.
struct envelope_keys {
    secret<96> derived;

    [[nodiscard]] bytes_view seal() const noexcept { return derived.part(0, 32); }
    [[nodiscard]] bytes_view commitment() const noexcept { return derived.part(32, 32); }
    [[nodiscard]] bytes_view nonce() const noexcept { return derived.part(64, 32); }
};

[[nodiscard]] inline envelope_keys derive_envelope(botan_hmac& mac, bytes_view key, bytes_view salt, bytes_view info) {
    envelope_keys keys;
    hkdf(mac, key, salt, info, keys.derived.value);
    return keys;
}

/// Padme (Nikitin et al., 2019): lengths keep so few significant bits that at most 12 % is added. Below 64 bytes all
/// lengths are one, because among short records the length alone can tell "yes" from "no".
[[nodiscard]] constexpr std::uint64_t padded_size(std::uint64_t size) noexcept {
    constexpr std::uint64_t least = 64;
    if (size <= least) return least;
    const auto exponent = static_cast<unsigned>(std::bit_width(size)) - 1U;
    const auto kept = static_cast<unsigned>(std::bit_width(exponent));
    const auto mask = (std::uint64_t{1} << (exponent - kept)) - 1;
    return (size + mask) & ~mask;
}

/// Seals and opens whole objects: one AEAD message under a key of its own.
class envelope {
public:
    /// Far below the limits of GCM; whatever is larger should be a stream.
    static constexpr std::size_t plain_max = std::size_t{1} << 30U;

    [[nodiscard]] result<void> seal(key_schedule& schedule, const sealing_context& context, bytes_view in, bytes& out) {
        using at = envelope_layout;
        if (in.size() > plain_max) return failure{errc::too_large, describe(context), "over 1 GiB: use a stream"};
        start(schedule, context);
        const auto padded = static_cast<std::size_t>(padded_size(in.size() + 1));
        out.resize(at::body_at + padded + botan_gcm::tag_bytes);

        const auto salt = make_salt(schedule, context, in);
        const auto keys = derive_keys(schedule, context, salt.part(0, at::salt));
        std::memcpy(out.data(), info_.data(), at::header);
        std::memcpy(out.data() + at::header, salt.value.data(), at::salt);
        std::memcpy(out.data() + at::commitment_at, keys.commitment().data(), at::commitment);

        const auto body = std::span{out}.subspan(at::body_at);
        if (!in.empty()) std::memcpy(body.data(), in.data(), in.size());
        body[in.size()] = padding_mark;
        std::memset(body.data() + in.size() + 1, 0, padded - in.size() - 1);
        encryption_.set_key(keys.seal());
        encryption_.encrypt(nonce_of(keys), {}, body);
        return {};
    }

    /// `out` is empty after a failure.
    [[nodiscard]] result<void> open(key_schedule& schedule, const sealing_context& context, bytes_view in, bytes& out) {
        using at = envelope_layout;
        out.clear();
        if (in.size() < at::body_at + padded_size(1) + botan_gcm::tag_bytes) return tampered(context, "truncated");
        start(schedule, context);
        if (auto same = check_header(in.subview(0, at::header), bytes_view{info_}.subview(0, at::header), context);
            !same) {
            return same;
        }
        const auto padded = in.size() - at::body_at - botan_gcm::tag_bytes;
        if (padded_size(padded) != padded) return tampered(context, "truncated or extended");

        const auto keys = derive_keys(schedule, context, in.subview(at::header, at::salt));
        if (!equal_in_constant_time(keys.commitment(), in.subview(at::commitment_at, at::commitment))) {
            return tampered(context, "sealed as another object, or changed");
        }
        append(out, in.subview(at::body_at));
        decryption_.set_key(keys.seal());
        if (!decryption_.decrypt(nonce_of(keys), {}, out)) {
            out.clear();
            return tampered(context, "changed");
        }
        return unpad(context, padded, out);
    }

private:
    static constexpr std::byte padding_mark{0x80};

    [[nodiscard]] static failure tampered(const sealing_context& context, std::string detail) {
        return failure{errc::tampered, describe(context), std::move(detail)};
    }

    /// Fills `info_`, the header and the encoded context: what every derivation of this object is bound to.
    void start(const key_schedule& schedule, const sealing_context& context) {
        const auto header = make_header(schedule, context.kind, envelope_form::whole);
        info_.clear();
        append(info_, header);
        context.encode_to(info_);
    }

    /// From the content, so that sealing is deterministic: a repeated push writes the same bytes, and different bytes
    /// never meet the same key.
    [[nodiscard]] secret<32> make_salt(key_schedule& schedule, const sealing_context& context, bytes_view in) {
        auto& mac = schedule.mac();
        const auto key = schedule.object_key(key_use::salt, context.kind, context.collection);
        secret<32> salt;
        mac.set_key(key.view());
        mac.update(info_);
        mac.update(in);
        mac.finish(salt.value);
        return salt;
    }

    [[nodiscard]] envelope_keys derive_keys(key_schedule& schedule, const sealing_context& context, bytes_view salt) {
        const auto key = schedule.object_key(key_use::seal, context.kind, context.collection);
        return derive_envelope(schedule.mac(), key.view(), salt, info_);
    }

    /// STREAM's nonce for chunk 0, the last: prefix 7 | counter 4 | last 1.
    [[nodiscard]] static std::array<std::byte, botan_gcm::nonce_bytes> nonce_of(const envelope_keys& keys) noexcept {
        std::array<std::byte, botan_gcm::nonce_bytes> nonce{};
        std::memcpy(nonce.data(), keys.nonce().data(), 7);
        nonce.back() = std::byte{1};
        return nonce;
    }

    /// Only one padding is right, so that a length has one sealed form.
    [[nodiscard]] static result<void> unpad(const sealing_context& context, std::size_t padded, bytes& out) {
        auto end = padded;
        while (end != 0 && out[end - 1] == std::byte{0}) --end;
        if (end == 0 || out[end - 1] != padding_mark || padded_size(end) != padded) {
            out.clear();
            return tampered(context, "wrong padding");
        }
        out.resize(end - 1);
        return {};
    }

    botan_gcm_encryption encryption_;
    botan_gcm_decryption decryption_;
    bytes info_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_BOTAN_STREAM_HPP
#define SEALSYNC_EXT_BOTAN_STREAM_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

namespace detail {

/// What sealer and opener of one stream share.
class botan_stream {
public:
    static constexpr std::size_t header_bytes = envelope_layout::body_at;
    static constexpr std::size_t chunk_bytes = std::size_t{64} << 10U;
    static constexpr std::size_t nonce_bytes = botan_gcm::nonce_bytes, tag_bytes = botan_gcm::tag_bytes;
    static constexpr std::size_t overhead_bytes = nonce_bytes + tag_bytes;
    /// Nonces are pseudo-random: 2^32 of them under one key is what NIST SP 800-38D allows.
    static constexpr std::uint64_t chunks_max = std::uint64_t{1} << 32U;

    /// Binds a chunk to its place: index 8 | last 1.
    [[nodiscard]] static std::array<std::byte, 9> place_of(std::uint64_t index, bool last) noexcept {
        std::array<std::byte, 9> place{};
        for (std::size_t i = 0; i < 8; ++i) place[i] = static_cast<std::byte>(index >> (56 - 8 * i));
        place[8] = static_cast<std::byte>(last);
        return place;
    }
    /// All chunks but the last are full, and only an empty stream has an empty one.
    [[nodiscard]] static bool right_size(std::uint64_t index, bool last, std::size_t plain) noexcept {
        return last ? plain <= chunk_bytes && (plain != 0 || index == 0) : plain == chunk_bytes;
    }
};

} // namespace detail

/// Seals the chunks of one streamed object, in any order. The chunk's nonce is a keyed hash of its bytes and place: a
/// file that changes while it is read never meets one key and nonce twice. Not thread-safe; movable.
class botan_stream_sealer {
    using stream = detail::botan_stream;

public:
    [[nodiscard]] bytes_view header() const noexcept { return header_; }

    /// Replaces `out`. Fails with `errc::invalid_argument` unless `in` is as long as this chunk must be, and with
    /// `errc::too_large` after 2^32 chunks.
    [[nodiscard]] result<void> seal_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) {
        if (index >= stream::chunks_max) return failure{errc::too_large, object_, "over 2^32 chunks"};
        if (!stream::right_size(index, last, in.size())) {
            return failure{errc::invalid_argument, object_, "chunk of " + std::to_string(in.size()) + " bytes"};
        }
        return detail::without_botan_exceptions([&] { return object_; }, [&] { return encrypt(index, last, in, out); });
    }

private:
    friend class botan_cipher;

    botan_stream_sealer(std::string object, bytes_view header, const detail::envelope_keys& keys)
        : object_{std::move(object)}, nonce_key_{keys.nonce()} {
        SEALSYNC_ASSERT(header.size() == header_.size());
        std::memcpy(header_.data(), header.data(), header.size());
        encryption_.set_key(keys.seal());
    }

    result<void> encrypt(std::uint64_t index, bool last, bytes_view in, bytes& out) {
        const auto place = stream::place_of(index, last);
        detail::secret<32> nonce;
        nonce_key_.update(place);
        nonce_key_.update(in);
        nonce_key_.finish(nonce.value);

        out.resize(in.size() + stream::overhead_bytes);
        std::memcpy(out.data(), nonce.value.data(), stream::nonce_bytes);
        if (!in.empty()) std::memcpy(out.data() + stream::nonce_bytes, in.data(), in.size());
        encryption_.encrypt(nonce.part(0, stream::nonce_bytes), place, std::span{out}.subspan(stream::nonce_bytes));
        return {};
    }

    std::string object_;
    std::array<std::byte, stream::header_bytes> header_{};
    detail::botan_hmac nonce_key_;
    detail::botan_gcm_encryption encryption_;
};

/// Opens the chunks of one streamed object, in any order. Not thread-safe; movable.
class botan_stream_opener {
    using stream = detail::botan_stream;

public:
    /// Replaces `out`, which is empty after a failure. `errc::tampered` unless `in` is this chunk, whole and unchanged.
    [[nodiscard]] result<void> open_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) {
        out.clear();
        const bool framed = in.size() >= stream::overhead_bytes;
        if (!framed || !stream::right_size(index, last, in.size() - stream::overhead_bytes)) {
            return tampered(index, "truncated or extended");
        }
        return detail::without_botan_exceptions([&] { return object_; }, [&] { return decrypt(index, last, in, out); });
    }

private:
    friend class botan_cipher;

    botan_stream_opener(std::string object, const detail::envelope_keys& keys) : object_{std::move(object)} {
        decryption_.set_key(keys.seal());
    }

    result<void> decrypt(std::uint64_t index, bool last, bytes_view in, bytes& out) {
        const auto place = stream::place_of(index, last);
        append(out, in.subview(stream::nonce_bytes));
        if (!decryption_.decrypt(in.subview(0, stream::nonce_bytes), place, out)) {
            out.clear();
            return tampered(index, "changed, or another chunk");
        }
        out.resize(out.size() - stream::tag_bytes);
        return {};
    }

    [[nodiscard]] failure tampered(std::uint64_t index, std::string_view detail) const {
        return failure{errc::tampered, object_, "chunk " + std::to_string(index) + " " + std::string{detail}};
    }

    std::string object_;
    detail::botan_gcm_decryption decryption_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_EXT_BOTAN_BOTAN_CIPHER_HPP
#define SEALSYNC_EXT_BOTAN_BOTAN_CIPHER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Everything sealed with AES-256-GCM under keys derived from the vault's master key. Formats and keys are in
/// docs/sealing-format.md; what they protect, and what not, in docs/threat-model.md.
/// Not thread-safe, because it reuses its buffers: give each thread a copy. A copy shares nothing but the key's value.
class botan_cipher {
public:
    static constexpr bool sealing = true;

    explicit botan_cipher(const master_key& key) : keys_{key} {}
    botan_cipher(const botan_cipher& other) : botan_cipher{other.key()} {}
    botan_cipher(botan_cipher&&) = default;
    botan_cipher& operator=(botan_cipher other) noexcept {
        keys_ = std::move(other.keys_);
        whole_ = std::move(other.whole_);
        return *this;
    }
    ~botan_cipher() = default;

    [[nodiscard]] const master_key& key() const noexcept { return keys_.root(); }
    [[nodiscard]] std::optional<vault_id> vault() const noexcept { return key().vault(); }

    /// Replaces `out`, which must not hold `in`. Equal content in an equal context gives equal bytes.
    /// Fails with `errc::too_large` above 1 GiB.
    [[nodiscard]] result<void> seal(const sealing_context& context, bytes_view in, bytes& out) {
        return guarded(context, [&] { return whole_.seal(keys_, context, in, out); });
    }
    /// Replaces `out`, which is empty after a failure: `errc::wrong_key` if another key sealed it,
    /// `errc::unknown_format` if another suite did, else `errc::tampered` unless it is this very object.
    [[nodiscard]] result<void> open(const sealing_context& context, bytes_view in, bytes& out) {
        return guarded(context, [&] { return whole_.open(keys_, context, in, out); });
    }

    [[nodiscard]] stream_layout layout() const noexcept {
        using stream = detail::botan_stream;
        return {stream::header_bytes, stream::chunk_bytes, stream::overhead_bytes};
    }

    /// Deterministic too: the salt comes from the context, whose id is a keyed hash of the bytes to come.
    [[nodiscard]] result<botan_stream_sealer> start_seal(const sealing_context& context) {
        using at = detail::envelope_layout;
        return guarded(context, [&]() -> result<botan_stream_sealer> {
            const auto info = stream_info(context);
            const auto salt_key = keys_.object_key(detail::key_use::salt, context.kind, context.collection);
            auto& mac = keys_.mac();
            mac.set_key(salt_key.view());
            mac.update(info);
            const auto salt = mac.finish();
            const auto keys = stream_keys(context, info, bytes_view{salt.value}.subview(0, at::salt));
            auto header = to_bytes(bytes_view{info}.subview(0, at::header));
            append(header, bytes_view{salt.value}.subview(0, at::salt));
            append(header, keys.commitment());
            return botan_stream_sealer{detail::describe(context), header, keys};
        });
    }
    /// `header` is the stored object's first `layout().header_bytes`. Fails like `open()`, before any chunk is read.
    [[nodiscard]] result<botan_stream_opener> start_open(const sealing_context& context, bytes_view header) {
        using at = detail::envelope_layout;
        return guarded(context, [&]() -> result<botan_stream_opener> {
            auto object = detail::describe(context);
            if (header.size() != at::body_at) return failure{errc::tampered, std::move(object), "header truncated"};
            const auto info = stream_info(context);
            auto same =
                detail::check_header(header.subview(0, at::header), bytes_view{info}.subview(0, at::header), context);
            if (!same) return std::move(same).error();
            const auto keys = stream_keys(context, info, header.subview(at::header, at::salt));
            if (!detail::equal_in_constant_time(keys.commitment(), header.subview(at::commitment_at))) {
                return failure{errc::tampered, std::move(object), "sealed as another object, or changed"};
            }
            return botan_stream_opener{std::move(object), keys};
        });
    }

    /// SHA-256.
    [[nodiscard]] digest256 digest(bytes_view in) {
        sha256_.update(in);
        return sha256_.finish();
    }
    [[nodiscard]] detail::botan_sha256 start_digest() const { return {}; }

    /// HMAC-SHA256 of the name: 64 hex digits for attachments, the first 32 for everything else.
    [[nodiscard]] std::string keyed_id(id_purpose purpose, std::string_view collection, bytes_view name) {
        auto& mac = keys_.mac();
        const auto key = keys_.name_key(purpose, collection);
        mac.set_key(key.view());
        mac.update(name);
        auto id = mac.finish().hex();
        if (purpose != id_purpose::attachment) id.resize(32);
        return id;
    }
    /// The same for a name, or an attachment's bytes, that comes in pieces.
    [[nodiscard]] detail::botan_hmac start_keyed_id(id_purpose purpose, std::string_view collection) {
        return detail::botan_hmac{keys_.name_key(purpose, collection).view()};
    }

    /// From the operating system. Fails with `errc::io_error` if it has none.
    [[nodiscard]] result<void> random(std::span<std::byte> out) { return detail::botan_random(out); }

private:
    template <class F>
    [[nodiscard]] static auto guarded(const sealing_context& context, F&& f) -> decltype(f()) {
        return detail::without_botan_exceptions([&] { return detail::describe(context); }, std::forward<F>(f));
    }

    [[nodiscard]] bytes stream_info(const sealing_context& context) const {
        const auto header = detail::make_header(keys_, context.kind, detail::envelope_form::stream);
        auto info = to_bytes(header);
        context.encode_to(info);
        return info;
    }
    [[nodiscard]] detail::envelope_keys stream_keys(const sealing_context& context, bytes_view info, bytes_view salt) {
        const auto key = keys_.object_key(detail::key_use::seal, context.kind, context.collection);
        return detail::derive_envelope(keys_.mac(), key.view(), salt, info);
    }

    detail::key_schedule keys_;
    detail::envelope whole_;
    detail::botan_sha256 sha256_;
};

static_assert(cipher<botan_cipher>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_EXT_BOTAN_MASTER_KEY_FILE_HPP
#define SEALSYNC_EXT_BOTAN_MASTER_KEY_FILE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Who can open a slot. Numbers are part of the format.
enum class key_slot_kind : std::uint8_t {
    passphrase = 1,
    device = 2,
    recovery_code = 3, ///< reserved
};

/// The master key, sealed once more. Slots of unknown kind are kept as they are.
struct key_slot {
    key_slot_kind kind = key_slot_kind::passphrase;
    bytes body;
    [[nodiscard]] friend bool operator==(const key_slot&, const key_slot&) = default;
};

/// `users/{user}/master-key.blob`, as it is stored. Nothing in it is to be believed before one of its slots has been
/// opened: `mac` covers the rest under a key derived from the master key. `master_key_slots.hpp` opens and changes it.
struct master_key_file {
    static constexpr std::size_t bytes_max = std::size_t{64} << 10U;
    static constexpr std::size_t slots_max = 64;

    vault_id vault;            ///< in clear, so that another vault is recognised without a key
    std::uint64_t version = 1; ///< counts the changes; a device refuses one older than it has seen
    std::uint32_t epoch = 1;   ///< of the master key
    std::vector<key_slot> slots;
    digest256 mac;

    [[nodiscard]] friend bool operator==(const master_key_file&, const master_key_file&) = default;
};

namespace detail {

inline constexpr std::string_view key_file_magic = "SSMK";
inline constexpr std::uint8_t key_file_format = 1;

/// Everything but the MAC.
[[nodiscard]] inline bytes encode_key_file_body(const master_key_file& file) {
    wire_writer out;
    out.raw(key_file_magic);
    out.byte(key_file_format);
    out.raw(file.vault.value);
    out.number(file.version);
    out.number(file.epoch);
    out.number(file.slots.size());
    for (const auto& slot : file.slots) {
        out.byte(static_cast<std::uint8_t>(slot.kind));
        out.counted(slot.body);
    }
    return std::move(out).take();
}

/// Reads the fields of one file and remembers the first that is wrong, and where.
class key_file_reader {
public:
    explicit key_file_reader(bytes_view in) noexcept : size_{in.size()}, in_{in} {}

    [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t least, std::uint64_t most) {
        const auto at = position();
        const auto value = in_.number();
        check(name, at, value >= least && value <= most);
        return value;
    }
    [[nodiscard]] std::uint8_t byte(std::string_view name, std::uint8_t least = 0) {
        const auto at = position();
        const auto value = in_.byte();
        check(name, at, value >= least);
        return value;
    }
    /// Not empty.
    [[nodiscard]] bytes_view counted(std::string_view name) {
        const auto at = position();
        const auto value = in_.counted();
        check(name, at, !value.empty());
        return value;
    }
    void expect(std::string_view name, bytes_view value) {
        const auto at = position();
        check(name, at, in_.raw(value.size()) == value);
    }
    void fill(std::string_view name, std::span<std::byte> out) {
        const auto at = position();
        const auto value = in_.raw(out.size());
        check(name, at, true);
        if (in_.ok()) std::memcpy(out.data(), value.data(), value.size());
    }
    /// The last field: nothing may follow.
    void fill_last(std::string_view name, std::span<std::byte> out) {
        const auto at = position();
        fill(name, out);
        check(name, at, in_.rest().empty());
    }
    [[nodiscard]] bool ok() const noexcept { return fault_.empty(); }
    [[nodiscard]] failure fault() const { return failure{errc::malformed, "master key file", fault_}; }

private:
    [[nodiscard]] std::size_t position() const noexcept { return size_ - in_.rest().size(); }
    void check(std::string_view name, std::size_t at, bool allowed) {
        if (fault_.empty() && !in_.ok()) fault_ = describe(name, "is cut short", at);
        if (fault_.empty() && !allowed) fault_ = describe(name, "is not allowed", at);
    }
    [[nodiscard]] static std::string describe(std::string_view name, std::string_view what, std::size_t at) {
        return std::string{name}.append(" at byte ").append(std::to_string(at)).append(" ").append(what);
    }

    std::size_t size_;
    wire_reader in_;
    std::string fault_;
};

[[nodiscard]] inline result<std::vector<key_slot>> read_key_slots(key_file_reader& in) {
    const auto count = in.number("slot count", 1, master_key_file::slots_max);
    std::vector<key_slot> slots;
    for (std::uint64_t i = 0; in.ok() && i < count; ++i) {
        const auto name = "slot " + std::to_string(i);
        const auto kind = in.byte(name, 1);
        const auto body = in.counted(name);
        slots.push_back({static_cast<key_slot_kind>(kind), to_bytes(body)});
    }
    if (!in.ok()) return in.fault();
    return slots;
}

} // namespace detail

[[nodiscard]] inline bytes encode(const master_key_file& file) {
    auto out = detail::encode_key_file_body(file);
    append(out, file.mac.value);
    return out;
}

/// Fails with `errc::malformed`, saying where, or with `errc::unknown_format`.
[[nodiscard]] inline result<master_key_file> parse_master_key_file(bytes_view stored) {
    if (stored.size() > master_key_file::bytes_max) {
        return failure{errc::malformed, "master key file", std::to_string(stored.size()) + " bytes, over 64 KiB"};
    }
    detail::key_file_reader in{stored};
    in.expect("magic", detail::key_file_magic);
    const auto format = in.byte("format");
    if (in.ok() && format != detail::key_file_format) {
        return failure{errc::unknown_format, "master key file", "format " + std::to_string(format)};
    }
    master_key_file file;
    in.fill("vault id", file.vault.value);
    file.version = in.number("version", 1, detail::number_max);
    file.epoch = static_cast<std::uint32_t>(in.number("epoch", 1, 0xffffffffU));
    auto slots = detail::read_key_slots(in);
    if (!slots) return std::move(slots).error();
    file.slots = *std::move(slots);
    in.fill_last("MAC", file.mac.value);
    if (!in.ok()) return in.fault();
    return file;
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_EXT_BOTAN_KEY_SLOT_HPP
#define SEALSYNC_EXT_BOTAN_KEY_SLOT_HPP

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

#ifndef SEALSYNC_EXT_BOTAN_MASTER_KEY_SLOTS_HPP
#define SEALSYNC_EXT_BOTAN_MASTER_KEY_SLOTS_HPP

// Pure functions: nothing here touches a store. `master_key_store.hpp` does.
namespace sealsync { inline namespace SEALSYNC_ABI {

namespace detail {

[[nodiscard]] inline digest256 mac_of(const master_key_file& file, const user_id& user, const master_key& key) {
    botan_hmac mac{key_schedule{key}.file_key().view()};
    wire_writer prefix;
    prefix.counted(user.text());
    mac.update(prefix.view());
    mac.update(encode_key_file_body(file));
    return mac.finish();
}

/// The whole file is what a holder of the master key wrote: its version and every slot.
[[nodiscard]] inline result<void> check_mac(const master_key_file& file, const user_id& user, const master_key& key) {
    const bool same_key = file.vault == key.vault() && file.epoch == key.epoch();
    if (same_key && equal_in_constant_time(mac_of(file, user, key).value, file.mac.value)) return {};
    return failure{errc::tampered, std::string{key_file_object}, "no holder of this vault's key wrote it"};
}

/// Closes a change: one version further, authenticated again.
[[nodiscard]] inline result<master_key_file> sealed_again(master_key_file file, const user_id& user,
                                                          const master_key& key) {
    if (file.slots.size() > master_key_file::slots_max) {
        return failure{errc::too_large, std::string{key_file_object}, "over 64 slots: remove a device first"};
    }
    ++file.version;
    file.mac = mac_of(file, user, key);
    return file;
}

template <class F>
[[nodiscard]] auto on_key_file(F&& f) -> decltype(f()) {
    return without_botan_exceptions([] { return std::string{key_file_object}; }, std::forward<F>(f));
}

} // namespace detail

struct created_master_key {
    master_key_file file;
    master_key key;
};

/// A new vault: a random vault id and master key, behind a passphrase. Takes the time of one Argon2id.
/// Fails with `errc::invalid_argument` for an empty passphrase or parameters out of bounds.
[[nodiscard]] inline result<created_master_key> create_master_key_file(const user_id& user, std::string_view passphrase,
                                                                       const argon2_parameters& cost = {},
                                                                       random_source random = system_random{}) {
    return detail::on_key_file([&]() -> result<created_master_key> {
        master_key_file file;
        detail::secret<master_key::size> fresh;
        if (auto drawn = random(file.vault.value); !drawn) return std::move(drawn).error();
        if (auto drawn = random(fresh.value); !drawn) return std::move(drawn).error();
        auto key = master_key::make(file.vault, fresh.view(), file.epoch);
        if (!key) return std::move(key).error();
        auto slot = detail::make_passphrase_slot(file, user, *key, passphrase, cost, random);
        if (!slot) return std::move(slot).error();
        file.slots.push_back(*std::move(slot));
        file.mac = detail::mac_of(file, user, *key);
        return created_master_key{std::move(file), *std::move(key)};
    });
}

/// Takes the time of one Argon2id per passphrase slot. Fails with `errc::wrong_key` for a wrong passphrase,
/// `errc::malformed` for a slot that cannot be one, `errc::tampered` for a file that was changed.
[[nodiscard]] inline result<master_key> open_with_passphrase(const master_key_file& file, const user_id& user,
                                                             std::string_view passphrase) {
    return detail::on_key_file([&]() -> result<master_key> {
        if (auto usable = detail::check_passphrase(passphrase); !usable) return std::move(usable).error();
        std::size_t tried = 0;
        for (std::size_t i = 0; i < file.slots.size() && tried < detail::passphrase_slots_max; ++i) {
            if (file.slots[i].kind != key_slot_kind::passphrase) continue;
            ++tried;
            auto opened = detail::try_passphrase(file, i, user, passphrase);
            if (!opened && opened.error() == errc::wrong_key) continue;
            if (!opened) return opened;
            if (auto whole = detail::check_mac(file, user, *opened); !whole) return std::move(whole).error();
            return opened;
        }
        const auto* why = tried == 0 ? "it has no passphrase slot" : "wrong passphrase";
        return failure{errc::wrong_key, std::string{detail::key_file_object}, why};
    });
}

/// Immediate. Fails with `errc::not_found` if the device has no slot (never joined, or removed), `errc::wrong_key` if
/// the slot is another secret's, `errc::tampered` for a file that was changed.
[[nodiscard]] inline result<master_key> open_with_device(const master_key_file& file, const user_id& user,
                                                         const device_id& device, bytes_view secret) {
    return detail::on_key_file([&]() -> result<master_key> {
        if (auto usable = detail::check_device_secret(secret); !usable) return std::move(usable).error();
        std::size_t slot = 0;
        while (slot < file.slots.size() && !detail::is_slot_of(file.slots[slot], device)) ++slot;
        if (slot == file.slots.size()) {
            return failure{errc::not_found, "key slot of device " + device.text(), "open it with the passphrase"};
        }
        const auto parts = detail::slot_parts::read(file.slots[slot].body);
        const auto context = detail::slot_context(file, user, key_slot_kind::device, parts.terms);
        auto opened = detail::unwrap(file, secret, context, parts.key);
        if (!opened && opened.error() == errc::wrong_key) {
            return failure{errc::wrong_key, "key slot of device " + device.text(),
                           "sealed for another secret; open it with the passphrase"};
        }
        if (!opened) return opened;
        if (auto whole = detail::check_mac(file, user, *opened); !whole) return std::move(whole).error();
        return opened;
    });
}

/// The next version of the file, without a slot for `device`. The device keeps whatever it has read: a stolen one that
/// had opened the vault means a new master key.
[[nodiscard]] inline result<master_key_file> remove_device_slot(const master_key_file& file, const user_id& user,
                                                                const master_key& key, const device_id& device) {
    return detail::on_key_file([&]() -> result<master_key_file> {
        if (auto whole = detail::check_mac(file, user, key); !whole) return std::move(whole).error();
        auto next = file;
        detail::drop_if(next.slots, [&](const auto& slot) { return detail::is_slot_of(slot, device); });
        return detail::sealed_again(std::move(next), user, key);
    });
}

/// The next version of the file, in which `secret` opens a slot for `device`, instead of the one it may have had.
/// Fails with `errc::too_large` when 64 slots are taken.
[[nodiscard]] inline result<master_key_file> add_device_slot(const master_key_file& file, const user_id& user,
                                                             const master_key& key, const device_id& device,
                                                             bytes_view secret,
                                                             random_source random = system_random{}) {
    return detail::on_key_file([&]() -> result<master_key_file> {
        if (auto usable = detail::check_device_secret(secret); !usable) return std::move(usable).error();
        if (auto whole = detail::check_mac(file, user, key); !whole) return std::move(whole).error();
        std::array<std::byte, detail::sealed_key::salt_bytes> salt{};
        if (auto drawn = random(salt); !drawn) return std::move(drawn).error();
        const auto context = detail::slot_context(file, user, key_slot_kind::device, device.text());
        auto next = file;
        detail::drop_if(next.slots, [&](const auto& slot) { return detail::is_slot_of(slot, device); });
        next.slots.push_back(
            detail::make_slot(key_slot_kind::device, device.text(), detail::wrap(key, secret, context, salt)));
        return detail::sealed_again(std::move(next), user, key);
    });
}

/// The next version of the file, with one passphrase slot for `passphrase` instead of all it had. This re-wraps the
/// same master key: whoever knew the old passphrase and kept the old file still opens it. A *leaked* passphrase needs a
/// new master key in a new epoch.
[[nodiscard]] inline result<master_key_file> change_passphrase(const master_key_file& file, const user_id& user,
                                                               const master_key& key, std::string_view passphrase,
                                                               const argon2_parameters& cost = {},
                                                               random_source random = system_random{}) {
    return detail::on_key_file([&]() -> result<master_key_file> {
        if (auto whole = detail::check_mac(file, user, key); !whole) return std::move(whole).error();
        auto slot = detail::make_passphrase_slot(file, user, key, passphrase, cost, random);
        if (!slot) return std::move(slot).error();
        auto next = file;
        detail::drop_if(next.slots, [](const auto& s) { return s.kind == key_slot_kind::passphrase; });
        next.slots.insert(next.slots.begin(), *std::move(slot));
        return detail::sealed_again(std::move(next), user, key);
    });
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_EXT_BOTAN_MASTER_KEY_STORE_HPP
#define SEALSYNC_EXT_BOTAN_MASTER_KEY_STORE_HPP

// The master key file in a store: created once, then changed without losing what another device changed.
namespace sealsync { inline namespace SEALSYNC_ABI {

namespace detail {

[[nodiscard]] inline object_key master_key_place(const user_id& user) {
    return key_space<default_layout>{user, true}.master_key();
}

template <storage Storage>
[[nodiscard]] result<get_reply> get_key_file(Storage& store, const object_key& key, const call_context& call) {
    const get_op op{.key = key, .size_max = master_key_file::bytes_max};
    result<get_reply> reply{failure{errc::unavailable, key.text(), "the store did not answer"}};
    const auto keep = [&](std::size_t, result<get_reply> got) { reply = std::move(got); };
    auto asked = store.get(std::span{&op, 1}, keep, call);
    if (!asked) return std::move(asked).error();
    return reply;
}

template <storage Storage>
[[nodiscard]] result<void> put_key_file(Storage& store, const put_op& op, const call_context& call) {
    result<void> outcome{failure{errc::outcome_unknown, op.key.text(), "the store did not answer"}};
    const auto keep = [&](std::size_t, result<put_reply> put) {
        outcome = put ? result<void>{} : result<void>{std::move(put).error()};
    };
    auto asked = store.put(std::span{&op, 1}, keep, call);
    if (!asked) return asked;
    return outcome;
}

/// Puts, then reads back, because the answer alone proves nothing: a lost answer, a store that ignores conditions.
/// True if the store then holds `op.body`, false if another's bytes.
template <storage Storage>
[[nodiscard]] result<bool> put_and_compare(Storage& store, const put_op& op, const call_context& call) {
    auto put = put_key_file(store, op, call);
    if (!put && put.error() != errc::precondition_failed && put.error().kind() != error_kind::retry) {
        return std::move(put).error();
    }
    auto there = get_key_file(store, op.key, call);
    if (there) return bytes_view{there->body} == op.body;
    if (!put) return std::move(put).error();
    if (there.error() != errc::not_found) return std::move(there).error();
    return failure{errc::outcome_unknown, op.key.text(), "written, but the store does not have it"};
}

[[nodiscard]] inline result<master_key_file> parse_stored(const object_key& key, const get_reply& reply,
                                                          std::uint64_t last_seen_version) {
    auto file = parse_master_key_file(reply.body);
    if (!file || file->version >= last_seen_version) return file;
    return failure{errc::rolled_back, key.text(),
                   "version " + std::to_string(file->version) + ", but this device has seen version " +
                       std::to_string(last_seen_version)};
}

} // namespace detail

struct create_vault_key_options {
    argon2_parameters cost{};
    /// For stores that cannot create a file only once: two devices that create the vault at the same moment may each
    /// believe it theirs, and the loser's key is gone. Only for a person to decide.
    bool accept_unsafe_creation = false;
    call_context call{};
};

/// Creates the vault: its master key file, once. Requests: probe, GET, PUT If-None-Match:*, GET. Fails with
/// `errc::already_exists` if there is one, `errc::unsupported` if the store cannot create once.
template <storage Storage>
[[nodiscard]] result<created_master_key>
create_vault_key(Storage& store, const user_id& user, std::string_view passphrase,
                 const create_vault_key_options& options = {}, random_source random = system_random{}) {
    const auto key = detail::master_key_place(user);
    auto can = store.probe(options.call);
    if (!can) return std::move(can).error().during("create vault");
    const bool once = can->creates_once() && !can->eventual;
    if (!once && !options.accept_unsafe_creation) {
        return failure{errc::unsupported, key.text(), "the store cannot create a file only once"};
    }
    const auto there = detail::get_key_file(store, key, options.call);
    if (there) return failure{errc::already_exists, key.text(), "a vault is already here"};
    if (there.error() != errc::not_found) return there.error().during("create vault");

    auto created = create_master_key_file(user, passphrase, options.cost, random);
    if (!created) return created;
    const auto body = encode(created->file);
    const auto condition = once ? write_condition::if_absent : write_condition::unconditional;
    auto ours = detail::put_and_compare(store, put_op{.key = key, .body = body, .condition = condition}, options.call);
    if (!ours) return std::move(ours).error().during("create vault");
    if (!*ours) return failure{errc::already_exists, key.text(), "another device created the vault at the same time"};
    return created;
}

/// One GET. Fails with `errc::no_vault` if there is none, `errc::rolled_back` if it is older than `last_seen_version`,
/// which the device keeps (0: it has seen none). What it returns is authentic only once a slot has been opened.
template <storage Storage>
[[nodiscard]] result<master_key_file> load_master_key_file(Storage& store, const user_id& user,
                                                           std::uint64_t last_seen_version = 0,
                                                           const call_context& call = {}) {
    const auto key = detail::master_key_place(user);
    auto reply = detail::get_key_file(store, key, call);
    if (reply) return detail::parse_stored(key, *reply, last_seen_version);
    if (reply.error() == errc::not_found) return failure{errc::no_vault, key.text()};
    return std::move(reply).error();
}

struct update_master_key_options {
    std::uint64_t last_seen_version = 0;
    int attempts = 8; ///< how often to begin again when another device was faster
    call_context call{};
};

/// Replaces the file by `change(file)`, a `result<master_key_file>` with a greater version; called again with the newer
/// file when another device was faster. Requests: probe, then GET, PUT, GET per attempt. On a store without If-Match
/// the PUT is unconditional and read back: a change by another device in that moment may be lost.
/// Fails like `load_master_key_file`, like `change`, and with `errc::precondition_failed` when out of attempts.
template <storage Storage, class F>
[[nodiscard]] result<master_key_file> update_master_key_file(Storage& store, const user_id& user, F change,
                                                             const update_master_key_options& options = {}) {
    const auto key = detail::master_key_place(user);
    const auto can = store.probe(options.call);
    if (!can) return can.error().during("change master key file");
    for (int attempt = 0; attempt < options.attempts; ++attempt) {
        const auto reply = detail::get_key_file(store, key, options.call);
        if (!reply && reply.error() == errc::not_found) return failure{errc::no_vault, key.text()};
        if (!reply) return reply.error().during("change master key file");
        const auto file = detail::parse_stored(key, *reply, options.last_seen_version);
        if (!file) return file;

        result<master_key_file> next = change(*file);
        if (!next) return next;
        if (next->version <= file->version) {
            return failure{errc::invalid_argument, key.text(), "a changed file needs a greater version"};
        }
        const auto body = encode(*next);
        put_op op{.key = key, .body = body};
        if (can->writes == conditional_writes::full && !reply->etag.empty()) {
            op.condition = write_condition::if_match;
            op.etag = reply->etag;
        }
        const auto ours = detail::put_and_compare(store, op, options.call);
        if (!ours) return ours.error().during("change master key file");
        if (*ours) return next;
    }
    return failure{errc::precondition_failed, key.text(), "other devices were faster every time"};
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SEALSYNC_BOTAN_HPP
#define SEALSYNC_SEALSYNC_BOTAN_HPP

// Generated by cmake/amalgamate.py: the core, and the part on botan.

#endif

#endif
