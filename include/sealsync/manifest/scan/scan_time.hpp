#ifndef SEALSYNC_MANIFEST_SCAN_SCAN_TIME_HPP
#define SEALSYNC_MANIFEST_SCAN_SCAN_TIME_HPP

#include "portable_vector.hpp"

namespace sealsync::inline SEALSYNC_ABI::detail {

struct scanned_time {
    std::int64_t nanoseconds;
    std::uint64_t bad; ///< not zero: no time from 1970 to 2261, which `stamp::parse` may still take (2262)
};

/// Days before a month, of common and of leap years; the last column ends the year.
inline constexpr auto days_before_month = [] {
    constexpr std::array<std::uint16_t, 12> lengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    std::array<std::array<std::uint16_t, 16>, 2> days{};
    for (unsigned leap = 0; leap < 2; ++leap) {
        for (unsigned m = 0; m < 12; ++m) {
            const unsigned length = lengths[m] + (m == 1 ? leap : 0U);
            days[leap][m + 2] = static_cast<std::uint16_t>(days[leap][m + 1] + length);
        }
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

/// The calendar without a branch: what is out of range reads some entry of the tables, and is bad.
[[nodiscard]] SEALSYNC_ALWAYS_INLINE scanned_time time_of(const time_digits& t) noexcept {
    const unsigned year = t.pairs[0] * 100U + t.pairs[1] - 1970U, month = t.pairs[2] & 15U, day = t.pairs[3];
    const unsigned place = year & 511U;
    const auto leap = std::size_t{days_before_year[(place + 1) & 511U] - days_before_year[place] == 366};
    const unsigned begin = days_before_month[leap][month], end = days_before_month[leap][(month + 1) & 15U];
    const unsigned hour = t.pairs[4], minute = t.pairs[5], second = t.pairs[6];
    const std::uint64_t bad = std::uint64_t{year > 291} | std::uint64_t{t.pairs[2] > 12} | std::uint64_t{day == 0} |
                              std::uint64_t{begin + day > end} | std::uint64_t{hour > 23} | std::uint64_t{minute > 59} |
                              std::uint64_t{second > 59};
    const std::uint64_t days = std::uint64_t{days_before_year[place]} + begin + day - 1;
    const std::uint64_t seconds = days * 86'400 + hour * 3'600U + minute * 60U + second;
    return {static_cast<std::int64_t>(seconds * 1'000'000'000 + t.nanoseconds), bad};
}

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
