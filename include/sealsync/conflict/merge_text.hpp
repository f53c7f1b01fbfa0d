#ifndef SEALSYNC_CONFLICT_MERGE_TEXT_HPP
#define SEALSYNC_CONFLICT_MERGE_TEXT_HPP

#include "conflict_policy.hpp"
#include "line_matching.hpp"
#include "ranking.hpp"
#include "text_lines.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A text that was made from the base, and which of the base's lines it still has.
struct text_side {
    line_list lines;
    line_matching kept;
};

/// Merges any number of sides at once (diff3: Khanna, Kunal, Pierce, "A formal investigation of diff3", 2007). Lines
/// that all sides kept divide the texts into regions. A region is taken from the one side that changed it, or from all
/// that changed it equally. No side comes before another, so that their order cannot matter.
class text_merge {
public:
    /// Nothing is copied.
    text_merge(const line_list& base, std::span<const text_side* const> sides)
        : base_{base}, sides_{sides}, next_(sides.size()) {}

    /// False, with `out` unspecified, if a region was changed differently by two sides.
    [[nodiscard]] bool run(line_list& out) {
        do {
            copy_kept(out);
            if (!merge_region(out)) return false;
        } while (base_next_ < base_.size());
        return true;
    }

private:
    void copy_kept(line_list& out) {
        for (; base_next_ < base_.size() && is_kept_next(); ++base_next_) {
            out.push_back(base_[base_next_]);
            for (auto& next : next_) ++next;
        }
    }
    /// Whether the base's next line is every side's next.
    [[nodiscard]] bool is_kept_next() const noexcept {
        for (std::size_t i = 0; i < sides_.size(); ++i) {
            if (sides_[i]->kept[base_next_] != next_[i]) return false;
        }
        return true;
    }
    /// A region ends at the next line that all sides kept.
    [[nodiscard]] bool merge_region(line_list& out) {
        auto end = base_next_;
        while (end < base_.size() && !is_kept(end)) ++end;
        const line_span base{base_.data() + base_next_, end - base_next_};
        auto chosen = base;
        for (std::size_t i = 0; i < sides_.size(); ++i) {
            const auto& lines = sides_[i]->lines;
            const auto side_end = end < base_.size() ? sides_[i]->kept[end] : lines.size();
            const line_span side{lines.data() + next_[i], side_end - next_[i]};
            next_[i] = side_end;
            if (same_lines(side, base)) continue;
            if (!same_lines(chosen, base) && !same_lines(chosen, side)) return false;
            chosen = side;
        }
        base_next_ = end;
        for (const auto line : chosen) out.push_back(line);
        return true;
    }
    [[nodiscard]] bool is_kept(std::size_t line) const noexcept {
        return all_of(sides_, [&](const text_side* side) { return side->kept[line] != line_matching::gone; });
    }

    const line_list& base_;
    std::span<const text_side* const> sides_;
    std::size_t base_next_ = 0;
    list<std::size_t> next_; ///< of each side
};

[[nodiscard]] inline text_side side_of(const line_list& base, line_list lines) {
    line_matching kept{spanned(base), spanned(lines)};
    return {std::move(lines), std::move(kept)};
}

/// Whether merging a merge again with any text that it was made of gives the merge. With lines that are there several
/// times it need not, as they can be matched in more than one way: then nobody knows which was meant.
[[nodiscard]] inline bool is_stable(const line_list& base, const list<text_side>& sides, const text_side& merged) {
    return merged.kept.found() && all_of(sides, [&](const text_side& side) {
               const std::array both = {&merged, &side};
               line_list again;
               return text_merge{base, both}.run(again) && same_lines(spanned(again), spanned(merged.lines));
           });
}

/// Texts that were made apart from each other are merged as if each had been written into an empty one. The base need
/// not be text: of it only those lines are taken that all sides have.
[[nodiscard]] inline std::optional<bytes> merged_text(std::optional<bytes_view> base,
                                                      std::span<const bytes_view> contents) {
    const auto base_lines = lines_of(base ? as_text(*base) : std::string_view{});
    list<text_side> sides;
    for (const auto content : contents) {
        if (!is_text(content)) return std::nullopt;
        sides.push_back(side_of(base_lines, lines_of(as_text(content))));
        if (!sides.back().kept.found()) return std::nullopt;
    }

    list<const text_side*> all;
    for (const auto& side : sides) all.push_back(&side);
    line_list lines;
    if (!text_merge{base_lines, {all.data(), all.size()}}.run(lines)) return std::nullopt;
    const auto merged = side_of(base_lines, std::move(lines));
    if (!is_stable(base_lines, sides, merged)) return std::nullopt;
    bytes text;
    for (const auto line : merged.lines) append(text, line);
    return text;
}

}}} // namespace sealsync::detail

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Merges texts by lines. What one side changed is merged, and what several sides changed equally. Where two sides
/// changed the same or adjacent lines differently, nothing of the record is merged, and every text is kept apart: no
/// line is ever lost, and no text is ever marked. A line's end is a part of it.
///
/// Keeps apart, too, what is not UTF-8 or has a zero in it; texts over `line_matching::lines_max` lines; texts that
/// differ from their base by over `line_matching::differences_max` lines; and texts whose repeated lines leave open
/// what was changed. Never fails. Thread-safe.
class merge_text {
public:
    static constexpr policy_reads reads = policy_reads::base;

    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) const {
        SEALSYNC_ASSERT(!siblings.empty());
        return detail::merged_or_apart(siblings, base, &detail::merged_text);
    }
};

static_assert(conflict_policy<merge_text>);

}} // namespace sealsync

#endif
