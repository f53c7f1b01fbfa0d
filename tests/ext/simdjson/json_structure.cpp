#include <sealsync/ext/simdjson/json_structure.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

std::vector<std::uint32_t> starts(detail::json_structure& structure, std::string_view json) {
    REQUIRE_FALSE(structure.find(json));
    return {structure.starts().begin(), structure.starts().end()};
}

TEST_CASE("json_structure: tells where tokens begin, and of strings only the opening quote") {
    detail::json_structure structure;
    CHECK(starts(structure, R"({"a\"{" : 12,"b":[ ]})") ==
          std::vector<std::uint32_t>{0, 1, 8, 10, 12, 13, 16, 17, 19, 20, 21});
}

TEST_CASE("json_structure: serves one text after the other, whatever their sizes and faults") {
    detail::json_structure structure;
    CHECK(starts(structure, "[1]").size() == 4);
    for (const char* bad : {"\"", "\"a\n\"", "\xff", "[\"\xc3\"]"}) CHECK(structure.find(std::string_view{bad}));
    std::string large = "[0";
    for (int i = 0; i < 10'000; ++i) large += ",1";
    CHECK(starts(structure, large + "]").size() == 20'004);
    CHECK(starts(structure, "[]").size() == 3);
}

TEST_CASE("json_structure: nothing after the text is looked at") {
    detail::json_structure structure;
    for (std::size_t size = 2; size < 300; ++size) {
        std::vector<char> exact(size, ' ');
        exact.front() = '[';
        exact.back() = ']';
        CHECK(starts(structure, {exact.data(), size}).size() == 3);
    }
}

} // namespace
