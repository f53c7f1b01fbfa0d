#include <sealsync/http/http_date.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using namespace std::chrono;

TEST_CASE("http_date: the date of RFC 9110 is what it says") {
    const wall_time expected = sys_days{1994y / November / 6} + 8h + 49min + 37s;
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == expected);
}

TEST_CASE("http_date: every month, the first and the last date, and a leap second can be read") {
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (unsigned m = 1; m <= 12; ++m) {
        const auto text = "Mon, 28 " + std::string{months[m - 1]} + " 2025 00:00:00 GMT";
        CHECK(parse_http_date(text) == wall_time{sys_days{year{2025} / month{m} / 28}});
    }
    CHECK(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT") == wall_time{});
    CHECK(parse_http_date("Tue, 31 Dec 2261 23:59:59 GMT"));
    CHECK(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT") == wall_time{sys_days{2017y / January / 1}});
    CHECK(parse_http_date("Thu, 29 Feb 2024 12:00:00 GMT"));
}

TEST_CASE("http_date: the name of the day is not compared with the date") {
    CHECK(parse_http_date("Mon, 06 Nov 1994 08:49:37 GMT") == parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"));
}

TEST_CASE("http_date: anything else is no date") {
    for (const std::string_view text : {
             "",
             "Sun, 06 Nov 1994 08:49:37",
             "Sun, 06 Nov 1994 08:49:37 UTC",
             "Sun, 06 Nov 1994 08:49:37 GMT ",
             "Sunday, 06-Nov-94 08:49:37 GMT", // RFC 850
             "Sun Nov  6 08:49:37 1994",       // asctime
             "Sun, 06 nov 1994 08:49:37 GMT",
             "Sun, 06 Nvo 1994 08:49:37 GMT",
             "Sun, 00 Nov 1994 08:49:37 GMT",
             "Sun, 31 Nov 1994 08:49:37 GMT",
             "Wed, 29 Feb 2023 08:49:37 GMT",
             "Sun, 06 Nov 1994 24:49:37 GMT",
             "Sun, 06 Nov 1994 08:60:37 GMT",
             "Sun, 06 Nov 1994 08:49:61 GMT",
             "Sun, 06 Nov 1994 08-49-37 GMT",
             "Sun, +6 Nov 1994 08:49:37 GMT",
             "Sun,  6 Nov 1994 08:49:37 GMT",
             "Sun, 06 Nov 1969 08:49:37 GMT",
             "Sun, 06 Nov 2262 08:49:37 GMT",
             "Sun, 06 Nov 9999 08:49:37 GMT",
         }) {
        CAPTURE(text);
        CHECK_FALSE(parse_http_date(text));
    }
}

} // namespace
