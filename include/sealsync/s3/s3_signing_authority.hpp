#ifndef SEALSYNC_S3_S3_SIGNING_AUTHORITY_HPP
#define SEALSYNC_S3_S3_SIGNING_AUTHORITY_HPP

#include "../clock/clock.hpp"
#include "presigned_request.hpp"
#include "s3_location.hpp"
#include "s3_providers.hpp"
#include "shared_proof.hpp"
#include "signature_v4.hpp"

#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Whether bodies are hashed before they are sent.
enum class s3_payload_signing {
    automatic, ///< not over TLS, which protects them as well, and costs less than a second hash
    always,
};

/// Signs with credentials. A value per thread: copies share the credentials and the correction of the clock, and are
/// independent otherwise. The provider is called by one thread at a time, and must not call an authority.
template <class Crypto, class Clock>
class s3_signing_authority {
    static_assert(clock<Clock> && std::copy_constructible<Clock>,
                  "Clock must model clock, and be copyable: docs/concepts/clock.md");

public:
    /// A location that is not valid makes every request fail with what is wrong with it.
    s3_signing_authority(const s3_location& location, s3_credentials_provider provider, Clock clock = {},
                         s3_payload_signing payload = s3_payload_signing::automatic, Crypto crypto = {})
        : location_{location.completed()},
          proof_{std::make_shared<detail::shared_proof>(std::move(provider))},
          clock_{std::move(clock)},
          signature_{std::move(crypto)},
          hashes_{payload == s3_payload_signing::always || !location_ || !location_->secure()} {
        if (location_) host_ = location_->host();
        if (const auto* known = s3_provider_of(host_); known != nullptr && !known->header_name.empty()) {
            of_provider_.push_back({std::string{known->header_name}, std::string{known->header_value}});
        }
    }

    /// The request to send, signed now. A hash of the body that is among the headers as `x-amz-content-sha256` is
    /// taken for granted. Fails as the provider does, and with `errc::invalid_argument` or `errc::too_large` if no
    /// store would take it.
    [[nodiscard]] result<http_request> authorise(const s3_request& request) {
        const auto who = ready(request.key, request.headers);
        if (!who) return who.error();
        http_request made{.method = request.method,
                          .headers = with_room(request.headers),
                          .body = request.body,
                          .body_max = request.body_max,
                          .room = request.room};
        const auto path = location_->path_of(request.key);
        const auto hash = hash_of(request);
        if (hash == signature_.unsigned_payload && !location_->secure()) {
            return failure{errc::invalid_argument, request.key, "a body that nothing protects: unsigned, and no TLS"};
        }
        const auto query =
            signature_.sign({request.method, host_, path, request.query, hash}, scope(**who), made.headers);
        made.url = url_of(path, query);
        return made;
    }

    /// True if the clock has been corrected, or the credentials renewed, so that another attempt may succeed.
    [[nodiscard]] bool recover(const s3_error& error) { return proof_->recover(error, clock_.now()); }

    /// The location as a URL, which has no secrets.
    [[nodiscard]] std::string describe() const { return location_ ? location_->text() : "S3 location"; }

    /// A URL with which anybody can make this one request until `lifetime` has passed (1 second to 7 days; those of
    /// temporary credentials end with them). Fails like `authorise`, with `errc::invalid_argument` for another
    /// lifetime, and with `errc::unsupported` for the deletion of many objects: its body says which.
    [[nodiscard]] result<presigned_request> presign(const presign_query& request, std::chrono::seconds lifetime) {
        if (!detail::can_be_presigned(request.method, request.query)) {
            return failure{errc::unsupported, request.key, "a presigned POST"};
        }
        if (lifetime < std::chrono::seconds{1} || lifetime > lifetime_max) {
            return failure{errc::invalid_argument, request.key, "a presigned URL lives 1 second to 7 days"};
        }
        const auto who = ready(request.key, request.headers);
        if (!who) return who.error();
        auto headers = signed_headers(request);
        if (!headers) return std::move(headers).error();
        const auto hash = request.payload_hash ? request.payload_hash->hex() : std::string{signature_.unsigned_payload};
        const auto path = location_->path_of(request.key);
        const auto query =
            signature_.presign({request.method, host_, path, request.query, hash}, scope(**who), *headers, lifetime);
        return presigned_request{url_of(path, query), *std::move(headers)};
    }

private:
    static constexpr std::chrono::seconds lifetime_max = std::chrono::hours{7 * 24};
    static constexpr std::string_view hash_name = "x-amz-content-sha256";
    static constexpr std::string_view hash_of_nothing =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [[nodiscard]] result<std::shared_ptr<const s3_credentials>> ready(const std::string& key,
                                                                      std::span<const http_header> headers) {
        if (!location_) return location_.error();
        if (auto good = detail::check_s3_request(key, headers); !good) return std::move(good).error();
        return proof_->credentials();
    }
    [[nodiscard]] signing_scope scope(const s3_credentials& who) {
        return {who, location_->region, proof_->store_time(clock_.now())};
    }

    [[nodiscard]] std::string hash_of(const s3_request& request) {
        for (const auto& [name, value] : request.headers) {
            if (name == hash_name) return value;
        }
        if (request.body.empty()) return std::string{hash_of_nothing};
        return hashes_ ? signature_.payload_hash(request.body) : std::string{signature_.unsigned_payload};
    }
    [[nodiscard]] std::vector<http_header> with_room(const std::vector<http_header>& headers) const {
        std::vector<http_header> out;
        out.reserve(headers.size() + of_provider_.size() + 4);
        out.insert(out.end(), headers.begin(), headers.end());
        out.insert(out.end(), of_provider_.begin(), of_provider_.end());
        return out;
    }

    [[nodiscard]] result<std::vector<http_header>> signed_headers(const presign_query& request) const {
        std::vector<http_header> out = of_provider_;
        for (const auto& one : request.headers) {
            if (one.name == hash_name) return failure{errc::invalid_argument, request.key, "state it as payload_hash"};
            if (signature_.covers(one.name)) out.push_back(one);
        }
        if (request.payload_hash) out.push_back({std::string{hash_name}, request.payload_hash->hex()});
        return out;
    }
    [[nodiscard]] std::string url_of(std::string_view path, std::string_view query) const {
        std::string out;
        out.reserve(host_.size() + path.size() + query.size() + 9);
        out.append(location_->secure() ? "https://" : "http://").append(host_).append(path);
        if (!query.empty()) out.append("?").append(query);
        return out;
    }

    result<s3_location> location_;
    std::shared_ptr<detail::shared_proof> proof_;
    Clock clock_;
    signature_v4<Crypto> signature_;
    bool hashes_;
    std::string host_;
    std::vector<http_header> of_provider_; ///< what the service at that host needs with every request
};

}} // namespace sealsync

#endif
