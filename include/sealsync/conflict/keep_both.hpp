#ifndef SEALSYNC_CONFLICT_KEEP_BOTH_HPP
#define SEALSYNC_CONFLICT_KEEP_BOTH_HPP

#include "conflict_policy.hpp"
#include "ranking.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Shows the sibling with the greatest (timestamp, dot), and every other content beside it, greatest first, for a
/// person to decide. Siblings of equal content are one. Never fails. Thread-safe.
class keep_both {
public:
    static constexpr bool reads_content = true;

    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const sibling* /*base*/) const {
        SEALSYNC_ASSERT(!siblings.empty());
        const auto ranked = detail::ranked_contents(siblings);
        return resolution{.shown = ranked.front(), .beside = {ranked.begin() + 1, ranked.end()}};
    }
};

static_assert(conflict_policy<keep_both>);

}} // namespace sealsync

#endif
