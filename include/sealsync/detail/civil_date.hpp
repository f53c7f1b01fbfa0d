#ifndef SEALSYNC_DETAIL_CIVIL_DATE_HPP
#define SEALSYNC_DETAIL_CIVIL_DATE_HPP

#include "../config.hpp"

#include <cstdint>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A date from 1970-01-01 on, as people write it. Does what `std::chrono::year_month_day` does there, and is
/// tested against it day by day.
struct civil_date {
    std::uint32_t year = 1970, month = 1, day = 1;

    [[nodiscard]] constexpr bool valid() const noexcept {
        if (year < 1970 || month - 1 > 11 || day == 0) return false;
        const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        if (month == 2) return day <= (leap ? 29U : 28U);
        const bool short_month = month == 4 || month == 6 || month == 9 || month == 11;
        return day <= (short_month ? 30U : 31U);
    }

    // Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that a leap day is the last of
    // its year; an era is the 400 years after which the calendar repeats.

    /// Since 1970-01-01, of a valid date.
    [[nodiscard]] constexpr std::uint32_t days() const noexcept {
        const auto march_year = year - (month <= 2 ? 1U : 0U);
        const auto era = march_year / 400, year_of_era = march_year % 400;
        const auto day_of_year = (153 * (month <= 2 ? month + 9 : month - 3) + 2) / 5 + day - 1;
        const auto day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        return era * days_of_era + day_of_era - days_before_1970;
    }

    [[nodiscard]] static constexpr civil_date of_days(std::uint32_t days) noexcept {
        const auto since_year_0 = days + days_before_1970;
        const auto era = since_year_0 / days_of_era, day_of_era = since_year_0 % days_of_era;
        const auto year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
        const auto day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        const auto march_month = (5 * day_of_year + 2) / 153;
        const auto month = march_month < 10 ? march_month + 3 : march_month - 9;
        const auto day = day_of_year - (153 * march_month + 2) / 5 + 1;
        return {year_of_era + era * 400 + (month <= 2 ? 1U : 0U), month, day};
    }

private:
    static constexpr std::uint32_t days_of_era = 146'097, days_before_1970 = 719'468;
};

}}} // namespace sealsync::detail

#endif
