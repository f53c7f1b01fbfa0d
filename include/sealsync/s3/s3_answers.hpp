#ifndef SEALSYNC_S3_S3_ANSWERS_HPP
#define SEALSYNC_S3_S3_ANSWERS_HPP

#include "s3_request.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What a request does to the store, as far as repeating it is concerned.
enum class s3_effect {
    read,
    write,             ///< the same bytes under the same key: repeating it is harmless
    conditional_write, ///< repeating it may meet its own first success
};

[[nodiscard]] inline bool is_one_of(std::string_view code, std::initializer_list<std::string_view> codes) noexcept {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// By the error's name, where its status alone would mislead; the names are those of S3's error reference and of the
/// servers in docs/providers.md.
[[nodiscard]] inline std::optional<errc> errc_by_name(std::string_view code) noexcept {
    if (is_one_of(code, {"SlowDown", "Throttling", "ThrottlingException", "TooManyRequests", "RequestLimitExceeded",
                         "BandwidthLimitExceeded"})) {
        return errc::throttled;
    }
    // The body did not arrive as it was sent; nothing was stored.
    if (is_one_of(code, {"RequestTimeout", "IncompleteBody", "BadDigest", "XAmzContentSHA256Mismatch"})) {
        return errc::connection_lost;
    }
    if (is_one_of(code, {"ConditionalRequestConflict", "OperationAborted"})) return errc::busy;
    if (is_one_of(code, {"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "StorageQuotaExceeded"})) {
        return errc::no_space;
    }
    if (is_one_of(code, {"EntityTooLarge", "MaxMessageLengthExceeded"})) return errc::too_large;
    if (is_one_of(code, {"NoSuchBucket", "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed"})) {
        return errc::invalid_argument;
    }
    if (is_one_of(code, {"ExpiredToken", "InvalidToken", "TokenRefreshRequired"})) return errc::access_denied;
    if (code == "NotImplemented") return errc::unsupported;
    return std::nullopt;
}

/// `errc::busy` stands for 409: nothing landed, ask again.
[[nodiscard]] inline errc errc_by_status(int status, s3_effect effect) noexcept {
    switch (status) {
    case 401:
    case 403:
        return errc::access_denied;
    case 404:
        return errc::not_found;
    case 405:
    case 411:
    case 501:
        return errc::unsupported;
    case 408:
        return errc::timed_out;
    case 409:
        return errc::busy;
    case 412:
        return errc::precondition_failed;
    case 413:
        return errc::too_large;
    case 429:
        return errc::throttled;
    case 507:
        return errc::no_space;
    default:
        break;
    }
    // A server, or a proxy before it, that fails may have passed the write on.
    if (status >= 500) return effect == s3_effect::conditional_write ? errc::outcome_unknown : errc::unavailable;
    return errc::invalid_argument;
}

[[nodiscard]] inline errc errc_of(const s3_error& error, s3_effect effect) noexcept {
    if (const auto named = errc_by_name(error.code)) return *named;
    return errc_by_status(error.status, effect);
}

/// What a transport's failure means for the request: whether a conditional write was applied, nobody knows. An answer
/// that is too large came after the deed.
[[nodiscard]] inline failure transport_failure(failure why, s3_effect effect, const std::string& object) {
    const bool lost = why == errc::connection_lost || why == errc::timed_out || why == errc::too_large;
    const auto code = lost && effect == s3_effect::conditional_write ? errc::outcome_unknown : why.code();
    return failure{code, object, why.object().empty() ? why.detail() : why.object() + ": " + why.detail()};
}

/// Whether the same request may be sent again. What is `outcome_unknown` is for the caller to find out.
[[nodiscard]] constexpr bool may_repeat(errc code) noexcept {
    return code == errc::unavailable || code == errc::connection_lost || code == errc::timed_out ||
           code == errc::throttled || code == errc::busy;
}

[[nodiscard]] inline std::string_view header_of_request_id(const http_response& answer) noexcept {
    for (const auto* name : {"x-amz-request-id", "x-trans-id", "cf-ray", "x-goog-request-id"}) {
        if (const auto id = answer.header(name); !id.empty()) return id;
    }
    return {};
}

/// What a server wrote, fit for a terminal and a log: no control characters, and not too much of it.
[[nodiscard]] inline std::string for_people(std::string_view text) {
    constexpr std::size_t longest = 500;
    std::string out{text.substr(0, longest)};
    std::replace_if(
        out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return text.size() > longest ? out + "..." : out;
}

/// Only the host of where an answer redirects to: the rest of a Location may hold a signature or a password.
[[nodiscard]] inline std::string redirect_host(const http_response& answer) {
    auto location = answer.header("location");
    const auto scheme = location.find("://");
    if (scheme == std::string_view::npos) return {};
    location.remove_prefix(scheme + 3);
    location = location.substr(0, location.find_first_of("/?#"));
    return for_people(location.substr(location.rfind('@') + 1)); // npos + 1 is 0
}

[[nodiscard]] inline std::string with_request_id(std::string text, std::string_view id) {
    return id.empty() ? text : text + " (request id " + for_people(id) + ")";
}

/// "HTTP 503 SlowDown: Please reduce your request rate (request id 4442587FB7D0A2F9)".
[[nodiscard]] inline std::string describe(const s3_error& error, const http_response& answer) {
    auto text = "HTTP " + std::to_string(error.status);
    if (!error.code.empty()) text += " " + for_people(error.code);
    if (!error.message.empty()) text += ": " + for_people(error.message);
    if (error.status >= 300 && error.status < 400) {
        const auto host = redirect_host(answer), region = for_people(answer.header("x-amz-bucket-region"));
        text += ": the bucket is elsewhere" + (host.empty() ? std::string{} : ", at " + host) +
                (region.empty() ? std::string{} : ", in the region " + region) + "; correct endpoint or region";
    }
    return with_request_id(std::move(text), error.request_id);
}

/// A good answer whose document makes no sense: a proxy's, more often than not. Nothing that is stored is damaged.
[[nodiscard]] inline failure unreadable(const failure& why, const std::string& object, const http_response& answer) {
    auto text = "HTTP " + std::to_string(answer.status) + ", but no answer of S3: " + for_people(why.detail());
    return failure{errc::unavailable, object, with_request_id(std::move(text), header_of_request_id(answer))};
}

}}} // namespace sealsync::detail

#endif
