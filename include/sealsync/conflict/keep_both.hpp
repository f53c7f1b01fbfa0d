#ifndef SEALSYNC_CONFLICT_KEEP_BOTH_HPP
#define SEALSYNC_CONFLICT_KEEP_BOTH_HPP

#include "conflict_policy.hpp"
#include "ranking.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Shows the sibling with the greatest (timestamp, dot), and every other content beside it, greatest first, for a
/// person to decide. Siblings of equal content are one. Never fails. Thread-safe.
class keep_both {
public:
    static constexpr policy_reads reads = policy_reads::contents;

    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& /*base*/) const {
        SEALSYNC_ASSERT(!siblings.empty());
        return detail::kept_apart(siblings);
    }
};

static_assert(conflict_policy<keep_both>);

}} // namespace sealsync

#endif
