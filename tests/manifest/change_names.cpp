#include <sealsync/layout.hpp>
#include <sealsync/manifest/change_names.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

TEST_CASE("change names: each type and action has one name, and is found by it") {
    for (const auto type : {change_type::record, change_type::profile, change_type::attachment}) {
        CHECK(parse_change_type(name_of(type)) == type);
    }
    for (const auto action : {change_action::insert, change_action::update, change_action::erase}) {
        CHECK(parse_change_action(name_of(action)) == action);
    }
    CHECK(name_of(change_action::erase) == "delete");
}

TEST_CASE("change names: what is no enumerator has none, and no other name means one") {
    CHECK(name_of(change_type{0}).empty());
    CHECK(name_of(change_action{4}).empty());
    for (const char* name : {"", "Record", "records", "delete"}) CHECK_FALSE(parse_change_type(name));
    for (const char* name : {"", "Insert", "erase", "record"}) CHECK_FALSE(parse_change_action(name));
}

TEST_CASE("change names: a layout names its collections as no other field is named") {
    CHECK(detail::is_collection_field(default_layout::collection_field));
    CHECK(detail::is_collection_field(family_medical_layout::collection_field));
    for (const char* name : {"", "type", "version", "dot", "packed", "with space", "with\"quote", "\xc3\xa9"}) {
        CAPTURE(name);
        CHECK_FALSE(detail::is_collection_field(name));
    }
}

} // namespace
