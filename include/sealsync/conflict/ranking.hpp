#ifndef SEALSYNC_CONFLICT_RANKING_HPP
#define SEALSYNC_CONFLICT_RANKING_HPP

#include "../detail/ranges.hpp"
#include "sibling.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `shown_before` made total: two machines resumed from one memory image may give one dot to two contents, and even
/// then every device must agree.
[[nodiscard]] inline bool ranks_before(const sibling& left, const sibling& right) noexcept {
    if (shown_before(left, right)) return true;
    if (shown_before(right, left)) return false;
    if (left.version != right.version) return left.version > right.version;
    if (left.device != right.device) return left.device > right.device;
    return as_text(left.content) > as_text(right.content);
}

[[nodiscard]] inline std::size_t greatest(std::span<const sibling> siblings) noexcept {
    SEALSYNC_ASSERT(!siblings.empty());
    std::size_t greatest = 0;
    for (std::size_t i = 1; i < siblings.size(); ++i)
        greatest = ranks_before(siblings[i], siblings[greatest]) ? i : greatest;
    return greatest;
}

/// The indices of `siblings`, greatest first; of those with equal content only the greatest.
[[nodiscard]] inline std::vector<std::size_t> ranked_contents(std::span<const sibling> siblings) {
    const auto ranked = sorted_indices(siblings.size(), [&](std::size_t left, std::size_t right) {
        return ranks_before(siblings[left], siblings[right]);
    });

    std::vector<std::size_t> distinct;
    for (const auto candidate : ranked) {
        const bool repeated =
            any_of(distinct, [&](std::size_t kept) { return siblings[kept].content == siblings[candidate].content; });
        if (!repeated) distinct.push_back(candidate);
    }
    return distinct;
}

/// The greatest is shown, and every other content is beside it.
[[nodiscard]] inline resolution kept_apart(std::span<const sibling> siblings) {
    const auto ranked = ranked_contents(siblings);
    return {.shown = ranked.front(), .beside = {ranked.begin() + 1, ranked.end()}};
}

/// Merges the distinct contents with `merge(base, contents)`, which gets them greatest first, and no base where the
/// siblings were made apart from each other. Keeps them apart where the base is unknown, or `merge` gives nothing.
[[nodiscard]] inline resolution
merged_or_apart(std::span<const sibling> siblings, const merge_base& base,
                function_ref<std::optional<bytes>(std::optional<bytes_view>, std::span<const bytes_view>)> merge) {
    const auto ranked = ranked_contents(siblings);
    if (ranked.size() == 1) return {.shown = ranked.front()};
    if (base.is == merge_base::state::unknown) return kept_apart(siblings);

    list<bytes_view> contents;
    for (const auto index : ranked) contents.push_back(siblings[index].content);
    const auto ancestor = base.is == merge_base::state::known ? std::optional{base.content} : std::nullopt;
    auto merged = merge(ancestor, {contents.data(), contents.size()});
    if (!merged) return kept_apart(siblings);
    return {.shown = ranked.front(), .merged = std::move(merged)};
}

}}} // namespace sealsync::detail

#endif
