#ifndef SEALSYNC_HTTP_HTTP_DATE_HPP
#define SEALSYNC_HTTP_HTTP_DATE_HPP

#include "../clock/stamp.hpp"

#include <array>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// `Sun, 06 Nov 1994 08:49:37 GMT`: the one form that RFC 9110, 5.6.7 lets a sender use. Nothing on anything else; the
/// name of the day is not compared with the date.
[[nodiscard]] inline std::optional<wall_time> parse_http_date(std::string_view text) noexcept {
    constexpr std::string_view shape = "ddd, 00 mmm 0000 00:00:00 GMT";
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != shape.size()) return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] != '0' && shape[i] != 'd' && shape[i] != 'm' && text[i] != shape[i]) return std::nullopt;
    }
    const auto named = std::find(months.begin(), months.end(), text.substr(8, 3));
    if (named == months.end()) return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t count) { return detail::read_digits(text.substr(at, count)); };
    const auto d = number(5, 2), y = number(12, 4), h = number(17, 2), m = number(20, 2), s = number(23, 2);
    if (d < 0 || y < 0 || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60) return std::nullopt;

    using namespace std::chrono;
    const year_month_day date{year{static_cast<int>(y)}, month{static_cast<unsigned>(named - months.begin() + 1)},
                              day{static_cast<unsigned>(d)}};
    if (!date.ok() || y < 1970 || y > 2261) return std::nullopt; // what wall_time can hold
    return wall_time{sys_days{date}} + hours{h} + minutes{m} + seconds{s};
}

}} // namespace sealsync

#endif
