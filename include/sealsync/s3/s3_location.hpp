#ifndef SEALSYNC_S3_S3_LOCATION_HPP
#define SEALSYNC_S3_S3_LOCATION_HPP

#include "../detail/utf8.hpp"
#include "../storage/object_key.hpp"
#include "s3_endpoint.hpp"
#include "uri_encoding.hpp"

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
