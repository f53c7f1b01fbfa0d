#include "../../conflict/merging.hpp"

#include <sealsync/ext/simdjson/json_fields.hpp>
#include <sealsync/testing/conflict_policy_conformance.hpp>
#include <sealsync/testing/random.hpp>

#include <map>
#include <set>

namespace {

using namespace merging;

std::string merged(const text_or_none& base, const text_list& contents) {
    return merged_by<merge_json_fields>(base, contents);
}
constexpr auto apart = "(apart)";

bool is_json(bytes_view content) {
    field_document document;
    return json_fields::read(content, document);
}
/// As a merge of this content alone would be written.
std::string canonical(bytes_view content) {
    field_document document;
    REQUIRE(json_fields::read(content, document));
    return std::string{as_text(json_fields::write(document, nullptr, {}))};
}

TEST_CASE("json_fields: a text that means the same is written the same") {
    CHECK(canonical(R"( { "b" : 1 , "a":[ true, null ,"x"] ,"c":{ } } )") == R"({"a":[true,null,"x"],"b":1,"c":{}})");
    CHECK(canonical(R"({"\u0061":"\u0041\u00e9\/\n\u0001\"\\"})") == "{\"a\":\"A\xc3\xa9/\\n\\u0001\\\"\\\\\"}");
    CHECK(canonical(R"({"\ud83d\ude00":""})") == "{\"\xf0\x9f\x98\x80\":\"\"}");
    CHECK(canonical(R"({"a":[1,[2,{"c":3,"b":4}],1]})") == R"({"a":[1,[2,{"b":4,"c":3}],1]})");
    CHECK(canonical("{}") == "{}");
}

TEST_CASE("json_fields: numbers keep their text") {
    const std::string numbers = R"({"a":1.0,"b":1e400,"c":-0,"d":123456789012345678901234567890,"e":1E+2})";
    CHECK(canonical(numbers) == numbers);
}

TEST_CASE("json_fields: what is no JSON object, or has a key twice, is not of this form") {
    for (const auto* text : {"",
                             "1",
                             "[]",
                             "[{}]",
                             "\"a\"",
                             "null",
                             "{",
                             "{}}",
                             "{} {}",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{a:1}",
                             "{\"a\":01}",
                             "{\"a\":1,}",
                             "{\"a\":[1,]}",
                             "{\"a\":'b'}",
                             "{\"a\":\"\\ud800\"}",
                             "{\"a\":\"\xff\"}",
                             "{\"a\":\"\n\"}",
                             "{\"a\":1,\"a\":1}",
                             "{\"a\":1,\"\\u0061\":2}",
                             "{\"a\":{\"b\":1,\"b\":2}}",
                             "{\"a\":[{\"b\":1,\"b\":2}]}",
                             "\xef\xbb\xbf{}"}) {
        CAPTURE(text);
        CHECK_FALSE(is_json(text));
    }
}

std::string nested(std::size_t depth, const std::string& opening, const std::string& closing) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += opening;
    text += "1";
    for (std::size_t i = 0; i < depth; ++i) text += closing;
    return text;
}

TEST_CASE("json_fields: what is nested too deeply is not of this form, and is kept apart") {
    const auto deepest = nested(json_fields::depth_max, "{\"a\":", "}");
    const auto deeper = nested(json_fields::depth_max + 1, "{\"a\":", "}");
    CHECK(is_json(deepest));
    CHECK_FALSE(is_json(deeper));
    CHECK(is_json("{\"a\":" + nested(json_fields::depth_max - 1, "[", "]") + "}"));
    CHECK_FALSE(is_json("{\"a\":" + nested(json_fields::depth_max, "[", "]") + "}"));
    CHECK_FALSE(is_json(nested(1'000'000, "{\"a\":", "}")));
    CHECK(merged("{}", {deepest, R"({"b":1})"}) == deepest.substr(0, deepest.size() - 1) + ",\"b\":1}");
    CHECK(merged("{}", {deeper, R"({"b":1})"}) == apart);
}

TEST_CASE("json_fields: over the limit of values nothing is of this form") {
    const auto of = [](std::size_t items) {
        std::string text = "{\"a\":[0";
        for (std::size_t i = 1; i < items; ++i) text += ",0";
        return text + "]}";
    };
    CHECK(is_json(of(field_document::values_max - 2)));
    CHECK_FALSE(is_json(of(field_document::values_max - 1)));
}

TEST_CASE("merge_json_fields: fields are merged at any depth") {
    CHECK(merged(R"({"name":"Emma","address":{"city":"Bern","zip":"3000"}})",
                 {R"({"name":"Emma Peel","address":{"city":"Bern","zip":"3000"}})",
                  R"({"name":"Emma","address":{"city":"Basel","zip":"4000"}})",
                  R"({"name":"Emma","address":{"city":"Bern","zip":"3000","street":"Gasse 1"},"born":2019})"}) ==
          R"({"address":{"city":"Basel","street":"Gasse 1","zip":"4000"},"born":2019,"name":"Emma Peel"})");
    CHECK(merged(R"({"a":1,"b":2})", {R"({"a":1})", R"({"b":2})"}) == "{}");
    CHECK(merged({}, {R"({"a":{"b":1}})", R"({"a":{"c":2}})"}) == R"({"a":{"b":1,"c":2}})");
}

TEST_CASE("merge_json_fields: different values of a field keep all apart") {
    CHECK(merged(R"({"a":1})", {R"({"a":2})", R"({"a":3})"}) == apart);
    CHECK(merged(R"({"a":1})", {R"({"a":1.0})", R"({"a":1.00})"}) == apart);
    CHECK(merged(R"({"a":{"b":1}})", {R"({})", R"({"a":{"b":2}})"}) == apart);
    CHECK(merged(R"({"a":[[1]]})", {R"({"a":[[1],2]})", R"({"a":[[1],3]})"}) == apart);
    CHECK(merged(R"({"a":[1,1]})", {R"({"a":[1,1,2]})", R"({"a":[1,1,3]})"}) == apart);
    CHECK(merged({}, {R"({"a":1})", R"({"a":2})"}) == apart);
}

TEST_CASE("merge_json_fields: an array of different scalars is a set") {
    CHECK(merged(R"({"tags":["a","b","c"]})", {R"({"tags":["b","c","x"]})", R"({"tags":["a","b",7]})"}) ==
          R"({"tags":["b",7,"x"]})");
    CHECK(merged({}, {R"({"tags":["a"]})", R"({"tags":["b"]})"}) == R"({"tags":["b","a"]})");
    CHECK(merged(R"({"tags":[]})", {R"({"tags":[1]})", R"({"tags":["1"]})"}) == R"({"tags":["1",1]})");
}

TEST_CASE("merge_json_fields: contents that mean the same are merged into one") {
    CHECK(merged(R"({"a":1})", {R"({"a":2})", R"({ "a" : 2 })"}) == R"({"a":2})");
    CHECK(merged(R"({"a":"x"})", {R"({"a":"\u0078"})", R"({"a":"y"})"}) == R"({"a":"y"})");
}

TEST_CASE("merge_json_fields: lines are merged too, but not with JSON") {
    CHECK(merged("a: 1\n", {"a: 2\n", "a: 1\nb: 1\n"}) == "a: 2\nb: 1\n");
    CHECK(merged("a: 1\n", {"a: 2\n", R"({"a":1})"}) == apart);
    CHECK(merged("", {R"({"a":1})", R"({"b":1})"}) == apart);
    CHECK(merged(R"({"a": 1})", {R"({"a": 1})", "hello"}) == apart);
}

TEST_CASE("merge_json_fields: it conforms as a conflict policy") {
    const std::array objects = {to_bytes(R"({"a":1,"s":[1,2]})"), to_bytes(R"({"b":2,"s":[2,3]})"),
                                to_bytes(R"({"c":{"d":1}})"), to_bytes(R"({"a":1})")};
    for (const auto& report : {testing::check_conflict_policy(merge_json_fields{}),
                               testing::check_conflict_policy(merge_json_fields{}, objects)}) {
        CHECK_MESSAGE(report.ok(), report.text());
        CHECK(report.checks > 100);
    }
}

// Random histories of values that are not read from text, and what must become of them, said once more.

struct value {
    enum class kind { scalar, object, array };
    kind is = kind::scalar;
    std::string scalar{};
    std::map<std::string, value> fields{};
    std::vector<value> items{};

    [[nodiscard]] friend bool operator==(const value&, const value&) = default;
    [[nodiscard]] bool is_set() const {
        std::set<std::string> distinct;
        for (const auto& item : items) {
            if (item.is != kind::scalar || !distinct.insert(item.scalar).second) return false;
        }
        return is == kind::array;
    }
    [[nodiscard]] bool has(const value& item) const {
        return std::find(items.begin(), items.end(), item) != items.end();
    }
};
using value_or_none = std::optional<value>;

/// A text of the value; without `rng` the canonical one.
std::string text_of(const value& of, testing::random* rng = nullptr) {
    const auto space = [&] { return std::string(rng == nullptr ? 0 : rng->below(2), ' '); };
    if (of.is == value::kind::scalar) return space() + of.scalar + space();
    std::vector<std::string> parts;
    for (const auto& [name, field] : of.fields) parts.push_back(space() + '"' + name + "\":" + text_of(field, rng));
    if (rng != nullptr) rng->shuffle(parts);
    for (const auto& item : of.items) parts.push_back(text_of(item, rng));
    std::string text;
    for (const auto& part : parts) text += text.empty() ? part : ',' + part;
    return space() + (of.is == value::kind::object ? '{' + text + '}' : '[' + text + ']') + space();
}

class history {
public:
    explicit history(std::uint64_t seed) : rng_{seed}, base_{some_object(0)} {}

    [[nodiscard]] const value& base() const noexcept { return base_; }
    [[nodiscard]] std::vector<value> sides() {
        std::vector<value> all;
        for (auto count = 2 + rng_.below(3); count > 0; --count) {
            all.push_back(base_);
            often_ = rng_.chance(0.5) ? 0.04 : 0.15;
            edit(all.back(), 0);
        }
        return all;
    }
    [[nodiscard]] std::string text(const value& of) { return text_of(of, &rng_); }

private:
    [[nodiscard]] value some_scalar() {
        static const std::array<const char*, 8> scalars{"1", "1.0", "\"a\"", "\"b\"", "\"\"", "true", "null", "\"1\""};
        return {value::kind::scalar, scalars[rng_.below(scalars.size())]};
    }
    [[nodiscard]] std::string some_name() { return {"abcdefgh"[rng_.below(8)]}; }
    [[nodiscard]] value some_object(int depth) {
        value made{value::kind::object};
        for (auto count = rng_.below(5); count > 0; --count) made.fields[some_name()] = some_value(depth + 1);
        return made;
    }
    [[nodiscard]] value some_array(int depth) {
        value made{value::kind::array};
        for (auto count = rng_.below(4); count > 0; --count) {
            made.items.push_back(rng_.chance(0.1) ? some_value(depth + 1) : some_scalar());
        }
        return made;
    }
    [[nodiscard]] value some_value(int depth) {
        const auto kind = depth > 3 ? 0 : rng_.below(4);
        return kind < 2 ? some_scalar() : kind == 2 ? some_object(depth) : some_array(depth);
    }
    void edit(value& one, int depth) {
        if (one.is == value::kind::object) return edit_object(one, depth);
        if (one.is == value::kind::array && rng_.chance(0.7)) return edit_array(one, depth);
        if (rng_.chance(often_)) one = some_value(depth);
    }
    void edit_object(value& object, int depth) {
        for (auto& [name, field] : object.fields) edit(field, depth + 1);
        std::erase_if(object.fields, [&](const auto&) { return rng_.chance(often_ / 2); });
        if (rng_.chance(often_)) object.fields.try_emplace(some_name(), some_value(depth + 1));
    }
    void edit_array(value& array, int depth) {
        std::erase_if(array.items, [&](const auto&) { return rng_.chance(often_); });
        for (int i = 0; i < 3; ++i) {
            if (rng_.chance(often_)) array.items.push_back(rng_.chance(0.1) ? some_value(depth + 1) : some_scalar());
        }
        if (rng_.chance(often_)) rng_.shuffle(array.items);
    }

    testing::random rng_;
    double often_ = 0;
    value base_;
};

struct conflict {};

/// The sides are the latest first. Throws `conflict`.
value_or_none expected_merge(const value_or_none& base, const std::vector<value_or_none>& sides) {
    const auto all = [&](auto&& is) {
        const auto fits = [&](const value_or_none& one) { return one ? is(*one) : !base.has_value(); };
        return fits(base) && std::all_of(sides.begin(), sides.end(), fits);
    };
    if (all([](const value& one) { return one.is == value::kind::object; })) {
        const auto field = [](const value_or_none& of, const std::string& name) {
            return of && of->fields.count(name) > 0 ? value_or_none{of->fields.at(name)} : std::nullopt;
        };
        std::set<std::string> names;
        auto everyone = sides;
        everyone.push_back(base);
        for (const auto& side : everyone) {
            if (side)
                for (const auto& [name, value] : side->fields) names.insert(name);
        }
        value result{value::kind::object};
        for (const auto& name : names) {
            std::vector<value_or_none> of_sides;
            for (const auto& side : sides) of_sides.push_back(field(side, name));
            const auto merged_field = expected_merge(field(base, name), of_sides);
            if (merged_field) result.fields[name] = *merged_field;
        }
        return result;
    }
    std::vector<value_or_none> changes;
    for (const auto& side : sides) {
        const bool known = std::find(changes.begin(), changes.end(), side) != changes.end();
        if (side != base && !known) changes.push_back(side);
    }
    if (changes.empty()) return base;
    if (changes.size() == 1) return changes.front();
    if (!all([](const value& one) { return one.is_set(); })) throw conflict{};
    value result{value::kind::array};
    for (const auto& side : changes) {
        for (const auto& item : side->items) {
            const bool removed =
                base && base->has(item) &&
                !std::all_of(sides.begin(), sides.end(), [&](const auto& other) { return other->has(item); });
            if (!removed && !result.has(item)) result.items.push_back(item);
        }
    }
    return result;
}

TEST_CASE("merge_json_fields: of any histories each change of one side is merged, and different ones keep all apart") {
    merge_json_fields policy;
    int merges = 0, conflicts = 0;
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
        CAPTURE(seed);
        history of{seed};
        const auto base = seed % 6 == 0 ? value_or_none{} : of.base();
        const auto sides = of.sides();
        text_list contents;
        for (const auto& side : sides) contents.push_back(of.text(side));
        const auto base_text = base ? text_or_none{of.text(*base)} : std::nullopt;
        const auto result = merge_checked(policy, base_text, contents);
        if (distinct_latest_first(contents).size() == 1) continue;
        text_or_none expected;
        try {
            const auto merge = expected_merge(base, {sides.rbegin(), sides.rend()});
            expected = merge ? text_or_none{text_of(*merge)} : std::nullopt;
        } catch (const conflict&) {
        }
        CHECK(result == expected);
        (result ? merges : conflicts) += 1;
    }
    CHECK(merges > 400);
    CHECK(conflicts > 200);
}

TEST_CASE("json_fields: of any bytes near JSON what is read is written as what is read again") {
    const std::string seed_text = R"({"a":[1,"x",true],"b":{"c":null,"\u0064":-1.5e3},"e":"\ud83d\ude00\n"})";
    testing::random rng{1};
    int read = 0;
    for (int round = 0; round < 20'000; ++round) {
        auto text = seed_text;
        for (auto count = 1 + rng.below(3); count > 0; --count) {
            const auto at = rng.below(text.size());
            constexpr std::string_view signs = "{}[]\",:\\u0191eE+-. abcnt\xc3\xa9";
            if (rng.chance(0.5))
                text.erase(at, 1 + rng.below(3));
            else
                text.insert(at, 1, signs[rng.below(signs.size())]);
        }
        if (!is_json(text)) continue;
        ++read;
        const auto once = canonical(text);
        CHECK(detail::is_utf8(once));
        CHECK(canonical(once) == once);
    }
    CHECK(read > 200);
}

} // namespace
