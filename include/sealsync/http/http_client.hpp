#ifndef SEALSYNC_HTTP_HTTP_CLIENT_HPP
#define SEALSYNC_HTTP_HTTP_CLIENT_HPP

#include "../function_ref.hpp"
#include "../result.hpp"
#include "message.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Called once per exchange, on the caller's thread, with the id that it was started with.
using http_sink = function_ref<void(std::uint64_t, result<http_response>)>;

/// Carries HTTP exchanges, many at once, on the thread of whoever calls. docs/concepts/http_client.md
///
/// - `start(id, request)` begins an exchange; a failure means that nothing was begun.
/// - `wait(time, done)` moves all of them forward, and returns when at least one was reported, or after `time`. It
///   sleeps for `time` if none is under way. `done` may call `start`.
/// - `drop()` ends all that are under way, unreported.
/// - `monotonic()` is the time that `wait` goes by.
///
/// Any answer of the server is a response, whatever its status. A failure is `errc::unavailable` (no connection was
/// made: nothing was sent), `errc::connection_lost` (reset, or a body of another length than announced),
/// `errc::timed_out` (also a transfer that stalls), `errc::too_large`, `errc::access_denied` (the server's certificate)
/// or `errc::invalid_argument` (the URL). After `connection_lost` and `timed_out` the request may have been acted upon.
template <class H>
concept http_client = std::move_constructible<H> &&
    requires(H h, std::uint64_t id, const http_request& request, std::chrono::milliseconds time, http_sink done) {
    { h.start(id, request) } -> std::same_as<result<void>>;
    { h.wait(time, done) } -> std::same_as<result<void>>;
    { h.drop() } -> std::same_as<void>;
    { h.monotonic() } -> std::same_as<std::chrono::milliseconds>;
};

}} // namespace sealsync

#endif
