#include <sealsync/testing/conformance.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using testing::conformance_report;

TEST_CASE("conformance_report: is not ok before anything was checked") { CHECK_FALSE(conformance_report{}.ok()); }

TEST_CASE("conformance_report: counts every check and keeps the statements that do not hold") {
    conformance_report report;
    report.check(true, "holds");
    CHECK(report.ok());
    report.check(false, "first");
    report.check(false, "second");
    CHECK_FALSE(report.ok());
    CHECK(report.checks == 3);
    CHECK(report.text() == "first\nsecond\n");
}

TEST_CASE("conformance_report: check_ok says why there is no value, and whether there is") {
    conformance_report report;
    CHECK(report.check_ok(result<int>{1}, "has one"));
    CHECK_FALSE(report.check_ok(result<int>{failure{errc::busy, "x"}}, "get"));
    CHECK(report.checks == 2);
    CHECK(report.text() == "get: x: in use by another sync or process; wait for it to end, then try again\n");
}

TEST_CASE("conformance_report: check_fails wants this failure and no other") {
    conformance_report report;
    report.check_fails(result<int>{failure{errc::busy}}, errc::busy, "a busy store");
    CHECK(report.ok());
    report.check_fails(result<int>{1}, errc::busy, "one");
    report.check_fails(result<void>{failure{errc::closed}}, errc::busy, "two");
    CHECK(report.checks == 3);
    CHECK(report.text() == "one: succeeded\ntwo: closed; open it again\n");
}
