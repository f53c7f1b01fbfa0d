#ifndef SEALSYNC_MERGE_SCAN_SCAN_TIME_HPP
#define SEALSYNC_MERGE_SCAN_SCAN_TIME_HPP

#include "portable_vector.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A day that was met, in seconds since 1970.
struct known_day {
    std::uint32_t date = ~std::uint32_t{0}; ///< as in `time_parts`
    std::uint64_t begin = 0;
};

struct scanned_time {
    std::int64_t nanoseconds;
    std::uint64_t bad; ///< not zero: no time from 1970 to 2261, which `stamp::parse` may still take (2262)
};

/// By the month's number and the day's in four digits: the days of a common year before it, or `no_day`. 29 February is
/// there.
inline constexpr std::uint16_t no_day = 0x8000;
inline constexpr auto days_before_day = [] {
    constexpr std::array<std::uint16_t, 12> lengths = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    std::array<std::uint16_t, 2'048> days{};
    for (auto& each : days) each = no_day;
    unsigned before = 0;
    for (unsigned m = 1; m <= 12; ++m) {
        for (unsigned d = 1; d <= lengths[m - 1]; ++d) days[m * 100 + d] = static_cast<std::uint16_t>(before + d - 1);
        before += m == 2 ? 28U : lengths[m - 1];
    }
    return days;
}();

/// Days from 1970 to a year.
inline constexpr auto days_before_year = [] {
    std::array<std::uint32_t, 512> days{};
    for (unsigned y = 1; y < 292; ++y) {
        const unsigned last = 1970 + y - 1;
        const bool leap = last % 4 == 0 && (last % 100 != 0 || last % 400 == 0);
        days[y] = days[y - 1] + (leap ? 366U : 365U);
    }
    return days;
}();

/// Whether there is such a day; then `day` is it.
[[nodiscard]] SEALSYNC_NEVER_INLINE inline bool find_day(std::uint32_t date, known_day& day) noexcept {
    const auto year = date / 10'000 - 1970, month_and_day = date % 10'000;
    if (year > 291 || month_and_day >= days_before_day.size()) return false;
    const std::uint32_t before_year = days_before_year[year], in_year = days_before_day[month_and_day];
    const bool leap = days_before_year[year + 1] - before_year == 366;
    if (in_year == no_day || (!leap && month_and_day == 229)) return false;
    const std::uint64_t days = std::uint64_t{before_year} + in_year + std::uint64_t{leap && month_and_day > 229};
    day = {date, days * 86'400};
    return true;
}

/// Most changes are of the day of the change before.
[[nodiscard]] SEALSYNC_ALWAYS_INLINE scanned_time time_of(const time_parts& t, known_day& day) noexcept {
    if (t.date != day.date && !find_day(t.date, day)) return {0, 1};
    const std::uint64_t seconds = day.begin + t.seconds;
    return {static_cast<std::int64_t>(seconds * 1'000'000'000 + t.nanoseconds), 0};
}

}}} // namespace sealsync::detail

#endif
