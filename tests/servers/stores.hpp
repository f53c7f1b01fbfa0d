#ifndef SEALSYNC_TESTS_SERVERS_STORES_HPP
#define SEALSYNC_TESTS_SERVERS_STORES_HPP

#include "server.hpp"

#include <sealsync/ext/s3/s3_storage.hpp>

namespace servers {

namespace ss = sealsync;

[[nodiscard]] inline ss::s3_options options_for(const server& at) {
    ss::s3_options options;
    options.connection.ca_file = at.ca_file;
    return options;
}
[[nodiscard]] inline ss::s3_credentials_provider credentials_for(const server& at) {
    return ss::fixed_s3_credentials({at.access_key, at.secret_key});
}
[[nodiscard]] inline ss::curl_library library() { return ss::curl_library::make().value(); }

[[nodiscard]] inline ss::s3_storage open_store(const bucket& in, const std::string& prefix = "vaults") {
    const auto place = ss::s3_location::parse(in.location(prefix)).value();
    return ss::open_s3_storage(library(), place, credentials_for(in.at()), options_for(in.at())).value();
}

/// The same bucket for who has no credentials: this function stands for a service that has them.
[[nodiscard]] inline ss::presigned_storage open_presigned_store(const bucket& in, const std::string& prefix = "vaults",
                                                                bool hashes = false) {
    using authority = ss::s3_signing_authority<ss::botan_s3_crypto, ss::system_clock>;
    const auto place = ss::s3_location::parse(in.location(prefix)).value();
    auto service = std::make_shared<authority>(place, credentials_for(in.at()));
    auto presigner = [service, before = place.prefix](ss::presign_query wanted) {
        return service->presign(wanted, std::chrono::minutes{5});
    };
    auto options = options_for(in.at());
    options.presigned_hashes = hashes;
    return ss::open_presigned_storage(library(), presigner, options);
}

} // namespace servers

#endif
