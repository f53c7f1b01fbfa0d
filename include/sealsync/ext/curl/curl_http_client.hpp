#ifndef SEALSYNC_EXT_CURL_CURL_HTTP_CLIENT_HPP
#define SEALSYNC_EXT_CURL_CURL_HTTP_CLIENT_HPP

#include "../../clock/system_clock.hpp"
#include "curl_exchange.hpp"

#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Models `http_client` by one curl_multi: connections are kept and shared by its exchanges, over TLS as HTTP/2 where
/// the server has it, but for bodies over 32 KiB. Redirects are answers like others, and nothing is sent to where they
/// point; there are no cookies and no passwords of `.netrc`. A proxy is used if the environment names one
/// (`https_proxy`), as libcurl does.
///
/// A GET or HEAD may be sent again by libcurl if a kept connection breaks before a byte of the answer; nothing else is.
/// Where one was dead, all that are kept may be (the machine slept, or has another network now): they are closed as
/// soon as no exchange is under way, rather than met one by one.
/// Failures name the host, never the path or query of a URL, which may hold a signature, and no header.
///
/// A value for one thread at a time; `start` and `drop` may be called by `done`, `wait` may not. Destruction drops.
class curl_http_client {
public:
    /// Fails with `errc::unsupported` if this libcurl cannot do what the settings say. Nothing is connected yet.
    [[nodiscard]] static result<curl_http_client> make(curl_library library, const curl_settings& settings = {}) {
        curl_http_client made{std::move(library), settings};
        if (auto first = made.make_exchange(); !first) return std::move(first).error();
        return made;
    }

    curl_http_client(curl_http_client&&) noexcept = default;
    curl_http_client& operator=(curl_http_client&& other) noexcept {
        drop();
        std::swap(library_, other.library_);
        std::swap(settings_, other.settings_);
        std::swap(multi_, other.multi_);
        std::swap(exchanges_, other.exchanges_);
        std::swap(idle_, other.idle_);
        std::swap(doubtful_, other.doubtful_);
        return *this;
    }
    ~curl_http_client() { drop(); }

    /// Fails with `errc::invalid_argument` if the URL is none of HTTP, a header cannot be sent, or a GET, HEAD or
    /// DELETE has a body.
    [[nodiscard]] result<void> start(std::uint64_t id, const http_request& request) {
        if (doubtful_ && idle_.size() == exchanges_.size()) close_connections();
        if (idle_.empty()) {
            if (auto made = make_exchange(); !made) return made;
        }
        auto& exchange = *idle_.back();
        if (auto ok = exchange.prepare(id, request); !ok) return ok;
        if (auto ok = checked(curl_multi_add_handle(multi_.get(), exchange.easy())); !ok) return ok;
        exchange.under_way = true;
        idle_.pop_back();
        return {};
    }

    [[nodiscard]] result<void> wait(std::chrono::milliseconds time, http_sink done) {
        const auto until = monotonic() + (std::min)(time, longest_wait);
        auto left = until - monotonic();
        do {
            // First, because what was started meanwhile makes it return at once, and is moved by the same pass then.
            const auto patience = static_cast<int>((std::max)(left, std::chrono::milliseconds{0}).count());
            if (auto ok = checked(curl_multi_poll(multi_.get(), nullptr, 0, patience, nullptr)); !ok) return ok;
            int running = 0;
            if (auto ok = checked(curl_multi_perform(multi_.get(), &running)); !ok) return ok;
            if (report(done)) return {};
            left = until - monotonic();
        } while (left.count() > 0);
        return {};
    }

    void drop() noexcept {
        for (const auto& exchange : exchanges_) {
            if (exchange->under_way) retire(*exchange);
        }
    }

    [[nodiscard]] std::chrono::milliseconds monotonic() const noexcept { return monotonic_now(); }

private:
    static constexpr std::chrono::milliseconds longest_wait = std::chrono::hours{24};

    struct cleaner {
        void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
    };
    using multi_handle = std::unique_ptr<CURLM, cleaner>;

    curl_http_client(curl_library library, const curl_settings& settings)
        : library_{std::move(library)}, settings_{settings}, multi_{make_multi(settings)} {}

    [[nodiscard]] static multi_handle make_multi(const curl_settings& settings) {
        multi_handle made{curl_multi_init()};
        if (!made) throw std::bad_alloc{};
        // By default libcurl keeps fewer the fewer exchanges are under way, and closes most when a batch ends.
        curl_multi_setopt(made.get(), CURLMOPT_MAXCONNECTS, settings.connections_kept);
        return made;
    }

    void close_connections() {
        multi_ = make_multi(settings_); // they end with theirs
        doubtful_ = false;
    }

    [[nodiscard]] static result<void> checked(CURLMcode code) {
        if (code == CURLM_OK) return {};
        if (code == CURLM_OUT_OF_MEMORY) throw std::bad_alloc{};
        return failure{errc::io_error, {}, curl_multi_strerror(code)};
    }

    [[nodiscard]] result<void> make_exchange() {
        auto made = detail::curl_exchange::make(settings_);
        if (!made) return std::move(made).error();
        exchanges_.push_back(*std::move(made));
        idle_.reserve(exchanges_.capacity()); // so that retiring one cannot fail
        idle_.push_back(exchanges_.back().get());
        return {};
    }

    void retire(detail::curl_exchange& exchange) noexcept {
        curl_multi_remove_handle(multi_.get(), exchange.easy());
        exchange.under_way = false;
        idle_.push_back(&exchange);
    }

    /// Whether there was anything to report.
    [[nodiscard]] bool report(http_sink done) {
        bool any = false;
        int left = 0;
        while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            const auto code = message->data.result;
            auto& exchange = detail::curl_exchange::of(message->easy_handle);
            retire(exchange);
            doubtful_ = doubtful_ || exchange.met_dead_connection(code);
            done(exchange.id(), exchange.finish(code));
            any = true;
        }
        return any;
    }

    curl_library library_;
    curl_settings settings_;
    multi_handle multi_;
    std::vector<std::unique_ptr<detail::curl_exchange>> exchanges_;
    std::vector<detail::curl_exchange*> idle_; ///< the last used at the end: its memory is warm
    bool doubtful_ = false;                    ///< a kept connection was dead
};

static_assert(http_client<curl_http_client>);

}} // namespace sealsync

#endif
