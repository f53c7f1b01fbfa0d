#ifndef SEALSYNC_S3_S3_CREDENTIALS_HPP
#define SEALSYNC_S3_S3_CREDENTIALS_HPP

#include "s3_profile.hpp"

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
