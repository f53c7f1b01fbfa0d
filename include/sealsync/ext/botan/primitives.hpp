#ifndef SEALSYNC_EXT_BOTAN_PRIMITIVES_HPP
#define SEALSYNC_EXT_BOTAN_PRIMITIVES_HPP

#include "compat.hpp"

#include <algorithm>
#include <memory>

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
