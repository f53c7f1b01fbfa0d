#include <sealsync/conflict/field_lines.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

bool is_of_this_form(bytes_view content) {
    field_document document;
    return field_lines::read(content, document);
}
field_document read(std::string_view content) {
    field_document document;
    REQUIRE(field_lines::read(content, document));
    return document;
}
/// `merged` in any order, after sides that come greatest first.
std::string written(std::string_view merged, std::optional<std::string_view> base,
                    std::initializer_list<std::string_view> sides) {
    const auto old = read(base.value_or(""));
    std::vector<field_document> all;
    for (const auto side : sides) all.push_back(read(side));
    return std::string{as_text(field_lines::write(read(merged), base ? &old : nullptr, all))};
}

TEST_CASE("field_lines: a line is a key and a value, which are kept as they are") {
    const auto document =
        read("name: Emma\nfull name:  Emma  Peel \nempty:\nblank: \ntime: 10:30\nurl: http://a\r\nx:\r");
    const std::array<std::pair<const char*, const char*>, 7> fields{{{"name", " Emma"},
                                                                     {"full name", "  Emma  Peel "},
                                                                     {"empty", ""},
                                                                     {"blank", " "},
                                                                     {"time", " 10:30"},
                                                                     {"url", " http://a\r"},
                                                                     {"x", "\r"}}};
    REQUIRE(document.size() == 1 + fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
        CHECK(document[i + 1].name == fields[i].first);
        CHECK(document[i + 1].text == fields[i].second);
        CHECK(document.find(fields[i].first) == i + 1);
    }
}

TEST_CASE("field_lines: a content without lines is of this form") { CHECK(read("").size() == 1); }

TEST_CASE("field_lines: what is anything but fields with distinct keys is not of this form") {
    for (const auto* text : {"a: 1\na: 2\n", "a: 1\n\nb: 2\n", "no colon\n", ": 1\n", "a:1\n", "http://a\n", "10:30\n",
                             "caf\xe9: 1\n", "a\tb: 1\n", "a : 1\n"}) {
        CAPTURE(text);
        CHECK_FALSE(is_of_this_form(text));
    }
    CHECK_FALSE(is_of_this_form(std::string_view{"a: \0\n", 5}));
    CHECK(is_of_this_form("caf\xc3\xa9 (old): 1\nA&B: 1\na: 2\nA: 3\n"));
}

TEST_CASE("field_lines: JSON and nested YAML are not of this form") {
    for (const auto* text : {"{\"a\": 1}", "{\n\"a\": 1\n}\n", "\"a\": 1,\n", "a:\n  b: 1\n", "- a: 1\n", "# a: 1\n",
                             "? a: 1\n", "'a': 1\n", "a: |\n  text\n"}) {
        CAPTURE(text);
        CHECK_FALSE(is_of_this_form(text));
    }
}

TEST_CASE("field_lines: over the limit of values nothing is of this form") {
    std::string text;
    for (std::size_t i = 1; i < field_document::values_max; ++i) text += std::to_string(i) + ":\n";
    CHECK(is_of_this_form(text));
    CHECK_FALSE(is_of_this_form(text + "0:\n"));
}

TEST_CASE("field_lines: a merge is in the order of the greatest side, and what others added follows what it follows") {
    CHECK(written("a:\nb:\nx:\ny:\n", "a:\nb:\n", {"a:\nb:\ny:\n", "a:\nx:\nb:\n"}) == "a:\nx:\nb:\ny:\n");
    CHECK(written("a:\nb:\nx:\ny:\n", "a:\nb:\n", {"y:\na:\nb:\n", "x:\na:\nb:\n"}) == "x:\ny:\na:\nb:\n");
    CHECK(written("a:\np:\nq:\nx:\ny:\n", "a:\n", {"a:\nx:\ny:\n", "a:\np:\nq:\n"}) == "a:\np:\nq:\nx:\ny:\n");
    CHECK(written("b:\nx:\n", "a:\nb:\n", {"b:\n", "a:\nx:\nb:\n"}) == "x:\nb:\n");
    CHECK(written("a:\nb:\nc:\n", {}, {"c:\na:\n", "a:\nb:\n"}) == "c:\na:\nb:\n");
}

TEST_CASE("field_lines: lines that only one side moved stay where it moved them, even if it is not the greatest") {
    CHECK(written("a: 2\nb:\nc:\n", "a:\nb:\nc:\n", {"a: 2\nb:\nc:\n", "c:\na:\nb:\n"}) == "c:\na: 2\nb:\n");
    CHECK(written("a:\nb:\nc:\n", "a:\nb:\nc:\n", {"b:\na:\nc:\n", "c:\na:\nb:\n"}) == "b:\na:\nc:\n");
    // In what is left of it the greatest has moved nothing.
    CHECK(written("a:\nc:\n", "a:\nb:\nc:\n", {"b:\na:\nc:\n", "c:\na:\n"}) == "c:\na:\n");
}

TEST_CASE("field_lines: the last line ends as that side has it that changed it") {
    CHECK(written("a:\nb:\n", "a:", {"a:\nb:", "a:"}) == "a:\nb:");
    CHECK(written("a:\nb:\n", "a:", {"a:\nb:", "a:\n"}) == "a:\nb:\n");
    CHECK(written("a:\nb:\n", "a:\n", {"a:\nb:", "a:\n"}) == "a:\nb:");
    CHECK(written("a:\nb:\n", {}, {"a:", "b:\n"}) == "b:\na:\n");
    CHECK(written("a:\nb:\n", {}, {"a:", "b:"}) == "b:\na:");
    CHECK(written("", "a:", {"", "a:"}) == "");
}

} // namespace
