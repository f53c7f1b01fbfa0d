#include <sealsync/conflict/text_lines.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> all;
    for (const auto line : detail::lines_of(text)) all.emplace_back(line);
    return all;
}
using lines = std::vector<std::string>;

TEST_CASE("text_lines: a line keeps its end, and the last need not have one") {
    CHECK(split("a\nb\r\nc") == lines{"a\n", "b\r\n", "c"});
    CHECK(split("a\nb\n") == lines{"a\n", "b\n"});
    CHECK(split("\n\n") == lines{"\n", "\n"});
    CHECK(split("a") == lines{"a"});
    CHECK(split("").empty());
}

TEST_CASE("text_lines: joined, the lines are the text again") {
    for (const std::string text : {"", "\n", "a", "a\n", "\r\na\rb\n\nc", "a\n\n"}) {
        std::string joined;
        for (const auto& line : split(text)) joined += line;
        CHECK(joined == text);
    }
}

TEST_CASE("text_lines: the same lines are as many, and equal one by one") {
    const auto same = [](std::string_view left, std::string_view right) {
        return detail::same_lines(detail::spanned(detail::lines_of(left)), detail::spanned(detail::lines_of(right)));
    };
    CHECK(same("", ""));
    CHECK(same("a\nb", "a\nb"));
    CHECK_FALSE(same("a\nb", "a\nb\n"));
    CHECK_FALSE(same("a\n", "a\na\n"));
    CHECK_FALSE(same("a\nb\n", "b\na\n"));
}

TEST_CASE("text_lines: text is UTF-8 without a zero") {
    CHECK(detail::is_text(""));
    CHECK(detail::is_text("caf\xc3\xa9\r\n"));
    CHECK_FALSE(detail::is_text("caf\xe9"));
    CHECK_FALSE(detail::is_text(std::string_view{"a\0b", 3}));
}

} // namespace
