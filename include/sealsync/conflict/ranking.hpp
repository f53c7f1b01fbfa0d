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

}}} // namespace sealsync::detail

#endif
