#ifndef SEALSYNC_CONFLICT_LAST_WRITE_WINS_HPP
#define SEALSYNC_CONFLICT_LAST_WRITE_WINS_HPP

#include "conflict_policy.hpp"
#include "ranking.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Shows the sibling with the greatest (timestamp, dot); the next edit of the record replaces all. The others stay
/// in the history until then, but nobody is asked. Never fails. Thread-safe.
class last_write_wins {
public:
    static constexpr policy_reads reads = policy_reads::order;

    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& /*base*/) const {
        return resolution{.shown = detail::greatest(siblings)};
    }
};

static_assert(conflict_policy<last_write_wins>);

}} // namespace sealsync

#endif
