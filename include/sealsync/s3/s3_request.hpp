#ifndef SEALSYNC_S3_S3_REQUEST_HPP
#define SEALSYNC_S3_S3_REQUEST_HPP

#include "../clock/stamp.hpp"
#include "../http/http_client.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

struct s3_parameter {
    std::string name;
    std::string value{}; ///< `?uploads` is `{"uploads"}`
    [[nodiscard]] friend auto operator<=>(const s3_parameter&, const s3_parameter&) = default;
};

/// What is asked of a bucket, before it has an address and a signature.
struct s3_request {
    http_method method = http_method::get;
    std::string key{};                  ///< as the store has it, prefix included; empty: the bucket itself
    std::vector<s3_parameter> query{};  ///< not encoded, in any order
    std::vector<http_header> headers{}; ///< all are signed: conditions, ranges, content types, content-md5
    bytes_view body{};                  ///< borrowed until the exchange is over
    std::uint64_t body_max = std::uint64_t{64} << 20U; ///< of the answer
    std::span<std::byte> room{};                       ///< for the answer's body: `http_request::room`
};

/// An answer of the store that tells of a failure: HTTP status, and what its XML says if it has any.
struct s3_error {
    int status = 0;
    std::string code{};              ///< `SlowDown`; empty if the answer has none
    std::string message{};           ///< for people
    std::string request_id{};        ///< what the store's operator asks for
    std::optional<wall_time> date{}; ///< by the store's clock
};

/// Gives requests their address and proves that they may be made.
///
/// - `authorise(request)` makes the request to send, or fails with what keeps it from being made
///   (`errc::access_denied`: no credentials; `errc::unsupported`: not this kind of request). Called for every attempt.
/// - `recover(error)` is told of an answer that refuses the proof (skewed clock, expired credentials), and returns
///   whether the same request is worth one more attempt.
/// - `describe()` names the bucket for messages; never a secret.
template <class A>
concept s3_authority = std::copy_constructible<A> && requires(A a, const s3_request& request, const s3_error& error) {
    { a.authorise(request) } -> std::same_as<result<http_request>>;
    { a.recover(error) } -> std::same_as<bool>;
    { std::as_const(a).describe() } -> std::same_as<std::string>;
};

/// The hashes that S3 asks for, and the randomness of its retries. A value per user: none need be thread-safe.
template <class C>
concept s3_crypto = std::default_initializable<C> && std::copy_constructible<C> &&
    requires(C c, bytes_view key, bytes_view data, std::span<std::byte> random) {
    { c.sha256(data) } -> std::same_as<digest256>;
    { c.hmac_sha256(key, data) } -> std::same_as<digest256>;
    { c.md5(data) } -> std::same_as<std::array<std::byte, 16>>;
    { c.random(random) } -> std::same_as<result<void>>;
};

}} // namespace sealsync

#endif
