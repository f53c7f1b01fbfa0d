#include <sealsync/clock/stamp.hpp>
#include <sealsync/merge/scan/scan_time.hpp>

#include <doctest/doctest.h>

#include <random>

using namespace sealsync::detail;

namespace {

/// What `stamp::parse` says, but for 2262, which is left to it; whichever day was met before.
void check_time(const std::string& text) {
    static known_day day;
    portable_vector seen;
    const auto parts = seen.decode_time(text.data());
    const auto expected = sealsync::stamp::parse(text);
    const bool left = text.substr(0, 4) == "2262";
    for (int again = 0; again < 2; ++again) {
        const auto scanned = time_of(parts, day);
        const bool good = scanned.bad == 0 && seen.faults() == 0;
        CHECK(good == (expected.has_value() && !left));
        if (good && expected) CHECK(scanned.nanoseconds == expected->nanoseconds);
    }
}

} // namespace

TEST_CASE("scan_time: every day of every year is the time that stamp::parse gives, and no other day is any") {
    for (int year = 0; year < 10'000; year += year < 1960 || year > 2270 ? 97 : 1) {
        for (int month = 0; month < 20; ++month) {
            for (const int day : {0, 1, 27, 28, 29, 30, 31, 32, 99}) {
                std::string text(64, '0');
                std::snprintf(text.data(), 64, "%04d-%02d-%02dT23:59:59.999999999Z", year, month, day);
                text.resize(30);
                check_time(text);
            }
        }
    }
}

TEST_CASE("scan_time: hours, minutes and seconds end where they must") {
    for (int value = 0; value < 100; ++value) {
        for (const char* shape : {"2024-02-29T%02d:00:00.000000001Z", "2024-02-29T00:%02d:00.000000001Z",
                                  "2024-02-29T00:00:%02d.000000001Z"}) {
            std::string text(64, '0');
            std::snprintf(text.data(), 64, shape, value);
            text.resize(30);
            check_time(text);
        }
    }
}
