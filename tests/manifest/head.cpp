#include <sealsync/manifest/head.hpp>

#include "samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

TEST_CASE("head: one made by default knows of no log and no checkpoint") {
    const head h;
    CHECK(h.format == 1);
    CHECK(h.logs.empty());
    CHECK(h.checkpoint.empty());
}

TEST_CASE("head: two are equal only if every field is") {
    const auto differs = [](auto alter) {
        auto h = sample_head();
        alter(h);
        return !(h == sample_head());
    };
    CHECK(sample_head() == sample_head());
    CHECK(differs([](head& h) { h.format = 2; }));
    CHECK(differs([](head& h) { h.critical = {"a"}; }));
    CHECK(differs([](head& h) { h.vault = {}; }));
    CHECK(differs([](head& h) { h.scope = "a"; }));
    CHECK(differs([](head& h) { h.checkpoint.clear(); }));
    CHECK(differs([](head& h) { h.logs[0].log = {}; }));
    CHECK(differs([](head& h) { h.logs[0].device = {}; }));
    CHECK(differs([](head& h) { ++h.logs[0].seq; }));
    CHECK(differs([](head& h) { h.logs[0].stored = {}; }));
}

} // namespace
