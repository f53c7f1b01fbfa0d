#include "merging.hpp"

#include <sealsync/conflict/merge_fields.hpp>
#include <sealsync/testing/random.hpp>

#include <map>
#include <set>

namespace {

using namespace merging;

std::string merged(const text_or_none& base, const text_list& contents) {
    return merged_by<merge_fields>(base, contents);
}
constexpr auto apart = "(apart)";

TEST_CASE("merge_fields: fields that one side added, changed or removed are merged") {
    CHECK(merged("name: Emma\nage: 5\n", {"name: Emma\nage: 6\n", "name: Emma Peel\nage: 5\n"}) ==
          "name: Emma Peel\nage: 6\n");
    CHECK(merged("a: 1\nb: 2\n", {"a: 1\nb: 2\nc: 3\n", "b: 2\n"}) == "b: 2\nc: 3\n");
    CHECK(merged("a: 1\nb: 2\n", {"a: 1\n", "b: 2\n"}) == "");
    CHECK(merged("a: 1\n", {"a: 1\nb: 2\n", "a: 1\nc: 3\n", "a: 4\n"}) == "a: 4\nb: 2\nc: 3\n");
}

TEST_CASE("merge_fields: adjacent fields are as good as any others, and so are fields added at one place") {
    CHECK(merged("a: 1\nb: 1\n", {"a: 2\nb: 1\n", "a: 1\nb: 2\n"}) == "a: 2\nb: 2\n");
    CHECK(merged("a: 1\n", {"a: 1\nx: 1\n", "a: 1\ny: 1\n"}) == "a: 1\nx: 1\ny: 1\n");
}

TEST_CASE("merge_fields: what several sides changed equally is merged once") {
    CHECK(merged("a: 1\nb: 2\n", {"a: 3\nb: 2\nc: 4\n", "a: 3\nc: 4\n"}) == "a: 3\nc: 4\n");
}

TEST_CASE("merge_fields: where two sides changed a field differently nothing is merged, and every content is kept") {
    CHECK(merged("a: 1\nb: 1\n", {"a: 2\nb: 2\n", "a: 3\nb: 1\n"}) == apart);
    CHECK(merged("a: 1\nb: 1\n", {"b: 1\n", "a: 3\nb: 1\n"}) == apart);
    CHECK(merged("b: 1\n", {"a: 2\nb: 1\n", "a: 3\nb: 1\n"}) == apart);
    CHECK(merged("a: 1\nb: 1\nc: 1\n", {"a: 2\nb: 1\nc: 1\n", "a: 3\nb: 1\nc: 1\n", "a: 1\nb: 1\nc: 2\n"}) == apart);
}

TEST_CASE("merge_fields: contents that were made apart from each other are united if they agree") {
    CHECK(merged({}, {"a: 1\nb: 2\n", "c: 3\nb: 2\n"}) == "a: 1\nc: 3\nb: 2\n");
    CHECK(merged({}, {"a: 1\n", "a: 2\n"}) == apart);
    CHECK(merged({}, {"", "a: 2\n"}) == "a: 2\n");
}

TEST_CASE("merge_fields: a content that is not of the form keeps all apart, and so does such a base") {
    CHECK(merged("a: 1\n", {"a: 1\nb: 2\n", "hello\n"}) == apart);
    CHECK(merged("hello\n", {"a: 1\nb: 2\n", "a: 1\nc: 3\n"}) == apart);
    CHECK(merged("a: 1\n", {"a: 1\na: 2\n", "a: 1\nc: 3\n"}) == apart);
    CHECK(merged("{\"a\": 1}", {"{\"a\": 1, \"b\": 2}", "{\"a\": 1, \"c\": 2}"}) == apart);
}

TEST_CASE("merge_fields: a last line without a line feed, and carriage returns, stay") {
    CHECK(merged("a: 1\nb: 1", {"a: 2\nb: 1", "a: 1\nb: 2"}) == "a: 2\nb: 2");
    CHECK(merged("a: 1\r\nb: 1\r\n", {"a: 2\r\nb: 1\r\n", "a: 1\r\nb: 2\r\n"}) == "a: 2\r\nb: 2\r\n");
    CHECK(merged("a: 1\r\nb: 1\r\n", {"a: 1\nb: 1\n", "a: 1\r\nb: 2\r\n"}) == apart);
}

/// A form of a user's own: one field, "all", if the content begins with "=".
struct assignment {
    static bool read(bytes_view content, field_document& out) {
        if (content.empty() || content[0] != std::byte{'='}) return false;
        const auto at = out.add({field_value::kind::atom, "all", std::string{as_text(content)}});
        out[0].items.push_back(at);
        return true;
    }
    static bytes write(const field_document& merged, const field_document*, std::span<const field_document>) {
        return to_bytes(merged[1].text);
    }
};

TEST_CASE("merge_fields: of several forms the one is taken that all contents are of") {
    using either = basic_merge_fields<assignment, field_lines>;
    CHECK(merged_by<either>("=1", {"=1", "=2"}) == "=2");
    CHECK(merged_by<either>("a: 1", {"a: 1", "a: 2"}) == "a: 2");
    CHECK(merged_by<either>("=1", {"a: 1", "=2"}) == apart);
}

// Random histories.

using field = std::pair<std::string, std::string>;
using field_list = std::vector<field>;

std::string written(const field_list& fields, bool ended) {
    std::string text;
    for (const auto& [key, value] : fields) text += key + ": " + value + '\n';
    if (!ended && !text.empty()) text.pop_back();
    return text;
}
field_list read(std::string text) {
    field_list fields;
    if (!text.empty() && text.back() != '\n') text += '\n';
    while (!text.empty()) {
        const auto colon = text.find(": "), end = text.find('\n');
        fields.emplace_back(text.substr(0, colon), text.substr(colon + 2, end - colon - 2));
        text.erase(0, end + 1);
    }
    return fields;
}
using field_map = std::map<std::string, std::string>;
field_map map_of(const std::string& text) {
    field_map fields;
    for (const auto& [key, value] : read(text)) REQUIRE(fields.emplace(key, value).second);
    return fields;
}

class history {
public:
    explicit history(std::uint64_t seed) : rng_{seed} {
        for (auto count = rng_.below(10); count > 0; --count) fields_.emplace_back("old " + std::to_string(count), "0");
        ended_ = rng_.chance(0.8);
    }
    [[nodiscard]] std::string base() const { return written(fields_, ended_); }
    [[nodiscard]] text_list sides() {
        text_list all;
        for (auto count = 2 + rng_.below(3); count > 0; --count) {
            all.push_back(written(edited(), rng_.chance(0.9) == ended_));
        }
        return all;
    }

private:
    [[nodiscard]] field_list edited() {
        const double often = rng_.chance(0.5) ? 0.03 : 0.15;
        field_list side;
        std::set<std::uint64_t> added;
        const auto add_some = [&] {
            if (!rng_.chance(often)) return;
            const auto number = rng_.below(30);
            if (added.insert(number).second) side.emplace_back("new " + std::to_string(number), value());
        };
        for (const auto& [key, old] : fields_) {
            add_some();
            if (!rng_.chance(often)) side.emplace_back(key, rng_.chance(often) ? value() : old);
        }
        add_some();
        if (side.size() > 1 && rng_.chance(0.2)) std::swap(side[rng_.below(side.size())], side.back());
        return side;
    }
    [[nodiscard]] std::string value() { return std::to_string(rng_.below(4)); }

    testing::random rng_;
    field_list fields_;
    bool ended_ = true;
};

/// What must become of the fields, said once more.
std::optional<field_map> expected_merge(const text_or_none& base_text, const text_list& sides) {
    const auto base = map_of(base_text.value_or(""));
    std::set<std::string> keys;
    std::vector<field_map> all;
    for (const auto& side : sides) all.push_back(map_of(side));
    for (const auto& [key, value] : base) keys.insert(key);
    for (const auto& side : all) {
        for (const auto& [key, value] : side) keys.insert(key);
    }
    const auto in = [](const field_map& fields, const std::string& key) {
        const auto at = fields.find(key);
        return at == fields.end() ? text_or_none{} : text_or_none{at->second};
    };
    field_map result;
    for (const auto& key : keys) {
        std::set<text_or_none> changes;
        for (const auto& side : all) changes.insert(in(side, key));
        changes.erase(in(base, key));
        if (changes.size() > 1) return std::nullopt;
        const auto value = changes.empty() ? in(base, key) : *changes.begin();
        if (value) result[key] = *value;
    }
    return result;
}

text_list keys_of(const std::string& text, const field_map& among) {
    text_list keys;
    for (const auto& [key, value] : read(text)) {
        if (among.count(key) > 0) keys.push_back(key);
    }
    return keys;
}

/// Of the fields that the merge still has of the base, the order is that of one of the sides, and the base's if no side
/// has another.
void check_order(const std::string& base, const text_list& sides, const std::string& result) {
    auto kept = map_of(base);
    const auto left = map_of(result);
    std::erase_if(kept, [&](const auto& one) { return left.count(one.first) == 0; });
    std::set<text_list> orders;
    for (const auto& side : sides) orders.insert(keys_of(side, kept));
    if (orders.size() > 1) orders.erase(keys_of(base, kept));
    CHECK(orders.count(keys_of(result, kept)) == 1);
}

TEST_CASE("merge_fields: of any histories each change of one side is merged, and different changes keep all apart") {
    merge_fields policy;
    int merges = 0, conflicts = 0, ends = 0;
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
        CAPTURE(seed);
        history of{seed};
        const bool apart_from_each_other = seed % 6 == 0;
        const auto base = apart_from_each_other ? text_or_none{} : of.base();
        const auto sides = of.sides();
        const auto result = merge_checked(policy, base, sides);
        if (distinct_latest_first(sides).size() == 1) continue;
        const auto expected = expected_merge(base, sides);
        CHECK(result.has_value() == expected.has_value());
        (result ? merges : conflicts) += 1;
        if (!result || !expected) continue;
        CHECK(map_of(*result) == *expected);
        if (base) check_order(*base, sides, *result);
        ends += !result->empty() && result->back() != '\n' ? 1 : 0;
    }
    CHECK(merges > 400);
    CHECK(conflicts > 400);
    CHECK(ends > 30);
}

} // namespace
