#ifndef SEALSYNC_MANIFEST_SIBLING_SET_HPP
#define SEALSYNC_MANIFEST_SIBLING_SET_HPP

#include "../detail/ranges.hpp"
#include "change.hpp"

#include <concepts>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A version as a replica keeps it.
struct sibling_version {
    change what;
    std::uint64_t pending = 0; ///< its place in the outbox; 0: committed to the store
    bool fetched = false;      ///< the replica has its content
    bool twin = false;         ///< shares its dot with another version: see `merge_outcome::twin`
    /// Edits of this replica that it replaces and that no push has taken, oldest first. They are among its `replaces`
    /// when it is pushed itself.
    std::vector<dot> unsent{};
    bool gap = false; ///< it replaces versions that were met and are not remembered: a merge may lack its base

    [[nodiscard]] bool erased() const noexcept { return what.action == change_action::erase; }
    [[nodiscard]] friend bool operator==(const sibling_version&, const sibling_version&) = default;
};

enum class merge_outcome {
    added, ///< a version not met before
    known, ///< met before: nothing new, even if it is no longer there
    twin,  ///< the dot of a live version with other content: kept as a sibling, and to be reported
};

/// Which edits have been met: `contains(dot)`, `insert(dot)`.
template <class T>
concept met_edits = requires(T met, const dot& edit) {
    { met.contains(edit) } -> std::convertible_to<bool>;
    met.insert(edit);
};

/// The merge. The state of an object is its set of siblings: every version known, less those that a known version
/// replaces. With `met` it does not depend on the order in which causally unrelated versions arrive, nor on how often.
class sibling_set {
public:
    sibling_set() = default;
    explicit sibling_set(std::vector<sibling_version> versions) : versions_{std::move(versions)} {}

    /// Everything that `incoming` replaces is gone and met, whether it was here or never arrives: an author may
    /// replace an edit of his own that was never published. `replaced` receives what was here.
    template <met_edits Met, std::invocable<sibling_version&&> Replaced>
    merge_outcome merge(sibling_version incoming, Met& met, Replaced&& replaced) {
        for (const auto* replaces : {&incoming.what.replaces, &incoming.unsent}) {
            for (const auto& old : *replaces) {
                met.insert(old);
                take_out(old, replaced);
            }
        }
        const auto& edit = incoming.what.dot;
        if (met.contains(edit)) return merge_met(std::move(incoming));
        met.insert(edit);
        insert(std::move(incoming));
        return merge_outcome::added;
    }

    /// Ascending by (dot, stored digest). Tombstones included: a live sibling hides them, but dropping them here
    /// would let two devices that saw the versions in another order end with different sets.
    [[nodiscard]] const std::vector<sibling_version>& versions() const noexcept { return versions_; }
    [[nodiscard]] std::vector<sibling_version>& versions() noexcept { return versions_; }
    [[nodiscard]] bool empty() const noexcept { return versions_.empty(); }
    [[nodiscard]] bool live() const noexcept {
        return detail::any_of(versions_, [](const auto& v) { return !v.erased(); });
    }

    /// The version with this dot, or null.
    [[nodiscard]] sibling_version* find(const dot& edit) noexcept {
        for (auto& version : versions_) {
            if (version.what.dot == edit) return &version;
        }
        return nullptr;
    }

private:
    static bool before(const sibling_version& left, const sibling_version& right) noexcept {
        if (left.what.dot != right.what.dot) return left.what.dot < right.what.dot;
        return left.what.stored < right.what.stored;
    }

    merge_outcome merge_met(sibling_version incoming) {
        const auto same = find(incoming.what.dot);
        if (same == nullptr || !incoming.what.stored || !same->what.stored) return merge_outcome::known;
        for (const auto& version : versions_) {
            if (version.what.dot == incoming.what.dot && version.what.stored == incoming.what.stored) {
                return merge_outcome::known;
            }
        }
        incoming.twin = true;
        insert(std::move(incoming));
        return merge_outcome::twin;
    }

    void insert(sibling_version version) {
        auto at = versions_.size();
        while (at > 0 && before(version, versions_[at - 1])) --at;
        versions_.insert(versions_.begin() + static_cast<std::ptrdiff_t>(at), std::move(version));
    }

    template <class Replaced>
    void take_out(const dot& edit, Replaced& replaced) {
        for (auto at = versions_.begin(); at != versions_.end();) {
            if (at->what.dot != edit) {
                ++at;
                continue;
            }
            replaced(std::move(*at));
            at = versions_.erase(at);
        }
    }

    std::vector<sibling_version> versions_;
};

}} // namespace sealsync

#endif
