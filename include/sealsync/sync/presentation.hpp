#ifndef SEALSYNC_SYNC_PRESENTATION_HPP
#define SEALSYNC_SYNC_PRESENTATION_HPP

#include "../conflict/conflict_policy.hpp"
#include "../detail/list.hpp"
#include "../detail/ranges.hpp"
#include "../manifest/sibling_set.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What the application sees of a sibling set, by indices into its versions: a pure function of the set.
struct presentation {
    std::optional<std::size_t> shown; ///< nothing: the object does not exist, or is deleted
    std::vector<std::size_t> beside;
    std::optional<bytes> merged;
};

/// By (timestamp, dot): the order that needs no contents.
inline void sort_newest_first(const sibling_set& siblings, std::vector<std::size_t>& indices) {
    sort_stably(indices, [&](std::size_t left, std::size_t right) {
        const auto &a = siblings.versions()[left].what, &b = siblings.versions()[right].what;
        return std::tie(b.timestamp, b.dot) < std::tie(a.timestamp, a.dot);
    });
}

/// A live sibling hides concurrent tombstones: an edit beats a concurrent delete. Several live ones are the
/// conflict policy's to judge. `content(index)` gives a version's content, `base` the version all of them replaced.
///
/// A content that is not here (nothing) cannot be judged: what can be read is shown first, and the other versions stand
/// beside, so that no edit replaces them unseen and no merge is made without them.
template <class ConflictPolicy, class Content>
[[nodiscard]] result<presentation> present(const sibling_set& siblings, ConflictPolicy& policy, Content&& content,
                                           const sibling* base) {
    std::vector<std::size_t> live, unread;
    list<sibling> candidates;
    for (std::size_t i = 0; i < siblings.versions().size(); ++i) {
        const auto& version = siblings.versions()[i];
        if (version.erased()) continue;
        const std::optional<bytes_view> found = content(i);
        (found ? live : unread).push_back(i);
        const auto& what = version.what;
        if (found) candidates.push_back({what.dot, what.timestamp, what.version, what.device.text(), *found});
    }
    sort_newest_first(siblings, unread);
    if (live.empty() && unread.empty()) return presentation{};
    if (live.empty()) return presentation{unread.front(), {unread.begin() + 1, unread.end()}, {}};
    if (live.size() == 1) return presentation{live.front(), std::move(unread), {}};

    auto resolved = policy.resolve(std::span<const sibling>{candidates.data(), candidates.size()}, base);
    if (!resolved) return std::move(resolved).error();
    SEALSYNC_ASSERT(resolved->shown < live.size());
    presentation seen{live[resolved->shown], {}, {}};
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
