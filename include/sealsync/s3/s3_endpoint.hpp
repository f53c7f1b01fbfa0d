#ifndef SEALSYNC_S3_S3_ENDPOINT_HPP
#define SEALSYNC_S3_S3_ENDPOINT_HPP

#include "../bytes.hpp"
#include "../result.hpp"

#include <algorithm>
#include <charconv>

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
