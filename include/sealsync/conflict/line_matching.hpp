#ifndef SEALSYNC_CONFLICT_LINE_MATCHING_HPP
#define SEALSYNC_CONFLICT_LINE_MATCHING_HPP

#include "text_lines.hpp"

#include <algorithm>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Finds the fewest lines to remove and to add that make one text another (Myers, "An O(ND) difference algorithm",
/// 1986). A diagonal is the number of lines passed in the first text less the number passed in the second.
class fewest_edits {
public:
    /// Nothing is copied.
    fewest_edits(line_span from, line_span to) noexcept : from_{from}, to_{to} {}

    /// Appends the lines that are neither removed nor added. False, with none appended, if it takes over `edits_max`
    /// edits. Remembers `edits_max` squared / 2 numbers at most.
    [[nodiscard]] bool find(std::ptrdiff_t edits_max, line_list& kept) {
        for (std::ptrdiff_t edits = 0; edits <= edits_max; ++edits) {
            for (auto diagonal = -edits; diagonal <= edits; diagonal += 2) {
                const auto passed = slide(step(edits, diagonal), diagonal);
                passed_.push_back(static_cast<std::uint32_t>(passed));
                if (passed < from_size() || passed - diagonal < to_size()) continue;
                go_back(edits, kept);
                return true;
            }
        }
        return false;
    }

private:
    [[nodiscard]] std::ptrdiff_t from_size() const noexcept { return static_cast<std::ptrdiff_t>(from_.size()); }
    [[nodiscard]] std::ptrdiff_t to_size() const noexcept { return static_cast<std::ptrdiff_t>(to_.size()); }

    /// How many lines of the first text are passed right after the last of `edits` edits.
    [[nodiscard]] std::ptrdiff_t step(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const noexcept {
        if (edits == 0) return 0;
        return adds(edits, diagonal) ? at(edits - 1, diagonal + 1) : at(edits - 1, diagonal - 1) + 1;
    }
    /// Whether the last edit adds a line. Otherwise it removes one: what gets further is taken.
    [[nodiscard]] bool adds(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const noexcept {
        if (diagonal == -edits || diagonal == edits) return diagonal == -edits;
        return at(edits - 1, diagonal - 1) < at(edits - 1, diagonal + 1);
    }
    /// Passes equal lines.
    [[nodiscard]] std::ptrdiff_t slide(std::ptrdiff_t passed, std::ptrdiff_t diagonal) const noexcept {
        while (passed < from_size() && passed - diagonal < to_size() &&
               from_[static_cast<std::size_t>(passed)] == to_[static_cast<std::size_t>(passed - diagonal)]) {
            ++passed;
        }
        return passed;
    }
    /// Goes back from the end, over the equal lines that were passed.
    void go_back(std::ptrdiff_t edits, line_list& kept) const {
        const auto first = kept.size();
        auto diagonal = from_size() - to_size();
        for (; edits >= 0; --edits) {
            const auto begin = step(edits, diagonal);
            for (auto line = at(edits, diagonal); line > begin; --line) {
                kept.push_back(from_[static_cast<std::size_t>(line - 1)]);
            }
            diagonal += adds(edits, diagonal) ? 1 : -1;
        }
        std::reverse(kept.begin() + first, kept.end());
    }
    /// `edits` edits reach `edits + 1` diagonals, every other one from `-edits` on.
    [[nodiscard]] std::ptrdiff_t at(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const noexcept {
        return passed_[static_cast<std::size_t>(edits * (edits + 1) / 2 + (diagonal + edits) / 2)];
    }

    line_span from_, to_;
    list<std::uint32_t> passed_; ///< lines of the first text, by edits and diagonal
};

/// Which lines of one text are still in another: a longest common subsequence, at its first place in either text. Of
/// equal lines the first is then taken for the old one and the later ones for added, whatever else was edited, so that
/// a merge is matched as the texts were that it was made of.
///
/// Finds nothing above either limit. It takes 8 MB and `2 * lines_max * differences_max` comparisons at worst; for
/// texts that are alike, next to nothing.
class line_matching {
public:
    static constexpr std::size_t lines_max = 50'000;         ///< in either text
    static constexpr std::ptrdiff_t differences_max = 2'000; ///< lines removed and lines added, together
    static constexpr auto gone = static_cast<std::size_t>(-1);

    line_matching(line_span from, line_span to) {
        if (from.size() > lines_max || to.size() > lines_max) return;
        line_list kept;
        std::size_t begin = 0, end = 0;
        const auto shorter = (std::min)(from.size(), to.size());
        for (; begin < shorter && from[begin] == to[begin]; ++begin) kept.push_back(from[begin]);
        while (end < shorter - begin && from[from.size() - end - 1] == to[to.size() - end - 1]) ++end;
        found_ = find(from.subspan(begin, from.size() - end - begin), to.subspan(begin, to.size() - end - begin), kept);
        for (; end > 0; --end) kept.push_back(from[from.size() - end]);
        if (found_) place(kept, from, to);
    }

    /// False: the texts are over a limit.
    [[nodiscard]] bool found() const noexcept { return found_; }
    /// Where a line of the first text is in the second, ascending with the lines; or `gone`.
    [[nodiscard]] std::size_t operator[](std::size_t line) const noexcept { return matches_[line]; }

private:
    /// What lies between the common beginning and the common end.
    [[nodiscard]] static bool find(line_span from, line_span to, line_list& kept) {
        if (from.empty() || to.empty()) return true;
        fewest_edits edits{from, to};
        return edits.find(differences_max, kept);
    }
    void place(const line_list& kept, line_span from, line_span to) {
        matches_.reserve(from.size());
        std::size_t next = 0, line = 0;
        for (const auto text : from) {
            matches_.push_back(gone);
            if (next == kept.size() || text != kept[next]) continue;
            while (to[line] != text) ++line;
            matches_.back() = line++;
            ++next;
        }
    }

    list<std::size_t> matches_;
    bool found_ = false;
};

}}} // namespace sealsync::detail

#endif
