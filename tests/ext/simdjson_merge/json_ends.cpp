#include <sealsync/ext/simdjson_merge/json_ends.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace sealsync;

/// How much of `text` is the value that it begins with; -1 if it does not end.
std::ptrdiff_t value_size(std::string_view text) {
    const auto* const end = detail::end_of_json_value(text.data(), text.data() + text.size());
    return end == nullptr ? -1 : end - text.data();
}

TEST_CASE("json_ends: a value ends where its quote, its bracket or its token does") {
    CHECK(value_size("\"\",") == 2);
    CHECK(value_size(R"("a\"]\\",1)") == 8);
    CHECK(value_size("17 ,") == 2);
    CHECK(value_size("17}") == 2);
    CHECK(value_size("[]]") == 2);
    CHECK(value_size(R"({"a":["]}",{}]} })") == 15);
    for (const char* open : {"", "\"", "\"a\\\"", "\"a\\", "[", "[[]", "{\"]}\"", "17"}) CHECK(value_size(open) == -1);
}

TEST_CASE("json_field_cursor: gives the fields as they are written, and stops where there is none") {
    std::string seen;
    detail::json_field_cursor fields{R"({ "a" : 1 , "b\"":[{"c":2}],"d":"x" } more)"};
    while (fields.next() && fields.skip_value()) {
        seen.append(fields.key()).append("=").append(fields.value_text()).append(";");
    }
    CHECK(seen == R"(a=1;b\"=[{"c":2}];d="x";)");
    for (const char* none : {"", "{", "{}", "{ \"a\"", "{\"a\":", "{1:2}", "[\"a\":1]", "{\"a\" 1}"}) {
        CHECK_FALSE(detail::json_field_cursor{none}.next());
    }
}

} // namespace
