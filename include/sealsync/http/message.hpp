#ifndef SEALSYNC_HTTP_MESSAGE_HPP
#define SEALSYNC_HTTP_MESSAGE_HPP

#include "../bytes.hpp"

#include <algorithm>
#include <chrono>

namespace sealsync { inline namespace SEALSYNC_ABI {

enum class http_method { get, head, put, post, remove };

[[nodiscard]] constexpr std::string_view name_of(http_method method) noexcept {
    constexpr std::array<std::string_view, 5> names{"GET", "HEAD", "PUT", "POST", "DELETE"};
    return names[static_cast<std::size_t>(method)];
}

struct http_header {
    std::string name; ///< in lower case
    std::string value;
    [[nodiscard]] friend bool operator==(const http_header&, const http_header&) = default;
};

/// One exchange to be made. Nothing is followed, retried or added but what HTTP itself needs.
struct http_request {
    http_method method = http_method::get;
    std::string url{}; ///< whole and percent-encoded: sent as it is, dots and double slashes included
    std::vector<http_header> headers{};
    bytes_view body{};                                 ///< borrowed until the exchange is over
    std::uint64_t body_max = std::uint64_t{64} << 20U; ///< of the answer: more is `errc::too_large`
    std::chrono::milliseconds timeout{0};              ///< for the whole exchange; 0: as the client is configured
    /// Where a client may put the body of a good answer that is no longer than that, instead of in the response: saves
    /// an allocation, which for large bodies costs as much as receiving them. Borrowed until the exchange is over.
    std::span<std::byte> room{};
};

struct http_response {
    int status = 0;
    std::vector<http_header> headers{}; ///< in order of arrival
    bytes body{};
    std::size_t in_room = 0; ///< bytes of the body that are in the request's room; `body` is empty then

    /// The first header of that name (in lower case), or empty.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept {
        const auto at = std::find_if(headers.begin(), headers.end(), [&](const auto& one) { return one.name == name; });
        return at == headers.end() ? std::string_view{} : std::string_view{at->value};
    }
    [[nodiscard]] bool good() const noexcept { return status >= 200 && status < 300; }
};

}} // namespace sealsync

#endif
