#include <sealsync/ext/simdjson/json_walk.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

struct outcome {
    std::string name;
    std::uint64_t number = 0;
    std::uint32_t present = 0;
    std::string fault;
};

outcome walked(detail::json_walk& in, bytes_view json, std::size_t depth_max) {
    static constexpr std::array<std::string_view, 2> names{"title", "number"};
    outcome seen;
    in.begin(json, depth_max);
    seen.present =
        in.read_fields(names, [&](std::size_t i) { return i == 0 ? in.read(seen.name) : in.read(seen.number); });
    if (const auto finished = in.finish(); !finished) seen.fault = finished.error().detail();
    return seen;
}
outcome walk(std::string_view json, std::size_t depth_max = 8) {
    detail::json_walk in;
    return walked(in, json, depth_max);
}

/// What a field that nobody knows may not be.
std::string unknown_fault(const std::string& value) { return walk("{\"x\":" + value + ",\"number\":7}").fault; }

TEST_CASE("json_walk: known fields are read, and it is told which were there") {
    const auto both = walk(R"({"number":7,"title":"a\u00e9"})");
    CHECK(both.fault.empty());
    CHECK(both.present == 3);
    CHECK(both.name == "a\xc3\xa9");
    CHECK(both.number == 7);
    CHECK(walk(R"({"number":7})").present == 2);
    CHECK(walk(R"({"title":""})").present == 1);
    CHECK(walk(R"({"\u0074itle":"a"})").name == "a");
    CHECK(walk("{}").present == 0);
    CHECK(walk("{}").fault.empty());
}

TEST_CASE("json_walk: a fault has a position, a field and a reason") {
    CHECK(walk(R"({"number":7,"title":8})").fault == "at byte 20, title: not a string");
    CHECK(walk(R"({"number":-7})").fault == "at byte 10, number: not an integer from 0 to 2^53 - 1");
    CHECK(walk(R"({"number":7,"number":8})").fault == "at byte 21, number: a key twice");
    CHECK(walk(R"({"number":7,"n\u0075mber":8})").fault == "at byte 26, number: a key twice");
    CHECK(walk(R"({"x":[1,{"y":2,"y":3}]})").fault == "at byte 21, y: a key twice in the object that ends here");
    CHECK(walk(R"({"x":1,"\u0078":2})").fault == "at byte 18, x: a key twice in the object that ends here");
    CHECK(walk(R"({"title":"\udc00"})").fault == "at byte 9, title: an escape that is none");
    CHECK(walk(R"({"\udc00":1})").fault.rfind("at byte ", 0) == 0);
    CHECK(walk(R"({"number":7)").fault == "at byte 11, number: ends instead of }");
    CHECK(walk(R"([])").fault == "at byte 0: expected {");
    CHECK(walk(R"({"number":7}{})").fault == "at byte 12: more follows the end");
    CHECK(walk("").fault.rfind("at byte 0: ", 0) == 0);
    CHECK(walk("\xff").fault.rfind("at byte 0: ", 0) == 0);
}

TEST_CASE("json_walk: a field that nobody knows is checked like any other") {
    for (const char* good : {"null", "true", "false", "0", "-0.5e+10", "1E400", "\"\\ud83d\\ude00\"", "[]", "{}",
                             "[[],{}]", " [ 1 , {\"a\" : 2} ] "}) {
        CHECK_MESSAGE(unknown_fault(good).empty(), good);
    }
    for (const char* bad : {"nul",        "nulls",   "True",      "01",          "1.",
                            ".5",         "-",       "+1",        "1e",          "0x1",
                            "NaN",        "\"\\x\"", "\"\\u12\"", "\"\\ud83d\"", "\"\\ud83d\\u0041\"",
                            "[1,]",       "[,1]",    "[1 2]",     "[1",          "1]",
                            "{1:2}",      "{\"a\"}", "{\"a\":}",  "{\"a\":1,}",  "{,}",
                            "[}",         "{]",      "",          ":",           ",",
                            "\"a\"\"b\"", "\"a\"b",  "1\"b\"",    "\"a\n\"",     "tru\xff",
                            "1 2"}) {
        CHECK_MESSAGE(!unknown_fault(bad).empty(), bad);
    }
}

TEST_CASE("json_walk: the depth is counted from the root, and stops the recursion whatever the limit is") {
    CHECK(walk(R"({"x":[[1]]})", 3).fault.empty());
    CHECK(walk(R"({"x":[[1]]})", 2).fault.find("nested over 2 deep") != std::string::npos);
    CHECK(walk(R"({"x":[{"y":1}],"z":[[]]})", 3).fault.empty());
    const std::string many(1'000, '[');
    CHECK(walk(R"({"x":)" + many + std::string(1'000, ']') + "}", 1'000'000).fault.find("nested over") !=
          std::string::npos);
}

TEST_CASE("json_walk: peeking at the fields leaves everything to be read") {
    detail::json_walk in;
    in.begin(std::string_view{R"({"x":[{}],"t\u0069tle":"a","number":7})"}, 8);
    std::string names;
    in.peek_fields([&](std::string_view name) {
        names += name;
        in.jump_over();
        return name != "title";
    });
    CHECK(names == "xtitle");
    std::size_t fields = 0;
    in.read_map([&](std::string_view) {
        in.jump_over();
        ++fields;
    });
    CHECK(in.finish());
    CHECK(fields == 3);
}

TEST_CASE("json_walk: the bytes after the view are not looked at") {
    const std::string json = R"({"number":7}})";
    CHECK(walk(std::string_view{json}.substr(0, json.size() - 1)).fault.empty());
    CHECK_FALSE(walk(json).fault.empty());
    for (std::size_t size = 0; size < json.size() - 1; ++size) {
        const auto cut = std::vector<char>(json.begin(), json.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK_FALSE(walk({cut.data(), cut.size()}).fault.empty());
    }
}

TEST_CASE("json_walk: one text leaves nothing to the next") {
    detail::json_walk in;
    CHECK_FALSE(walked(in, R"({"x":{"y":1,"z":[{"title":"\u0061","number":)", 8).fault.empty());
    CHECK_FALSE(walked(in, std::string_view{}, 8).fault.empty());
    const auto next = walked(in, R"({"title":"\u0061 longer than what was there before","y":1,"number":3})", 8);
    CHECK(next.fault.empty());
    CHECK(next.name == "a longer than what was there before");
    CHECK(next.number == 3);
}

TEST_CASE("json_walk: who reads any value sees what comes, and is told where it may not go deeper") {
    detail::json_walk in;
    const auto next = [&](std::string_view json, std::size_t depth_max) {
        in.begin(json, depth_max);
        return in.peek();
    };
    CHECK(next("[1]", 1) == '[');
    CHECK(in.may_enter());
    CHECK(next(" \"a\"", 1) == '"');
    CHECK(next("", 1) == '\0');
    CHECK(next("[1]", 0) == '[');
    CHECK_FALSE(in.may_enter());
    CHECK(in.finish().error() == errc::too_large);
}

TEST_CASE("json_walk: a literal is given as it is written") {
    detail::json_walk in;
    for (const auto* form : {"1.0", "-0", "1e400", "123456789012345678901234567890", "true", "false", "null"}) {
        const auto text = std::string{form} + ' ';
        in.begin(text, 1);
        CHECK(in.literal() == form);
        CHECK(in.finish());
    }
    for (const auto* form : {"01", "+1", ".5", "1.", "1e", "tru", "nan", "\"a\"", "[", "]", ","}) {
        CAPTURE(form);
        in.begin(std::string_view{form}, 1);
        in.literal();
        CHECK(in.finish().error() == errc::malformed);
    }
}

} // namespace
