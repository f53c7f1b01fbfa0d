#ifndef SEALSYNC_S3_PRESIGNED_REQUEST_HPP
#define SEALSYNC_S3_PRESIGNED_REQUEST_HPP

#include "s3_request.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A request that somebody who has credentials shall let somebody else make.
struct presign_query {
    http_method method = http_method::get;
    std::string key{};                  ///< as the store has it, prefix included; empty: the bucket itself, for listing
    std::vector<s3_parameter> query{};  ///< not encoded, in any order
    std::vector<http_header> headers{}; ///< conditions, range, content type: signed, so that it is good for no other
    std::optional<digest256> payload_hash{}; ///< of the only body that may be sent; nothing: any
};

/// What makes it. The URL is a credential until it expires: it belongs in no log and in no message.
struct presigned_request {
    std::string url;
    std::vector<http_header> headers; ///< to be sent with it, all of them and as they are
};

namespace detail {

/// Of the requests that POST makes, only the steps of a multipart upload say in their URL what is done.
[[nodiscard]] inline bool can_be_presigned(http_method method, std::span<const s3_parameter> query) noexcept {
    if (method != http_method::post) return true;
    return std::any_of(query.begin(), query.end(),
                       [](const s3_parameter& one) { return one.name == "uploads" || one.name == "uploadId"; });
}

/// Why these headers cannot be sent, or nothing. A line break in a value would be a header of somebody else's choice.
[[nodiscard]] inline const char* fault_of_headers(std::span<const http_header> headers) noexcept {
    constexpr std::string_view token = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
    for (const auto& [name, value] : headers) {
        if (name.empty() || name.find_first_not_of(token) != std::string::npos) return "no lower-case header name";
        for (const char c : value) {
            if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f) return "control character in a header";
        }
    }
    return nullptr;
}

/// What no store would take, whoever asks. Fails with `errc::invalid_argument` or `errc::too_large`.
[[nodiscard]] inline result<void> check_s3_request(const std::string& key, std::span<const http_header> headers) {
    constexpr std::size_t key_size_max = 1024;
    if (key.size() > key_size_max) return failure{errc::too_large, key, "a key of over 1024 bytes"};
    if (const char* why = fault_of_headers(headers)) return failure{errc::invalid_argument, key, why};
    for (const auto& one : headers) {
        for (const auto own : {"host", "authorization", "x-amz-date", "x-amz-security-token"}) {
            if (one.name == own) return failure{errc::invalid_argument, key, one.name + " is the authority's own"};
        }
    }
    return {};
}

} // namespace detail

}} // namespace sealsync

#endif
