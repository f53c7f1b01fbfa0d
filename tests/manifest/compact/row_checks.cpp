#include <sealsync/manifest/compact/row_checks.hpp>

#include "../samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

failure refusal(const change& c, const manifest_limits& limits = {}) {
    const auto checked = detail::check_rows({c}, limits);
    REQUIRE_FALSE(checked);
    return checked.error();
}

TEST_CASE("row_checks: the samples may be written") {
    CHECK(detail::check_rows({record_change(), attachment_change(), erase_change()}, {}));
}

TEST_CASE("row_checks: a number that JSON cannot say is refused in any place") {
    const auto over = detail::number_max + 1;
    const auto refused = [&](auto set) {
        auto c = record_change();
        set(c);
        CHECK(refusal(c) == errc::malformed);
        CHECK(refusal(c).detail().find("a number over 2^53 - 1") != std::string::npos);
    };
    refused([&](change& c) { c.version = over; });
    refused([&](change& c) { c.size = over; });
    refused([&](change& c) { c.dot.n = over; });
    refused([&](change& c) { c.replaces.back().n = over; });
}

TEST_CASE("row_checks: counts are limited, and the change over a limit is named") {
    manifest_limits limits;
    limits.dots_max = 1;
    CHECK(refusal(record_change(), limits) == errc::too_large);
    CHECK(refusal(record_change(), limits).detail() ==
          "change " + record_change().dot.text() + ": replaces: over 1 items");
    limits = {};
    limits.attachments_max = 1;
    CHECK(refusal(record_change(), limits).detail().find("attachments: over 1 items") != std::string::npos);
    limits = {};
    limits.changes_max = 0;
    CHECK(refusal(record_change(), limits).detail() == "changes: over 0 items");
}

TEST_CASE("row_checks: every rule of a change holds") {
    auto c = record_change();
    c.stored.reset();
    CHECK(refusal(c).detail().find("digest: absent") != std::string::npos);
}

} // namespace
