// SPDX-License-Identifier: MIT
// Generated from include/sealsync/ by cmake/amalgamate.py: change that, not this.
#ifndef SEALSYNC_SINGLE_SEALSYNC_S3_HPP
#define SEALSYNC_SINGLE_SEALSYNC_S3_HPP

#include "sealsync_basic_s3.hpp"
#include "sealsync_botan.hpp"
#include "sealsync_curl.hpp"
#include "sealsync_pugixml.hpp"

#include <memory>

#ifndef SEALSYNC_EXT_S3_BOTAN_S3_CRYPTO_HPP
#define SEALSYNC_EXT_S3_BOTAN_S3_CRYPTO_HPP

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

#ifndef SEALSYNC_EXT_S3_S3_STORAGE_HPP
#define SEALSYNC_EXT_S3_S3_STORAGE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A bucket, with credentials. docs/s3.md
using s3_storage = basic_s3_storage<curl_http_client, s3_signing_authority<botan_s3_crypto, system_clock>,
                                    pugixml_s3_xml, botan_s3_crypto>;

/// A bucket, by URLs that somebody with credentials presigns, for devices that have none.
using presigned_storage = basic_s3_storage<curl_http_client, s3_presigned_authority, pugixml_s3_xml, botan_s3_crypto>;

struct s3_options {
    s3_settings settings{};
    curl_settings connection{};
    s3_payload_signing payload = s3_payload_signing::automatic;
    /// Of presigned_storage: the hash of every body is stated, so that a URL is good for no other bytes. Not all stores
    /// take such URLs: Ceph does, Swift does not.
    bool presigned_hashes = false;
};

namespace detail {

[[nodiscard]] inline auto curl_factory(curl_library library, curl_settings settings) {
    return [library = std::move(library), settings = std::move(settings)] {
        return curl_http_client::make(library, settings);
    };
}

[[nodiscard]] inline digest256 sha256_of_body(bytes_view body) { return botan_s3_crypto{}.sha256(body); }

} // namespace detail

/// No request is made until the store is used. Fails with `errc::invalid_argument` (the location is not valid).
[[nodiscard]] inline result<s3_storage> open_s3_storage(curl_library library, const s3_location& location,
                                                        s3_credentials_provider credentials, s3_options options = {}) {
    auto place = location.completed();
    if (!place) return std::move(place).error();
    if (const auto* known = s3_provider_of(place->host()); known != nullptr && known->parts_at_once_max > 0) {
        options.settings.parts_at_once = (std::min)(options.settings.parts_at_once, known->parts_at_once_max);
    }
    s3_signing_authority<botan_s3_crypto, system_clock> authority{*place, std::move(credentials), {}, options.payload};
    return s3_storage{detail::curl_factory(std::move(library), std::move(options.connection)), std::move(authority),
                      place->prefix, options.settings};
}

/// `location` as `s3_location::parse` takes it; credentials and default region from the environment or from AWS's
/// files. Fails with `errc::invalid_argument`, and with `errc::io_error` if such a file cannot be read.
[[nodiscard]] inline result<s3_storage> open_s3_storage(curl_library library, std::string_view location,
                                                        s3_options options = {}) {
    const auto region = default_s3_region();
    if (!region) return region.error();
    auto place = s3_location::parse(location, *region);
    if (!place) return std::move(place).error();
    return open_s3_storage(std::move(library), *place, default_s3_credentials(), std::move(options));
}

/// `presigner` is asked once per request, on the thread of whoever uses the store.
[[nodiscard]] inline presigned_storage open_presigned_storage(curl_library library, s3_presigner presigner,
                                                              s3_options options = {}) {
    s3_presigned_authority authority{std::move(presigner), "presigned store",
                                     options.presigned_hashes ? s3_body_hash{detail::sha256_of_body} : s3_body_hash{}};
    return presigned_storage{detail::curl_factory(std::move(library), std::move(options.connection)),
                             std::move(authority),
                             {},
                             options.settings};
}

static_assert(storage<s3_storage> && remembered_storage<s3_storage>);
static_assert(storage<presigned_storage>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SEALSYNC_S3_HPP
#define SEALSYNC_SEALSYNC_S3_HPP

// Generated by cmake/amalgamate.py: s3, and what it needs.

#endif

#endif
