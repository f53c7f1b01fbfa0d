#ifndef SEALSYNC_SYNC_DELETION_GUARD_HPP
#define SEALSYNC_SYNC_DELETION_GUARD_HPP

#include "vault_state.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Refuses a pull that would delete more than half of all records: somebody's mistake is more likely than their wish.
/// All commits of a pull count together, and one that was refused, or stopped, goes on counting where it was.
template <class State>
class deletion_guard {
public:
    using unit_type = typename State::unit_type;

    deletion_guard(State& state, bool allowed) : state_{state}, allowed_{allowed} {}

    /// Before a commit that would delete so many more. Fails with `errc::mass_delete`.
    [[nodiscard]] result<void> check(unit_type& unit, std::uint64_t more) {
        if (!live_before_) {
            live_before_ = unit.has(facts::pull_live) ? unit.get(facts::pull_live) : unit.state().live;
            deleted_ = unit.get(facts::pull_deleted);
        }
        const auto deleted = deleted_ + more;
        if (!allowed_ && *live_before_ >= state_.settings.mass_delete_floor && deleted * 2 > *live_before_) {
            return failure{errc::mass_delete, state_.keys.root(),
                           std::to_string(deleted) + " of " + std::to_string(*live_before_) + " records"};
        }
        if (more > 0) {
            unit.set(facts::pull_live, *live_before_);
            unit.set(facts::pull_deleted, deleted);
        }
        deleted_ = deleted;
        return {};
    }

    /// The pull has come to its end: the next one begins to count anew.
    [[nodiscard]] result<void> finish() {
        if (deleted_ == 0) return {};
        return state_.local.transact([](unit_type& unit) -> result<void> {
            unit.erase(facts::pull_live);
            unit.erase(facts::pull_deleted);
            return {};
        });
    }

private:
    State& state_;
    bool allowed_;
    std::optional<std::uint64_t> live_before_; ///< this pull began
    std::uint64_t deleted_ = 0;
};

}}} // namespace sealsync::detail

#endif
