#include <sealsync/ext/simdjson/json_walk.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

struct pair {
    std::string name;
    std::uint64_t number = 0;
};

class pair_walk : public detail::json_walk {
public:
    using json_walk::json_walk;
    [[nodiscard]] static std::string_view renamed() { return "title"; }

    [[nodiscard]] static std::span<const known_field<pair_walk, pair>> known() {
        static constexpr known_field<pair_walk, pair> fields[] = {
            {"", [](pair_walk& in, value from, pair& out) { in.read(from, out.name); }},
            {"number", [](pair_walk& in, value from, pair& out) { in.read(from, out.number); }},
        };
        return fields;
    }
};

struct outcome {
    pair read;
    std::uint32_t present = 0;
    std::string fault;
};

outcome walk(std::string_view json, std::size_t depth_max = 8) {
    pair_walk in{json, depth_max};
    outcome seen;
    if (in.ok()) seen.present = in.read_root(in, pair_walk::known(), seen.read);
    if (const auto finished = std::move(in).finish(); !finished) seen.fault = finished.error().detail();
    return seen;
}

TEST_CASE("json_walk: known fields are read, and it is told which were there") {
    const auto both = walk(R"({"number":7,"title":"a\u00e9"})");
    CHECK(both.fault.empty());
    CHECK(both.present == 3);
    CHECK(both.read.name == "a\xc3\xa9");
    CHECK(both.read.number == 7);
    CHECK(walk(R"({"number":7})").present == 2);
    CHECK(walk(R"({"title":""})").present == 1);
    CHECK(walk("{}").present == 0);
    CHECK(walk("{}").fault.empty());
}

TEST_CASE("json_walk: a fault has a position, a field and a reason") {
    CHECK(walk(R"({"number":7,"title":8})").fault.rfind("at byte 20, title: ", 0) == 0);
    CHECK(walk(R"({"number":-7})").fault == "at byte 10, number: not an integer from 0 to 2^53 - 1");
    CHECK(walk(R"({"number":7,"number":8})").fault == "at byte 21, number: a key twice");
    CHECK(walk(R"({"x":[1,{"y":2,"y":3}]})").fault.find("y: a key twice") != std::string::npos);
    CHECK(walk(R"({"title":"\udc00"})").fault.rfind("at byte 9, title: ", 0) == 0);
    CHECK(walk(R"({"\udc00":1})").fault.rfind("at byte ", 0) == 0);
    CHECK(walk("").fault.rfind("at byte 0: ", 0) == 0);
    CHECK(walk("\xff").fault.rfind("at byte 0: ", 0) == 0);
}

TEST_CASE("json_walk: the depth is counted from the root, and stops the recursion whatever the limit is") {
    CHECK(walk(R"({"x":[[1]]})", 3).fault.empty());
    CHECK(walk(R"({"x":[[1]]})", 2).fault.find("nested over 2 deep") != std::string::npos);
    CHECK(walk(R"({"x":[{"y":1}],"z":[[]]})", 3).fault.empty());
    const std::string many(1'000, '[');
    CHECK(walk(R"({"x":)" + many + std::string(1'000, ']') + "}", 1'000'000).fault.find("nested over") !=
          std::string::npos);
}

TEST_CASE("json_walk: peeking at the root leaves everything to be read") {
    pair_walk in{std::string_view{R"({"title":"a","number":7})"}, 8};
    std::string names;
    in.peek_root([&](std::string_view name, detail::json_walk::value) {
        names += name;
        return name != "title";
    });
    CHECK(names == "title");
    pair read;
    CHECK(in.read_root(in, pair_walk::known(), read) == 3);
    CHECK(read.name == "a");
    CHECK(std::move(in).finish());
}

TEST_CASE("json_walk: the bytes after the view are not looked at") {
    const std::string json = R"({"number":7}})";
    CHECK(walk(std::string_view{json}.substr(0, json.size() - 1)).fault.empty());
    CHECK_FALSE(walk(json).fault.empty());
}

} // namespace
