#ifndef SEALSYNC_S3_S3_PRESIGNED_AUTHORITY_HPP
#define SEALSYNC_S3_S3_PRESIGNED_AUTHORITY_HPP

#include "presigned_request.hpp"

#include <functional>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Has a request presigned, by a service of the application's own: `s3_signing_authority::presign` is what that calls.
/// Fails as it must; `errc::access_denied` if the service will not let this device do it.
using s3_presigner = std::function<result<presigned_request>(const presign_query&)>;

/// SHA-256, for who has no cryptography of his own.
using s3_body_hash = std::function<digest256(bytes_view)>;

/// For devices without credentials: every attempt at a request is made with a URL that is asked for. Deletion of
/// many objects at once is `errc::unsupported`: a store then deletes one by one. Large uploads go through it part by
/// part; a service that will not let this device list uploads (`GET ?uploads`) only keeps it from resuming one.
///
/// With a hash function, the hash of every body is asked for, too: a service that signs it in gives out URLs that are
/// good for no other bytes.
///
/// Headers that are asked for and not signed are sent all the same; one that comes back with another value fails with
/// `errc::invalid_argument`: a condition that is not the one that was meant is worse than none. Thread-safe if the
/// function is; copies call the same function.
class s3_presigned_authority {
public:
    /// `name` is for messages.
    explicit s3_presigned_authority(s3_presigner presigner, std::string name = "presigned store",
                                    s3_body_hash hash = {})
        : presigner_{std::move(presigner)}, name_{std::move(name)}, hash_{std::move(hash)} {}

    [[nodiscard]] result<http_request> authorise(const s3_request& request) const {
        if (!detail::can_be_presigned(request.method, request.query)) {
            return failure{errc::unsupported, request.key, "a POST cannot be presigned"};
        }
        if (auto good = detail::check_s3_request(request.key, request.headers); !good) return std::move(good).error();
        auto asked = query_of(request);
        if (!asked) return std::move(asked).error();
        auto given = presigner_(*asked);
        if (!given) return given.error().during("presign");
        if (const char* why = fault_of(*given, asked->headers)) {
            return failure{errc::invalid_argument, request.key, why}.during("presign");
        }
        // The client's own; services that list all signed headers list it, too.
        std::erase_if(given->headers, [](const http_header& one) { return one.name == "host"; });

        http_request made{.method = request.method,
                          .url = std::move(given->url),
                          .headers = std::move(given->headers),
                          .body = request.body,
                          .body_max = request.body_max,
                          .room = request.room};
        for (auto& one : asked->headers) {
            if (find(made.headers, one.name) == nullptr) made.headers.push_back(std::move(one));
        }
        return made;
    }

    /// True if the URL had expired: the next attempt has another.
    [[nodiscard]] bool recover(const s3_error& error) const {
        if (error.code == "ExpiredToken") return true;
        return error.code == "AccessDenied" && error.message.find("expired") != std::string::npos;
    }

    [[nodiscard]] std::string describe() const { return name_; }

private:
    /// A hash among the headers is the hash of the body.
    [[nodiscard]] result<presign_query> query_of(const s3_request& request) const {
        presign_query asked{.method = request.method, .key = request.key, .query = request.query};
        if (hash_ && !request.body.empty()) asked.payload_hash = hash_(request.body);
        for (const auto& one : request.headers) {
            if (one.name != "x-amz-content-sha256") {
                asked.headers.push_back(one);
            } else if (asked.payload_hash = digest256::parse(one.value); !asked.payload_hash) {
                return failure{errc::invalid_argument, request.key, "x-amz-content-sha256 is no hash"};
            }
        }
        return asked;
    }

    [[nodiscard]] static const http_header* find(const std::vector<http_header>& headers, std::string_view name) {
        const auto at = std::find_if(headers.begin(), headers.end(), [&](const auto& one) { return one.name == name; });
        return at == headers.end() ? nullptr : &*at;
    }

    /// The URL itself is never part of a message.
    [[nodiscard]] static const char* fault_of(const presigned_request& given, const std::vector<http_header>& asked) {
        const bool http = given.url.starts_with("https://") || given.url.starts_with("http://");
        const auto visible = [](char c) { return c > ' ' && c < 0x7f; };
        if (!http || !std::all_of(given.url.begin(), given.url.end(), visible)) return "no URL came back";
        if (const char* why = detail::fault_of_headers(given.headers)) return why;
        for (const auto& one : asked) {
            const auto* back = find(given.headers, one.name);
            if (back != nullptr && back->value != one.value) return "a header came back with another value";
        }
        return nullptr;
    }

    s3_presigner presigner_;
    std::string name_;
    s3_body_hash hash_;
};

static_assert(s3_authority<s3_presigned_authority>);

}} // namespace sealsync

#endif
