// SPDX-License-Identifier: MIT
// Generated from include/sealsync/ by cmake/amalgamate.py: change that, not this.
#ifndef SEALSYNC_SINGLE_SEALSYNC_CURL_HPP
#define SEALSYNC_SINGLE_SEALSYNC_CURL_HPP

#include "sealsync_basic_s3.hpp"

#include <charconv>
#include <chrono>
#include <memory>
#include <new>
#include <string>

#ifndef SEALSYNC_EXT_CURL_CURL_LIBRARY_HPP
#define SEALSYNC_EXT_CURL_CURL_LIBRARY_HPP

#include <curl/curl.h>

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

#ifndef SEALSYNC_EXT_CURL_CURL_MESSAGES_HPP
#define SEALSYNC_EXT_CURL_CURL_MESSAGES_HPP

#include <curl/curl.h>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// "bucket.example.com:9000" of a URL: what a message may show. A query may hold a signature, and a path a name.
[[nodiscard]] inline std::string_view host_of(std::string_view url) noexcept {
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (const auto user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
    return url;
}

inline constexpr auto http_token_characters = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view{"!#$%&'*+-.^_`|~0123456789"}) table[static_cast<unsigned char>(c)] = true;
    for (unsigned i = 0; i < 26; ++i) table['a' + i] = table['A' + i] = true;
    return table;
}();

[[nodiscard]] constexpr bool is_http_token(std::string_view text) noexcept {
    for (const char c : text) {
        if (!http_token_characters[static_cast<unsigned char>(c)]) return false;
    }
    return !text.empty();
}

/// Whether it stays on the line that it is put on.
[[nodiscard]] inline bool is_one_line(std::string_view text) noexcept {
    constexpr auto none = std::string_view::npos; // three fast searches: find_first_of makes one for every character
    return text.find('\r') == none && text.find('\n') == none && text.find('\0') == none;
}

/// Without the white space around it that HTTP lets a line have.
[[nodiscard]] constexpr std::string_view without_space(std::string_view text) noexcept {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// The header lines of a request in the form that libcurl borrows. Two buffers that are used again: a list built by
/// libcurl costs two allocations per line.
class curl_header_list {
public:
    void clear() noexcept {
        text_.clear();
        ends_.clear();
    }

    /// False if HTTP has no such header.
    [[nodiscard]] bool add(std::string_view name, std::string_view value) {
        if (!is_http_token(name) || !is_one_line(value)) return false;
        text_.append(name);
        // "name:" would keep libcurl from sending one of its own; "name;" is a header without a value.
        if (value.empty()) {
            text_ += ';';
        } else {
            text_.append(": ").append(value);
        }
        end_line();
        return true;
    }

    /// libcurl shall not send the one that it sends by itself.
    void suppress(std::string_view name) {
        text_.append(name) += ':';
        end_line();
    }

    /// Valid until the next change.
    [[nodiscard]] curl_slist* get() noexcept {
        nodes_.resize(ends_.size());
        std::size_t begin = 0;
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            nodes_[i] = {text_.data() + begin, i + 1 < ends_.size() ? &nodes_[i + 1] : nullptr};
            begin = ends_[i];
        }
        return nodes_.empty() ? nullptr : nodes_.data();
    }

private:
    void end_line() {
        text_ += '\0';
        ends_.push_back(text_.size());
    }

    std::string text_;
    std::vector<std::size_t> ends_;
    std::vector<curl_slist> nodes_;
};

/// An answer as it arrives, line by line and piece by piece.
class curl_answer {
public:
    static constexpr std::size_t head_bytes_max = std::size_t{256} << 10U;

    void begin(http_method asked, std::uint64_t body_max, std::span<std::byte> room = {}) {
        response_ = {};
        response_.headers.reserve(usual_headers);
        announced_.reset();
        head_bytes_ = 0;
        body_max_ = body_max;
        room_ = room;
        received_ = 0;
        head_only_ = asked == http_method::head;
        chunked_ = framed_ = body_begun_ = in_room_ = false;
        too_large_ = nullptr;
    }

    /// False if it goes over a limit.
    [[nodiscard]] bool take_line(std::string_view line) {
        head_bytes_ += line.size();
        if (head_bytes_ > head_bytes_max) return refuse("over 256 KiB of headers");
        if (body_begun_) return true; // a trailer: nothing that we ask for has one
        if (line.starts_with("HTTP/")) {
            begin_head(line);
            return true;
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return true;
        add(line.substr(0, colon), without_space(line.substr(colon + 1)));
        return true;
    }

    [[nodiscard]] bool take_body(bytes_view piece) {
        if (!body_begun_ && !begin_body()) return false;
        const auto limit = in_room_ ? room_.size() : body_max_;
        if (piece.size() > limit - received_) {
            return refuse("a body of more than " + std::to_string(limit) + " bytes");
        }
        if (in_room_) {
            std::memcpy(room_.data() + received_, piece.data(), piece.size());
            response_.in_room += piece.size();
        } else {
            append(response_.body, piece);
        }
        received_ += piece.size();
        return true;
    }

    /// Whether anything of it has arrived.
    [[nodiscard]] bool begun() const noexcept { return head_bytes_ > 0; }
    /// What went over a limit, if it was that.
    [[nodiscard]] const std::string* too_large() const noexcept { return too_large_.get(); }

    /// Why a transfer that libcurl calls complete is not.
    [[nodiscard]] const char* incompleteness() const noexcept {
        if (head_only_ || response_.status == 204 || response_.status == 304 || chunked_) return nullptr;
        if (announced_ && received_ != *announced_) return "the body is not as long as announced";
        if (announced_ || framed_) return nullptr;
        return "the answer has no length: its end and a broken connection look the same";
    }

    [[nodiscard]] http_response take() noexcept { return std::move(response_); }

private:
    static constexpr std::size_t usual_headers = 12;

    /// Of the answer itself, or of one before it such as 100.
    void begin_head(std::string_view line) {
        response_.headers.clear();
        announced_.reset();
        chunked_ = false;
        framed_ = line.starts_with("HTTP/2") || line.starts_with("HTTP/3");
        response_.status = 0;
        const auto space = line.find(' ');
        if (space == std::string_view::npos) return;
        std::from_chars(line.data() + space + 1, line.data() + line.size(), response_.status);
    }

    [[nodiscard]] bool begin_body() {
        body_begun_ = true;
        const auto expected = chunked_ ? 0 : announced_.value_or(0);
        if (expected > body_max_) return refuse("a body of " + std::to_string(expected) + " bytes");
        in_room_ = response_.good() && expected > 0 && expected <= room_.size();
        if (!in_room_) response_.body.reserve(static_cast<std::size_t>(expected));
        return true;
    }

    void add(std::string_view name, std::string_view value) {
        auto& header = response_.headers.emplace_back();
        header.name = name;
        for (auto& c : header.name) {
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        }
        header.value = value;
        if (header.name == "content-length") {
            std::uint64_t length = 0;
            const auto read = std::from_chars(value.data(), value.data() + value.size(), length);
            if (read.ec == std::errc{} && read.ptr == value.data() + value.size()) announced_ = length;
        } else if (header.name == "transfer-encoding") {
            chunked_ = true; // whatever else it may be, libcurl fails on
        }
    }

    [[nodiscard]] bool refuse(std::string what) {
        too_large_ = std::make_unique<std::string>(std::move(what));
        return false;
    }

    http_response response_;
    std::optional<std::uint64_t> announced_;
    std::unique_ptr<std::string> too_large_;
    std::span<std::byte> room_;
    std::uint64_t body_max_ = 0, received_ = 0;
    std::size_t head_bytes_ = 0;
    bool head_only_ = false;
    bool chunked_ = false;
    bool framed_ = false; ///< the protocol itself tells where the body ends
    bool body_begun_ = false;
    bool in_room_ = false;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_CURL_CURL_SETTINGS_HPP
#define SEALSYNC_EXT_CURL_CURL_SETTINGS_HPP

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

#ifndef SEALSYNC_EXT_CURL_CURL_EXCHANGE_HPP
#define SEALSYNC_EXT_CURL_CURL_EXCHANGE_HPP

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

#ifndef SEALSYNC_EXT_CURL_CURL_HTTP_CLIENT_HPP
#define SEALSYNC_EXT_CURL_CURL_HTTP_CLIENT_HPP

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

#ifndef SEALSYNC_SEALSYNC_CURL_HPP
#define SEALSYNC_SEALSYNC_CURL_HPP

// Generated by cmake/amalgamate.py: curl, and what it needs.

#endif

#endif
