#ifndef SEALSYNC_S3_S3_PROVIDERS_HPP
#define SEALSYNC_S3_S3_PROVIDERS_HPP

#include "../storage/operations.hpp"

#include <span>

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
