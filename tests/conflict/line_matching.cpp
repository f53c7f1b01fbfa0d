#include <sealsync/conflict/line_matching.hpp>
#include <sealsync/testing/random.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::line_matching;

line_matching match(const detail::line_list& from, const detail::line_list& to) {
    return {detail::spanned(from), detail::spanned(to)};
}
/// One character for each line of the first text: where it is in the second, or "-".
std::string matched(std::string_view from, std::string_view to) {
    const auto from_lines = detail::lines_of(from), to_lines = detail::lines_of(to);
    const auto found = match(from_lines, to_lines);
    if (!found.found()) return "over a limit";
    std::string text;
    for (std::size_t i = 0; i < from_lines.size(); ++i) {
        text += found[i] == line_matching::gone ? '-' : static_cast<char>('0' + found[i]);
    }
    return text;
}

TEST_CASE("line_matching: lines that are still there are found, behind what was added and without what was removed") {
    CHECK(matched("a\nb\nc\n", "a\nb\nc\n") == "012");
    CHECK(matched("a\nb\nc\n", "x\na\nb\nc\ny\n") == "123");
    CHECK(matched("a\nb\nc\n", "a\nc\n") == "0-1");
    CHECK(matched("a\nb\nc\n", "a\nx\nc\n") == "0-2");
    CHECK(matched("a\nb\nc\nd\n", "c\nd\na\nb\n").find('-') != std::string::npos);
    CHECK(matched("a\nb", "a\nb\n") == "0-");
    CHECK(matched("a\nb\n", "").find_first_not_of('-') == std::string::npos);
    CHECK(matched("", "a\n").empty());
    CHECK(matched("", "").empty());
}

TEST_CASE("line_matching: of equal lines the first is the one that is still there") {
    CHECK(matched("a\n", "a\na\n") == "0");
    CHECK(matched("a\na\n", "a\n") == "0-");
    CHECK(matched("a\n\nb\n", "a\n\nx\n\nb\n") == "014");
    CHECK(matched("a\n", "x\na\ny\na\n") == "1");
}

/// The size of a longest common subsequence, by the definition.
std::size_t longest(const std::string& from, const std::string& to) {
    std::vector<std::vector<std::size_t>> sizes(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
    for (std::size_t i = 1; i <= from.size(); ++i) {
        for (std::size_t j = 1; j <= to.size(); ++j) {
            sizes[i][j] =
                from[i - 1] == to[j - 1] ? sizes[i - 1][j - 1] + 1 : std::max(sizes[i - 1][j], sizes[i][j - 1]);
        }
    }
    return sizes[from.size()][to.size()];
}
detail::line_list lines_of_letters(const std::string& letters) {
    detail::line_list lines;
    for (const auto& letter : letters) lines.push_back({&letter, 1});
    return lines;
}

TEST_CASE("line_matching: of any two texts a longest common subsequence is found") {
    testing::random rng{1};
    for (int round = 0; round < 3'000; ++round) {
        const auto letters = [&, of = 1 + rng.below(6)] {
            std::string text(rng.below(16), '\0');
            for (auto& letter : text) letter = static_cast<char>('a' + rng.below(of));
            return text;
        };
        const auto from = letters(), to = letters();
        CAPTURE(from);
        CAPTURE(to);
        const auto found = match(lines_of_letters(from), lines_of_letters(to));
        REQUIRE(found.found());
        std::size_t kept = 0, next = 0;
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (found[i] == line_matching::gone) continue;
            REQUIRE(found[i] < to.size());
            CHECK(from[i] == to[found[i]]);
            CHECK(found[i] >= next);
            next = found[i] + 1;
            ++kept;
        }
        CHECK(kept == longest(from, to));
    }
}

std::string numbered(std::size_t count, std::string_view kind) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += std::string{kind} + std::to_string(i) + '\n';
    return text;
}

TEST_CASE("line_matching: over a limit nothing is found") {
    const auto found = [](const std::string& from, const std::string& to) {
        return match(detail::lines_of(from), detail::lines_of(to)).found();
    };
    const auto half = static_cast<std::size_t>(line_matching::differences_max / 2);
    CHECK(found(numbered(half, "a"), numbered(half, "b")));
    CHECK_FALSE(found(numbered(half, "a"), numbered(half + 1, "b")));
    CHECK(found(numbered(line_matching::lines_max, "a"), numbered(line_matching::lines_max, "a").substr(3)));
    CHECK(found("", numbered(line_matching::lines_max, "a"))); // nothing has to be compared
    CHECK_FALSE(found("", numbered(line_matching::lines_max + 1, "a")));
    CHECK_FALSE(found(numbered(line_matching::lines_max + 1, "a"), ""));
}

} // namespace
