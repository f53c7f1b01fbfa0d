#include <sealsync/manifest/json_reader.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::blank;
using detail::json_reader;

template <class T>
result<T> read(std::string_view json) {
    json_reader in{json};
    T item{};
    in.value(item);
    if (auto ok = std::move(in).finish(); !ok) return std::move(ok).error();
    return item;
}

TEST_CASE("json_reader: strings are read as RFC 8785 writes them, and in no other form") {
    using text = std::string;
    CHECK(read<text>(R"("")").value().empty());
    CHECK(read<text>(R"("a\"b\\c\b\t\n\f\r")").value() == "a\"b\\c\b\t\n\f\r");
    CHECK(read<text>(R"("\u0000\u0001\u001f")").value() == text{"\0\x01\x1f", 3});
    CHECK(read<text>("\"\xe2\x82\xac\x7f\"").value() == "\xe2\x82\xac\x7f");
    for (const char* bad :
         {"", "\"", "\"a", "a\"", "\"\\\"", "\"\\", "\"\\u\"", "\"\\u000\"", "\"\\u0020\"", "\"\\u000A\"",
          "\"\\u0008\"", "\"\\u0022\"", "\"\\u20ac\"", "\"\\/\"", "\"\\a\"", "\"\n\"", "\"\xff\"", "\"a\" "}) {
        CAPTURE(bad);
        const auto refused = read<text>(bad);
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == errc::malformed);
    }
}

TEST_CASE("json_reader: numbers are canonical integers up to 2^53 - 1") {
    using number = std::uint64_t;
    CHECK(read<number>("0").value() == 0);
    CHECK(read<number>("9007199254740991").value() == detail::number_max);
    for (const char* bad :
         {"", "-0", "00", "01", "1.0", "1e1", "9007199254740992", "18446744073709551616", " 1", "1 "}) {
        CAPTURE(bad);
        CHECK_FALSE(read<number>(bad));
    }
}

TEST_CASE("json_reader: a field is there exactly so, and a blank one is written or left out, as the layout says") {
    const auto read_a = [](std::string_view json, blank as) -> result<std::uint64_t> {
        json_reader in{json};
        std::uint64_t a = 0;
        in.open();
        in.field("a", a, as);
        in.close();
        if (auto ok = std::move(in).finish(); !ok) return std::move(ok).error();
        return a;
    };
    CHECK(read_a(R"({"a":1})", blank::written).value() == 1);
    CHECK(read_a(R"({"a":0})", blank::written).value() == 0);
    CHECK(read_a(R"({})", blank::written).error().detail() == R"(at byte 1, a: expected "a":)");
    CHECK(read_a(R"({"a":1})", blank::omitted).value() == 1);
    CHECK(read_a(R"({})", blank::omitted).value() == 0);
    CHECK(read_a(R"({"a":0})", blank::omitted).error().detail() == "at byte 5, a: blank, but not left out");
    CHECK(read_a(R"({"aa":1})", blank::omitted).error() == errc::malformed);
    CHECK(read_a(R"({,"a":1})", blank::omitted).error() == errc::malformed);
}

TEST_CASE("json_reader: a list has commas between its items, and no more items than it may") {
    const auto read_list = [](std::string_view json) -> result<std::vector<std::uint64_t>> {
        json_reader in{json};
        std::vector<std::uint64_t> items;
        in.open();
        in.list("a", items, 3, [&](auto& item) { in.value(item); });
        in.close();
        if (auto ok = std::move(in).finish(); !ok) return std::move(ok).error();
        return items;
    };
    CHECK(read_list(R"({"a":[]})").value().empty());
    CHECK(read_list(R"({"a":[1,2,3]})").value() == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(read_list(R"({"a":[1,2,3,4]})").error() == errc::too_large);
    for (const char* bad :
         {R"({"a":[,1]})", R"({"a":[1,]})", R"({"a":[1 2]})", R"({"a":[1})", R"({"a":[)", R"({"a":{}})"}) {
        CAPTURE(bad);
        CHECK(read_list(bad).error() == errc::malformed);
    }
}

TEST_CASE("json_reader: the first fault is the one that is told") {
    json_reader in{R"({"a":x,"b":y})"};
    std::uint64_t a = 0, b = 0;
    in.open();
    in.field("a", a);
    in.field("b", b);
    in.close();
    CHECK(std::move(in).finish().error().detail() == "at byte 5, a: not an integer from 0 to 2^53 - 1");
}

TEST_CASE("json_reader: a broken rule is told where the thing begins that broke it") {
    json_reader in{"12"};
    std::uint64_t n = 0;
    in.value(n);
    in.require(7, failure{errc::unknown_format, {}, "format 12"});
    const auto finished = std::move(in).finish();
    CHECK(finished.error() == errc::unknown_format);
    CHECK(finished.error().detail() == "at byte 7: format 12");
}

} // namespace
