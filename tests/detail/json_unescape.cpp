#include <sealsync/detail/json_unescape.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace {

using namespace sealsync;

std::optional<std::string> unescaped(std::string_view text) {
    std::string out(text.size(), '?');
    const char* const end = detail::unescape_json(text, out.data());
    if (end == nullptr) return std::nullopt;
    out.resize(static_cast<std::size_t>(end - out.data()));
    return out;
}

TEST_CASE("unescape_json: every escape is the character that it means") {
    CHECK(unescaped("") == "");
    CHECK(unescaped("plain \xc3\xa9") == "plain \xc3\xa9");
    CHECK(unescaped(R"(\"\\\/\b\f\n\r\t)") == "\"\\/\b\f\n\r\t");
    CHECK(unescaped(R"(\u0041\u007f)") == "A\x7f");
    CHECK(unescaped(R"(\u0000)") == std::string(1, '\0'));
    CHECK(unescaped(R"(\u00e9\u00E9\u07ff)") == "\xc3\xa9\xc3\xa9\xdf\xbf");
    CHECK(unescaped(R"(\u0800\u20ac\uffff)") == "\xe0\xa0\x80\xe2\x82\xac\xef\xbf\xbf");
    CHECK(unescaped(R"(\ud83d\ude00\uDBFF\uDFFFz)") == "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbfz");
}

TEST_CASE("unescape_json: what is no escape, and half of a surrogate pair, is refused") {
    for (const char* bad : {R"(\)", R"(\a)", R"(\u)", R"(\u12)", R"(\u12g4)", R"(\u 123)", R"(\U0041)", R"(\ud83d)",
                            R"(\ud83dx)", R"(\ud83d\n)", R"(\ud83d\u0041)", R"(\ud83d\ud83d)", R"(\ude00)",
                            R"(\ude00\ud83d)", R"(\ud83d\ude0)", R"(a\')"}) {
        CHECK_MESSAGE(unescaped(bad) == std::nullopt, bad);
    }
}

} // namespace
