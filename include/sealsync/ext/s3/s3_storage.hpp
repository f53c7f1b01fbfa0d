#ifndef SEALSYNC_EXT_S3_S3_STORAGE_HPP
#define SEALSYNC_EXT_S3_S3_STORAGE_HPP

#include "../../clock/system_clock.hpp"
#include "../../s3/basic_s3_storage.hpp"
#include "../../s3/s3_credentials.hpp"
#include "../../s3/s3_presigned_authority.hpp"
#include "../../s3/s3_providers.hpp"
#include "../../s3/s3_signing_authority.hpp"
#include "../curl/curl_http_client.hpp"
#include "../pugixml/pugixml_s3_xml.hpp"
#include "botan_s3_crypto.hpp"

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
