#include "merging.hpp"

#include <sealsync/conflict/merge_text.hpp>
#include <sealsync/testing/random.hpp>

#include <map>
#include <set>

namespace {

using namespace merging;

std::string merged(const text_or_none& base, const text_list& contents) {
    return merged_by<merge_text>(base, contents);
}
constexpr auto apart = "(apart)";

TEST_CASE("merge_text: what one side changed is merged with what another changed elsewhere") {
    CHECK(merged("a\nb\nc\n", {"A\nb\nc\n", "a\nb\nC\n"}) == "A\nb\nC\n");
    CHECK(merged("a\nb\nc\n", {"b\nc\n", "a\nb\n"}) == "b\n");
    CHECK(merged("a\nb\n", {"x\na\nb\n", "a\nb\ny\n"}) == "x\na\nb\ny\n");
    CHECK(merged("a\nb\nc\nd\ne\n", {"A\nb\nc\nd\ne\n", "a\nb\nC\nd\ne\n", "a\nb\nc\nd\nE\n"}) == "A\nb\nC\nd\nE\n");
}

TEST_CASE("merge_text: what both sides changed equally is merged once") {
    CHECK(merged("a\nb\nc\n", {"a\nB\nc\n", "a\nB\nc\nd\n"}) == "a\nB\nc\nd\n");
    CHECK(merged("a\nb\nc\n", {"a\nc\n", "a\nc\nd\n"}) == "a\nc\nd\n");
}

TEST_CASE("merge_text: a side that changed nothing lets the other's change through") {
    CHECK(merged("a\nb\n", {"a\nb\n", "a\nB\n"}) == "a\nB\n");
    CHECK(merged("a\nb\n", {"", "a\nb\n"}) == "");
}

TEST_CASE("merge_text: where both changed a line differently nothing is merged, and both texts are kept") {
    CHECK(merged("a\nb\nc\n", {"a\nB\nc\n", "a\nX\nc\n"}) == apart);
    CHECK(merged("a\nb\nc\nd\ne\n", {"a\nB\nc\nd\nE\n", "a\nX\nc\nd\ne\n"}) == apart);
    CHECK(merged("a\nb\nc\n", {"a\nc\n", "a\nB\nc\n"}) == apart);
}

TEST_CASE("merge_text: two different lines added at one place are a conflict, as nobody knows which comes first") {
    CHECK(merged("a\n", {"a\nx\n", "a\ny\n"}) == apart);
    CHECK(merged("a\nb\n", {"a\nB\n", "A\nb\n"}) == apart); // nor where one change ends and the other begins
}

TEST_CASE("merge_text: one conflict of three sides keeps all three apart") {
    CHECK(merged("a\nb\nc\nd\ne\n", {"A\nb\nc\nd\ne\n", "X\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n"}) == apart);
}

TEST_CASE("merge_text: the end of a line is a part of it, and the last need not have one") {
    CHECK(merged("a\nb\nc", {"A\nb\nc", "a\nb\nC"}) == "A\nb\nC");
    CHECK(merged("a\nb\nc", {"A\nb\nc", "a\nb\nc\n"}) == "A\nb\nc\n");
    CHECK(merged("a\nb\nc\n", {"A\nb\nc\n", "a\nb\nc"}) == "A\nb\nc");
    CHECK(merged("a\r\nb\r\nc\r\n", {"A\r\nb\r\nc\r\n", "a\r\nb\r\nC\r\n"}) == "A\r\nb\r\nC\r\n");
    CHECK(merged("a\nb\nc\n", {"a\nb\nc\r\n", "A\nb\nc\n"}) == "A\nb\nc\r\n");
    CHECK(merged("a\nb\nc\n", {"a\r\nb\r\nc\r\n", "A\nb\nc\n"}) == apart);
}

TEST_CASE("merge_text: texts that were made apart from each other are merged only if one of them is empty") {
    CHECK(merged({}, {"a\n", "b\n"}) == apart);
    CHECK(merged({}, {"a\n", "a\nb\n"}) == apart);
    CHECK(merged({}, {"", "a\n"}) == "a\n");
    CHECK(merged("", {"a\n", "b\n"}) == apart);
}

TEST_CASE("merge_text: what is no text is kept apart") {
    const std::string zero{"a\0\nb\nc\n", 7};
    CHECK(merged("a\nb\nc\n", {zero, "a\nb\nC\n"}) == apart);
    CHECK(merged(zero, {"A\nb\nc\n", "A\nb\nC\n"}) == "A\nb\nC\n");
    CHECK(merged("a\nb\nc\n", {"\xff\nb\nc\n", "a\nb\nC\n"}) == apart);
}

TEST_CASE("merge_text: a region that two sides changed differently is found where it is merged") {
    const auto base = detail::lines_of("a\nb\nc\n");
    const auto left = detail::side_of(base, detail::lines_of("a\nX\nc\n"));
    const auto right = detail::side_of(base, detail::lines_of("a\nY\nc\n"));
    const auto merges = [&](std::initializer_list<const detail::text_side*> sides) {
        detail::line_list out;
        return detail::text_merge{base, {sides.begin(), sides.size()}}.run(out);
    };
    CHECK(merges({&left}));
    CHECK(merges({&left, &left}));
    CHECK_FALSE(merges({&left, &right}));
    CHECK_FALSE(merges({&right, &left, &left}));
}

TEST_CASE("merge_text: texts over a limit are kept apart") {
    std::string base;
    for (std::size_t i = 0; i < detail::line_matching::lines_max; ++i) base += std::to_string(i) + '\n';
    const auto tail = "x\n" + base;
    CHECK(merged(base, {tail, base}) == apart);
    const auto shorter = base.substr(base.find('\n') + 1);
    CHECK(merged(base, {shorter, base}) == shorter);
}

TEST_CASE("merge_text: repeated lines are merged, and of equal lines the later ones are the added ones") {
    CHECK(merged("a\nb\n", {"a\na\nb\n", "a\nb\nb\n"}) == "a\na\nb\nb\n");
    CHECK(merged("a\n\nb\n", {"a\n\nx\n\nb\n", "A\n\nb\n"}) == "A\n\nx\n\nb\n");
}

TEST_CASE("merge_text: where repeated lines leave open what was changed the texts are kept apart") {
    // "b\na\n" would be made of them, and merged with the first text again "b\na\nb\n".
    CHECK(merged("a\nb\n", {"b\na\nb\n", "a\n"}) == apart);
}

// Random histories. Every line of a text is different, so that what a side did to the base is beyond doubt.

text_list split(const std::string& text) {
    text_list lines;
    for (const auto line : detail::lines_of(text)) lines.emplace_back(line);
    return lines;
}
std::string joined(const text_list& lines) {
    std::string text;
    for (const auto& line : lines) text += line;
    return text;
}

class history {
public:
    explicit history(std::uint64_t seed) : rng_{seed} {
        for (auto count = rng_.below(12); count > 0; --count) lines_.push_back("line " + std::to_string(count) + end());
        lines_ = unended(lines_);
    }
    [[nodiscard]] std::string base() const { return joined(lines_); }
    [[nodiscard]] text_list sides() {
        text_list all;
        for (auto count = 2 + rng_.below(3); count > 0; --count) all.push_back(joined(unended(edited())));
        return all;
    }

private:
    [[nodiscard]] std::string end() { return rng_.chance(0.1) ? "\r\n" : "\n"; }
    /// Sides may well add the same line, but none adds it twice.
    [[nodiscard]] std::string fresh(std::set<std::uint64_t>& used) {
        auto number = rng_.below(40);
        while (!used.insert(number).second) number = rng_.below(40);
        return "new " + std::to_string(number) + "\n";
    }
    [[nodiscard]] text_list edited() {
        std::set<std::uint64_t> used;
        const double often = rng_.chance(0.5) ? 0.05 : 0.2;
        text_list side;
        for (const auto& line : lines_) {
            if (rng_.chance(often)) side.push_back(fresh(used));
            if (rng_.chance(often)) continue;
            side.push_back(rng_.chance(often) ? fresh(used) : line);
        }
        if (rng_.chance(often)) side.push_back(fresh(used));
        return side;
    }
    [[nodiscard]] text_list unended(text_list lines) {
        if (!lines.empty() && rng_.chance(0.1)) lines.back().pop_back();
        for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
            if (lines[i].back() != '\n') lines[i] += '\n';
        }
        return lines;
    }

    testing::random rng_;
    text_list lines_;
};

/// What must become of the sides, said once more: between two lines that all have kept stands what those wrote who
/// wrote anything else than the base, and they must agree.
text_or_none expected_merge(const std::string& base_text, const text_list& sides) {
    auto base = split(base_text);
    std::vector<text_list> all;
    for (const auto& side : sides) all.push_back(split(side));
    const auto kept_by_all = [&](const std::string& line) {
        return std::all_of(all.begin(), all.end(),
                           [&](const auto& side) { return std::find(side.begin(), side.end(), line) != side.end(); });
    };
    const auto take_until = [](text_list& lines, const std::string& anchor) {
        const auto end = anchor.empty() ? lines.end() : std::find(lines.begin(), lines.end(), anchor);
        const text_list taken{lines.begin(), end};
        lines.erase(lines.begin(), anchor.empty() ? end : end + 1);
        return joined(taken);
    };
    text_list anchors;
    std::copy_if(base.begin(), base.end(), std::back_inserter(anchors), kept_by_all);
    anchors.emplace_back();
    std::string result;
    for (const auto& anchor : anchors) {
        const auto old = take_until(base, anchor);
        std::set<std::string> changes;
        for (auto& side : all) changes.insert(take_until(side, anchor));
        changes.erase(old);
        if (changes.size() > 1) return std::nullopt;
        result += (changes.empty() ? old : *changes.begin()) + anchor;
    }
    return result;
}

TEST_CASE("merge_text: of any histories each change of one side is merged, and different changes keep all apart") {
    merge_text policy;
    int merges = 0, conflicts = 0;
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
        CAPTURE(seed);
        history of{seed};
        const auto base = of.base();
        const auto sides = of.sides();
        const auto result = merge_checked(policy, base, sides);
        if (distinct_latest_first(sides).size() == 1) continue;
        CHECK(result == expected_merge(base, sides));
        (result ? merges : conflicts) += 1;
    }
    CHECK(merges > 400);
    CHECK(conflicts > 400);
}

// Texts of few letters, in which lines are repeated and moved.

std::map<std::string, std::size_t> counted(const std::string& text) {
    std::map<std::string, std::size_t> counts;
    for (const auto& line : split(text)) ++counts[line];
    return counts;
}

TEST_CASE("merge_text: lines may be repeated and moved, and no line that a side added is lost") {
    merge_text policy;
    int merges = 0;
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
        CAPTURE(seed);
        testing::random rng{seed};
        text_list base;
        for (auto count = rng.below(20); count > 0; --count) base.push_back({"abcde"[rng.below(5)], '\n'});
        const auto edited = [&](char first_new) {
            auto lines = base;
            for (auto count = rng.below(3); count > 0; --count) {
                const auto at = [&] { return static_cast<std::ptrdiff_t>(rng.below(lines.size() + 1)); };
                const auto place = lines.begin() + at();
                if (rng.chance(0.5)) {
                    lines.insert(place, {static_cast<char>(first_new + static_cast<char>(rng.below(3))), '\n'});
                } else if (place != lines.end()) {
                    const auto moved = *place;
                    lines.erase(place);
                    if (rng.chance(0.5)) lines.insert(lines.begin() + at(), moved);
                }
            }
            return joined(lines);
        };
        const text_list sides{edited('a'), edited('d'), edited('g')};
        const auto result = merge_checked(policy, joined(base), sides);
        if (!result) continue;
        ++merges;
        const auto old = counted(joined(base));
        auto now = counted(*result);
        for (const auto& side : sides) {
            for (const auto& [line, count] : counted(side)) {
                if (old.count(line) == 0) CHECK(now[line] >= count);
            }
        }
    }
    CHECK(merges > 400);
}

} // namespace
