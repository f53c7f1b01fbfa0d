#ifndef SEALSYNC_EXT_CURL_CURL_EXCHANGE_HPP
#define SEALSYNC_EXT_CURL_CURL_EXCHANGE_HPP

#include "../../http/http_client.hpp"
#include "curl_library.hpp"
#include "curl_messages.hpp"
#include "curl_settings.hpp"

#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What failed on the way; `sent` if the request may have reached the server, or a part of it.
[[nodiscard]] constexpr errc curl_errc(CURLcode code, bool sent) noexcept {
    switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_SSL_CACERT_BADFILE:
        return errc::invalid_argument;
    case CURLE_UNSUPPORTED_PROTOCOL: // of the URL; after it was sent, of the answer
        return sent ? errc::connection_lost : errc::invalid_argument;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return errc::access_denied;
    case CURLE_OPERATION_TIMEDOUT:
        return sent ? errc::timed_out : errc::unavailable;
    default:
        return sent ? errc::connection_lost : errc::unavailable;
    }
}

/// One exchange after another on one easy handle. What all have in common is set once; it stays where it is, because
/// libcurl holds pointers to it.
class curl_exchange {
public:
    /// `errc::unsupported` if this libcurl cannot do what the settings say.
    [[nodiscard]] static result<std::unique_ptr<curl_exchange>> make(const curl_settings& settings) {
        auto made = std::unique_ptr<curl_exchange>{new curl_exchange{settings}};
        if (made->refused_ == CURLE_OK) return made;
        return failure{errc::unsupported, curl_library::version(), curl_easy_strerror(made->refused_)};
    }
    curl_exchange(const curl_exchange&) = delete;
    curl_exchange& operator=(const curl_exchange&) = delete;

    /// To be added to a multi handle then.
    [[nodiscard]] result<void> prepare(std::uint64_t id, const http_request& request) {
        if (auto ok = set_target(request.url); !ok) return ok;
        if (auto ok = set_headers(request); !ok) return ok;
        if (auto ok = set_body(request); !ok) return ok;
        set_version(request);
        set_timeout(request.timeout.count() > 0 ? request.timeout : default_timeout_);
        id_ = id;
        method_ = request.method;
        answer_.begin(request.method, request.body_max, request.room);
        words_[0] = '\0';
        sent_ = resent_ = out_of_memory_ = false;
        return {};
    }

    /// Once, after it was removed from the multi handle.
    [[nodiscard]] result<http_response> finish(CURLcode code) {
        if (out_of_memory_ || code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc{};
        if (const auto* what = answer_.too_large()) return fail(errc::too_large, *what);
        if (resent_ && !reads()) {
            return fail(errc::connection_lost, "the server closed the connection instead of answering");
        }
        if (code != CURLE_OK) return fail(curl_errc(code, sent_), said(code));
        if (const auto* why = answer_.incompleteness()) return fail(errc::connection_lost, why);
        return answer_.take();
    }

    /// Whether it met a kept connection that was of no use any more: it broke, or stalled, before a byte of the answer.
    [[nodiscard]] bool met_dead_connection(CURLcode code) const noexcept {
        if (resent_) return true;
        long made = 0;
        curl_easy_getinfo(easy(), CURLINFO_NUM_CONNECTS, &made);
        return sent_ && code != CURLE_OK && made == 0 && !answer_.begun();
    }

    [[nodiscard]] CURL* easy() const noexcept { return easy_.get(); }
    [[nodiscard]] static curl_exchange& of(CURL* easy) noexcept {
        void* self = nullptr;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
        return *static_cast<curl_exchange*>(self);
    }
    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

    bool under_way = false; ///< for the client

private:
    /// As much as malloc gives without mapping it afresh for every transfer.
    static constexpr long receive_bytes = 96L << 10U;
    /// A larger body has a connection of its own. It could not be sent at once over HTTP/2, and libcurl 7.88 spins
    /// until the stall time is over if an answer comes before the last of it.
    static constexpr std::size_t http2_body_max = std::size_t{32} << 10U;

    struct cleaner {
        void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
    };

    explicit curl_exchange(const curl_settings& settings)
        : easy_{curl_easy_init()}, default_timeout_{settings.timeout}, http2_{settings.http2} {
        if (!easy_) throw std::bad_alloc{};
        set(CURLOPT_PRIVATE, this);
        set(CURLOPT_ERRORBUFFER, words_.data());
        set(CURLOPT_HEADERFUNCTION, &on_line);
        set(CURLOPT_HEADERDATA, this);
        set(CURLOPT_WRITEFUNCTION, &on_body);
        set(CURLOPT_WRITEDATA, this);
        set(CURLOPT_PREREQFUNCTION, &on_send);
        set(CURLOPT_PREREQDATA, this);
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_BUFFERSIZE, receive_bytes);
        set_protocol();
        set_limits(settings);
        set_trust(settings);
        if (!settings.user_agent.empty()) set(CURLOPT_USERAGENT, settings.user_agent.c_str());
    }

    void set_protocol() {
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_FOLLOWLOCATION, 0L);
        set(CURLOPT_PATH_AS_IS, 1L);
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    }

    void set_limits(const curl_settings& settings) {
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
        set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.stall_time.count()));
        set(CURLOPT_LOW_SPEED_LIMIT, settings.stall_bytes_per_second);
        set(CURLOPT_MAXAGE_CONN, static_cast<long>(settings.idle_time.count()));
    }

    void set_trust(const curl_settings& settings) {
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        if (settings.ca_file.empty() && settings.ca_path.empty()) return;
        set(CURLOPT_CAINFO, settings.ca_file.empty() ? nullptr : settings.ca_file.c_str());
        set(CURLOPT_CAPATH, settings.ca_path.empty() ? nullptr : settings.ca_path.c_str());
    }

    template <class Value>
    void set(CURLoption option, Value value) {
        const auto code = curl_easy_setopt(easy(), option, value);
        if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc{};
        if (refused_ == CURLE_OK) refused_ = code;
    }

    [[nodiscard]] result<void> set_target(const std::string& url) {
        if ((!url.starts_with("https://") && !url.starts_with("http://")) || url.find('\0') != std::string::npos) {
            return failure{errc::invalid_argument, std::string{host_of(url)}, "not an http:// or https:// URL"};
        }
        set(CURLOPT_URL, url.c_str());
        return {};
    }

    void set_version(const http_request& request) {
        const bool shared = http2_ && request.url.starts_with("https://") && request.body.size() <= http2_body_max;
        if (shared == shared_) return;
        set(CURLOPT_HTTP_VERSION, static_cast<long>(shared ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
        // Rather than with a connection each, the first exchanges wait for one that may serve them all.
        set(CURLOPT_PIPEWAIT, shared ? 1L : 0L);
        shared_ = shared;
    }

    [[nodiscard]] static constexpr bool has_body(http_method method) noexcept {
        return method == http_method::put || method == http_method::post;
    }

    [[nodiscard]] result<void> set_headers(const http_request& request) {
        headers_.clear();
        bool typed = !has_body(request.method);
        for (const auto& header : request.headers) {
            if (!headers_.add(header.name, header.value)) {
                return failure{errc::invalid_argument, std::string{host_of(request.url)},
                               "HTTP has no such header: " + header.name};
            }
            typed = typed || header.name == "content-type";
        }
        headers_.suppress("Accept");
        headers_.suppress("Expect");
        if (!typed) headers_.suppress("Content-Type");
        set(CURLOPT_HTTPHEADER, headers_.get());
        return {};
    }

    /// The whole body in memory goes out with the headers, in one write if it is small.
    [[nodiscard]] result<void> set_body(const http_request& request) {
        if (!has_body(request.method) && !request.body.empty()) {
            return failure{errc::invalid_argument, std::string{host_of(request.url)},
                           std::string{name_of(request.method)} + " with a body"};
        }
        if (has_body(request.method)) {
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
            set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : as_text(request.body).data());
        }
        if (request.method != set_method_) set_method(request.method);
        return {};
    }

    void set_method(http_method method) {
        // Each of these three undoes the others.
        set(has_body(method) ? CURLOPT_POST : method == http_method::head ? CURLOPT_NOBODY : CURLOPT_HTTPGET, 1L);
        const bool custom = method == http_method::put || method == http_method::remove;
        set(CURLOPT_CUSTOMREQUEST, custom ? name_of(method).data() : nullptr);
        set_method_ = method;
    }

    void set_timeout(std::chrono::milliseconds timeout) {
        if (timeout == set_timeout_) return;
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
        set_timeout_ = timeout;
    }

    [[nodiscard]] failure fail(errc code, std::string detail) const {
        const char* url = nullptr;
        curl_easy_getinfo(easy(), CURLINFO_EFFECTIVE_URL, &url);
        return failure{code, std::string{host_of(url ? url : "")}, std::move(detail)};
    }
    [[nodiscard]] std::string said(CURLcode code) const {
        return std::string{words_[0] ? words_.data() : curl_easy_strerror(code)} + ", libcurl code " +
               std::to_string(static_cast<int>(code));
    }

    /// Called for every attempt. After a connection that was used before broke without an answer, libcurl makes a
    /// second one by itself. A write that was applied must not meet its own condition then: we end such.
    static int on_send(void* self, char*, char*, int, int) noexcept {
        auto& exchange = *static_cast<curl_exchange*>(self);
        exchange.resent_ = exchange.sent_;
        exchange.sent_ = true;
        return exchange.resent_ && !exchange.reads() ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
    }
    [[nodiscard]] bool reads() const noexcept { return method_ == http_method::get || method_ == http_method::head; }

    static std::size_t on_line(char* text, std::size_t, std::size_t size, void* self) noexcept {
        return static_cast<curl_exchange*>(self)->take(size, [&](curl_answer& answer) {
            return answer.take_line({text, size});
        });
    }
    static std::size_t on_body(char* text, std::size_t, std::size_t size, void* self) noexcept {
        return static_cast<curl_exchange*>(self)->take(size, [&](curl_answer& answer) {
            return answer.take_body(std::string_view{text, size});
        });
    }
    /// No exception may pass through libcurl.
    template <class Take>
    [[nodiscard]] std::size_t take(std::size_t size, Take take_piece) noexcept {
        try {
            return take_piece(answer_) ? size : CURL_WRITEFUNC_ERROR;
        } catch (const std::bad_alloc&) {
            out_of_memory_ = true;
            return CURL_WRITEFUNC_ERROR;
        }
    }

    std::unique_ptr<CURL, cleaner> easy_;
    std::array<char, CURL_ERROR_SIZE> words_{};
    curl_header_list headers_;
    curl_answer answer_;
    std::uint64_t id_ = 0;
    http_method method_ = http_method::get, set_method_ = http_method::get;
    std::chrono::milliseconds default_timeout_, set_timeout_{0};
    CURLcode refused_ = CURLE_OK;
    bool http2_;
    bool shared_ = false; ///< set to a connection that others may share
    bool sent_ = false, resent_ = false, out_of_memory_ = false;
};

}}} // namespace sealsync::detail

#endif
