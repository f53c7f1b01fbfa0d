#ifndef SEALSYNC_EXT_CURL_CURL_LIBRARY_HPP
#define SEALSYNC_EXT_CURL_CURL_LIBRARY_HPP

#include "../../result.hpp"

#include <curl/curl.h>

#include <memory>
#include <new>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// libcurl's global state, as a value. Copies share it, and every `curl_http_client` holds one, so that it ends with
/// the last of them. libcurl counts its users: others in the same program are not disturbed. Making, copying and
/// destroying is thread-safe.
class curl_library {
public:
    /// Fails with `errc::unsupported` if the libcurl at run time is older than 7.88, cannot be initialised while other
    /// threads run, or resolves names while everything waits.
    [[nodiscard]] static result<curl_library> make() {
        // Asked before anything is initialised, which needs a library that is fit for it.
        const auto& about = *curl_version_info(CURLVERSION_NOW);
        if (about.version_num < oldest) return unfit("it is older than 7.88");
        if ((about.features & CURL_VERSION_THREADSAFE) == 0) return unfit("it was built without thread safety");
        if ((about.features & CURL_VERSION_ASYNCHDNS) == 0) return unfit("it was built without asynchronous DNS");
        const auto outcome = curl_global_init(CURL_GLOBAL_DEFAULT);
        if (outcome == CURLE_OUT_OF_MEMORY) throw std::bad_alloc{};
        if (outcome != CURLE_OK) return unfit(curl_easy_strerror(outcome));
        return curl_library{std::make_shared<const initialised>()};
    }

    /// "libcurl/7.88.1 OpenSSL/3.0.15 ...".
    [[nodiscard]] static std::string version() { return curl_version(); }
    /// Whether TLS can offer HTTP/2.
    [[nodiscard]] static bool speaks_http2() noexcept {
        return (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_HTTP2) != 0;
    }

private:
    static constexpr unsigned oldest = 0x075800;

    struct initialised {
        initialised() = default;
        initialised(const initialised&) = delete;
        initialised& operator=(const initialised&) = delete;
        ~initialised() { curl_global_cleanup(); }
    };

    explicit curl_library(std::shared_ptr<const initialised> state) noexcept : state_{std::move(state)} {}

    [[nodiscard]] static failure unfit(const std::string& why) {
        return failure{errc::unsupported, version(), why + ": use another build of libcurl"};
    }

    std::shared_ptr<const initialised> state_;
};

}} // namespace sealsync

#endif
