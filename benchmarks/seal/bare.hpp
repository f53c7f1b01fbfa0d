#ifndef SEALSYNC_BENCHMARKS_SEAL_BARE_HPP
#define SEALSYNC_BENCHMARKS_SEAL_BARE_HPP

#include <botan/aead.h>
#include <botan/hash.h>
#include <botan/mac.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

/// What sealing an object costs at least, by hand: a pseudo-random function of the content for the salt, HKDF for 96
/// bytes of keys, a key schedule, AES-256-GCM in place, SHA-256 of the result. All objects and buffers are used again;
/// there is no header, no padding, no check of anything but the tag.
namespace seal {

using octets = std::vector<std::uint8_t>;
using view = std::span<const std::uint8_t>;

inline constexpr std::size_t tag_size = 16, nonce_size = 12, key_size = 32, info_size = 90;

/// `Primitives`: hmac(key, parts..., out), encrypt(key, nonce, plain, sealed), decrypt(key, nonce, sealed, plain),
/// digest(data, out).
template <class Primitives>
class bare_envelope {
public:
    void seal(view plain, octets& sealed) {
        use_.hmac(salt_key_, {view{info_}, plain}, salt_);
        derive(salt_);
        use_.encrypt(key(), nonce(), plain, sealed);
        use_.digest(sealed, digest_);
    }
    void open(view sealed, octets& plain) {
        use_.digest(sealed, digest_);
        derive(salt_);
        use_.decrypt(key(), nonce(), sealed, plain);
    }
    [[nodiscard]] const std::array<std::uint8_t, 32>& digest() const noexcept { return digest_; }

private:
    using block = std::array<std::uint8_t, 32>;

    /// HKDF (RFC 5869), three blocks.
    void derive(const block& salt) {
        block extracted{};
        use_.hmac(salt, {view{seal_key_}, {}}, extracted);
        view before{};
        for (std::uint8_t counter = 1; counter <= 3; ++counter) {
            info_.back() = counter;
            auto& out = blocks_[counter - 1U];
            use_.hmac(extracted, {before, view{info_}}, out);
            before = out;
        }
    }
    [[nodiscard]] view key() const noexcept { return blocks_[0]; }
    [[nodiscard]] view nonce() const noexcept { return view{blocks_[2]}.first(nonce_size); }

    Primitives use_;
    std::array<std::uint8_t, info_size> info_{};
    block salt_key_{1}, seal_key_{2}, salt_{}, digest_{};
    std::array<block, 3> blocks_{};
};

class botan_primitives {
public:
    using out = std::span<std::uint8_t, 32>;

    void hmac(view key, std::array<view, 2> parts, out to) {
        if (key.data() != keyed_with_ || key.size() != 32 || std::memcmp(key.data(), keyed_.data(), 32) != 0) {
            mac_->set_key(key.data(), key.size());
            std::memcpy(keyed_.data(), key.data(), 32);
            keyed_with_ = key.data();
        }
        for (const auto part : parts) mac_->update(part.data(), part.size());
        mac_->final(to.data());
    }
    void digest(view data, out to) {
        hash_->update(data.data(), data.size());
        hash_->final(to.data());
    }
    void encrypt(view key, view nonce, view plain, octets& sealed) {
        const auto bulk = plain.size() / granularity * granularity;
        sealed.resize(plain.size() + tag_size);
        std::memcpy(sealed.data(), plain.data(), bulk);
        tail_.assign(plain.begin() + static_cast<std::ptrdiff_t>(bulk), plain.end());
        run(*encryption_, key, nonce, {sealed.data(), bulk});
        std::memcpy(sealed.data() + bulk, tail_.data(), tail_.size());
    }
    void decrypt(view key, view nonce, view sealed, octets& plain) {
        const auto size = sealed.size() - tag_size, bulk = size / granularity * granularity;
        plain.resize(size);
        std::memcpy(plain.data(), sealed.data(), bulk);
        tail_.assign(sealed.begin() + static_cast<std::ptrdiff_t>(bulk), sealed.end());
        run(*decryption_, key, nonce, {plain.data(), bulk});
        if (!tail_.empty()) std::memcpy(plain.data() + bulk, tail_.data(), tail_.size());
    }

private:
    static constexpr std::size_t granularity = 64;

    void run(Botan::AEAD_Mode& mode, view key, view nonce, std::span<std::uint8_t> bulk) {
        mode.set_key(key.data(), key.size());
        mode.start(nonce.data(), nonce.size());
        if (!bulk.empty()) mode.process(bulk.data(), bulk.size());
        mode.finish(tail_);
    }

    std::unique_ptr<Botan::HashFunction> hash_ = Botan::HashFunction::create_or_throw("SHA-256");
    std::unique_ptr<Botan::MessageAuthenticationCode> mac_ =
        Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
    std::unique_ptr<Botan::AEAD_Mode> encryption_ = Botan::AEAD_Mode::create_or_throw("AES-256/GCM", Botan::ENCRYPTION);
    std::unique_ptr<Botan::AEAD_Mode> decryption_ = Botan::AEAD_Mode::create_or_throw("AES-256/GCM", Botan::DECRYPTION);
    Botan::secure_vector<std::uint8_t> tail_;
    std::array<std::uint8_t, 32> keyed_{};
    const std::uint8_t* keyed_with_ = nullptr;
};

class openssl_primitives {
public:
    using out = std::span<std::uint8_t, 32>;

    void hmac(view key, std::array<view, 2> parts, out to) {
        check(EVP_MAC_init(mac_.get(), key.data(), key.size(), hmac_with_sha256_));
        for (const auto part : parts) check(EVP_MAC_update(mac_.get(), part.data(), part.size()));
        std::size_t size = 0;
        check(EVP_MAC_final(mac_.get(), to.data(), &size, to.size()));
    }
    void digest(view data, out to) {
        check(EVP_DigestInit_ex2(hash_.get(), sha256_.get(), nullptr));
        check(EVP_DigestUpdate(hash_.get(), data.data(), data.size()));
        check(EVP_DigestFinal_ex(hash_.get(), to.data(), nullptr));
    }
    void encrypt(view key, view nonce, view plain, octets& sealed) {
        sealed.resize(plain.size() + tag_size);
        int size = 0;
        check(EVP_EncryptInit_ex2(gcm_.get(), aes_gcm_.get(), key.data(), nonce.data(), nullptr));
        check(EVP_EncryptUpdate(gcm_.get(), sealed.data(), &size, plain.data(), static_cast<int>(plain.size())));
        check(EVP_EncryptFinal_ex(gcm_.get(), sealed.data() + size, &size));
        check(EVP_CIPHER_CTX_ctrl(gcm_.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, sealed.data() + plain.size()));
    }
    void decrypt(view key, view nonce, view sealed, octets& plain) {
        plain.resize(sealed.size() - tag_size);
        std::memcpy(tag_.data(), sealed.data() + plain.size(), tag_size);
        int size = 0;
        check(EVP_DecryptInit_ex2(gcm_.get(), aes_gcm_.get(), key.data(), nonce.data(), nullptr));
        check(EVP_DecryptUpdate(gcm_.get(), plain.data(), &size, sealed.data(), static_cast<int>(plain.size())));
        check(EVP_CIPHER_CTX_ctrl(gcm_.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag_.data()));
        check(EVP_DecryptFinal_ex(gcm_.get(), plain.data() + size, &size));
    }

private:
    static void check(int outcome) {
        if (outcome != 1) throw std::runtime_error{"OpenSSL refuses"};
    }
    struct releaser {
        void operator()(EVP_MAC* p) const { EVP_MAC_free(p); }
        void operator()(EVP_MAC_CTX* p) const { EVP_MAC_CTX_free(p); }
        void operator()(EVP_MD* p) const { EVP_MD_free(p); }
        void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
        void operator()(EVP_CIPHER* p) const { EVP_CIPHER_free(p); }
        void operator()(EVP_CIPHER_CTX* p) const { EVP_CIPHER_CTX_free(p); }
    };
    template <class T>
    using owned = std::unique_ptr<T, releaser>;

    owned<EVP_MAC> hmac_{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
    owned<EVP_MAC_CTX> mac_{EVP_MAC_CTX_new(hmac_.get())};
    owned<EVP_MD> sha256_{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    owned<EVP_MD_CTX> hash_{EVP_MD_CTX_new()};
    owned<EVP_CIPHER> aes_gcm_{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
    owned<EVP_CIPHER_CTX> gcm_{EVP_CIPHER_CTX_new()};
    std::array<char, 7> name_{"SHA256"};
    OSSL_PARAM hmac_with_sha256_[2] = {OSSL_PARAM_construct_utf8_string("digest", name_.data(), 0),
                                       OSSL_PARAM_construct_end()};
    std::array<std::uint8_t, tag_size> tag_{};
};

} // namespace seal

#endif
