// SPDX-License-Identifier: MIT
// Generated from include/sealsync/ by cmake/amalgamate.py: change that, not this.
#ifndef SEALSYNC_SINGLE_SEALSYNC_BASIC_S3_HPP
#define SEALSYNC_SINGLE_SEALSYNC_BASIC_S3_HPP

#include "sealsync.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <span>
#include <vector>

#ifndef SEALSYNC_HTTP_MESSAGE_HPP
#define SEALSYNC_HTTP_MESSAGE_HPP

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

#ifndef SEALSYNC_HTTP_HTTP_CLIENT_HPP
#define SEALSYNC_HTTP_HTTP_CLIENT_HPP

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

#ifndef SEALSYNC_HTTP_HTTP_DATE_HPP
#define SEALSYNC_HTTP_HTTP_DATE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// `Sun, 06 Nov 1994 08:49:37 GMT`: the one form that RFC 9110, 5.6.7 lets a sender use. Nothing on anything else; the
/// name of the day is not compared with the date.
[[nodiscard]] inline std::optional<wall_time> parse_http_date(std::string_view text) noexcept {
    constexpr std::string_view shape = "ddd, 00 mmm 0000 00:00:00 GMT";
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != shape.size()) return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] != '0' && shape[i] != 'd' && shape[i] != 'm' && text[i] != shape[i]) return std::nullopt;
    }
    const auto named = std::find(months.begin(), months.end(), text.substr(8, 3));
    if (named == months.end()) return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t count) { return detail::read_digits(text.substr(at, count)); };
    const auto d = number(5, 2), y = number(12, 4), h = number(17, 2), m = number(20, 2), s = number(23, 2);
    if (d < 0 || y < 0 || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60) return std::nullopt;

    using namespace std::chrono;
    const year_month_day date{year{static_cast<int>(y)}, month{static_cast<unsigned>(named - months.begin() + 1)},
                              day{static_cast<unsigned>(d)}};
    if (!date.ok() || y < 1970 || y > 2261) return std::nullopt; // what wall_time can hold
    return wall_time{sys_days{date}} + hours{h} + minutes{m} + seconds{s};
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_DETAIL_BASE64_HPP
#define SEALSYNC_DETAIL_BASE64_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// RFC 4648, 4, with padding.
[[nodiscard]] inline std::string to_base64(bytes_view data) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((data.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < data.size(); i += 3) {
        const auto at = [&](std::size_t k) {
            return i + k < data.size() ? std::to_integer<unsigned>(data[i + k]) : 0U;
        };
        const auto group = at(0) << 16U | at(1) << 8U | at(2);
        for (unsigned k = 0; k < 4; ++k) {
            text += i + k > data.size() ? '=' : digits[group >> (18 - 6 * k) & 63U];
        }
    }
    return text;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_S3_S3_SETTINGS_HPP
#define SEALSYNC_S3_S3_SETTINGS_HPP

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

#ifndef SEALSYNC_S3_RETRY_POLICY_HPP
#define SEALSYNC_S3_RETRY_POLICY_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// How long to wait before the next attempt, and whether there should be one. Not thread-safe.
class retry_policy {
public:
    /// `seed` is the start of the jitter; two stores with one seed retry at the same moments.
    retry_policy(const retry_settings& settings, std::uint64_t seed)
        : settings_{settings}, tokens_{settings.budget}, state_{seed} {}

    /// After `attempts` have failed. `asked`: the server's Retry-After. Nothing: give up.
    [[nodiscard]] std::optional<std::chrono::milliseconds> next(std::uint32_t attempts,
                                                                std::optional<std::chrono::milliseconds> asked) {
        if (attempts >= settings_.attempts_max || tokens_ < cost) return std::nullopt;
        const auto least = asked.value_or(std::chrono::milliseconds{0});
        if (least > settings_.longest) return std::nullopt;
        tokens_ -= cost;
        return (std::max)(least, jittered(attempts));
    }
    /// A retry that helped has cost nothing.
    void succeeded(std::uint32_t attempts) noexcept {
        tokens_ += (std::min)(settings_.budget - tokens_, attempts > 1 ? cost : 1U);
    }

    /// How long to wait for a store that is not to be reached.
    [[nodiscard]] std::chrono::milliseconds outage_max() const noexcept {
        return reached_ ? settings_.outage : settings_.first_contact;
    }
    /// Before each attempt to reach it, `before` counting from 0. At least half of the longest: one client is no herd,
    /// and looking again at once is of no use.
    [[nodiscard]] std::chrono::milliseconds scout_pause(std::uint32_t before) noexcept {
        const auto most = doubled(before, settings_.scout_longest);
        return std::chrono::milliseconds{most - up_to(most / 2)};
    }
    void reached() noexcept { reached_ = true; }
    /// Who comes next shall not wait as long again.
    void gave_up() noexcept { reached_ = false; }

private:
    static constexpr std::uint32_t cost = 5;

    [[nodiscard]] std::chrono::milliseconds jittered(std::uint32_t attempts) noexcept {
        return std::chrono::milliseconds{up_to(doubled(attempts - 1, settings_.longest))};
    }
    [[nodiscard]] std::int64_t doubled(std::uint32_t times, std::chrono::milliseconds longest) const noexcept {
        return (std::min)(std::int64_t{settings_.first.count()} << (std::min)(times, std::uint32_t{20}),
                          std::int64_t{longest.count()});
    }
    [[nodiscard]] std::int64_t up_to(std::int64_t most) noexcept {
        return static_cast<std::int64_t>(draw() % (static_cast<std::uint64_t>(most) + 1));
    }

    /// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
    [[nodiscard]] std::uint64_t draw() noexcept {
        auto z = state_ += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }

    retry_settings settings_;
    std::uint32_t tokens_;
    std::uint64_t state_;
    bool reached_ = false;
};

/// Retry-After as seconds or as a date, which is relative to the answer's own Date. Nothing if there is none.
[[nodiscard]] inline std::optional<std::chrono::milliseconds> retry_after(const http_response& answer) {
    const auto text = answer.header("retry-after");
    if (text.empty()) return std::nullopt;
    if (text.find_first_not_of("0123456789") == std::string_view::npos) {
        constexpr std::size_t digits = 9; // 31 years: what is longer is as good as for ever
        return std::chrono::seconds{read_digits(text.substr(0, digits))};
    }
    const auto until = parse_http_date(text), now = parse_http_date(answer.header("date"));
    if (!until || !now) return std::nullopt;
    return (std::max)(std::chrono::duration_cast<std::chrono::milliseconds>(*until - *now),
                      std::chrono::milliseconds{0});
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_S3_OUTAGE_HPP
#define SEALSYNC_S3_OUTAGE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// While nobody reaches the store, one request at a time, the scout, finds out when it is back, and all others wait for
/// that: they would only spend their attempts. Lasts as long as `retry_policy::outage_max` says.
class outage {
    using milliseconds = std::chrono::milliseconds;

public:
    outage(milliseconds now, retry_policy& retry)
        : retry_{&retry}, since_{now}, until_{now + retry.outage_max()}, next_{now + retry.scout_pause(0)} {}

    /// When the next scout may be sent; nothing while one is under way.
    [[nodiscard]] std::optional<milliseconds> next() const noexcept {
        return scout_ ? std::nullopt : std::optional{next_};
    }
    void sent(std::size_t scout) noexcept {
        scout_ = scout;
        ++scouts_;
    }
    /// A scout that was never sent, or whose end says nothing about the store: another may go at once.
    void returned(std::size_t request) noexcept {
        if (scout_ == request) scout_.reset();
    }
    /// Did not reach the store. False if that was the last scout: it has been waited for long enough.
    [[nodiscard]] bool failed(std::size_t request, milliseconds now) noexcept {
        if (scout_ != request) return true; // it was on its way before
        scout_.reset();
        if (now >= until_) return false;
        next_ = (std::min)(now + retry_->scout_pause(scouts_), until_);
        return true;
    }

    /// ", for 30000 ms": the end of a sentence that tells what has failed.
    [[nodiscard]] std::string length(milliseconds now) const {
        return ", for " + std::to_string((now - since_).count()) + " ms";
    }

private:
    retry_policy* retry_;
    milliseconds since_, until_, next_;
    std::uint32_t scouts_ = 0;
    std::optional<std::size_t> scout_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_S3_S3_REQUEST_HPP
#define SEALSYNC_S3_S3_REQUEST_HPP

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

#ifndef SEALSYNC_S3_S3_ANSWERS_HPP
#define SEALSYNC_S3_S3_ANSWERS_HPP

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

#ifndef SEALSYNC_S3_S3_XML_HPP
#define SEALSYNC_S3_S3_XML_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What an error document says; empty where it says nothing.
struct s3_error_text {
    std::string code{}, message{}, request_id{};
};

struct s3_delete_fault {
    std::string key{};
    s3_error_text why{};
};

struct s3_part {
    std::uint32_t number = 0; ///< from 1
    std::uint64_t size = 0;
    std::string etag{};
};
struct s3_part_page {
    std::vector<s3_part> parts{};
    bool more = false;
    std::uint32_t next = 0; ///< `part-number-marker` of the next page
};

struct s3_upload {
    std::string key{}, id{};
    std::string initiated{}; ///< ISO 8601, so that the greatest is the newest
};

/// The longest document that a store may answer with: a thousand entries, every byte of their keys encoded, are half of
/// it, and what a parser makes of it in memory is many times as much.
inline constexpr std::uint64_t s3_document_max = std::uint64_t{8} << 20U;

/// Reads the documents of S3. Hostile bytes are `errc::malformed`, never a crash; unknown elements are skipped.
///
/// - `error` never fails: an answer that is empty or no XML says nothing.
/// - `listing` is of ListObjectsV2 with `encoding-type=url`; keys are decoded.
/// - `completed` is the etag of a CompleteMultipartUpload, which may be empty. Ask `error` first: that request may be
///   answered with status 200 and an error.
template <class X>
concept s3_xml = requires(bytes_view document) {
    { X::error(document) } -> std::same_as<s3_error_text>;
    { X::listing(document) } -> std::same_as<result<list_page>>;
    { X::delete_faults(document) } -> std::same_as<result<std::vector<s3_delete_fault>>>;
    { X::upload_id(document) } -> std::same_as<result<std::string>>;
    { X::completed(document) } -> std::same_as<result<std::string>>;
    { X::parts(document) } -> std::same_as<result<s3_part_page>>;
    { X::uploads(document) } -> std::same_as<result<std::vector<s3_upload>>>;
};

namespace detail {

/// Text as XML 1.0 takes it between tags. Control characters have no form in XML: an object's key has none.
inline void append_xml_text(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        default:
            out += c;
        }
    }
}

[[nodiscard]] inline std::string delete_document(std::span<const std::string> keys) {
    std::string out = R"(<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>)";
    for (const auto& key : keys) {
        out += "<Object><Key>";
        append_xml_text(out, key);
        out += "</Key></Object>";
    }
    return out += "</Delete>";
}

[[nodiscard]] inline std::string complete_document(std::span<const s3_part> parts) {
    std::string out = R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
    for (const auto& part : parts) {
        out += "<Part><PartNumber>" + std::to_string(part.number) + "</PartNumber><ETag>";
        append_xml_text(out, part.etag);
        out += "</ETag></Part>";
    }
    return out += "</CompleteMultipartUpload>";
}

} // namespace detail

}} // namespace sealsync

#endif

#ifndef SEALSYNC_S3_REQUEST_RUNNER_HPP
#define SEALSYNC_S3_REQUEST_RUNNER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Requests of one kind, to be made in any order. `request(i)` is called for every attempt.
template <class J>
concept s3_job = requires(J job, std::size_t i, result<http_response> outcome) {
    { job.count() } -> std::same_as<std::size_t>;
    { job.may_start(i) } -> std::same_as<bool>; // false: not before another has ended
    { job.request(i) } -> std::same_as<result<s3_request>>;
    { job.effect(i) } -> std::same_as<s3_effect>;
    { job.name(i) } -> std::convertible_to<std::string>; // for messages
    { job.is_answer(int{}) } -> std::same_as<bool>;      // a status that `ended` wants to see
    { job.ended(i, std::move(outcome)) } -> std::same_as<void>;
};

/// Makes the requests of a job: as many at once as the store takes, each again where that is safe and may help.
/// One is for one call of a store: the call's timeout counts from its making, however many jobs it runs.
template <http_client Http, s3_authority Authority, s3_xml Xml>
class request_runner {
    using milliseconds = std::chrono::milliseconds;

public:
    request_runner(Http& http, Authority& authority, retry_policy& retry, std::size_t connections)
        : http_{http},
          authority_{authority},
          retry_{retry},
          connections_{(std::max)(connections, std::size_t{1})},
          begun_{http.monotonic()} {}

    /// The same call with fewer or more requests at once.
    [[nodiscard]] request_runner with(std::size_t connections) const {
        auto copy = *this;
        copy.connections_ = (std::max)(connections, std::size_t{1});
        return copy;
    }

    /// Every request ends once, with an answer or its failure; or the whole fails: stopped, out of time, or the store
    /// is not to be reached. What was under way may then have been applied.
    template <s3_job Job>
    [[nodiscard]] result<void> run(Job& job, const call_context& call) {
        return batch<Job>{*this, job, call}.run();
    }

private:
    static constexpr milliseconds stop_check{100};   ///< how often a stop is looked for while nothing happens
    static constexpr std::uint32_t refused_max = 32; ///< in a row that got no answer: there is nobody to ask

    template <class Job>
    class batch {
    public:
        batch(request_runner& owner, Job& job, const call_context& call)
            : owner_{owner},
              job_{job},
              call_{call},
              requests_(job.count()),
              open_{job.count()},
              window_{owner.connections_},
              end_{call.timeout.count() == 0 ? (milliseconds::max)() : owner.begun_ + call.timeout} {}
        batch(const batch&) = delete;
        batch& operator=(const batch&) = delete;
        /// Whatever ended the batch, a sink's exception too: the client's next user must not get these answers.
        ~batch() {
            if (under_way_ > 0) owner_.http_.drop();
        }

        [[nodiscard]] result<void> run() {
            while (open_ > 0) {
                const auto now = owner_.http_.monotonic();
                if (auto over = why_over(now)) return *std::move(over);
                start_all(now);
                if (open_ == 0) break;
                auto waited = owner_.http_.wait(patience(now), [this](std::uint64_t i, result<http_response> outcome) {
                    --under_way_;
                    take(static_cast<std::size_t>(i), std::move(outcome));
                });
                if (!waited) return waited;
                if (unreachable_) return *unreachable_;
            }
            return {};
        }

    private:
        struct state {
            std::uint32_t attempts = 0;
            std::uint32_t round = 0; ///< of the window, when it was started
            bool recovered = false;  ///< the authority has already changed its mind once
        };
        struct due {
            milliseconds when;
            std::size_t request;
            [[nodiscard]] friend bool operator<(const due& a, const due& b) noexcept { return a.when > b.when; }
        };

        [[nodiscard]] std::optional<failure> why_over(milliseconds now) const {
            if (call_.stop.stop_requested()) return failure{errc::cancelled, owner_.authority_.describe()};
            if (now < end_) return std::nullopt;
            return failure{errc::timed_out, owner_.authority_.describe(), "the call took too long"};
        }

        [[nodiscard]] milliseconds patience(milliseconds now) const {
            const auto until = (std::min)({now + stop_check, end_, next_start()});
            return (std::max)(until - now, milliseconds{1});
        }

        /// When something may be started, even if nothing ends before.
        [[nodiscard]] milliseconds next_start() const {
            const auto again = again_.empty() ? end_ : again_.top().when;
            if (!outage_) return under_way_ < window_ ? again : end_;
            const auto scout = outage_->next();
            if (!scout) return end_;
            return may_begin() ? *scout : (std::max)(*scout, again);
        }

        [[nodiscard]] bool may_begin() const { return next_ < requests_.size() && job_.may_start(next_); }

        void start_all(milliseconds now) {
            if (outage_) return send_scouts(now);
            while (!outage_ && under_way_ < window_ && !again_.empty() && again_.top().when <= now) {
                const auto i = again_.top().request;
                again_.pop();
                start(i);
            }
            while (!outage_ && under_way_ < window_ && may_begin()) start(next_++);
        }

        /// More than one only if a request cannot be made, and thus says nothing.
        void send_scouts(milliseconds now) {
            while (outage_ && outage_->next().value_or(end_) <= now && !unreachable_) {
                const bool waiting = !again_.empty() && again_.top().when <= now;
                if (!waiting && !may_begin()) return;
                const auto i = waiting ? again_.top().request : next_++;
                if (waiting) again_.pop();
                outage_->sent(i);
                start(i);
            }
        }

        void start(std::size_t i) {
            ++requests_[i].attempts;
            requests_[i].round = round_;
            auto wanted = job_.request(i);
            if (!wanted) return end(i, std::move(wanted).error());
            auto request = owner_.authority_.authorise(*wanted);
            if (!request) return end(i, std::move(request).error());
            if (end_ != (milliseconds::max)()) {
                request->timeout = (std::max)(end_ - owner_.http_.monotonic(), milliseconds{1});
            }
            if (auto begun = owner_.http_.start(i, *request); !begun) return take_failure(i, std::move(begun).error());
            ++under_way_;
        }

        void take(std::size_t i, result<http_response> outcome) {
            if (!outcome) return take_failure(i, std::move(outcome).error());
            reached();
            if (job_.is_answer(outcome->status)) {
                owner_.retry_.succeeded(requests_[i].attempts);
                widen();
                return end(i, std::move(outcome));
            }
            const auto error = error_of(*outcome);
            const auto code = errc_of(error, job_.effect(i));
            if (refuses_proof(error.status) && !requests_[i].recovered && owner_.authority_.recover(error)) {
                requests_[i].recovered = true;
                again_.push({owner_.http_.monotonic(), i});
                return;
            }
            if (code == errc::throttled && requests_[i].round == round_) narrow();
            if (may_repeat(code) && repeat(i, retry_after(*outcome))) return;
            // A 409 that goes on is a store that cannot now, not another sync.
            end(i, failure{code == errc::busy ? errc::unavailable : code, job_.name(i), describe(error, *outcome)});
        }

        void reached() {
            refused_ = 0;
            outage_.reset();
            owner_.retry_.reached();
        }

        void take_failure(std::size_t i, failure why) {
            const auto cause = why.code();
            auto named = transport_failure(std::move(why), job_.effect(i), job_.name(i));
            const bool gone = cause == errc::unavailable || cause == errc::connection_lost || cause == errc::timed_out;
            if (cause == errc::too_large) reached(); // it has said so much
            if (cause != errc::too_large) ++refused_;
            if (gone && is_away(cause)) return wait_for_store(i, std::move(named));
            if (may_repeat(named.code()) && repeat(i, std::nullopt)) return;
            if (refused_ >= refused_max) unreachable_ = named;
            end(i, std::move(named));
        }

        /// One connection that cannot be made is enough to look before others try; one that breaks may be the fault of
        /// that very request.
        [[nodiscard]] bool is_away(errc cause) {
            if (!outage_ && (cause == errc::unavailable || refused_ >= refused_max)) {
                outage_.emplace(owner_.http_.monotonic(), owner_.retry_);
            }
            return outage_.has_value();
        }

        void wait_for_store(std::size_t i, failure why) {
            const auto now = owner_.http_.monotonic();
            const bool goes_on = outage_->failed(i, now);
            const bool too_late = under_way_ == 0 && outage_->next().value_or(now) >= end_;
            if (!goes_on || too_late) {
                owner_.retry_.gave_up();
                unreachable_ = failure{why.code(), why.object(), why.detail() + outage_->length(now)};
            }
            if (!may_repeat(why.code())) return end(i, std::move(why));
            --requests_[i].attempts; // it got nowhere
            again_.push({now, i});
        }

        [[nodiscard]] bool repeat(std::size_t i, std::optional<milliseconds> asked) {
            const auto pause = owner_.retry_.next(requests_[i].attempts, asked);
            if (!pause) return false;
            const auto when = owner_.http_.monotonic() + *pause;
            if (when >= end_) return false;
            again_.push({when, i});
            return true;
        }

        void end(std::size_t i, result<http_response> outcome) {
            --open_;
            if (outage_) outage_->returned(i);
            job_.ended(i, std::move(outcome));
        }

        // A store that asks for less gets half as much at once, and slowly more again (additive increase,
        // multiplicative decrease: Chiu, Jain, 1989). All that were under way then are one such question.
        void narrow() noexcept {
            window_ = (std::max)(window_ / 2, std::size_t{1});
            since_narrowed_ = 0;
            ++round_;
        }
        void widen() noexcept {
            if (window_ >= owner_.connections_ || ++since_narrowed_ < window_) return;
            ++window_;
            since_narrowed_ = 0;
        }

        /// A store may say 400 of an expired token, and on HEAD it says no more than that.
        [[nodiscard]] static bool refuses_proof(int status) noexcept {
            return status == 400 || status == 401 || status == 403;
        }

        [[nodiscard]] static s3_error error_of(const http_response& answer) {
            auto said = Xml::error(answer.body);
            s3_error error{answer.status, std::move(said.code), std::move(said.message), std::move(said.request_id),
                           parse_http_date(answer.header("date"))};
            if (const auto id = header_of_request_id(answer); !id.empty()) error.request_id = id;
            return error;
        }

        request_runner& owner_;
        Job& job_;
        const call_context& call_;
        std::vector<state> requests_;
        std::priority_queue<due> again_;
        std::size_t next_ = 0, under_way_ = 0, open_;
        std::size_t window_, since_narrowed_ = 0;
        std::uint32_t refused_ = 0, round_ = 0;
        std::optional<outage> outage_;
        std::optional<failure> unreachable_;
        milliseconds end_;
    };

    Http& http_;
    Authority& authority_;
    retry_policy& retry_;
    std::size_t connections_;
    milliseconds begun_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_S3_OBJECT_JOBS_HPP
#define SEALSYNC_S3_OBJECT_JOBS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A weak etag names what is equivalent, not what is equal: it is no ground for overwriting.
[[nodiscard]] inline bool is_weak(std::string_view etag) noexcept { return etag.starts_with("W/"); }

/// An etag as it stands between its quotes: some servers compare If-Match with that.
[[nodiscard]] inline std::string without_quotes(std::string_view etag) {
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
    return std::string{etag};
}

/// `bytes 0-99/1234`, or `bytes */1234` where the range begins past the end.
struct content_range {
    std::uint64_t offset = 0, length = 0;
    std::uint64_t whole = 0; ///< the size of the object

    /// Nothing on anything else; a size that the server does not know is of no use here.
    [[nodiscard]] static std::optional<content_range> parse(std::string_view text) noexcept {
        constexpr std::string_view unit = "bytes ";
        const auto slash = (std::min)(text.find('/'), text.size());
        const auto whole = parse_number(text.substr((std::min)(slash + 1, text.size())));
        if (!text.starts_with(unit) || !whole) return std::nullopt;
        text = text.substr(unit.size(), slash - unit.size());
        if (text == "*") return content_range{0, 0, *whole};
        const auto dash = (std::min)(text.find('-'), text.size());
        const auto first = parse_number(text.substr(0, dash));
        const auto last = parse_number(text.substr((std::min)(dash + 1, text.size())));
        if (!first || !last || *first > *last || *last >= *whole) return std::nullopt;
        return content_range{*first, *last - *first + 1, *whole};
    }
    [[nodiscard]] static std::optional<content_range> of(const http_response& answer) noexcept {
        return parse(answer.header("content-range"));
    }
    [[nodiscard]] friend bool operator==(const content_range&, const content_range&) = default;
};

/// As a header asks for it. A range that ends past what a number holds has no end.
[[nodiscard]] inline http_header range_header(byte_range range) {
    auto text = "bytes=" + std::to_string(range.offset) + "-";
    const auto more = (std::max<std::uint64_t>)(range.length, 1) - 1;
    if (more <= number_max && range.offset <= number_max) text += std::to_string(range.offset + more);
    return {"range", std::move(text)};
}

/// What every job has in common: the keys of a store have its prefix in the bucket.
struct object_job {
    std::string_view prefix;

    [[nodiscard]] bool may_start(std::size_t) const noexcept { return true; }
    [[nodiscard]] bool is_answer(int status) const noexcept { return status >= 200 && status < 300; }
    [[nodiscard]] std::string key_of(const object_key& key) const { return std::string{prefix} + key.text(); }
};

/// GET, or HEAD where only details are asked for.
class get_job : public object_job {
public:
    get_job(std::string_view in, std::span<const get_op> ops, get_sink got) : object_job{in}, ops_{ops}, got_{got} {}

    [[nodiscard]] std::size_t count() const noexcept { return ops_.size(); }
    [[nodiscard]] s3_effect effect(std::size_t) const noexcept { return s3_effect::read; }
    [[nodiscard]] const std::string& name(std::size_t i) const { return ops_[i].key.text(); }
    /// 416: the range begins past the end.
    [[nodiscard]] bool is_answer(int status) const noexcept {
        return status == 200 || status == 206 || status == 304 || status == 416;
    }

    [[nodiscard]] result<s3_request> request(std::size_t i) const {
        const auto& op = ops_[i];
        s3_request wanted{op.part == get_part::body ? http_method::get : http_method::head, key_of(op.key)};
        if (!op.if_none_match.empty()) wanted.headers.push_back({"if-none-match", op.if_none_match});
        if (is_ranged(op)) wanted.headers.push_back(range_header(*op.range));
        wanted.body_max = (std::max)(op.size_max, error_document_max);
        return wanted;
    }

    void ended(std::size_t i, result<http_response> outcome) {
        if (!outcome) return got_(i, std::move(outcome).error());
        // RFC 9110 lets a server leave out how long the object is that a range missed.
        if (missed(ops_[i], *outcome) && ops_[i].range->offset > 0 && !content_range::of(*outcome)) {
            sizeless_.push_back(i);
            return;
        }
        got_(i, read(ops_[i], *outcome));
    }

    /// Those whose size is still to be asked for.
    [[nodiscard]] std::vector<std::size_t> take_sizeless() noexcept { return std::exchange(sizeless_, {}); }

private:
    static constexpr std::uint64_t error_document_max = std::uint64_t{64} << 10U;

    [[nodiscard]] static bool is_ranged(const get_op& op) noexcept { return op.part == get_part::body && op.range; }
    [[nodiscard]] static bool missed(const get_op& op, const http_response& answer) noexcept {
        return answer.status == 416 && is_ranged(op);
    }
    [[nodiscard]] static failure mistaken(const get_op& op, const char* why, const http_response& answer) {
        return failure{
            errc::connection_lost, op.key.text(),
            with_request_id("HTTP " + std::to_string(answer.status) + ": " + why, header_of_request_id(answer))};
    }

    [[nodiscard]] static result<get_reply> read(const get_op& op, http_response& answer) {
        const bool asked_for =
            answer.status == 200 || (answer.status == 304 ? !op.if_none_match.empty() : is_ranged(op));
        if (!asked_for) return mistaken(op, "an answer to another request", answer);
        get_reply reply;
        reply.etag = answer.header("etag");
        reply.date = parse_http_date(answer.header("date"));
        reply.last_modified = parse_http_date(answer.header("last-modified"));
        reply.not_modified = answer.status == 304;
        if (reply.not_modified) return reply;
        if (op.part == get_part::details) {
            const auto size = parse_number(answer.header("content-length"));
            if (!size) return mistaken(op, "no length of the object", answer);
            reply.size = *size;
            return reply;
        }
        if (answer.status != 200) return with_range(op, std::move(reply), answer);
        reply.body = std::move(answer.body);
        reply.size = reply.body.size();
        if (op.range) cut(reply.body, wanted_range(op, reply.size)); // it ignored the range
        if (reply.body.size() > op.size_max) return too_large(op, reply.body.size());
        return reply;
    }

    [[nodiscard]] static result<get_reply> with_range(const get_op& op, get_reply reply, http_response& answer) {
        const auto sent = content_range::of(answer);
        if (!sent && answer.status == 416) return reply; // from the beginning on there is nothing
        if (!sent) return mistaken(op, "no range that makes sense", answer);
        reply.size = sent->whole;
        const auto wanted = wanted_range(op, reply.size);
        if (answer.status == 206) reply.body = std::move(answer.body);
        const bool same = sent->length == wanted.length && reply.body.size() == wanted.length &&
                          (wanted.length == 0 || sent->offset == wanted.offset);
        if (!same) return mistaken(op, "another range than was asked for", answer);
        if (reply.body.size() > op.size_max) return too_large(op, reply.body.size());
        return reply;
    }

    static void cut(bytes& body, byte_range range) {
        const auto begin = body.begin() + static_cast<std::ptrdiff_t>(range.offset);
        body = bytes(begin, begin + static_cast<std::ptrdiff_t>(range.length));
    }

    std::span<const get_op> ops_;
    get_sink got_;
    std::vector<std::size_t> sizeless_;
};

/// PUT of whole objects. Sources are read when their turn comes, and only so many are held at once.
class put_job : public object_job {
public:
    put_job(std::string_view in, std::span<const put_op> ops, bool quoted, std::uint64_t held_max, put_sink stored)
        : object_job{in}, ops_{ops}, stored_{stored}, held_(ops.size()), held_max_{held_max}, quoted_{quoted} {}

    [[nodiscard]] std::size_t count() const noexcept { return ops_.size(); }
    [[nodiscard]] const std::string& name(std::size_t i) const { return ops_[i].key.text(); }
    [[nodiscard]] s3_effect effect(std::size_t i) const noexcept {
        const bool free = ops_[i].condition == write_condition::unconditional;
        return free ? s3_effect::write : s3_effect::conditional_write;
    }

    [[nodiscard]] bool may_start(std::size_t i) const noexcept {
        const auto more = ops_[i].source == nullptr ? 0 : ops_[i].source->size();
        return held_bytes_ == 0 || held_bytes_ + more <= held_max_;
    }

    [[nodiscard]] result<s3_request> request(std::size_t i) {
        const auto& op = ops_[i];
        s3_request wanted{http_method::put, key_of(op.key)};
        wanted.headers.push_back({"content-type", "application/octet-stream"});
        if (op.condition == write_condition::if_absent) wanted.headers.push_back({"if-none-match", "*"});
        if (op.condition == write_condition::if_match) {
            if (op.etag.empty() || is_weak(op.etag)) {
                return failure{errc::unsupported, op.key.text(), "If-Match needs a strong etag"};
            }
            wanted.headers.push_back({"if-match", quoted_ ? op.etag : without_quotes(op.etag)});
        }
        if (op.source != nullptr) {
            if (auto read = load(i); !read) return std::move(read).error();
        }
        wanted.body = op.source == nullptr ? op.body : bytes_view{held_[i]};
        return wanted;
    }

    void ended(std::size_t i, result<http_response> outcome) {
        held_bytes_ -= held_[i].size();
        held_[i] = bytes{};
        if (!outcome) return stored_(i, std::move(outcome).error());
        stored_(i, put_reply{std::string{outcome->header("etag")}, parse_http_date(outcome->header("date"))});
    }

private:
    [[nodiscard]] result<void> load(std::size_t i) {
        if (!held_[i].empty()) return {}; // another attempt
        held_[i].resize(static_cast<std::size_t>(ops_[i].source->size()));
        held_bytes_ += held_[i].size();
        return ops_[i].source->read(0, held_[i]);
    }

    std::span<const put_op> ops_;
    put_sink stored_;
    std::vector<bytes> held_;
    std::uint64_t held_bytes_ = 0, held_max_;
    bool quoted_;
};

/// DELETE, one key each.
class remove_job : public object_job {
public:
    remove_job(std::string_view in, std::span<const object_key> keys, remove_sink removed)
        : object_job{in}, keys_{keys}, removed_{removed} {}

    [[nodiscard]] std::size_t count() const noexcept { return keys_.size(); }
    [[nodiscard]] s3_effect effect(std::size_t) const noexcept { return s3_effect::write; }
    [[nodiscard]] const std::string& name(std::size_t i) const { return keys_[i].text(); }
    [[nodiscard]] result<s3_request> request(std::size_t i) const {
        return s3_request{http_method::remove, key_of(keys_[i])};
    }
    void ended(std::size_t i, result<http_response> outcome) {
        const bool gone = outcome || outcome.error() == errc::not_found;
        removed_(i, gone ? result<void>{} : result<void>{std::move(outcome).error()});
    }

private:
    std::span<const object_key> keys_;
    remove_sink removed_;
};

/// POST ?delete: a thousand keys a request, which S3 wants with an MD5. What a server refuses is reported key by key.
template <s3_xml Xml, s3_crypto Crypto>
class multi_delete_job : public object_job {
public:
    static constexpr std::size_t keys_max = 1'000;

    multi_delete_job(std::string_view in, std::span<const object_key> keys, Crypto& crypto, remove_sink removed)
        : object_job{in}, keys_{keys}, removed_{removed}, documents_((keys.size() + keys_max - 1) / keys_max) {
        for (std::size_t i = 0; i < documents_.size(); ++i) {
            std::vector<std::string> names;
            for (const auto& key : slice(i)) names.push_back(key_of(key));
            documents_[i].text = delete_document(names);
            documents_[i].md5 = to_base64(crypto.md5(documents_[i].text));
        }
    }

    [[nodiscard]] std::size_t count() const noexcept { return documents_.size(); }
    [[nodiscard]] s3_effect effect(std::size_t) const noexcept { return s3_effect::write; }
    [[nodiscard]] const std::string& name(std::size_t i) const { return slice(i).front().text(); }
    [[nodiscard]] result<s3_request> request(std::size_t i) const {
        s3_request wanted{http_method::post, {}, {{"delete"}}};
        wanted.body_max = s3_document_max;
        wanted.headers = {{"content-type", "application/xml"}, {"content-md5", documents_[i].md5}};
        wanted.body = documents_[i].text;
        return wanted;
    }

    void ended(std::size_t i, result<http_response> outcome) {
        auto faults = outcome ? Xml::delete_faults(outcome->body)
                              : result<std::vector<s3_delete_fault>>{std::move(outcome).error()};
        const auto keys = slice(i);
        for (std::size_t k = 0; k < keys.size(); ++k) {
            removed_(i * keys_max + k, !outcome  ? failed(faults.error(), keys[k])
                                       : !faults ? unreadable(faults.error(), keys[k].text(), *outcome)
                                                 : verdict(keys[k], *faults, *outcome));
        }
    }

private:
    struct document {
        std::string text, md5;
    };
    [[nodiscard]] std::span<const object_key> slice(std::size_t i) const {
        return keys_.subspan(i * keys_max, (std::min)(keys_max, keys_.size() - i * keys_max));
    }
    [[nodiscard]] static result<void> failed(const failure& why, const object_key& key) {
        return failure{why.code(), key.text(), why.detail()};
    }
    [[nodiscard]] result<void> verdict(const object_key& key, const std::vector<s3_delete_fault>& faults,
                                       const http_response& answer) const {
        const auto whole = key_of(key);
        const auto at = std::find_if(faults.begin(), faults.end(), [&](const auto& one) { return one.key == whole; });
        if (at == faults.end() || at->why.code == "NoSuchKey") return {};
        const auto code = at->why.code == "AccessDenied" ? errc::access_denied
                                                         : errc_by_name(at->why.code).value_or(errc::unavailable);
        const s3_error error{answer.status, at->why.code, at->why.message, std::string{header_of_request_id(answer)}};
        return failure{code, key.text(), describe(error, answer)};
    }

    std::span<const object_key> keys_;
    remove_sink removed_;
    std::vector<document> documents_;
};

/// A request of its own: listings, and the steps of a multipart upload.
class single_job {
public:
    single_job(s3_request request, s3_effect effect, std::string name)
        : request_{std::move(request)}, effect_{effect}, name_{std::move(name)} {}

    [[nodiscard]] std::size_t count() const noexcept { return 1; }
    [[nodiscard]] bool may_start(std::size_t) const noexcept { return true; }
    [[nodiscard]] result<s3_request> request(std::size_t) const { return request_; }
    [[nodiscard]] s3_effect effect(std::size_t) const noexcept { return effect_; }
    [[nodiscard]] const std::string& name(std::size_t) const { return name_; }
    [[nodiscard]] bool is_answer(int status) const noexcept { return status >= 200 && status < 300; }
    void ended(std::size_t, result<http_response> outcome) { outcome_ = std::move(outcome); }

    [[nodiscard]] result<http_response> take() { return std::move(outcome_); }

private:
    s3_request request_;
    s3_effect effect_;
    std::string name_;
    result<http_response> outcome_{failure{errc::cancelled}};
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_S3_CAPABILITY_PROBE_HPP
#define SEALSYNC_S3_CAPABILITY_PROBE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What was tried on a store, and what it answered: for people.
struct probe_step {
    std::string tried{}, answered{};
    bool as_hoped = false;
};
struct probe_report {
    storage_capabilities found{};
    std::vector<probe_step> steps{};
};

namespace detail {

/// Finds out what conditional writes are worth, by trying: stores refuse them, ignore them, take them only in part or
/// not under a race, and say so nowhere. Needs a `put` that sends an etag as it is given.
///
/// Requests, on two keys that it removes again, where nothing is retried: 45 for `full`, 46 with unquoted etags, 23 for
/// `create_only` where If-Match is refused, 4 for `untrusted` where conditions are ignored, 3 or 4 for `none`. Fails if
/// the store does; then nothing was found out.
template <storage Storage>
class capability_probe {
public:
    /// `key` is one that nobody else uses: random.
    capability_probe(Storage& store, const std::string& key, const call_context& call)
        : store_{store}, call_{call}, key_{*object_key::make(key)}, raced_{*object_key::make(key + "-raced")} {}

    [[nodiscard]] result<probe_report> run() {
        auto done = find_out();
        const std::array<object_key, 2> keys{key_, raced_};
        requests_.remove += keys.size();
        auto removed = store_.remove(
            keys, [](std::size_t, result<void>) {}, call_); // two small objects, if it fails
        if (!done) return std::move(done).error().during("probe the store's conditional writes");
        if (!removed) return std::move(removed).error().during("remove the probe's objects");
        return std::move(report_);
    }

    /// So far, repetitions not counted.
    [[nodiscard]] const request_counts& requests() const noexcept { return requests_; }

private:
    static constexpr std::size_t racers = 16;
    static constexpr const char* stale = "\"00000000000000000000000000000000\"";

    [[nodiscard]] result<void> find_out() {
        auto created = creates_once();
        if (!created) return std::move(created).error();
        if (!*created) return {};
        report_.found.writes = conditional_writes::create_only;
        auto replaces = replaces_what_was_read();
        if (!replaces) return std::move(replaces).error();
        report_.found.unquoted_etags &= *replaces;
        if (*replaces) report_.found.writes = conditional_writes::full;
        return {};
    }

    [[nodiscard]] result<bool> creates_once() {
        auto first =
            attempt("create an object that is not there", {key_, "first", nullptr, write_condition::if_absent}, errc{});
        if (!first) return first;
        if (!*first) return refused();
        auto again = attempt("create it again", {key_, "second", nullptr, write_condition::if_absent},
                             errc::precondition_failed);
        if (!again) return again;
        if (!*again) return settle(conditional_writes::untrusted);
        auto winners = race("sixteen writers create one object at once", write_condition::if_absent, {});
        if (!winners) return winners;
        return *winners ? result<bool>{true} : settle(conditional_writes::untrusted);
    }

    [[nodiscard]] result<bool> refused() {
        if (last_ != errc::unsupported && last_ != errc::invalid_argument) return settle(conditional_writes::untrusted);
        // It may be the condition, or the whole bucket. Swift says 501 before it looks at bucket or credentials.
        auto plain = attempt("write it without a condition", {key_, "plain"}, errc{});
        if (!plain) return plain;
        return *plain ? settle(conditional_writes::none)
                      : result<bool>{failure{last_, {}, report_.steps.back().answered}};
    }

    [[nodiscard]] result<bool> replaces_what_was_read() {
        auto there = read(key_);
        if (!there) return std::move(there).error();
        const auto etag = there->etag;
        if (etag.empty() || is_weak(etag)) {
            report_.steps.push_back({"read its etag", etag.empty() ? "none" : "a weak one", false});
            return false;
        }
        auto refused = attempt("replace another version of it", match("stale", stale), errc::precondition_failed);
        if (!refused || !*refused) return refused;
        auto replaced = attempt("replace the version that was read", match("third", etag), errc{});
        if (!replaced) return replaced;
        if (!*replaced && last_ != errc::precondition_failed && last_ != errc::not_found) return false;
        if (!*replaced) {
            auto bare = attempt("the same, its etag without quotes", match("third", without_quotes(etag)), errc{});
            if (!bare || !*bare) return bare;
            report_.found.unquoted_etags = true;
        }
        put_op missing = match("ghost", as_taken(stale));
        missing.key = raced_;
        if (auto removed = remove(raced_); !removed) return std::move(removed).error();
        auto ghost = attempt("replace an object that is not there", missing, errc::precondition_failed);
        if (!ghost || (!*ghost && last_ != errc::not_found)) return ghost;
        return race("sixteen writers replace one version at once", write_condition::if_match, "begin");
    }

    /// True if the answer is the one that was hoped for: `errc{}` is success.
    [[nodiscard]] result<bool> attempt(std::string what, const put_op& op, errc hoped) {
        result<put_reply> outcome{failure{errc::outcome_unknown, op.key.text()}};
        ++requests_.put;
        auto done = store_.put(
            {&op, 1}, [&](std::size_t, result<put_reply> reply) { outcome = std::move(reply); }, call_);
        if (!done) return std::move(done).error();
        last_ = outcome ? errc{} : outcome.error().code();
        if (!outcome && !is_verdict(last_)) return std::move(outcome).error();
        report_.steps.push_back({std::move(what), outcome ? "done" : words_of(outcome.error()), last_ == hoped});
        return last_ == hoped;
    }
    [[nodiscard]] static std::string words_of(const failure& why) {
        const std::string what = text_of(why.code()).what;
        return why.detail().empty() ? what : what + " (" + why.detail() + ")";
    }
    /// What says something about conditions, and not about the network or the account.
    [[nodiscard]] static bool is_verdict(errc code) noexcept {
        return code == errc::precondition_failed || code == errc::not_found || code == errc::unsupported ||
               code == errc::invalid_argument;
    }
    /// Ceph answers 500 to who loses a race, and R2 takes one write a second of a key.
    [[nodiscard]] static bool is_defeat(errc code) noexcept {
        return is_verdict(code) || code == errc::outcome_unknown || code == errc::throttled;
    }

    /// True if at most one write was taken, and the object is what that one wrote.
    [[nodiscard]] result<bool> race(std::string what, write_condition condition, std::string_view begin) {
        std::string etag;
        if (condition == write_condition::if_match) {
            const put_op first{raced_, begin, nullptr, write_condition::if_absent};
            auto begun = attempt("create an object for a race", first, errc{});
            if (!begun || !*begun) return begun;
            auto there = read(raced_);
            if (!there) return std::move(there).error();
            etag = as_taken(there->etag);
        }
        std::vector<std::string> bodies;
        std::vector<put_op> ops;
        for (std::size_t i = 0; i < racers; ++i) bodies.push_back("racer " + std::to_string(i));
        for (const auto& body : bodies) ops.push_back({raced_, body, nullptr, condition, etag});
        std::vector<std::size_t> winners;
        std::optional<failure> broken;
        requests_.put += ops.size();
        auto done = store_.put(
            ops,
            [&](std::size_t i, result<put_reply> reply) {
                if (reply) winners.push_back(i);
                if (!reply && !is_defeat(reply.error().code()) && !broken) broken = std::move(reply).error();
            },
            call_);
        if (!done) return std::move(done).error();
        if (broken) return *broken;
        auto there = read(raced_);
        if (!there && there.error() != errc::not_found) return std::move(there).error();
        const auto left = there ? as_text(there->body) : std::string_view{};
        // Where none was told that it won, one may have: the answer of a winner can be lost.
        const bool held = winners.empty() ? left == begin || left.starts_with("racer ")
                                          : winners.size() == 1 && left == bodies[winners.front()];
        report_.steps.push_back({std::move(what), std::to_string(winners.size()) + " were told that they had", held});
        return held;
    }

    [[nodiscard]] std::string as_taken(const std::string& etag) const {
        return report_.found.unquoted_etags ? without_quotes(etag) : etag;
    }
    [[nodiscard]] put_op match(std::string_view body, std::string etag) const {
        return {key_, body, nullptr, write_condition::if_match, std::move(etag)};
    }
    [[nodiscard]] result<get_reply> read(const object_key& key) {
        const get_op op{key};
        result<get_reply> found{failure{errc::outcome_unknown, key.text()}};
        ++requests_.get;
        auto done = store_.get(
            {&op, 1}, [&](std::size_t, result<get_reply> reply) { found = std::move(reply); }, call_);
        if (!done) return std::move(done).error();
        return found;
    }
    [[nodiscard]] result<void> remove(const object_key& key) {
        result<void> outcome;
        ++requests_.remove;
        auto done = store_.remove(
            {&key, 1}, [&](std::size_t, result<void> removed) { outcome = std::move(removed); }, call_);
        return done ? outcome : done;
    }
    [[nodiscard]] bool settle(conditional_writes found) noexcept {
        report_.found.writes = found;
        return false;
    }

    Storage& store_;
    const call_context& call_;
    object_key key_, raced_;
    errc last_{};
    probe_report report_;
    request_counts requests_;
};

} // namespace detail

}} // namespace sealsync

#endif

#ifndef SEALSYNC_S3_MULTIPART_UPLOAD_HPP
#define SEALSYNC_S3_MULTIPART_UPLOAD_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// How a source is cut. All parts but the last are equally long: R2 asks for that.
struct part_plan {
    std::uint64_t size = 0, part_bytes = 0;

    static constexpr std::uint64_t parts_max = 10'000;
    static constexpr std::uint64_t part_bytes_min = std::uint64_t{5} << 20U;
    static constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

    [[nodiscard]] static part_plan of(std::uint64_t size, std::uint64_t wanted) noexcept {
        const auto least = (size + parts_max - 1) / parts_max;
        const auto bytes = (std::max)({wanted, least, part_bytes_min});
        return {size, (bytes + mebibyte - 1) / mebibyte * mebibyte};
    }
    [[nodiscard]] std::uint32_t count() const noexcept {
        return static_cast<std::uint32_t>((size + part_bytes - 1) / part_bytes);
    }
    /// `number` begins at 1.
    [[nodiscard]] byte_range range(std::uint32_t number) const noexcept {
        const auto offset = (number - 1) * part_bytes;
        return {offset, (std::min)(part_bytes, size - offset)};
    }
};

/// The parts that the store does not have yet, a few at once: those that wait for another attempt count, too.
class part_job : public object_job {
public:
    part_job(std::string_view in, const put_op& op, const part_plan& plan, std::string upload,
             std::vector<std::uint32_t> missing, std::size_t held_max)
        : object_job{in},
          op_{op},
          plan_{plan},
          upload_{std::move(upload)},
          missing_{std::move(missing)},
          held_(missing_.size()),
          held_max_{held_max} {}

    [[nodiscard]] std::size_t count() const noexcept { return missing_.size(); }
    [[nodiscard]] s3_effect effect(std::size_t) const noexcept { return s3_effect::write; }
    [[nodiscard]] const std::string& name(std::size_t) const { return op_.key.text(); }
    [[nodiscard]] bool may_start(std::size_t) const noexcept { return held_count_ == 0 || held_count_ < held_max_; }
    /// After one part has failed no other need be sent.
    [[nodiscard]] result<s3_request> request(std::size_t i) {
        if (failed_) return *failed_;
        const auto range = plan_.range(missing_[i]);
        if (held_[i].empty()) {
            held_[i].resize(static_cast<std::size_t>(range.length));
            ++held_count_;
            if (auto read = op_.source->read(range.offset, held_[i]); !read) {
                failed_ = std::move(read).error();
                return *failed_;
            }
        }
        s3_request wanted{http_method::put, key_of(op_.key)};
        wanted.query = {{"partNumber", std::to_string(missing_[i])}, {"uploadId", upload_}};
        wanted.body = held_[i];
        return wanted;
    }
    void ended(std::size_t i, result<http_response> outcome) {
        if (!std::exchange(held_[i], bytes{}).empty()) --held_count_;
        if (outcome) {
            sent_.push_back({missing_[i], plan_.range(missing_[i]).length, std::string{outcome->header("etag")}});
        } else if (!failed_) {
            failed_ = of_upload(outcome.error(), op_);
        }
    }

    /// Another client that puts the same object may have completed or aborted the upload: then it is gone.
    [[nodiscard]] static failure of_upload(const failure& why, const put_op& op) {
        if (why.code() != errc::not_found) return why;
        return failure{errc::outcome_unknown, op.key.text(), "the upload is gone: " + why.detail()};
    }

    [[nodiscard]] result<std::vector<s3_part>> take() {
        if (failed_) return *failed_;
        return std::move(sent_);
    }

private:
    const put_op& op_;
    const part_plan& plan_;
    std::string upload_;
    std::vector<std::uint32_t> missing_;
    std::vector<bytes> held_;
    std::size_t held_count_ = 0, held_max_;
    std::vector<s3_part> sent_;
    std::optional<failure> failed_;
};

/// Uploads one large source in parts. Requests: one that looks for an upload cut short (and one to list its parts, a
/// thousand at a time), one to begin, one per part, one to complete; one HEAD where the store gives no etag.
///
/// What an upload cut short has stored is used again where size and MD5 of the part agree. An upload that ended for
/// lack of a connection is left for that; one that cannot succeed is aborted.
template <class Runner, s3_xml Xml, s3_crypto Crypto>
class multipart_upload {
public:
    multipart_upload(Runner& runner, Crypto& crypto, std::string_view prefix, const s3_settings& settings,
                     const call_context& call)
        : runner_{runner}, crypto_{crypto}, prefix_{prefix}, settings_{settings}, call_{call} {}

    [[nodiscard]] result<put_reply> run(const put_op& op) {
        const auto plan = part_plan::of(op.source->size(), settings_.part_bytes);
        auto upload = find_or_begin(op);
        if (!upload) return std::move(upload).error().during("begin a multipart upload");
        auto done = fill(op, plan, *upload);
        if (!done && !is_worth_resuming(done.error().code())) abort(op, upload->id);
        return done;
    }

private:
    struct begun {
        std::string id;
        std::map<std::uint32_t, s3_part> stored{};
    };

    [[nodiscard]] std::string key_of(const put_op& op) const { return std::string{prefix_} + op.key.text(); }

    [[nodiscard]] static bool is_worth_resuming(errc code) noexcept {
        return kind_of(code) == error_kind::retry && code != errc::io_error;
    }

    [[nodiscard]] result<http_response> ask(s3_request request, const put_op& op) {
        request.body_max = s3_document_max;
        single_job job{std::move(request), s3_effect::write, op.key.text()};
        if (auto done = runner_.run(job, call_); !done) return std::move(done).error();
        return job.take();
    }

    [[nodiscard]] result<begun> find_or_begin(const put_op& op) {
        if (settings_.resume_uploads) {
            auto found = find(op);
            if (!found) return std::move(found).error();
            if (*found) return **std::move(found);
        }
        s3_request request{http_method::post, key_of(op), {{"uploads"}}};
        request.headers.push_back({"content-type", "application/octet-stream"});
        const auto answer = ask(std::move(request), op);
        if (!answer) return answer.error();
        auto id = Xml::upload_id(answer->body);
        if (!id) return unreadable(id.error(), op.key.text(), *answer);
        return begun{*std::move(id)};
    }

    /// The newest upload of this very key; nothing if there is none, or the store does not tell: what was uploaded
    /// before saves time, and nothing rests on it.
    [[nodiscard]] result<std::optional<begun>> find(const put_op& op) {
        const auto key = key_of(op);
        const auto answer = ask({http_method::get, {}, {{"uploads"}, {"prefix", key}}}, op);
        if (!answer && is_worth_resuming(answer.error().code())) return answer.error();
        if (!answer) return std::optional<begun>{};
        auto uploads = Xml::uploads(answer->body);
        if (!uploads) return std::optional<begun>{};
        std::erase_if(*uploads, [&](const s3_upload& one) { return one.key != key; });
        if (uploads->empty()) return std::optional<begun>{};
        const auto newest = std::max_element(uploads->begin(), uploads->end(),
                                             [](const auto& a, const auto& b) { return a.initiated < b.initiated; });
        begun upload{newest->id};
        auto listed = list_parts(op, upload);
        if (listed) return std::optional<begun>{std::move(upload)};
        if (is_worth_resuming(listed.error().code())) return std::move(listed).error();
        return std::optional<begun>{};
    }

    [[nodiscard]] result<void> list_parts(const put_op& op, begun& upload) {
        std::uint32_t after = 0;
        while (true) {
            s3_request request{http_method::get, key_of(op), {{"uploadId", upload.id}}};
            if (after > 0) request.query.push_back({"part-number-marker", std::to_string(after)});
            const auto answer = ask(std::move(request), op);
            if (!answer) return answer.error();
            auto page = Xml::parts(answer->body);
            if (!page) return std::move(page).error();
            for (auto& part : page->parts) upload.stored.insert_or_assign(part.number, std::move(part));
            if (!page->more || page->next <= after || page->next >= part_plan::parts_max) return {};
            after = page->next;
        }
    }

    [[nodiscard]] result<put_reply> fill(const put_op& op, const part_plan& plan, const begun& upload) {
        std::vector<s3_part> parts;
        std::vector<std::uint32_t> missing;
        for (std::uint32_t number = 1; number <= plan.count(); ++number) {
            if (call_.stop.stop_requested()) return stopped(op.key.text());
            const auto stored = upload.stored.find(number);
            auto same = stored == upload.stored.end() ? result<bool>{false} : holds(op, plan, stored->second);
            if (!same) return std::move(same).error();
            if (*same) {
                parts.push_back(stored->second);
            } else {
                missing.push_back(number);
            }
        }
        auto runner = runner_.with(settings_.parts_at_once);
        part_job job{prefix_, op, plan, upload.id, std::move(missing), settings_.parts_at_once};
        if (auto done = runner.run(job, call_); !done) return std::move(done).error();
        auto sent = job.take();
        if (!sent) return std::move(sent).error();
        parts.insert(parts.end(), sent->begin(), sent->end());
        std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
        return complete(op, plan, upload.id, parts);
    }

    /// By MD5, which is what the etag of a part is; where it is not, the part is sent again.
    [[nodiscard]] result<bool> holds(const put_op& op, const part_plan& plan, const s3_part& stored) {
        const auto range = plan.range(stored.number);
        if (stored.size != range.length) return false;
        bytes part(static_cast<std::size_t>(range.length));
        if (auto read = op.source->read(range.offset, part); !read) return std::move(read).error();
        return without_quotes(stored.etag) == to_hex(crypto_.md5(part));
    }

    [[nodiscard]] result<put_reply> complete(const put_op& op, const part_plan& plan, const std::string& id,
                                             const std::vector<s3_part>& parts) {
        const auto document = complete_document(parts);
        s3_request request{http_method::post, key_of(op), {{"uploadId", id}}};
        request.headers.push_back({"content-type", "application/xml"});
        request.body = document;
        const auto answer = ask(std::move(request), op);
        // Gone: an earlier attempt of this very request has completed it, or somebody has aborted it.
        if (!answer && answer.error() == errc::not_found) return look(op, plan, assembled_etag(parts));
        if (!answer) return answer.error().during("complete a multipart upload");
        if (auto said = Xml::error(answer->body); !said.code.empty()) {
            const s3_error error{200, said.code, said.message, said.request_id};
            return failure{errc_by_name(said.code).value_or(errc::unavailable), op.key.text(),
                           describe(error, *answer)};
        }
        auto etag = Xml::completed(answer->body);
        if (!etag) return look(op, plan, assembled_etag(parts));
        if (etag->empty()) return look(op, plan, std::nullopt);
        return put_reply{*std::move(etag), parse_http_date(answer->header("date"))};
    }

    /// The MD5 of the MD5s of all parts, and their count. Servers that make their etags otherwise are not believed
    /// where it matters.
    [[nodiscard]] std::string assembled_etag(const std::vector<s3_part>& parts) {
        bytes all(parts.size() * 16);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (!from_hex(without_quotes(parts[i].etag), std::span{all}.subspan(i * 16, 16))) return "unknown";
        }
        return to_hex(crypto_.md5(all)) + "-" + std::to_string(parts.size());
    }

    /// What is stored under the key now, if it is as long as it should be, and has that etag where it must.
    [[nodiscard]] result<put_reply> look(const put_op& op, const part_plan& plan, std::optional<std::string> etag) {
        const get_op details{op.key, get_part::details};
        result<get_reply> found{failure{errc::outcome_unknown, op.key.text()}};
        const auto take = [&](std::size_t, result<get_reply> reply) { found = std::move(reply); };
        get_job job{prefix_, {&details, 1}, take};
        if (auto done = runner_.run(job, call_); !done) return std::move(done).error();
        if (!found) return part_job::of_upload(found.error(), op);
        if (found->size != plan.size || (etag && without_quotes(found->etag) != *etag)) {
            return failure{errc::outcome_unknown, op.key.text(), "the upload is gone, and another object is there"};
        }
        return put_reply{std::move(found->etag), found->date};
    }

    /// Its failure is of no interest: the one that led here is told, and an upload that stays is listed by the store.
    void abort(const put_op& op, const std::string& id) {
        (void)ask({http_method::remove, key_of(op), {{"uploadId", id}}}, op);
    }

    Runner& runner_;
    Crypto& crypto_;
    std::string_view prefix_;
    const s3_settings& settings_;
    const call_context& call_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_S3_RANGED_DOWNLOAD_HPP
#define SEALSYNC_S3_RANGED_DOWNLOAD_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

using download_sink = function_ref<result<void>(bytes_view)>;

/// The rest of one object in ranges, several at once, handed on in order. Every range is of the version that `etag`
/// names.
class range_job : public object_job {
public:
    struct rest {
        std::string etag;
        std::uint64_t offset = 0, size = 0; ///< from where, and of the whole object
        std::uint64_t part_bytes = 0;
        std::size_t held_max = 1; ///< parts under way or waiting for their turn
    };
    range_job(std::string_view in, const object_key& key, rest wanted, download_sink sink)
        : object_job{in},
          key_{key},
          rest_{std::move(wanted)},
          sink_{sink},
          arrived_(static_cast<std::size_t>((rest_.size - rest_.offset + rest_.part_bytes - 1) / rest_.part_bytes)),
          rooms_((std::min)(rest_.held_max, arrived_.size())) {}

    [[nodiscard]] std::size_t count() const noexcept { return arrived_.size(); }
    [[nodiscard]] s3_effect effect(std::size_t) const noexcept { return s3_effect::read; }
    [[nodiscard]] const std::string& name(std::size_t) const { return key_.text(); }
    [[nodiscard]] bool is_answer(int status) const noexcept { return status == 206 || status == 416; }
    [[nodiscard]] bool may_start(std::size_t i) const noexcept { return i < next_ + rest_.held_max; }

    [[nodiscard]] result<s3_request> request(std::size_t i) {
        if (failed_) return *failed_;
        room(i).resize(static_cast<std::size_t>(rest_.part_bytes)); // of the part before, most often
        s3_request wanted{http_method::get, key_of(key_)};
        wanted.headers.push_back(range_header({offset(i), length(i)}));
        wanted.body_max = (std::max)(length(i), std::uint64_t{64} << 10U);
        wanted.room = room(i);
        return wanted;
    }

    void ended(std::size_t i, result<http_response> outcome) {
        if (!outcome) return fail(std::move(outcome).error());
        if (outcome->status == 416 || outcome->header("etag") != rest_.etag) {
            return fail(failure{errc::source_changed, key_.text(), "overwritten while it was downloaded"});
        }
        const content_range wanted{offset(i), length(i), rest_.size};
        if (outcome->in_room == 0) room(i) = std::move(outcome->body);
        const auto size = outcome->in_room == 0 ? room(i).size() : outcome->in_room;
        if (content_range::of(*outcome) != wanted || size != wanted.length) {
            return fail(failure{errc::connection_lost, key_.text(), "another range than was asked for"});
        }
        arrived_[i] = true;
        while (!failed_ && next_ < arrived_.size() && arrived_[next_]) hand_on(next_++);
    }

    [[nodiscard]] result<void> take() const { return failed_ ? result<void>{*failed_} : result<void>{}; }

private:
    [[nodiscard]] std::uint64_t offset(std::size_t i) const noexcept { return rest_.offset + i * rest_.part_bytes; }
    [[nodiscard]] std::uint64_t length(std::size_t i) const noexcept {
        return (std::min)(rest_.part_bytes, rest_.size - offset(i));
    }
    /// As many as may be under way or wait for their turn: one is free again when its part is handed on.
    [[nodiscard]] bytes& room(std::size_t i) noexcept { return rooms_[i % rooms_.size()]; }
    void hand_on(std::size_t i) {
        const auto part = bytes_view{room(i)}.subview(0, static_cast<std::size_t>(length(i)));
        if (auto taken = sink_(part); !taken) fail(std::move(taken).error());
    }
    /// Nothing more is worth asking for: what has not begun ends with this, too.
    void fail(failure why) {
        if (!failed_) failed_ = std::move(why);
        next_ = arrived_.size();
    }

    const object_key& key_;
    rest rest_;
    std::size_t next_ = 0;
    download_sink sink_;
    std::vector<bool> arrived_;
    std::vector<bytes> rooms_;
    std::optional<failure> failed_;
};

/// Hands one object of any size to `sink`, in order, and tells what it is. Requests: one for the first part, which
/// tells the size, and one per further part.
template <class Runner>
[[nodiscard]] result<get_reply> download(Runner& runner, std::string_view prefix, const object_key& key,
                                         const s3_settings& settings, download_sink sink, const call_context& call) {
    const auto part_bytes = (std::max)(settings.part_bytes, std::uint64_t{1});
    get_op first{key};
    first.range = byte_range{0, part_bytes};
    first.size_max = part_bytes;
    result<get_reply> reply{failure{errc::outcome_unknown, key.text()}};
    const auto take = [&](std::size_t, result<get_reply> answer) { reply = std::move(answer); };
    get_job begin{prefix, {&first, 1}, take};
    if (auto done = runner.run(begin, call); !done) return std::move(done).error();
    if (!reply) return reply;
    const auto begun = reply->body.size();
    if (auto taken = sink(reply->body); !taken) return std::move(taken).error();
    reply->body = bytes{}; // before others take its place
    if (begun == reply->size) return reply;

    const auto held = (std::max<std::uint64_t>)(settings.held_bytes_max / part_bytes, 1);
    range_job job{prefix, key, {reply->etag, begun, reply->size, part_bytes, static_cast<std::size_t>(held)}, sink};
    if (auto done = runner.run(job, call); !done) return std::move(done).error();
    if (auto done = job.take(); !done) return std::move(done).error();
    return reply;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_S3_BASIC_S3_STORAGE_HPP
#define SEALSYNC_S3_BASIC_S3_STORAGE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Objects in a bucket of any S3-compatible service. A handle: copies are the same store. Thread-safe: each call
/// borrows an HTTP client, and gives it back with its connections open. docs/s3.md
///
/// Retries what may be repeated (`s3_settings::retry`): reads, and writes of the same bytes. A conditional write is
/// sent again only if it certainly did not land; if nobody knows, it is `errc::outcome_unknown`: read back. Sources
/// above `multipart_above` are uploaded in parts; such a write takes no condition, since not all stores honour one.
template <http_client Http, s3_authority Authority, s3_xml Xml, s3_crypto Crypto>
class basic_s3_storage {
public:
    /// Makes a client for one more caller at the same time.
    using client_factory = std::function<result<Http>()>;

    /// `prefix` stands before every key in the bucket: empty, or with a slash at its end.
    basic_s3_storage(client_factory connect, Authority authority, std::string prefix = {}, s3_settings settings = {})
        : state_{std::make_shared<state>(std::move(connect), std::move(authority), std::move(prefix), settings)} {}

    /// One request an operation.
    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink got, const call_context& call) {
        auto by = borrow();
        if (!by) return std::move(by).error();
        auto runner = by->runner(state_->settings.connections);
        detail::get_job job{state_->prefix, ops, got};
        if (auto done = runner.run(job, call); !done) return done;
        return complete_ranges(runner, job.take_sizeless(), ops, got, call);
    }

    /// One request an operation; above `multipart_above` as `detail::multipart_upload` says.
    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink stored, const call_context& call) {
        auto by = borrow();
        if (!by) return std::move(by).error();
        std::vector<std::size_t> whole, parted;
        for (std::size_t i = 0; i < ops.size(); ++i) (is_large(ops[i]) ? parted : whole).push_back(i);
        auto runner = by->runner(state_->settings.connections);
        if (parted.empty()) return put_whole(runner, ops, stored, call);

        std::vector<put_op> some;
        for (const auto i : whole) some.push_back(ops[i]);
        const auto renamed = [&](std::size_t i, result<put_reply> reply) { stored(whole[i], std::move(reply)); };
        if (auto done = put_whole(runner, some, renamed, call); !done) return done;
        auto single = runner.with(1);
        for (const auto i : parted) {
            if (call.stop.stop_requested()) return detail::stopped(ops[i].key.text());
            stored(i, put_in_parts(single, by->get().crypto, ops[i], call));
        }
        return {};
    }

    /// One request for a thousand keys, if they are many and the store takes that; else one each.
    [[nodiscard]] result<void> remove(std::span<const object_key> keys, remove_sink removed, const call_context& call) {
        auto by = borrow();
        if (!by) return std::move(by).error();
        auto runner = by->runner(state_->settings.connections);
        if (keys.size() < few_keys) return remove_each(runner, keys, removed, call);

        std::vector<std::size_t> left;
        const auto sift = [&](std::size_t i, result<void> outcome) {
            if (!outcome && outcome.error() == errc::unsupported) return left.push_back(i);
            removed(i, std::move(outcome));
        };
        detail::multi_delete_job<Xml, Crypto> job{state_->prefix, keys, by->get().crypto, sift};
        if (auto done = runner.run(job, call); !done) return done;
        std::vector<object_key> rest;
        for (const auto i : left) rest.push_back(keys[i]);
        const auto renamed = [&](std::size_t i, result<void> outcome) { removed(left[i], std::move(outcome)); };
        return remove_each(runner, rest, renamed, call);
    }

    /// One request. `errc::unsupported` if the store does not list in order, or does not go on where it is told.
    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        auto by = borrow();
        if (!by) return std::move(by).error();
        auto runner = by->runner(1);
        detail::single_job job{listing(query), detail::s3_effect::read, listed(query)};
        if (auto done = runner.run(job, call); !done) return std::move(done).error();
        auto answer = job.take();
        if (!answer) return std::move(answer).error();
        auto page = Xml::listing(answer->body);
        if (!page) return detail::unreadable(page.error(), listed(query), *answer);
        page->date = parse_http_date(answer->header("date"));
        return tidied(*std::move(page), query);
    }

    /// No request if it was asked before, or told by `assume`; else about fifty: `probe_anew`.
    [[nodiscard]] result<storage_capabilities> probe(const call_context& call) {
        if (const auto known = state_->capabilities()) return *known;
        auto report = probe_anew(call);
        if (!report) return std::move(report).error();
        return report->found;
    }

    /// Tries the store's conditional writes on two objects of its own, and tells what it answered. Makes about a dozen
    /// calls of this store, to each of which the timeout of `call` applies.
    [[nodiscard]] result<probe_report> probe_anew(const call_context& call) {
        std::array<std::byte, 8> random{};
        if (auto drawn = Crypto{}.random(random); !drawn) return std::move(drawn).error();
        state_->assume(std::nullopt); // etags are sent as they are
        detail::capability_probe<basic_s3_storage> probe{*this, "sealsync-probe-" + to_hex(random), call};
        auto report = probe.run();
        state_->add(probe.requests());
        if (report) state_->assume(report->found);
        return report;
    }
    /// Of all probes so far, those that failed included.
    [[nodiscard]] request_counts probe_requests() const { return state_->probe_requests(); }

    /// What an earlier probe of the same `identity()` has found.
    void assume(const storage_capabilities& known) { state_->assume(known); }
    [[nodiscard]] std::string identity() const { return state_->authority.describe() + "/" + state_->prefix; }

    /// Hands an object of any size to `sink` in order, holding `held_bytes_max` at most; tells what it is, without the
    /// body. `errc::source_changed` if it was overwritten meanwhile. One request per `part_bytes`, several at once.
    [[nodiscard]] result<get_reply> download(const object_key& key, function_ref<result<void>(bytes_view)> sink,
                                             const call_context& call = {}) {
        auto by = borrow();
        if (!by) return std::move(by).error();
        auto runner = by->runner(state_->settings.connections);
        return detail::download(runner, state_->prefix, key, state_->settings, sink, call);
    }

private:
    using runner_type = detail::request_runner<Http, Authority, Xml>;
    static constexpr std::size_t few_keys = 4;

    struct session {
        Http http;
        Authority authority;
        Crypto crypto;
        detail::retry_policy retry;
    };

    struct state {
        state(client_factory made, Authority proof, std::string before, s3_settings with)
            : connect{std::move(made)}, authority{std::move(proof)}, prefix{std::move(before)}, settings{with} {}

        [[nodiscard]] std::optional<storage_capabilities> capabilities() {
            const std::scoped_lock lock{mutex};
            return known;
        }
        void assume(std::optional<storage_capabilities> found) {
            const std::scoped_lock lock{mutex};
            known = found;
        }

        void add(const request_counts& more) {
            const std::scoped_lock lock{mutex};
            probed += more;
        }
        [[nodiscard]] request_counts probe_requests() {
            const std::scoped_lock lock{mutex};
            return probed;
        }

        const client_factory connect;
        const Authority authority;
        const std::string prefix;
        const s3_settings settings;
        std::mutex mutex;
        std::optional<storage_capabilities> known;
        request_counts probed;
        std::vector<std::unique_ptr<session>> idle;
    };

    /// A session for the length of a call.
    class lease {
    public:
        lease(std::shared_ptr<state> from, std::unique_ptr<session> one)
            : from_{std::move(from)}, one_{std::move(one)} {}
        lease(lease&&) noexcept = default;
        ~lease() {
            if (!one_) return;
            const std::scoped_lock lock{from_->mutex};
            from_->idle.push_back(std::move(one_));
        }
        [[nodiscard]] session& get() noexcept { return *one_; }
        [[nodiscard]] runner_type runner(std::size_t connections) {
            return {one_->http, one_->authority, one_->retry, connections};
        }

    private:
        std::shared_ptr<state> from_;
        std::unique_ptr<session> one_;
    };

    [[nodiscard]] result<lease> borrow() {
        {
            const std::scoped_lock lock{state_->mutex};
            if (!state_->idle.empty()) {
                auto one = std::move(state_->idle.back());
                state_->idle.pop_back();
                return lease{state_, std::move(one)};
            }
        }
        auto http = state_->connect();
        if (!http) return std::move(http).error();
        Crypto crypto;
        std::uint64_t seed = 0;
        if (auto drawn = crypto.random(std::as_writable_bytes(std::span{&seed, 1})); !drawn) {
            return std::move(drawn).error();
        }
        return lease{state_,
                     std::unique_ptr<session>{new session{
                         *std::move(http), state_->authority, std::move(crypto), {state_->settings.retry, seed}}}};
    }

    /// The sizes of objects whose range was missed by an answer that did not tell them.
    [[nodiscard]] result<void> complete_ranges(runner_type& runner, const std::vector<std::size_t>& which,
                                               std::span<const get_op> ops, get_sink got, const call_context& call) {
        if (which.empty()) return {};
        std::vector<get_op> details;
        for (const auto i : which) details.push_back({ops[i].key, get_part::details});
        const auto renamed = [&](std::size_t i, result<get_reply> reply) { got(which[i], std::move(reply)); };
        detail::get_job job{state_->prefix, details, renamed};
        return runner.run(job, call);
    }

    [[nodiscard]] bool is_large(const put_op& op) const noexcept {
        return op.source != nullptr && op.source->size() > state_->settings.multipart_above;
    }

    [[nodiscard]] result<void> put_whole(runner_type& runner, std::span<const put_op> ops, put_sink stored,
                                         const call_context& call) {
        const auto known = state_->capabilities();
        detail::put_job job{state_->prefix, ops, !known || !known->unquoted_etags, state_->settings.held_bytes_max,
                            stored};
        return runner.run(job, call);
    }

    [[nodiscard]] result<put_reply> put_in_parts(runner_type& runner, Crypto& crypto, const put_op& op,
                                                 const call_context& call) {
        if (op.condition != write_condition::unconditional) {
            return failure{errc::unsupported, op.key.text(), "a conditional write of so large an object"};
        }
        return detail::multipart_upload<runner_type, Xml, Crypto>{runner, crypto, state_->prefix, state_->settings,
                                                                  call}
            .run(op);
    }

    [[nodiscard]] result<void> remove_each(runner_type& runner, std::span<const object_key> keys, remove_sink removed,
                                           const call_context& call) {
        detail::remove_job job{state_->prefix, keys, removed};
        return runner.run(job, call);
    }

    /// For messages: a prefix may be empty.
    [[nodiscard]] std::string listed(const list_query& query) const {
        return query.prefix.empty() ? identity() : query.prefix;
    }

    [[nodiscard]] s3_request listing(const list_query& query) const {
        s3_request wanted;
        wanted.body_max = s3_document_max;
        wanted.query = {{"list-type", "2"},
                        {"encoding-type", "url"}, // XML has no form for every byte that a key may have
                        {"max-keys", std::to_string((std::clamp)(query.limit, std::size_t{1}, std::size_t{1000}))},
                        {"prefix", state_->prefix + query.prefix}};
        if (!query.after.empty()) wanted.query.push_back({"start-after", state_->prefix + query.after});
        return wanted;
    }

    /// Keys without the store's prefix, and only what was asked for: in order, after where the last page ended, and no
    /// more than that.
    [[nodiscard]] result<list_page> tidied(list_page page, const list_query& query) const {
        const std::string* last = nullptr;
        for (auto& entry : page.entries) {
            if (!entry.key.starts_with(state_->prefix)) return disorder(query, "it lists what has another prefix");
            entry.key.erase(0, state_->prefix.size());
            if (last != nullptr && entry.key <= *last) return disorder(query, "its listings are not in order");
            last = &entry.key;
        }
        std::erase_if(page.entries, [&](const list_entry& entry) {
            return entry.key <= query.after || !entry.key.starts_with(query.prefix);
        });
        if (page.entries.empty() && page.more) return disorder(query, "its listings do not go on");
        if (const auto most = (std::max)(query.limit, std::size_t{1}); page.entries.size() > most) {
            page.entries.resize(most);
            page.more = true;
        }
        return page;
    }
    [[nodiscard]] failure disorder(const list_query& query, const char* why) const {
        return failure{errc::unsupported, listed(query), why};
    }

    std::shared_ptr<state> state_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_S3_PRESIGNED_REQUEST_HPP
#define SEALSYNC_S3_PRESIGNED_REQUEST_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A request that somebody who has credentials shall let somebody else make.
struct presign_query {
    http_method method = http_method::get;
    std::string key{};                  ///< as the store has it, prefix included; empty: the bucket itself, for listing
    std::vector<s3_parameter> query{};  ///< not encoded, in any order
    std::vector<http_header> headers{}; ///< conditions, range, content type: signed, so that it is good for no other
    std::optional<digest256> payload_hash{}; ///< of the only body that may be sent; nothing: any
};

/// What makes it. The URL is a credential until it expires: it belongs in no log and in no message.
struct presigned_request {
    std::string url;
    std::vector<http_header> headers; ///< to be sent with it, all of them and as they are
};

namespace detail {

/// Of the requests that POST makes, only the steps of a multipart upload say in their URL what is done.
[[nodiscard]] inline bool can_be_presigned(http_method method, std::span<const s3_parameter> query) noexcept {
    if (method != http_method::post) return true;
    return std::any_of(query.begin(), query.end(),
                       [](const s3_parameter& one) { return one.name == "uploads" || one.name == "uploadId"; });
}

/// Why these headers cannot be sent, or nothing. A line break in a value would be a header of somebody else's choice.
[[nodiscard]] inline const char* fault_of_headers(std::span<const http_header> headers) noexcept {
    constexpr std::string_view token = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
    for (const auto& [name, value] : headers) {
        if (name.empty() || name.find_first_not_of(token) != std::string::npos) return "no lower-case header name";
        for (const char c : value) {
            if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f) return "control character in a header";
        }
    }
    return nullptr;
}

/// What no store would take, whoever asks. Fails with `errc::invalid_argument` or `errc::too_large`.
[[nodiscard]] inline result<void> check_s3_request(const std::string& key, std::span<const http_header> headers) {
    constexpr std::size_t key_size_max = 1024;
    if (key.size() > key_size_max) return failure{errc::too_large, key, "a key of over 1024 bytes"};
    if (const char* why = fault_of_headers(headers)) return failure{errc::invalid_argument, key, why};
    for (const auto& one : headers) {
        for (const auto own : {"host", "authorization", "x-amz-date", "x-amz-security-token"}) {
            if (one.name == own) return failure{errc::invalid_argument, key, one.name + " is the authority's own"};
        }
    }
    return {};
}

} // namespace detail

}} // namespace sealsync

#endif

#ifndef SEALSYNC_S3_S3_PROFILE_HPP
#define SEALSYNC_S3_S3_PROFILE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Gives the value of an environment variable, or nothing. May be called from several threads.
using environment_lookup = std::function<std::optional<std::string>(const char* name)>;

/// The environment of this process. Thread-safe as long as nobody changes it.
[[nodiscard]] inline std::optional<std::string> process_environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

namespace detail {

/// An empty variable is one that is not set.
[[nodiscard]] inline std::string variable(const environment_lookup& environment, const char* name) {
    return environment(name).value_or(std::string{});
}

[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view spaces = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(spaces);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

using ini_section = std::map<std::string, std::string, std::less<>>;

/// The files that AWS's tools keep settings in: `[section]`, `name = value`, comments after `#` or `;` that begin a
/// line or follow a space. Names are in lower case; of two equal ones the last counts. Settings nested below one
/// without a value are left out, and so is what is none of these.
class ini_reader {
public:
    [[nodiscard]] static ini_section section(std::string_view text, std::string_view name) {
        ini_reader reader{name};
        if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
        while (!text.empty()) {
            const auto line = text.substr(0, text.find('\n'));
            text.remove_prefix((std::min)(text.size(), line.size() + 1));
            reader.read(line);
        }
        return std::move(reader.found_);
    }

private:
    explicit ini_reader(std::string_view name) : name_{name} {}

    void read(std::string_view line) {
        const bool indented = line.starts_with(' ') || line.starts_with('\t');
        line = trimmed(without_comment(line));
        if (line.empty()) return;
        if (line.front() == '[') {
            inside_ = words_of(line.substr(1, line.find(']') - 1)) == name_;
            nested_ = false;
            return;
        }
        if (indented && nested_) return;
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) return;
        const auto value = trimmed(line.substr(equals + 1));
        nested_ = value.empty();
        if (inside_) found_.insert_or_assign(lower(trimmed(line.substr(0, equals))), std::string{value});
    }

    [[nodiscard]] static std::string_view without_comment(std::string_view line) noexcept {
        for (std::size_t i = 0; i < line.size(); ++i) {
            const bool mark = line[i] == '#' || line[i] == ';';
            if (mark && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) return line.substr(0, i);
        }
        return line;
    }
    /// `[profile  "my name"]` as `profile my name`.
    [[nodiscard]] static std::string words_of(std::string_view text) {
        std::string out;
        for (const char c : trimmed(text)) {
            if (c == '"' || c == '\'') continue;
            const bool space = c == ' ' || c == '\t';
            if (!space) out += c;
            if (space && !out.ends_with(' ')) out += ' ';
        }
        return out;
    }
    [[nodiscard]] static std::string lower(std::string_view text) {
        std::string out{text};
        for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        return out;
    }

    std::string_view name_;
    ini_section found_;
    bool inside_ = false, nested_ = false;
};

} // namespace detail

/// What AWS's files say under one name: `~/.aws/credentials`, and where that says nothing `~/.aws/config`. The
/// variables AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE say otherwise where they are set.
struct s3_profile {
    std::string name{};
    std::vector<std::string> files{}; ///< that were looked into, whether or not they are there
    std::map<std::string, std::string, std::less<>> settings{};

    [[nodiscard]] std::string setting(std::string_view key) const {
        const auto at = settings.find(key);
        return at == settings.end() ? std::string{} : at->second;
    }

    /// Profile `wanted`, or else the one that the environment names, or else `default`. A profile that is nowhere has
    /// no settings. Fails with `errc::io_error` if a file is there but cannot be read.
    [[nodiscard]] static result<s3_profile> read(const environment_lookup& environment, std::string wanted = {}) {
        s3_profile made{.name = std::move(wanted)};
        if (made.name.empty()) made.name = detail::variable(environment, "AWS_PROFILE");
        if (made.name.empty()) made.name = detail::variable(environment, "AWS_DEFAULT_PROFILE");
        if (made.name.empty()) made.name = "default";

        const auto credentials = path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
        const auto config = path_of(environment, "AWS_CONFIG_FILE", "config");
        // The first to have a setting keeps it.
        if (const auto done = made.take(credentials, {made.name}); !done) return done.error();
        if (const auto done = made.take(config, made.names_in_config()); !done) return done.error();
        return made;
    }

private:
    static constexpr std::size_t file_bytes_max = std::size_t{1} << 20U;

    [[nodiscard]] result<void> take(const std::string& path, const std::vector<std::string>& sections) {
        if (path.empty()) return {};
        files.push_back(path);
        const auto text = text_of(path);
        if (!text) return text.error();
        for (const auto& section : sections) {
            for (auto& [key, value] : detail::ini_reader::section(*text, section)) {
                if (!value.empty()) settings.try_emplace(key, value);
            }
        }
        return {};
    }
    /// Empty if there is no such file.
    [[nodiscard]] static result<std::string> text_of(const std::string& path) {
        std::error_code unknown;
        const auto there = std::filesystem::status(path, unknown);
        if (there.type() == std::filesystem::file_type::not_found) return std::string{};
        std::ifstream in{path, std::ios::binary};
        std::string text(file_bytes_max + 1, '\0');
        in.read(text.data(), static_cast<std::streamsize>(text.size()));
        if (in.bad() || !in.eof()) return failure{errc::io_error, path, "cannot be read, or is longer than 1 MiB"};
        text.resize(static_cast<std::size_t>(in.gcount()));
        return text;
    }
    [[nodiscard]] static std::string path_of(const environment_lookup& environment, const char* name,
                                             std::string_view file) {
        if (auto stated = detail::variable(environment, name); !stated.empty()) return stated;
        auto home = detail::variable(environment, "HOME");
        if (home.empty()) home = detail::variable(environment, "USERPROFILE");
        return home.empty() ? std::string{} : home + "/.aws/" + std::string{file};
    }
    [[nodiscard]] std::vector<std::string> names_in_config() const {
        return name == "default" ? std::vector<std::string>{"profile default", "default"}
                                 : std::vector<std::string>{"profile " + name};
    }
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_S3_S3_CREDENTIALS_HPP
#define SEALSYNC_S3_S3_CREDENTIALS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What proves who asks a store. Never shown: no message has any part of it.
struct s3_credentials {
    std::string access_key, secret_key;
    std::string session_token{}; ///< of temporary credentials; else empty
    [[nodiscard]] friend bool operator==(const s3_credentials&, const s3_credentials&) = default;
};

/// Gives the credentials to use now. `refresh`: the store has refused the last ones, so that a cached answer will not
/// do. Fails with `errc::access_denied` if there are none, or with whatever kept it from getting them.
using s3_credentials_provider = std::function<result<s3_credentials>(bool refresh)>;

/// These, for ever.
[[nodiscard]] inline s3_credentials_provider fixed_s3_credentials(s3_credentials credentials) {
    return [credentials = std::move(credentials)](bool) -> result<s3_credentials> { return credentials; };
}

namespace detail {

[[nodiscard]] inline failure no_credentials(std::string why) {
    return failure{errc::access_denied, "S3 credentials", std::move(why)};
}

/// Nothing if neither key is set; half a pair is a mistake that looking elsewhere would hide.
[[nodiscard]] inline result<std::optional<s3_credentials>>
paired(s3_credentials found, const std::string& where, std::string_view access_name, std::string_view secret_name) {
    if (found.access_key.empty() && found.secret_key.empty()) return std::optional<s3_credentials>{};
    if (!found.access_key.empty() && !found.secret_key.empty()) return std::optional{std::move(found)};
    const auto there = found.access_key.empty() ? secret_name : access_name;
    const auto missing = found.access_key.empty() ? access_name : secret_name;
    return no_credentials(where + " has " + std::string{there} + " but no " + std::string{missing});
}

[[nodiscard]] inline result<std::optional<s3_credentials>>
credentials_in_environment(const environment_lookup& environment) {
    return paired({variable(environment, "AWS_ACCESS_KEY_ID"), variable(environment, "AWS_SECRET_ACCESS_KEY"),
                   variable(environment, "AWS_SESSION_TOKEN")},
                  "the environment", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
}

[[nodiscard]] inline result<std::optional<s3_credentials>> credentials_in(const s3_profile& profile) {
    return paired({profile.setting("aws_access_key_id"), profile.setting("aws_secret_access_key"),
                   profile.setting("aws_session_token")},
                  "profile " + profile.name, "aws_access_key_id", "aws_secret_access_key");
}

/// Where a profile was looked for in vain, and what it has instead of keys.
[[nodiscard]] inline std::string absence_in(const s3_profile& profile) {
    if (profile.files.empty()) return "no home directory to look for ~/.aws in";
    for (const auto* other :
         {"credential_process", "role_arn", "sso_session", "sso_start_url", "web_identity_token_file"}) {
        if (profile.settings.contains(other)) {
            return "profile " + profile.name + " uses " + other + ", which needs a provider of the application's own";
        }
    }
    auto text = "no profile " + profile.name + " with aws_access_key_id in ";
    for (std::size_t i = 0; i < profile.files.size(); ++i) text += (i == 0 ? "" : " or ") + profile.files[i];
    return text;
}

} // namespace detail

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if there is one, AWS_SESSION_TOKEN; read whenever asked.
[[nodiscard]] inline s3_credentials_provider
s3_credentials_from_environment(environment_lookup environment = process_environment) {
    return [environment = std::move(environment)](bool) -> result<s3_credentials> {
        auto found = detail::credentials_in_environment(environment);
        if (!found) return std::move(found).error();
        if (!*found) return detail::no_credentials("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
        return **std::move(found);
    };
}

/// The keys of a profile in AWS's files (see `s3_profile`), empty: the one that the environment names; read whenever
/// asked, so that what another program refreshes there is found.
[[nodiscard]] inline s3_credentials_provider
s3_credentials_from_profile(std::string name = {}, environment_lookup environment = process_environment) {
    return [name = std::move(name), environment = std::move(environment)](bool) -> result<s3_credentials> {
        const auto profile = s3_profile::read(environment, name);
        if (!profile) return profile.error().during("credentials of a profile");
        auto found = detail::credentials_in(*profile);
        if (!found) return std::move(found).error();
        if (!*found) return detail::no_credentials(detail::absence_in(*profile));
        return **std::move(found);
    };
}

/// The environment's, or else those of the profile.
[[nodiscard]] inline s3_credentials_provider
default_s3_credentials(environment_lookup environment = process_environment) {
    return [environment = std::move(environment)](bool refresh) -> result<s3_credentials> {
        auto found = detail::credentials_in_environment(environment);
        if (!found) return std::move(found).error();
        if (*found) return **std::move(found);
        auto of_profile = s3_credentials_from_profile({}, environment)(refresh);
        if (of_profile || of_profile.error() != errc::access_denied) return of_profile;
        return detail::no_credentials("AWS_ACCESS_KEY_ID is not set; " + of_profile.error().detail());
    };
}

/// AWS_REGION, AWS_DEFAULT_REGION, or the profile's region: what `s3_location::parse` takes for a default. Empty if
/// none is stated. Fails with `errc::io_error` if a file of AWS's is there but cannot be read.
[[nodiscard]] inline result<std::string>
default_s3_region(const environment_lookup& environment = process_environment) {
    for (const auto* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
        if (auto stated = detail::variable(environment, name); !stated.empty()) return stated;
    }
    const auto profile = s3_profile::read(environment);
    if (!profile) return profile.error().during("region of a profile");
    return profile->setting("region");
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_S3_S3_ENDPOINT_HPP
#define SEALSYNC_S3_S3_ENDPOINT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `scheme://host[:port]`, in the one form that is signed, sent and compared: lower case, no port that goes without
/// saying. Nothing else belongs to an endpoint; credentials, above all, do not.
struct s3_endpoint {
    bool secure = true;
    std::string host{}; ///< IPv6 in brackets
    unsigned port = 0;  ///< 0: the scheme's own

    /// `https` unless it says otherwise. A failure tells what is wrong without repeating what may be secret.
    [[nodiscard]] static result<s3_endpoint> parse(std::string_view text) {
        if (text.find('@') != std::string_view::npos) return refused("credentials do not belong in a URL");
        if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; })) {
            return refused("a space, a control character or one beyond ASCII");
        }
        s3_endpoint made;
        auto rest = text;
        if (const auto colon = text.find("://"); colon != std::string_view::npos) {
            const auto scheme = lower(text.substr(0, colon));
            if (scheme != "https" && scheme != "http") return refused("neither https:// nor http://");
            made.secure = scheme == "https";
            rest.remove_prefix(colon + 3);
        }
        if (rest.ends_with('/')) rest.remove_suffix(1);
        if (rest.find_first_of("/?#\\") != std::string_view::npos) {
            return refused("a path or query; an endpoint is scheme://host[:port]");
        }
        const auto host_size = rest.starts_with('[') ? rest.find(']') + 1 : (std::min)(rest.find(':'), rest.size());
        made.host = lower(rest.substr(0, host_size));
        if (!valid_host(made.host)) return refused("no host name that could be one");
        rest.remove_prefix(host_size);
        if (rest.empty()) return made;
        if (!read_port(rest, made)) return refused("the port of " + made.host + " is not 1 to 65535");
        return made;
    }

    [[nodiscard]] std::string authority() const { return port == 0 ? host : host + ":" + std::to_string(port); }
    [[nodiscard]] std::string_view scheme() const noexcept { return secure ? "https://" : "http://"; }
    [[nodiscard]] std::string text() const { return std::string{scheme()} + authority(); }

    [[nodiscard]] bool is_address() const noexcept {
        return host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string::npos;
    }
    [[nodiscard]] static bool is_aws(std::string_view host) noexcept {
        return !before_suffix(host, aws_suffixes).empty();
    }

    /// The region that a host is named after, where its provider is known to name hosts like that; or empty.
    [[nodiscard]] std::string region() const {
        auto name = before_suffix(host, aws_suffixes);
        if (name.empty()) name = before_suffix(host, regional_suffixes);
        if (name == "s3") return "us-east-1";
        if (!name.starts_with("s3")) return {};
        // s3.eu-west-1, s3.dualstack.eu-west-1, s3-fips.eu-west-1; once also s3-eu-west-1, not to be confused with
        // s3-external-1.
        const auto dot = name.rfind('.');
        const bool old_form = dot == std::string_view::npos;
        const auto last = name.substr(old_form ? (std::min)(name.size(), std::size_t{3}) : dot + 1);
        return std::count(last.begin(), last.end(), '-') >= (old_form ? 2 : 1) ? std::string{last} : std::string{};
    }

private:
    static constexpr std::array<std::string_view, 2> aws_suffixes{".amazonaws.com", ".amazonaws.com.cn"};
    static constexpr std::array<std::string_view, 3> regional_suffixes{".wasabisys.com", ".backblazeb2.com",
                                                                       ".scw.cloud"};

    [[nodiscard]] static failure refused(std::string why) {
        return failure{errc::invalid_argument, "endpoint", std::move(why)};
    }
    [[nodiscard]] static std::string lower(std::string_view text) {
        std::string out{text};
        for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        return out;
    }
    [[nodiscard]] static bool valid_host(std::string_view host) noexcept {
        const bool v6 = host.starts_with('[');
        if (v6) host = host.substr(1, host.size() - 2);
        const auto allowed = v6 ? "0123456789abcdef:." : "0123456789abcdefghijklmnopqrstuvwxyz-._";
        return !host.empty() && host.find_first_not_of(allowed) == std::string_view::npos &&
               (v6 || (host.front() != '.' && host.find("..") == std::string_view::npos));
    }
    [[nodiscard]] static bool read_port(std::string_view text, s3_endpoint& out) noexcept {
        if (text.front() != ':') return false;
        const auto* end = text.data() + text.size();
        const auto [stop, fault] = std::from_chars(text.data() + 1, end, out.port);
        if (fault != std::errc{} || stop != end || out.port == 0 || out.port > 65535) return false;
        if (out.port == (out.secure ? 443U : 80U)) out.port = 0;
        return true;
    }
    /// What precedes one of the suffixes, or nothing.
    template <std::size_t N>
    [[nodiscard]] static std::string_view before_suffix(std::string_view host,
                                                        const std::array<std::string_view, N>& suffixes) noexcept {
        for (const auto suffix : suffixes) {
            if (host.ends_with(suffix)) return host.substr(0, host.size() - suffix.size());
        }
        return {};
    }
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_S3_URI_ENCODING_HPP
#define SEALSYNC_S3_URI_ENCODING_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Whether a slash separates, as in the path of an object, or is a character like any other, as in a query.
enum class slashes { kept, encoded };

/// What a plus sign stands for: in forms, and in listings with `encoding-type=url`, for a space.
enum class plus_sign { plus, space };

namespace detail {

inline constexpr auto uri_unreserved = [] {
    std::array<bool, 256> table{};
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (const char c : plain) table[static_cast<unsigned char>(c)] = true;
    return table;
}();

[[nodiscard]] constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace detail

/// Appends `text` as signatures want it: every byte but `A-Z a-z 0-9 - . _ ~` as `%XX`, in upper case.
inline void append_uri_encoded(std::string& out, std::string_view text, slashes slash = slashes::encoded) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (detail::uri_unreserved[byte] || (c == '/' && slash == slashes::kept)) {
            out.push_back(c);
        } else {
            out.push_back('%');
            out.push_back(digits[byte >> 4U]);
            out.push_back(digits[byte & 15U]);
        }
    }
}

[[nodiscard]] inline std::string uri_encoded(std::string_view text, slashes slash = slashes::encoded) {
    std::string out;
    append_uri_encoded(out, text, slash);
    return out;
}

/// Nothing if a percent sign is not followed by two hex digits.
[[nodiscard]] inline std::optional<std::string> uri_decoded(std::string_view text, plus_sign plus = plus_sign::plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i] == '+' && plus == plus_sign::space ? ' ' : text[i]);
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const int high = detail::hex_digit(text[i + 1]), low = detail::hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return out;
}

/// A query as it is signed, and sent: encoded, and ordered by encoded name and value. A parameter without a value
/// has its `=` all the same, which every store takes.
[[nodiscard]] inline std::string canonical_query(std::span<const s3_parameter> parameters) {
    std::vector<s3_parameter> encoded;
    encoded.reserve(parameters.size());
    for (const auto& [name, value] : parameters) encoded.push_back({uri_encoded(name), uri_encoded(value)});
    // Not as `name=value`: `=` is greater than the characters that may continue a longer name.
    std::sort(encoded.begin(), encoded.end());

    std::string out;
    for (const auto& [name, value] : encoded) {
        if (!out.empty()) out += '&';
        out.append(name).append("=").append(value);
    }
    return out;
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_S3_S3_LOCATION_HPP
#define SEALSYNC_S3_S3_LOCATION_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Where the bucket's name stands: in the path, which works everywhere, or in the host name, which AWS wants.
enum class s3_addressing {
    automatic, ///< in the host name with AWS, unless dots in the bucket's name break TLS; in the path elsewhere
    path,
    virtual_host,
};

/// A place in an S3 store. What `parse` and `completed` return is valid and has every field.
struct s3_location {
    std::string bucket;
    std::string prefix{};   ///< of all keys: empty, or ending in a slash
    std::string endpoint{}; ///< `scheme://host[:port]`
    std::string region{};
    s3_addressing addressing = s3_addressing::automatic;

    /// `s3://bucket/prefix?endpoint=http://127.0.0.1:9000&region=eu-west-1&style=path`, of which only the bucket must
    /// be there. Prefix and values may be percent-encoded. The region is, in this order: stated, the one that the
    /// endpoint is named after, `default_region`, us-east-1. Fails with `errc::invalid_argument`; the message repeats
    /// nothing that may be a secret.
    [[nodiscard]] static result<s3_location> parse(std::string_view text, std::string_view default_region = {});

    /// The same place, checked, with what was left empty filled in. Fails with `errc::invalid_argument`.
    [[nodiscard]] result<s3_location> completed(std::string_view default_region = {}) const;

    /// What `parse` makes the same location of, in any environment. The following are of a completed location, too.
    [[nodiscard]] std::string text() const;

    [[nodiscard]] bool secure() const noexcept { return endpoint.starts_with("https://"); }
    [[nodiscard]] bool in_host_name() const noexcept;
    /// As in the `host` header.
    [[nodiscard]] std::string host() const;
    /// Encoded once, with nothing normalised: as it is signed and sent. An empty key is the bucket itself.
    [[nodiscard]] std::string path_of(std::string_view key) const;
    /// `query` is encoded, without its question mark.
    [[nodiscard]] std::string url_of(std::string_view key, std::string_view query = {}) const;

    [[nodiscard]] friend bool operator==(const s3_location&, const s3_location&) = default;
};

namespace detail {

/// Why a bucket cannot have this name, or nothing. AWS's rules, which every store accepts.
[[nodiscard]] inline const char* fault_of_bucket(std::string_view name) noexcept {
    constexpr std::string_view ends = "abcdefghijklmnopqrstuvwxyz0123456789";
    if (name.empty()) return "no bucket: s3://bucket/prefix";
    if (name.size() < 3 || name.size() > 63) return "a bucket's name has 3 to 63 characters";
    if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") != std::string_view::npos) {
        return "a bucket's name has only a-z, 0-9, dots and hyphens";
    }
    if (ends.find(name.front()) == std::string_view::npos || ends.find(name.back()) == std::string_view::npos) {
        return "a bucket's name begins and ends with a letter or digit";
    }
    if (name.find("..") != std::string_view::npos) return "a bucket's name has no two dots in a row";
    const bool digits = name.find_first_not_of("0123456789.") == std::string_view::npos;
    if (digits && std::count(name.begin(), name.end(), '.') == 3) return "a bucket's name is no IP address";
    return nullptr;
}

[[nodiscard]] inline bool valid_region(std::string_view region) noexcept {
    return region.size() <= 64 && std::all_of(region.begin(), region.end(), [](char c) {
               return uri_unreserved[static_cast<unsigned char>(c)] && c != '.' && c != '~';
           });
}

[[nodiscard]] inline std::string aws_endpoint(std::string_view region) {
    return "https://s3." + std::string{region} + (region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
}

[[nodiscard]] inline failure refused_location(std::string_view where, std::string_view why) {
    return failure{errc::invalid_argument, std::string{where}, std::string{why}};
}

inline constexpr std::array<std::string_view, 3> addressing_names{"automatic", "path", "virtual"};

/// One `name=value` of a location's query.
[[nodiscard]] inline result<void> read_location_parameter(std::string_view text, s3_location& out) {
    const auto equals = text.find('=');
    const auto name = text.substr(0, equals);
    const auto value = uri_decoded(equals == std::string_view::npos ? std::string_view{} : text.substr(equals + 1));
    if (!value || value->empty()) return refused_location("S3 location", "a parameter without a readable value");
    if (name == "style") {
        const auto found = std::find(addressing_names.begin(), addressing_names.end(), *value);
        if (found == addressing_names.end()) return refused_location("S3 location", "style is path or virtual");
        out.addressing = static_cast<s3_addressing>(found - addressing_names.begin());
        return {};
    }
    if (name != "endpoint" && name != "region") {
        return refused_location("S3 location", "the parameters are endpoint, region and style; credentials do not "
                                               "belong in a URL: set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY");
    }
    auto& field = name == "endpoint" ? out.endpoint : out.region;
    if (!field.empty()) return refused_location("S3 location", std::string{name} + " is given twice");
    field = *value;
    return {};
}

} // namespace detail

inline result<s3_location> s3_location::parse(std::string_view text, std::string_view default_region) {
    constexpr std::string_view scheme = "s3://";
    if (!text.starts_with(scheme)) return detail::refused_location("S3 location", "does not begin with s3://");
    if (text.find('#') != std::string_view::npos) return detail::refused_location("S3 location", "write # as %23");
    text.remove_prefix(scheme.size());

    const auto place = text.substr(0, text.find('?'));
    auto query = text.substr((std::min)(text.size(), place.size() + 1));
    const auto name = place.substr(0, place.find('/'));
    if (name.find_first_of("@:") != std::string_view::npos) {
        return detail::refused_location("S3 location", "credentials and ports do not belong before the bucket; the "
                                                       "server is the parameter endpoint");
    }
    auto prefix = uri_decoded(place.substr((std::min)(place.size(), name.size() + 1)));
    if (!prefix) return detail::refused_location("s3://" + std::string{name}, "a % without two hex digits");

    s3_location made{.bucket = std::string{name}, .prefix = *std::move(prefix)};
    while (!query.empty()) {
        const auto one = query.substr(0, query.find('&'));
        query.remove_prefix((std::min)(query.size(), one.size() + 1));
        if (const auto read = detail::read_location_parameter(one, made); !read) return read.error();
    }
    return made.completed(default_region);
}

inline result<s3_location> s3_location::completed(std::string_view default_region) const {
    const auto refused = [&](const std::string& why) { return detail::refused_location("s3://" + bucket, why); };
    if (const char* why = detail::fault_of_bucket(bucket)) return refused(why);

    auto made = *this;
    if (!made.prefix.empty() && !made.prefix.ends_with('/')) made.prefix += '/';
    if (!made.prefix.empty()) {
        const auto key = object_key::make(made.prefix.substr(0, made.prefix.size() - 1));
        if (!key) return refused("prefix: " + key.error().detail());
        if (!detail::is_utf8(made.prefix)) return refused("the prefix is not UTF-8");
    }
    if (!made.endpoint.empty()) {
        const auto server = detail::s3_endpoint::parse(made.endpoint);
        if (!server) return server.error();
        if (addressing == s3_addressing::virtual_host && server->is_address()) {
            return refused("an IP address has no host names below it: use style=path");
        }
        made.endpoint = server->text();
        if (made.region.empty()) made.region = server->region();
    }
    if (made.region.empty()) made.region = default_region.empty() ? "us-east-1" : default_region;
    if (!detail::valid_region(made.region)) return refused("a region's name has letters, digits and hyphens, up to 64");
    if (made.endpoint.empty()) made.endpoint = detail::aws_endpoint(made.region);
    return made;
}

inline std::string s3_location::text() const {
    auto out = "s3://" + bucket + "/";
    append_uri_encoded(out, prefix, slashes::kept);
    out += "?region=" + region;
    // Neither has a character that a query would take for its own.
    if (endpoint != detail::aws_endpoint(region)) out += "&endpoint=" + endpoint;
    if (addressing != s3_addressing::automatic) {
        out.append("&style=").append(detail::addressing_names[static_cast<std::size_t>(addressing)]);
    }
    return out;
}

inline bool s3_location::in_host_name() const noexcept {
    if (addressing != s3_addressing::automatic) return addressing == s3_addressing::virtual_host;
    const auto server = std::string_view{endpoint}.substr(endpoint.find("://") + 3);
    return detail::s3_endpoint::is_aws(server.substr(0, server.find(':'))) && bucket.find('.') == std::string::npos;
}

inline std::string s3_location::host() const {
    const auto server = endpoint.substr(endpoint.find("://") + 3);
    return in_host_name() ? bucket + "." + server : server;
}

inline std::string s3_location::path_of(std::string_view key) const {
    std::string out;
    out.reserve(bucket.size() + key.size() * 5 / 4 + 2);
    if (!in_host_name()) out.append("/").append(bucket);
    if (!key.empty() || out.empty()) out += '/';
    append_uri_encoded(out, key, slashes::kept);
    return out;
}

inline std::string s3_location::url_of(std::string_view key, std::string_view query) const {
    auto out = (secure() ? "https://" : "http://") + host() + path_of(key);
    if (!query.empty()) out.append("?").append(query);
    return out;
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_S3_S3_PRESIGNED_AUTHORITY_HPP
#define SEALSYNC_S3_S3_PRESIGNED_AUTHORITY_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Has a request presigned, by a service of the application's own: `s3_signing_authority::presign` is what that calls.
/// Fails as it must; `errc::access_denied` if the service will not let this device do it.
using s3_presigner = std::function<result<presigned_request>(const presign_query&)>;

/// SHA-256, for who has no cryptography of his own.
using s3_body_hash = std::function<digest256(bytes_view)>;

/// For devices without credentials: every attempt at a request is made with a URL that is asked for. Deletion of
/// many objects at once is `errc::unsupported`: a store then deletes one by one. Large uploads go through it part by
/// part; a service that will not let this device list uploads (`GET ?uploads`) only keeps it from resuming one.
///
/// With a hash function, the hash of every body is asked for, too: a service that signs it in gives out URLs that are
/// good for no other bytes.
///
/// Headers that are asked for and not signed are sent all the same; one that comes back with another value fails with
/// `errc::invalid_argument`: a condition that is not the one that was meant is worse than none. Thread-safe if the
/// function is; copies call the same function.
class s3_presigned_authority {
public:
    /// `name` is for messages.
    explicit s3_presigned_authority(s3_presigner presigner, std::string name = "presigned store",
                                    s3_body_hash hash = {})
        : presigner_{std::move(presigner)}, name_{std::move(name)}, hash_{std::move(hash)} {}

    [[nodiscard]] result<http_request> authorise(const s3_request& request) const {
        if (!detail::can_be_presigned(request.method, request.query)) {
            return failure{errc::unsupported, request.key, "a POST cannot be presigned"};
        }
        if (auto good = detail::check_s3_request(request.key, request.headers); !good) return std::move(good).error();
        auto asked = query_of(request);
        if (!asked) return std::move(asked).error();
        auto given = presigner_(*asked);
        if (!given) return given.error().during("presign");
        if (const char* why = fault_of(*given, asked->headers)) {
            return failure{errc::invalid_argument, request.key, why}.during("presign");
        }
        // The client's own; services that list all signed headers list it, too.
        std::erase_if(given->headers, [](const http_header& one) { return one.name == "host"; });

        http_request made{.method = request.method,
                          .url = std::move(given->url),
                          .headers = std::move(given->headers),
                          .body = request.body,
                          .body_max = request.body_max,
                          .room = request.room};
        for (auto& one : asked->headers) {
            if (find(made.headers, one.name) == nullptr) made.headers.push_back(std::move(one));
        }
        return made;
    }

    /// True if the URL had expired: the next attempt has another.
    [[nodiscard]] bool recover(const s3_error& error) const {
        if (error.code == "ExpiredToken") return true;
        return error.code == "AccessDenied" && error.message.find("expired") != std::string::npos;
    }

    [[nodiscard]] std::string describe() const { return name_; }

private:
    /// A hash among the headers is the hash of the body.
    [[nodiscard]] result<presign_query> query_of(const s3_request& request) const {
        presign_query asked{.method = request.method, .key = request.key, .query = request.query};
        if (hash_ && !request.body.empty()) asked.payload_hash = hash_(request.body);
        for (const auto& one : request.headers) {
            if (one.name != "x-amz-content-sha256") {
                asked.headers.push_back(one);
            } else if (asked.payload_hash = digest256::parse(one.value); !asked.payload_hash) {
                return failure{errc::invalid_argument, request.key, "x-amz-content-sha256 is no hash"};
            }
        }
        return asked;
    }

    [[nodiscard]] static const http_header* find(const std::vector<http_header>& headers, std::string_view name) {
        const auto at = std::find_if(headers.begin(), headers.end(), [&](const auto& one) { return one.name == name; });
        return at == headers.end() ? nullptr : &*at;
    }

    /// The URL itself is never part of a message.
    [[nodiscard]] static const char* fault_of(const presigned_request& given, const std::vector<http_header>& asked) {
        const bool http = given.url.starts_with("https://") || given.url.starts_with("http://");
        const auto visible = [](char c) { return c > ' ' && c < 0x7f; };
        if (!http || !std::all_of(given.url.begin(), given.url.end(), visible)) return "no URL came back";
        if (const char* why = detail::fault_of_headers(given.headers)) return why;
        for (const auto& one : asked) {
            const auto* back = find(given.headers, one.name);
            if (back != nullptr && back->value != one.value) return "a header came back with another value";
        }
        return nullptr;
    }

    s3_presigner presigner_;
    std::string name_;
    s3_body_hash hash_;
};

static_assert(s3_authority<s3_presigned_authority>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_S3_S3_PROVIDERS_HPP
#define SEALSYNC_S3_S3_PROVIDERS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What is known of a service that speaks S3. Nothing here is relied on: a probe finds out what a store does, and the
/// engine is correct with each. It tells people what to expect, and how to be kind to a service and get its best.
struct s3_provider {
    std::string_view name;
    std::string_view host_suffix{}; ///< of its endpoints; empty: it is run by whoever has it, anywhere
    /// As its documentation or its issue tracker has it; nothing: not known, or not the same in all versions.
    std::optional<conditional_writes> writes{};
    bool unquoted_etags = false;
    std::size_t parts_at_once_max = 0; ///< 0: no limit is known
    bool tested = false;               ///< by our own tests, on a server that they start
    std::string_view note{};
    std::string_view other_host_suffix{};
    /// Goes with every request, and is signed: what the service needs in order to be what is said here.
    std::string_view header_name{}, header_value{};
};

namespace detail {

inline constexpr s3_provider s3_provider_table[] = {
    {.name = "AWS S3",
     .host_suffix = ".amazonaws.com",
     .writes = conditional_writes::full,
     .note = "409 ConditionalRequestConflict: nothing landed, asked again; If-Match on a missing key is 404"},
    {.name = "Cloudflare R2",
     .host_suffix = ".r2.cloudflarestorage.com",
     .writes = conditional_writes::full,
     .parts_at_once_max = 2,
     .note = "one write a second to one key, then 429; parts of one upload must be equally long"},
    {.name = "MinIO",
     .writes = conditional_writes::full,
     .note = "archived in February 2026; some versions had races (#21603, #21526)"},
    {.name = "Ceph RGW",
     .writes = conditional_writes::full,
     .unquoted_etags = true,
     .tested = true,
     .note = "16.2: If-Match holds only without quotes; the loser of a race gets 500; a versioned bucket breaks "
             "conditions"},
    {.name = "OpenStack Swift s3api",
     .writes = conditional_writes::none,
     .tested = true,
     .note = "refuses conditional writes with 501"},
    {.name = "s3rver",
     .writes = conditional_writes::untrusted,
     .tested = true,
     .note = "ignores conditions; for tests only"},
    {.name = "Garage", .writes = conditional_writes::untrusted, .note = "2025: ignores conditions, and answers 200"},
    {.name = "SeaweedFS", .note = "some versions are not atomic (#8800)"},
    {.name = "Backblaze B2",
     .host_suffix = ".backblazeb2.com",
     .writes = conditional_writes::none,
     .note = "refuses conditional writes with 501"},
    {.name = "Google Cloud Storage",
     .host_suffix = "storage.googleapis.com",
     .writes = conditional_writes::none,
     .note = "its own header instead of If-None-Match, and one write a second to one key"},
    {.name = "Wasabi", .host_suffix = ".wasabisys.com", .note = "not documented"},
    {.name = "DigitalOcean Spaces",
     .host_suffix = ".digitaloceanspaces.com",
     .unquoted_etags = true,
     .note = "is said to be like Ceph"},
    {.name = "Tigris",
     .host_suffix = ".tigris.dev",
     .writes = conditional_writes::full,
     .note = "conditions and reads need X-Tigris-Consistent in buckets of more than one region: it is sent",
     .other_host_suffix = "t3.storage.dev",
     .header_name = "x-tigris-consistent",
     .header_value = "true"},
};

} // namespace detail

/// docs/providers.md is this table, with more words.
[[nodiscard]] constexpr std::span<const s3_provider> s3_providers() noexcept { return detail::s3_provider_table; }

/// The service that an endpoint's host name belongs to, or null. `host` may have a port.
[[nodiscard]] constexpr const s3_provider* s3_provider_of(std::string_view host) noexcept {
    host = host.substr(0, host.find(':'));
    for (const auto& one : s3_providers()) {
        for (const auto suffix : {one.host_suffix, one.other_host_suffix}) {
            if (!suffix.empty() && host.ends_with(suffix)) return &one;
        }
    }
    return nullptr;
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_S3_SHARED_PROOF_HPP
#define SEALSYNC_S3_SHARED_PROOF_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The credentials in use, and how far this device's clock is from the store's: shared by all who sign, so that what
/// one of them learns from a refusal the others need not. Thread-safe. The provider is called by one thread at a time,
/// while the others wait for what it gives.
class shared_proof {
public:
    explicit shared_proof(s3_credentials_provider provider) : provider_{std::move(provider)} {}

    /// Fails as the provider does, and with `errc::access_denied` if it gives what cannot be credentials.
    [[nodiscard]] result<std::shared_ptr<const s3_credentials>> credentials() {
        const std::scoped_lock lock{mutex_};
        if (!credentials_) {
            auto got = ask(refused_);
            if (!got) return got.error().during("get S3 credentials");
            refused_ = false;
            credentials_ = std::make_shared<const s3_credentials>(*std::move(got));
        }
        return credentials_;
    }

    /// The store's time when this device's is `local`.
    [[nodiscard]] std::chrono::sys_seconds store_time(wall_time local) const {
        const std::scoped_lock lock{mutex_};
        return std::chrono::floor<std::chrono::seconds>(local) + offset_;
    }

    /// Whether a request that was refused like that is worth another attempt, because something has changed since it
    /// was signed.
    [[nodiscard]] bool recover(const s3_error& error, wall_time local) {
        const std::scoped_lock lock{mutex_};
        const auto now = std::chrono::floor<std::chrono::seconds>(local);
        if (refuses_credentials(error)) return renew(now);
        return may_be_skew(error) && set_clock(error, now);
    }

private:
    using seconds = std::chrono::seconds;
    using sys_seconds = std::chrono::sys_seconds;
    static constexpr seconds minute{60};
    /// Stores refuse 15 minutes; a third of it is no coincidence of a slow answer.
    static constexpr seconds suspicious = 5 * minute;

    /// What is refused within a minute of a change was signed before it, if requests were made at the same time.
    struct change {
        std::optional<sys_seconds> at{};
        bool helped = false;
        [[nodiscard]] bool recent(sys_seconds now) const noexcept {
            return at && (now > *at ? now - *at : *at - now) <= minute;
        }
    };

    [[nodiscard]] bool refuses_credentials(const s3_error& error) const {
        for (const auto* code : {"ExpiredToken", "InvalidAccessKeyId", "TokenRefreshRequired", "InvalidToken"}) {
            if (error.code == code) return true;
        }
        // An answer to HEAD has no code; to AWS an expired token is a bad request.
        return error.status == 400 && error.code.empty() && credentials_ && !credentials_->session_token.empty();
    }
    [[nodiscard]] static bool says_skew(const s3_error& error) noexcept { return error.code == "RequestTimeTooSkewed"; }
    [[nodiscard]] static bool may_be_skew(const s3_error& error) noexcept {
        return says_skew(error) || error.status == 403;
    }

    [[nodiscard]] bool set_clock(const s3_error& error, sys_seconds now) {
        if (!error.date) return false;
        const auto off = std::chrono::floor<seconds>(*error.date) - (now + offset_);
        if (std::chrono::abs(off) <= (says_skew(error) ? minute : suspicious)) return clock_.recent(now);
        offset_ += off;
        clock_ = {now, true};
        return true;
    }

    [[nodiscard]] bool renew(sys_seconds now) {
        if (renewal_.recent(now)) return renewal_.helped;
        auto fresh = ask(true);
        // The next attempt asks again, and tells why there are none: more than the store's refusal does.
        refused_ = !fresh;
        const bool same = fresh && credentials_ && *fresh == *credentials_;
        renewal_ = {now, !same};
        credentials_ = fresh ? std::make_shared<const s3_credentials>(*std::move(fresh)) : nullptr;
        return renewal_.helped;
    }

    [[nodiscard]] result<s3_credentials> ask(bool refresh) const {
        auto got = provider_(refresh);
        if (!got) return got;
        const bool usable = printable(got->access_key) && !got->access_key.empty() && printable(got->secret_key) &&
                            !got->secret_key.empty() && printable(got->session_token);
        if (!usable) return no_credentials("a key or token that is empty, over 4000 bytes or not printable ASCII");
        return got;
    }
    /// They stand in headers and URLs. The limit is below that of HMAC keys in Botan.
    [[nodiscard]] static bool printable(std::string_view text) noexcept {
        return text.size() <= 4000 && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
    }

    s3_credentials_provider provider_;
    mutable std::mutex mutex_;
    std::shared_ptr<const s3_credentials> credentials_; ///< none: to be asked for
    bool refused_ = false;                              ///< the last ones
    seconds offset_{0};
    change clock_, renewal_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_S3_SIGNATURE_V4_HPP
#define SEALSYNC_S3_SIGNATURE_V4_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What a signature covers of a request. Borrowed for the length of a call.
struct signable_request {
    http_method method = http_method::get;
    std::string_view host;
    std::string_view path;                 ///< as it is sent: encoded once
    std::span<const s3_parameter> query{}; ///< not encoded, in any order
    std::string_view payload_hash;         ///< 64 hex digits, or `unsigned_payload`
};

/// Who signs, for where and when.
struct signing_scope {
    const s3_credentials& credentials;
    std::string_view region;
    std::chrono::sys_seconds time;
};

/// AWS Signature Version 4 with the rules of S3: paths are encoded once and not normalised. Made to be cheap: the key
/// of a day is derived once, and buffers are reused. Not thread-safe; a copy has objects of its own.
///
/// Not signed are headers that proxies rewrite, and those that HTTP clients see to: `unsigned_headers`.
template <class Crypto>
class signature_v4 {
    static_assert(s3_crypto<Crypto>, "Crypto must model s3_crypto: sealsync/s3/s3_request.hpp");

public:
    static constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
    static constexpr std::array<std::string_view, 7> unsigned_headers{
        "accept-encoding",   "authorization", "connection",     "expect",
        "transfer-encoding", "user-agent",    "x-amzn-trace-id"};

    explicit signature_v4(Crypto crypto = {}) : crypto_{std::move(crypto)} {}

    /// `name` is in lower case.
    [[nodiscard]] static bool covers(std::string_view name) noexcept {
        return std::find(unsigned_headers.begin(), unsigned_headers.end(), name) == unsigned_headers.end();
    }

    [[nodiscard]] std::string payload_hash(bytes_view body) { return crypto_.sha256(body).hex(); }

    /// Adds what proves the request to its headers: x-amz-content-sha256 unless it is there, x-amz-date,
    /// x-amz-security-token if the credentials have one, and authorization. Returns the query as it must be sent.
    [[nodiscard]] std::string sign(const signable_request& request, const signing_scope& scope,
                                   std::vector<http_header>& headers);

    /// The query of a URL that may be used for `lifetime` by whoever sends these headers with it.
    [[nodiscard]] std::string presign(const signable_request& request, const signing_scope& scope,
                                      std::span<const http_header> headers, std::chrono::seconds lifetime);

private:
    static constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

    struct header_view {
        std::string_view name, value;
    };
    /// The key of one day in one region, which `scope` names.
    struct signing_key {
        std::string secret, scope;
        digest256 value;
    };

    void order(std::string_view host, std::span<const http_header> headers);
    void enter(const signing_scope& scope, std::string_view time);
    void write_canonical(const signable_request& request, std::string_view query);
    void append_signature(std::string& out, std::string_view time);

    Crypto crypto_;
    signing_key key_;
    std::vector<header_view> ordered_; ///< by name; equal names as they came
    std::string names_;                ///< of `ordered_`, each once
    std::string canonical_, scope_;    ///< reused
};

namespace detail {

inline void append_hex(std::string& out, const digest256& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const auto byte : digest.value) {
        out += digits[std::to_integer<unsigned>(byte) >> 4U];
        out += digits[std::to_integer<unsigned>(byte) & 15U];
    }
}

/// Without spaces around it, and with one where there are more in a row.
inline void append_header_value(std::string& out, std::string_view value) {
    const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    if (std::none_of(value.begin(), value.end(), is_space)) {
        out += value; // most are, and this is several times as fast
        return;
    }
    const auto start = out.size();
    bool space = false;
    for (const char c : value) {
        if (is_space(c)) {
            space = true;
            continue;
        }
        if (space && out.size() > start) out += ' ';
        space = false;
        out += c;
    }
}

/// `20130524T000000Z`
[[nodiscard]] inline std::string signing_time(std::chrono::sys_seconds time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const auto seconds_of_day = static_cast<std::uint64_t>((time - day).count());
    std::string out;
    out.reserve(16);
    put_digits(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
    put_digits(out, static_cast<unsigned>(date.month()), 2);
    put_digits(out, static_cast<unsigned>(date.day()), 2);
    put_digits(out += 'T', seconds_of_day / 3600, 2);
    put_digits(out, seconds_of_day / 60 % 60, 2);
    put_digits(out, seconds_of_day % 60, 2);
    return out += 'Z';
}

} // namespace detail

template <class Crypto>
std::string signature_v4<Crypto>::sign(const signable_request& request, const signing_scope& scope,
                                       std::vector<http_header>& headers) {
    const auto time = detail::signing_time(scope.time);
    const auto& credentials = scope.credentials;
    const auto is_hash = [](const http_header& one) { return one.name == "x-amz-content-sha256"; };
    if (std::none_of(headers.begin(), headers.end(), is_hash)) {
        headers.push_back({"x-amz-content-sha256", std::string{request.payload_hash}});
    }
    headers.push_back({"x-amz-date", time});
    if (!credentials.session_token.empty()) headers.push_back({"x-amz-security-token", credentials.session_token});

    enter(scope, time);
    order(request.host, headers);
    auto query = canonical_query(request.query);
    write_canonical(request, query);

    std::string proof;
    proof.reserve(algorithm.size() + credentials.access_key.size() + scope_.size() + names_.size() + 112);
    proof.append(algorithm).append(" Credential=").append(credentials.access_key).append("/").append(scope_);
    proof.append(", SignedHeaders=").append(names_).append(", Signature=");
    append_signature(proof, time);
    headers.push_back({"authorization", std::move(proof)});
    return query;
}

template <class Crypto>
std::string signature_v4<Crypto>::presign(const signable_request& request, const signing_scope& scope,
                                          std::span<const http_header> headers, std::chrono::seconds lifetime) {
    const auto time = detail::signing_time(scope.time);
    const auto& credentials = scope.credentials;
    enter(scope, time);
    order(request.host, headers);

    std::vector<s3_parameter> parameters{request.query.begin(), request.query.end()};
    parameters.push_back({"X-Amz-Algorithm", std::string{algorithm}});
    parameters.push_back({"X-Amz-Credential", credentials.access_key + "/" + scope_});
    parameters.push_back({"X-Amz-Date", time});
    parameters.push_back({"X-Amz-Expires", std::to_string(lifetime.count())});
    if (!credentials.session_token.empty()) parameters.push_back({"X-Amz-Security-Token", credentials.session_token});
    parameters.push_back({"X-Amz-SignedHeaders", names_});

    auto query = canonical_query(parameters);
    write_canonical(request, query);
    append_signature(query.append("&X-Amz-Signature="), time);
    return query;
}

template <class Crypto>
void signature_v4<Crypto>::order(std::string_view host, std::span<const http_header> headers) {
    ordered_.assign(1, {"host", host});
    for (const auto& header : headers) {
        const std::string_view name = header.name;
        if (!covers(name)) continue;
        const auto later = [&](const header_view& one) { return one.name > name; };
        ordered_.insert(std::find_if(ordered_.begin(), ordered_.end(), later), {name, header.value});
    }
    names_.clear();
    for (std::size_t i = 0; i < ordered_.size(); ++i) {
        if (i != 0 && ordered_[i].name == ordered_[i - 1].name) continue;
        if (i != 0) names_ += ';';
        names_ += ordered_[i].name;
    }
}

/// Makes the key for this day and region unless it is the last one.
template <class Crypto>
void signature_v4<Crypto>::enter(const signing_scope& scope, std::string_view time) {
    const auto date = time.substr(0, 8);
    const auto& secret = scope.credentials.secret_key;
    scope_.assign(date).append("/").append(scope.region).append("/s3/aws4_request");
    if (key_.scope == scope_ && key_.secret == secret) return;
    auto key = crypto_.hmac_sha256("AWS4" + secret, date);
    for (const auto part : {scope.region, std::string_view{"s3"}, std::string_view{"aws4_request"}}) {
        key = crypto_.hmac_sha256(key.value, part);
    }
    key_ = {secret, scope_, key};
}

template <class Crypto>
void signature_v4<Crypto>::write_canonical(const signable_request& request, std::string_view query) {
    canonical_.assign(name_of(request.method)).append("\n").append(request.path).append("\n").append(query);
    for (std::size_t i = 0; i < ordered_.size(); ++i) {
        const bool more = i != 0 && ordered_[i].name == ordered_[i - 1].name;
        if (more) {
            canonical_ += ',';
        } else {
            canonical_.append("\n").append(ordered_[i].name).append(":");
        }
        detail::append_header_value(canonical_, ordered_[i].value);
    }
    canonical_.append("\n\n").append(names_).append("\n").append(request.payload_hash);
}

template <class Crypto>
void signature_v4<Crypto>::append_signature(std::string& out, std::string_view time) {
    const auto hashed = crypto_.sha256(canonical_);
    canonical_.assign(algorithm).append("\n").append(time).append("\n").append(scope_).append("\n");
    detail::append_hex(canonical_, hashed);
    detail::append_hex(out, crypto_.hmac_sha256(key_.value.value, canonical_));
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_S3_S3_SIGNING_AUTHORITY_HPP
#define SEALSYNC_S3_S3_SIGNING_AUTHORITY_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Whether bodies are hashed before they are sent.
enum class s3_payload_signing {
    automatic, ///< not over TLS, which protects them as well, and costs less than a second hash
    always,
};

/// Signs with credentials. A value per thread: copies share the credentials and the correction of the clock, and are
/// independent otherwise. The provider is called by one thread at a time, and must not call an authority.
template <class Crypto, class Clock>
class s3_signing_authority {
    static_assert(clock<Clock> && std::copy_constructible<Clock>,
                  "Clock must model clock, and be copyable: docs/concepts/clock.md");

public:
    /// A location that is not valid makes every request fail with what is wrong with it.
    s3_signing_authority(const s3_location& location, s3_credentials_provider provider, Clock clock = {},
                         s3_payload_signing payload = s3_payload_signing::automatic, Crypto crypto = {})
        : location_{location.completed()},
          proof_{std::make_shared<detail::shared_proof>(std::move(provider))},
          clock_{std::move(clock)},
          signature_{std::move(crypto)},
          hashes_{payload == s3_payload_signing::always || !location_ || !location_->secure()} {
        if (location_) host_ = location_->host();
        if (const auto* known = s3_provider_of(host_); known != nullptr && !known->header_name.empty()) {
            of_provider_.push_back({std::string{known->header_name}, std::string{known->header_value}});
        }
    }

    /// The request to send, signed now. A hash of the body that is among the headers as `x-amz-content-sha256` is
    /// taken for granted. Fails as the provider does, and with `errc::invalid_argument` or `errc::too_large` if no
    /// store would take it.
    [[nodiscard]] result<http_request> authorise(const s3_request& request) {
        const auto who = ready(request.key, request.headers);
        if (!who) return who.error();
        http_request made{.method = request.method,
                          .headers = with_room(request.headers),
                          .body = request.body,
                          .body_max = request.body_max,
                          .room = request.room};
        const auto path = location_->path_of(request.key);
        const auto hash = hash_of(request);
        if (hash == signature_.unsigned_payload && !location_->secure()) {
            return failure{errc::invalid_argument, request.key, "a body that nothing protects: unsigned, and no TLS"};
        }
        const auto query =
            signature_.sign({request.method, host_, path, request.query, hash}, scope(**who), made.headers);
        made.url = url_of(path, query);
        return made;
    }

    /// True if the clock has been corrected, or the credentials renewed, so that another attempt may succeed.
    [[nodiscard]] bool recover(const s3_error& error) { return proof_->recover(error, clock_.now()); }

    /// The location as a URL, which has no secrets.
    [[nodiscard]] std::string describe() const { return location_ ? location_->text() : "S3 location"; }

    /// A URL with which anybody can make this one request until `lifetime` has passed (1 second to 7 days; those of
    /// temporary credentials end with them). Fails like `authorise`, with `errc::invalid_argument` for another
    /// lifetime, and with `errc::unsupported` for the deletion of many objects: its body says which.
    [[nodiscard]] result<presigned_request> presign(const presign_query& request, std::chrono::seconds lifetime) {
        if (!detail::can_be_presigned(request.method, request.query)) {
            return failure{errc::unsupported, request.key, "a presigned POST"};
        }
        if (lifetime < std::chrono::seconds{1} || lifetime > lifetime_max) {
            return failure{errc::invalid_argument, request.key, "a presigned URL lives 1 second to 7 days"};
        }
        const auto who = ready(request.key, request.headers);
        if (!who) return who.error();
        auto headers = signed_headers(request);
        if (!headers) return std::move(headers).error();
        const auto hash = request.payload_hash ? request.payload_hash->hex() : std::string{signature_.unsigned_payload};
        const auto path = location_->path_of(request.key);
        const auto query =
            signature_.presign({request.method, host_, path, request.query, hash}, scope(**who), *headers, lifetime);
        return presigned_request{url_of(path, query), *std::move(headers)};
    }

private:
    static constexpr std::chrono::seconds lifetime_max = std::chrono::hours{7 * 24};
    static constexpr std::string_view hash_name = "x-amz-content-sha256";
    static constexpr std::string_view hash_of_nothing =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [[nodiscard]] result<std::shared_ptr<const s3_credentials>> ready(const std::string& key,
                                                                      std::span<const http_header> headers) {
        if (!location_) return location_.error();
        if (auto good = detail::check_s3_request(key, headers); !good) return std::move(good).error();
        return proof_->credentials();
    }
    [[nodiscard]] signing_scope scope(const s3_credentials& who) {
        return {who, location_->region, proof_->store_time(clock_.now())};
    }

    [[nodiscard]] std::string hash_of(const s3_request& request) {
        for (const auto& [name, value] : request.headers) {
            if (name == hash_name) return value;
        }
        if (request.body.empty()) return std::string{hash_of_nothing};
        return hashes_ ? signature_.payload_hash(request.body) : std::string{signature_.unsigned_payload};
    }
    [[nodiscard]] std::vector<http_header> with_room(const std::vector<http_header>& headers) const {
        std::vector<http_header> out;
        out.reserve(headers.size() + of_provider_.size() + 4);
        out.insert(out.end(), headers.begin(), headers.end());
        out.insert(out.end(), of_provider_.begin(), of_provider_.end());
        return out;
    }

    [[nodiscard]] result<std::vector<http_header>> signed_headers(const presign_query& request) const {
        std::vector<http_header> out = of_provider_;
        for (const auto& one : request.headers) {
            if (one.name == hash_name) return failure{errc::invalid_argument, request.key, "state it as payload_hash"};
            if (signature_.covers(one.name)) out.push_back(one);
        }
        if (request.payload_hash) out.push_back({std::string{hash_name}, request.payload_hash->hex()});
        return out;
    }
    [[nodiscard]] std::string url_of(std::string_view path, std::string_view query) const {
        std::string out;
        out.reserve(host_.size() + path.size() + query.size() + 9);
        out.append(location_->secure() ? "https://" : "http://").append(host_).append(path);
        if (!query.empty()) out.append("?").append(query);
        return out;
    }

    result<s3_location> location_;
    std::shared_ptr<detail::shared_proof> proof_;
    Clock clock_;
    signature_v4<Crypto> signature_;
    bool hashes_;
    std::string host_;
    std::vector<http_header> of_provider_; ///< what the service at that host needs with every request
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SEALSYNC_BASIC_S3_HPP
#define SEALSYNC_SEALSYNC_BASIC_S3_HPP

// Generated by cmake/amalgamate.py: the core, and the part on basic_s3.

#endif

#endif
