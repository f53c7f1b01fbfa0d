#include <sealsync/manifest/json_writer.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::json_writer;

std::string quoted(const std::string& text) {
    json_writer json{1'000};
    json.value(text);
    return std::string{as_text(std::move(json).take().value())};
}

TEST_CASE("json_writer: strings are escaped as RFC 8785 says") {
    CHECK(quoted("") == R"("")");
    CHECK(quoted("a\"b\\c") == R"("a\"b\\c")");
    CHECK(quoted("\b\t\n\f\r") == R"("\b\t\n\f\r")");
    CHECK(quoted(std::string{"\0\x01\x1f", 3}) == R"("\u0000\u0001\u001f")");
    CHECK(quoted("/'<>\x7f") == "\"/'<>\x7f\"");
    CHECK(quoted("\xe2\x82\xac") == "\"\xe2\x82\xac\"");
}

TEST_CASE("json_writer: fields, lists and maps are separated by commas, however they are nested") {
    json_writer json{1'000};
    json.open();
    json.field("a", std::uint64_t{1});
    json.field("b", std::uint64_t{0}, detail::blank::omitted);
    json.list("c", std::vector<std::uint64_t>{2, 3}, 2, [&](auto n) { json.value(n); });
    json.list("d", std::vector<std::uint64_t>{}, 2, [&](auto n) { json.value(n); });
    json.key("e");
    json.open();
    json.close();
    json.field("f", std::string{"g"});
    json.close();
    CHECK(as_text(std::move(json).take().value()) == R"({"a":1,"c":[2,3],"d":[],"e":{},"f":"g"})");
}

TEST_CASE("json_writer: the first fault is the one that is told, with its field") {
    json_writer json{1'000};
    json.open();
    json.field("size", ~std::uint64_t{0});
    json.field("other", ~std::uint64_t{0});
    json.close();
    const auto taken = std::move(json).take();
    REQUIRE_FALSE(taken);
    CHECK(taken.error() == errc::invalid_argument);
    CHECK(taken.error().detail() == "size: over 2^53 - 1");
}

TEST_CASE("json_writer: it holds no more bytes than it may") {
    json_writer exact{4};
    exact.value(std::string{"ab"});
    CHECK(exact.position() == 4);
    CHECK(std::move(exact).take());
    json_writer small{3};
    small.value(std::string{"ab"});
    CHECK(small.position() <= 3);
    CHECK(std::move(small).take().error() == errc::too_large);
}

TEST_CASE("json_writer: a broken rule is the caller's mistake, a limit is a limit") {
    json_writer mistake{10};
    mistake.require(0, detail::malformed("no"));
    CHECK(std::move(mistake).take().error() == errc::invalid_argument);
    json_writer limit{10};
    limit.require(0, failure{errc::too_large, {}, "no"});
    CHECK(std::move(limit).take().error() == errc::too_large);
}

} // namespace
