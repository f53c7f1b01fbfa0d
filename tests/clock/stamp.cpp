#include <sealsync/clock/stamp.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

namespace {

constexpr auto top = std::numeric_limits<std::int64_t>::max();
wall_time at(std::int64_t nanoseconds) { return wall_time{std::chrono::nanoseconds{nanoseconds}}; }

} // namespace

TEST_CASE("stamp: writes RFC 3339 in UTC with nine decimals") {
    CHECK(stamp{0}.text() == "1970-01-01T00:00:00.000000000Z");
    CHECK(stamp{1'737'383'400'123'456'789}.text() == "2025-01-20T14:30:00.123456789Z");
    CHECK(stamp{951'782'400'000'000'001}.text() == "2000-02-29T00:00:00.000000001Z");
    CHECK(stamp{top}.text() == "2262-04-11T23:47:16.854775807Z");
}

TEST_CASE("stamp: reads back what it wrote, at the ends of days, years and of time") {
    for (const auto value :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{86'399'999'999'999}, std::int64_t{86'400'000'000'000},
          std::int64_t{951'868'799'999'999'999}, std::int64_t{1'737'383'400'123'456'789}, top - 1, top}) {
        const auto text = stamp{value}.text();
        CAPTURE(text);
        CHECK(stamp::parse(text) == stamp{value});
    }
}

TEST_CASE("stamp: reads 0 to 9 decimals, as other writers have them") {
    CHECK(stamp::parse("2025-01-20T14:30:00Z") == stamp{1'737'383'400'000'000'000});
    CHECK(stamp::parse("2025-01-20T14:30:00.5Z") == stamp{1'737'383'400'500'000'000});
    CHECK(stamp::parse("2025-01-20T14:30:00.123456Z") == stamp{1'737'383'400'123'456'000});
}

TEST_CASE("stamp: refuses everything that is not such a time") {
    for (const char* bad : {
             "",
             "Z",
             "2025-01-20",
             "2025-01-20T14:30:00",
             "2025-01-20T14:30:00+00:00",
             "2025-01-20T14:30:00z",
             "2025-01-20 14:30:00Z",
             "2025-1-20T14:30:00Z",
             "2025-01-20T14:30:00.Z",
             "2025-01-20T14:30:00,5Z",
             "2025-01-20T14:30:00.1234567890Z",
             "2025-01-20T14:30:00.12x4Z",
             "2025-01-20T14:30:00.-1Z",
             "2025-13-20T14:30:00Z",
             "2025-00-20T14:30:00Z",
             "2025-01-32T14:30:00Z",
             "2025-01-00T14:30:00Z",
             "2025-02-29T14:30:00Z",
             "2025-01-20T24:00:00Z",
             "2025-01-20T14:60:00Z",
             "2025-01-20T14:30:60Z",
             "-025-01-20T14:30:00Z",
             "2025-01-20T14:30:0 Z",
             "02025-01-20T14:30:00Z",
         }) {
        CAPTURE(bad);
        CHECK_FALSE(stamp::parse(bad));
    }
}

TEST_CASE("stamp: a time before 1970 or after 2262 is refused instead of wrapping") {
    CHECK_FALSE(stamp::parse("1969-12-31T23:59:59.999999999Z"));
    CHECK(stamp::parse("2262-04-11T23:47:16.854775807Z") == stamp{top});
    CHECK_FALSE(stamp::parse("2262-04-11T23:47:16.854775808Z"));
    CHECK_FALSE(stamp::parse("2262-04-11T23:47:17Z"));
    CHECK_FALSE(stamp::parse("2262-12-31T00:00:00Z"));
    CHECK_FALSE(stamp::parse("9999-12-31T23:59:59Z"));
}

TEST_CASE("stamp: text orders as the stamps do") {
    CHECK(stamp{9}.text() < stamp{10}.text());
    CHECK(stamp{999'999'999}.text() < stamp{1'000'000'000}.text());
    CHECK(stamp{9} < stamp{10});
}

TEST_CASE("hybrid_clock: follows a good clock") {
    hybrid_clock clock;
    CHECK(clock.last() == stamp{0});
    CHECK(clock.tick(at(100)) == stamp{100});
    CHECK(clock.tick(at(200)) == stamp{200});
    CHECK(clock.last() == stamp{200});
}

TEST_CASE("hybrid_clock: goes on when the clock stands still, jumps back or is before 1970") {
    hybrid_clock clock{stamp{1000}};
    CHECK(clock.tick(at(1000)) == stamp{1001});
    CHECK(clock.tick(at(1000)) == stamp{1002});
    CHECK(clock.tick(at(3)) == stamp{1003});
    CHECK(clock.tick(at(-5'000'000)) == stamp{1004});
    CHECK(hybrid_clock{}.tick(at(-1)) == stamp{1});
}

TEST_CASE("hybrid_clock: is later than every stamp that it observed, and never goes back") {
    hybrid_clock clock{stamp{50}};
    clock.observe(stamp{500});
    CHECK(clock.tick(at(60)) == stamp{501});
    clock.observe(stamp{2});
    CHECK(clock.last() == stamp{501});
}

TEST_CASE("hybrid_clock: stays at the end of time instead of overflowing") {
    hybrid_clock clock;
    clock.observe(stamp{top - 1});
    CHECK(clock.tick(at(0)) == stamp{top});
    CHECK(clock.tick(at(0)) == stamp{top});
}
