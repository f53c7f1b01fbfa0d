#include <sealsync/manifest/change.hpp>

#include "samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

TEST_CASE("change: one made by default is an insert of a record, with nothing said") {
    const change c;
    CHECK(c.type == change_type::record);
    CHECK(c.action == change_action::insert);
    CHECK(c.id.empty());
    CHECK(c.version == 0);
    CHECK_FALSE(c.stored);
    CHECK_FALSE(c.packed);
}

TEST_CASE("change: two are equal only if every field is") {
    const auto differs = [](auto alter) {
        auto c = record_change();
        alter(c);
        return !(c == record_change());
    };
    CHECK(record_change() == record_change());
    CHECK(differs([](change& c) { c.type = change_type::profile; }));
    CHECK(differs([](change& c) { c.collection = {}; }));
    CHECK(differs([](change& c) { c.id = {}; }));
    CHECK(differs([](change& c) { ++c.version; }));
    CHECK(differs([](change& c) { ++c.timestamp.nanoseconds; }));
    CHECK(differs([](change& c) { c.device = {}; }));
    CHECK(differs([](change& c) { c.action = change_action::insert; }));
    CHECK(differs([](change& c) { ++c.dot.n; }));
    CHECK(differs([](change& c) { c.replaces.clear(); }));
    CHECK(differs([](change& c) { ++c.size; }));
    CHECK(differs([](change& c) { c.stored.reset(); }));
    CHECK(differs([](change& c) { c.attachments.clear(); }));
    CHECK(differs([](change& c) { c.filename = "a"; }));
    CHECK(differs([](change& c) { c.media_type = "a"; }));
    CHECK(differs([](change& c) { c.packed.emplace(); }));
    CHECK(differs([](change& c) { c.merge = merge_kind::based; }));
}

TEST_CASE("change: the numbers of types and actions are part of the formats") {
    CHECK(static_cast<int>(change_type::record) == 1);
    CHECK(static_cast<int>(change_type::profile) == 2);
    CHECK(static_cast<int>(change_type::attachment) == 3);
    CHECK(static_cast<int>(merge_kind::based) == 1);
    CHECK(static_cast<int>(merge_kind::blind) == 2);
    CHECK(static_cast<int>(change_action::insert) == 1);
    CHECK(static_cast<int>(change_action::update) == 2);
    CHECK(static_cast<int>(change_action::erase) == 3);
}

} // namespace
