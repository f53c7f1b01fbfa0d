#ifndef SEALSYNC_S3_SIGNATURE_V4_HPP
#define SEALSYNC_S3_SIGNATURE_V4_HPP

#include "s3_credentials.hpp"
#include "uri_encoding.hpp"

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
