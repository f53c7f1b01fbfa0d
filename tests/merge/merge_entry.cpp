#include <sealsync/merge/merge_entry.hpp>

#include <doctest/doctest.h>

using namespace sealsync::detail;
using sealsync::change_action;
using sealsync::change_type;

TEST_CASE("merge_entry: numbers up to 2^53 - 1 and what is said beside them do not meet") {
    for (const auto type : {change_type::record, change_type::profile, change_type::attachment}) {
        for (const auto action : {change_action::insert, change_action::update, change_action::erase}) {
            for (const auto form : {id_form::text, id_form::digest, id_form::long_}) {
                for (const bool digest : {false, true}) {
                    merge_entry entry{};
                    entry.version_and_facts = number_max | merge_entry::facts(type, action, form, digest);
                    entry.size_and_marks = number_max | merge_entry::is_changed;
                    CHECK(entry.type() == type);
                    CHECK(entry.action() == action);
                    CHECK(entry.form() == form);
                    CHECK(entry.has_digest() == digest);
                    CHECK(entry.version() == number_max);
                    CHECK(entry.size() == number_max);
                    CHECK(entry.marked(merge_entry::is_changed));
                    CHECK_FALSE(entry.marked(merge_entry::is_object));
                    CHECK(entry.erased() == (action == change_action::erase));
                }
            }
        }
    }
}

TEST_CASE("merge_entry: kind tells types and forms of ids apart, not actions") {
    const auto kind = [](change_type type, change_action action, id_form form) {
        merge_entry entry{};
        entry.version_and_facts = 5 | merge_entry::facts(type, action, form, true);
        return entry.kind();
    };
    const auto record = kind(change_type::record, change_action::insert, id_form::text);
    CHECK(record == kind(change_type::record, change_action::erase, id_form::text));
    CHECK(record != kind(change_type::profile, change_action::insert, id_form::text));
    CHECK(record != kind(change_type::record, change_action::insert, id_form::digest));
}

TEST_CASE("merge_entry: 32 bytes are the same if all are") {
    std::array<std::byte, 32> left{}, right{};
    CHECK(same_bytes(left, right));
    for (auto& each : right) {
        each = std::byte{0x80};
        CHECK_FALSE(same_bytes(left, right));
        each = std::byte{0};
    }
}
