#ifndef SEALSYNC_S3_S3_SETTINGS_HPP
#define SEALSYNC_S3_S3_SETTINGS_HPP

#include "../config.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// When, how often and how long failed requests are tried again. Exponential backoff with full jitter: Brooker,
/// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
struct retry_settings {
    std::uint32_t attempts_max = 6; ///< of one request, the first included
    std::chrono::milliseconds first{100};
    std::chrono::milliseconds longest{20'000}; ///< also of a server's Retry-After: who asks for more is given up
    /// Tokens that the requests of one HTTP client share: a retry takes 5, which its success gives back; any other
    /// success gives 1. A store that is down is then asked once per request, not six times.
    std::uint32_t budget = 500;
    /// How long a call waits for a store to which no connection can be made, while one request at a time looks whether
    /// it is back: that takes neither attempts nor tokens.
    std::chrono::milliseconds outage{30'000};
    /// The same where the client has never reached the store, or has given it up: a wrong address, or no network.
    std::chrono::milliseconds first_contact{2'000};
    std::chrono::milliseconds scout_longest{2'000}; ///< pause between two such looks; they begin with `first`
};

/// What a store may use of this machine.
struct s3_settings {
    std::size_t connections = 32;                             ///< exchanges at once
    std::uint64_t held_bytes_max = std::uint64_t{32} << 20U;  ///< of bodies read from sources, or not yet handed on
    std::uint64_t multipart_above = std::uint64_t{16} << 20U; ///< larger sources are uploaded in parts
    std::uint64_t part_bytes = std::uint64_t{8} << 20U;       ///< at least 5 MiB; more if 10,000 would not do
    std::size_t parts_at_once = 4;                            ///< of one upload
    bool resume_uploads = true; ///< look for an upload of the same object that was cut short: one request more each
    retry_settings retry{};
};

}} // namespace sealsync

#endif
