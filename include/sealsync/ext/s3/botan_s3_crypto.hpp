#ifndef SEALSYNC_EXT_S3_BOTAN_S3_CRYPTO_HPP
#define SEALSYNC_EXT_S3_BOTAN_S3_CRYPTO_HPP

#include "../../s3/s3_request.hpp"
#include "../botan/primitives.hpp"

#include <memory>

#ifndef BOTAN_HAS_MD5
#error "sealsync needs a Botan built with MD5: stores want it of bulk deletions"
#endif

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The hashes of S3 by Botan, in objects that are made once: making one costs as much as hashing a request. A copy
/// makes new ones. Not thread-safe. Throws `Botan::Exception` only where Botan lacks an algorithm that its headers
/// promise.
class botan_s3_crypto {
public:
    botan_s3_crypto() = default;
    botan_s3_crypto(const botan_s3_crypto&) : botan_s3_crypto{} {}
    botan_s3_crypto(botan_s3_crypto&&) = default;
    botan_s3_crypto& operator=(botan_s3_crypto other) noexcept {
        std::swap(sha256_, other.sha256_);
        std::swap(hmac_, other.hmac_);
        std::swap(key_, other.key_);
        std::swap(md5_, other.md5_);
        return *this;
    }
    ~botan_s3_crypto() = default;

    [[nodiscard]] digest256 sha256(bytes_view data) {
        sha256_.update(data);
        return sha256_.finish();
    }

    /// `key` is at most 4096 bytes long, Botan's limit. One that is used again is not set up again: that costs as much
    /// as hashing a request.
    [[nodiscard]] digest256 hmac_sha256(bytes_view key, bytes_view data) {
        if (!key_ || bytes_view{*key_} != key) {
            key_.reset(); // a failure leaves no key
            hmac_.set_key(key);
            key_.emplace(detail::octets(key.data()), detail::octets(key.data()) + key.size());
        }
        hmac_.update(data);
        return hmac_.finish();
    }

    /// Only where S3 wants it as a checksum: it protects nothing.
    [[nodiscard]] std::array<std::byte, 16> md5(bytes_view data) {
        std::array<std::byte, 16> digest{};
        md5_->update(detail::octets(data.data()), data.size());
        md5_->final(detail::octets(digest.data()));
        return digest;
    }

    /// `errc::io_error` if the operating system has no randomness.
    [[nodiscard]] result<void> random(std::span<std::byte> out) { return detail::botan_random(out); }

private:
    detail::botan_sha256 sha256_;
    detail::botan_hmac hmac_;
    std::optional<Botan::secure_vector<std::uint8_t>> key_; ///< of `hmac_`
    std::unique_ptr<Botan::HashFunction> md5_ = Botan::HashFunction::create_or_throw("MD5");
};

static_assert(s3_crypto<botan_s3_crypto>);

}} // namespace sealsync

#endif
