#include <sealsync/manifest/change.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

TEST_CASE("change: equality sees every field, so that two contents for one dot are never taken for one edit") {
    change one;
    one.collection = *collection_id::make("emma");
    one.id = *object_id::make("rec-1");
    one.version = 1;
    const auto differs = [&](auto modify) {
        auto other = one;
        modify(other);
        return other != one;
    };
    CHECK(one == change{one});
    CHECK(differs([](change& c) { c.type = change_type::profile; }));
    CHECK(differs([](change& c) { c.collection = *collection_id::make("liam"); }));
    CHECK(differs([](change& c) { c.id = *object_id::make("rec-12"); }));
    CHECK(differs([](change& c) { c.version = 2; }));
    CHECK(differs([](change& c) { c.timestamp = {1}; }));
    CHECK(differs([](change& c) { c.device = *device_id::make("ipad"); }));
    CHECK(differs([](change& c) { c.action = change_action::erase; }));
    CHECK(differs([](change& c) { c.edit.n = 1; }));
    CHECK(differs([](change& c) { c.replaces.push_back({}); }));
    CHECK(differs([](change& c) { c.size = 1; }));
    CHECK(differs([](change& c) { c.stored = digest256{}; }));
    CHECK(differs([](change& c) { c.attachments.push_back(*object_id::make("a")); }));
    CHECK(differs([](change& c) { c.filename = "scan.pdf"; }));
    CHECK(differs([](change& c) { c.media_type = "application/pdf"; }));
    CHECK(differs([](change& c) { c.packed = packed_place{"pack", 0, 1}; }));
}

TEST_CASE("change: the numbers of types and actions are stored, and fixed") {
    CHECK(static_cast<int>(change_type::record) == 1);
    CHECK(static_cast<int>(change_type::attachment) == 3);
    CHECK(static_cast<int>(change_action::insert) == 1);
    CHECK(static_cast<int>(change_action::erase) == 3);
}
