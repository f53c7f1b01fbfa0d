#ifndef SEALSYNC_SYNC_PRESENTATION_HPP
#define SEALSYNC_SYNC_PRESENTATION_HPP

#include "../conflict/conflict_policy.hpp"
#include "../conflict/ranking.hpp"
#include "../detail/list.hpp"
#include "../detail/ranges.hpp"
#include "../manifest/sibling_set.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What the application sees of a sibling set, by indices into its versions: a pure function of the set.
struct presentation {
    std::optional<std::size_t> shown; ///< nothing: the object does not exist, or is deleted
    std::vector<std::size_t> beside;
    std::optional<bytes> merged;
    merge_kind how = merge_kind::blind; ///< of `merged`, as the vault knows it
    std::optional<failure> refused;     ///< the policy cannot judge: each content is shown or beside, until it can
};

/// Two devices may merge the same siblings at once, and not alike: one without their base, or by another release of the
/// application. One of the merges stands for both, the same on every device, or they would merge each other's for ever:
/// one with a base before one without, then the greater dot.
[[nodiscard]] inline bool yields_to(const change& left, const change& right) noexcept {
    if (left.merge == merge_kind::none || right.merge == merge_kind::none || left.replaces != right.replaces)
        return false;
    if (left.merge != right.merge) return left.merge == merge_kind::blind;
    return left.dot < right.dot;
}
[[nodiscard]] inline bool is_outdone(const sibling_set& siblings, const change& one) {
    return any_of(siblings.versions(),
                  [&](const auto& other) { return !other.erased() && yields_to(one, other.what); });
}

/// By (timestamp, dot): the order that needs no contents.
inline void sort_newest_first(const sibling_set& siblings, std::vector<std::size_t>& indices) {
    sort_stably(indices, [&](std::size_t left, std::size_t right) {
        const auto &a = siblings.versions()[left].what, &b = siblings.versions()[right].what;
        return b.timestamp != a.timestamp ? b.timestamp < a.timestamp : b.dot < a.dot;
    });
}

/// A live sibling hides concurrent tombstones: an edit beats a concurrent delete. Several live ones are the
/// conflict policy's to judge. `content(index)` gives a version's content, `base` the version all of them replaced.
///
/// A content that is not here (nothing) cannot be judged: what can be read is shown first, and the other versions stand
/// beside, so that no edit replaces them unseen and no merge is made without them. Where the policy fails, every
/// content is kept apart, as `keep_both` does: one record that cannot be judged holds up no other.
template <class ConflictPolicy, class Content>
[[nodiscard]] presentation present(const sibling_set& siblings, ConflictPolicy& policy, Content&& content,
                                   const merge_base& base) {
    std::vector<std::size_t> live, unread;
    list<sibling> candidates;
    for (std::size_t i = 0; i < siblings.versions().size(); ++i) {
        const auto& version = siblings.versions()[i];
        if (version.erased() || is_outdone(siblings, version.what)) continue;
        const std::optional<bytes_view> found = content(i);
        (found ? live : unread).push_back(i);
        const auto& what = version.what;
        if (found) candidates.push_back({what.dot, what.timestamp, what.version, what.device.text(), *found});
    }
    sort_newest_first(siblings, unread);
    if (live.empty() && unread.empty()) return {};
    if (live.empty()) return {unread.front(), {unread.begin() + 1, unread.end()}, {}, {}, {}};
    if (live.size() == 1) return {live.front(), std::move(unread), {}, {}, {}};

    const std::span<const sibling> judged{candidates.data(), candidates.size()};
    auto resolved = policy.resolve(judged, base);
    presentation seen;
    if (!resolved) {
        seen.refused = std::move(resolved).error();
        resolved = kept_apart(judged);
    }
    SEALSYNC_ASSERT(resolved->shown < live.size());
    seen.shown = live[resolved->shown];
    for (const auto i : resolved->beside) seen.beside.push_back(live[i]);
    if (unread.empty()) seen.merged = std::move(resolved->merged);
    seen.beside.insert(seen.beside.end(), unread.begin(), unread.end());
    return seen;
}

/// The dots that an edit made on version `edited` replaces: that version, everything hidden, and, if it is the shown
/// one, whatever the policy absorbed into it. Versions beside stay: their authors' work was not what was edited.
[[nodiscard]] inline std::vector<dot> replaced_by_edit(const sibling_set& siblings, const presentation& seen,
                                                       std::optional<std::size_t> edited) {
    std::vector<dot> replaced;
    for (std::size_t i = 0; i < siblings.versions().size(); ++i) {
        const auto& version = siblings.versions()[i];
        const bool is_beside = contains(seen.beside, i);
        const bool absorbed = edited == seen.shown && !is_beside;
        const bool twin = !replaced.empty() && replaced.back() == version.what.dot; // twins share a dot
        if (!twin && (version.erased() || absorbed || edited == i)) replaced.push_back(version.what.dot);
    }

    return replaced;
}

}}} // namespace sealsync::detail

#endif
