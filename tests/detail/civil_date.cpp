#include <sealsync/detail/civil_date.hpp>

#include <doctest/doctest.h>

#include <chrono>

using sealsync::detail::civil_date;

namespace {

TEST_CASE("civil_date: every day of six centuries is the standard calendar's, there and back") {
    for (std::uint32_t days = 0; days < 230'000; ++days) {
        const std::chrono::year_month_day expected{
            std::chrono::sys_days{std::chrono::days{static_cast<std::int32_t>(days)}}};
        const auto date = civil_date::of_days(days);
        const bool same = static_cast<int>(date.year) == static_cast<int>(expected.year()) &&
                          date.month == static_cast<unsigned>(expected.month()) &&
                          date.day == static_cast<unsigned>(expected.day());
        REQUIRE(same);
        REQUIRE(date.valid());
        REQUIRE(date.days() == days);
    }
}

TEST_CASE("civil_date: a date is valid where the standard calendar has it") {
    for (std::uint32_t year = 1970; year < 2410; ++year) {
        for (std::uint32_t month = 0; month < 20; ++month) {
            for (std::uint32_t day = 0; day < 100; ++day) {
                const std::chrono::year_month_day standard{std::chrono::year{static_cast<int>(year)},
                                                           std::chrono::month{month}, std::chrono::day{day}};
                const bool same = civil_date{year, month, day}.valid() == standard.ok();
                REQUIRE(same);
            }
        }
    }
    CHECK_FALSE(civil_date{1969, 12, 31}.valid());
}

} // namespace
