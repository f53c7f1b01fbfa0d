#ifndef SEALSYNC_CLI_LISTING_HPP
#define SEALSYNC_CLI_LISTING_HPP

#include "file_record.hpp"
#include "names.hpp"
#include "vault.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <limits>

namespace cli {

/// Writes a count and what it counts.
[[nodiscard]] inline std::string counted(std::uint64_t count, const char* what) {
    return std::to_string(count) + " " + what;
}

/// Writes a time as `2025-01-20T14:30:00.123456789Z`; a year of more than four digits as it is.
[[nodiscard]] inline std::string text_of(const file_time& time) {
    constexpr std::int64_t day = 86'400;
    constexpr std::int64_t days_max = 11'000'000; // within the years that std::chrono counts
    const auto of_day = (time.seconds % day + day) % day;
    const auto days = (time.seconds - of_day) / day;
    if (days < -days_max || days > days_max) return "(" + std::to_string(time.seconds) + " s since 1970)";
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09uZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(of_day / 3'600), static_cast<int>(of_day / 60 % 60), static_cast<int>(of_day % 60),
                  time.nanoseconds);
    return text.data();
}

/// Describes a file as `ls -l` does: permissions, size and time.
[[nodiscard]] inline std::string text_of(const file_record& file) {
    static constexpr const char* kinds = "?-dl";
    std::string mode{kinds[static_cast<std::size_t>(file.kind)]};
    for (int bit = 8; bit >= 0; --bit) {
        mode += (file.mode >> bit & 1U) != 0 ? "rwx"[(8 - bit) % 3] : '-';
    }
    auto size = std::to_string(file.size);
    size.insert(0, size.size() < 12 ? 12 - size.size() : 0, ' ');
    return mode + " " + size + " " + text_of(file.mtime) + " ";
}

/// Prints a push as `log --json` does: its manifest.
[[nodiscard]] inline ss::result<void> print_json(const ss::segment& one) {
    ss::manifest_limits limits;
    limits.bytes_max = std::numeric_limits<std::size_t>::max(); // in the store it was smaller
    const auto json = ss::write_segment(one, ss::default_layout::collection_field, limits);
    if (!json) return json.error();
    std::printf("%.*s\n", static_cast<int>(json->size()), ss::as_text(*json).data());
    return {};
}

/// Prints a push as `log` does: when, by whom, and how many changes of each kind.
[[nodiscard]] inline ss::result<void> print_line(vault_type& vault, const ss::segment& one) {
    const auto name = vault.device_name(one.device);
    if (!name) return name.error();
    std::uint64_t inserted = 0, updated = 0, erased = 0, large = 0;
    for (const auto& change : one.changes) {
        if (change.type == ss::change_type::attachment) {
            ++large;
        } else {
            ++(change.action == ss::change_action::insert   ? inserted
               : change.action == ss::change_action::update ? updated
                                                            : erased);
        }
    }
    std::printf("%s %s %s:%llu +%llu ~%llu -%llu, %llu large\n", one.last_updated.text().c_str(),
                printable(*name).c_str(), one.log.hex().substr(0, 8).c_str(), static_cast<unsigned long long>(one.seq),
                static_cast<unsigned long long>(inserted), static_cast<unsigned long long>(updated),
                static_cast<unsigned long long>(erased), static_cast<unsigned long long>(large));
    return {};
}

/// Says what a store's conditional writes are worth to a vault.
[[nodiscard]] inline std::string verdict_on(const ss::storage_capabilities& found) {
    switch (found.writes) {
    case ss::conditional_writes::full:
        return std::string{"conditional writes: full"} + (found.unquoted_etags ? ", etags without quotes" : "");
    case ss::conditional_writes::create_only:
        return "conditional writes: create only; devices that push at once may announce again";
    case ss::conditional_writes::none:
        return "conditional writes: none; nothing is lost, but `init` must be told --accept-unsafe-creation";
    case ss::conditional_writes::untrusted:
        return "conditional writes: accepted, but not kept; nothing is lost, but `init` must be told "
               "--accept-unsafe-creation";
    }
    return {};
}

} // namespace cli

#endif
