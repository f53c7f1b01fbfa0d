#include <sealsync/conflict/field_document.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using kind = field_value::kind;

field_document of_fields(std::initializer_list<const char*> names) {
    field_document document;
    for (const auto* name : names) {
        const auto at = document.add({kind::atom, name, "1"});
        document[0].items.push_back(at);
    }
    return document;
}

TEST_CASE("field_document: a new one is a root without fields") {
    const field_document document;
    CHECK(document.size() == 1);
    CHECK(document[0].is == kind::fields);
    CHECK(document[0].items.empty());
    CHECK(document.find("a") == 0);
}

TEST_CASE("field_document: fields are found by their names once they are in order, and keep their places") {
    auto document = of_fields({"b", "", "c", "a"});
    REQUIRE(document.sort_fields(0));
    CHECK(document.find("b") == 1);
    CHECK(document.find("") == 2);
    CHECK(document.find("c") == 3);
    CHECK(document.find("a") == 4);
    CHECK(document.find("d") == 0);
    std::string names;
    for (const auto item : document[0].items) names += document[item].name;
    CHECK(names == "abc");
}

TEST_CASE("field_document: a name that is there twice is noticed") {
    CHECK_FALSE(of_fields({"a", "b", "a"}).sort_fields(0));
    CHECK(of_fields({"a", "b", "A"}).sort_fields(0));
}

TEST_CASE("field_document: it tells when it is full") {
    field_document document;
    while (document.size() < field_document::values_max) {
        REQUIRE_FALSE(document.full());
        document.add({kind::atom});
    }
    CHECK(document.full());
}

} // namespace
