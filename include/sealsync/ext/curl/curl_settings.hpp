#ifndef SEALSYNC_EXT_CURL_CURL_SETTINGS_HPP
#define SEALSYNC_EXT_CURL_CURL_SETTINGS_HPP

#include "../../config.hpp"

#include <chrono>
#include <string>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// How a `curl_http_client` connects. Whose certificates are trusted can be changed; that they are checked, cannot.
struct curl_settings {
    std::chrono::milliseconds connect_timeout{10'000}; ///< for name, connection and TLS together; 0: 5 minutes
    std::chrono::milliseconds timeout{0};              ///< of an exchange that states none; 0: as long as it moves
    std::chrono::seconds stall_time{30};               ///< an exchange slower than that for so long is given up
    long stall_bytes_per_second = 256;
    long connections_kept = 64;         ///< open when nothing is under way; there may be more at once, one per exchange
    std::chrono::seconds idle_time{30}; ///< a connection unused for longer is not used again: servers close such
    bool http2 = true;     ///< where TLS offers it: a host's exchanges share one connection, but for large uploads
    std::string ca_file{}; ///< PEM; these and no others are trusted. Empty, also `ca_path`: the system's
    std::string ca_path{}; ///< a folder of such, named by their hashes
    std::string user_agent = "sealsync";
};

}} // namespace sealsync

#endif
