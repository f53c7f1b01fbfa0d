#ifndef SEALSYNC_MANIFEST_DOT_SET_HPP
#define SEALSYNC_MANIFEST_DOT_SET_HPP

#include "../ids.hpp"
#include "interval_set.hpp"

#include <map>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Which edits have been met, whether or not their versions are still there: an edit met twice is one edit.
/// Ordered by run, not hashed: runs are chosen by whoever writes into the store, and there are few.
class dot_set {
public:
    [[nodiscard]] bool contains(const dot& edit) const {
        const auto found = runs_.find(edit.run);
        return found != runs_.end() && found->second.contains(edit.n);
    }
    void insert(const dot& edit) { runs_[edit.run].insert(edit.n); }

    /// The edits of one run, to store; null if none was met.
    [[nodiscard]] const interval_set* of(const run_id& run) const {
        const auto found = runs_.find(run);
        return found == runs_.end() ? nullptr : &found->second;
    }
    /// Puts what was stored of one run back, in place of what is known of it.
    void assign(const run_id& run, interval_set met) {
        if (met.empty()) {
            runs_.erase(run);
        } else {
            runs_.insert_or_assign(run, std::move(met));
        }
    }

    [[nodiscard]] bool empty() const noexcept { return runs_.empty(); }
    /// Ascending by run; no run is empty.
    [[nodiscard]] const std::map<run_id, interval_set>& runs() const noexcept { return runs_; }
    [[nodiscard]] friend bool operator==(const dot_set&, const dot_set&) = default;

private:
    std::map<run_id, interval_set> runs_;
};

}} // namespace sealsync

#endif
