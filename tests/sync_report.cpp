#include <sealsync/sync_report.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

TEST_CASE("sync_report: idle is what neither pulled nor pushed") {
    sync_report report;
    CHECK(report.idle());
    CHECK(report.announced);
    report.requests.get = 1;
    CHECK(report.idle());
    report.pulled = 1;
    CHECK_FALSE(report.idle());
    report.pulled = 0;
    report.pushed = 1;
    CHECK_FALSE(report.idle());
}

TEST_CASE("verify_report: ok is whole and without a problem; orphans are none") {
    verify_report report;
    CHECK(report.ok());
    report.orphans = report.foreign = 3;
    CHECK(report.ok());
    report.stopped = true;
    CHECK_FALSE(report.ok());
    report.stopped = false;
    report.problems.emplace_back(errc::tampered);
    CHECK_FALSE(report.ok());
}

TEST_CASE("sync_options: by default nobody watches, nothing is listed and no mass delete is allowed") {
    const sync_options options;
    CHECK_FALSE(options.observer);
    CHECK_FALSE(options.rediscover);
    CHECK_FALSE(options.allow_mass_delete);
    CHECK_FALSE(options.stop.stop_requested());
}

} // namespace
