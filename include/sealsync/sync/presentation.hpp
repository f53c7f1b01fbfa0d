#ifndef SEALSYNC_SYNC_PRESENTATION_HPP
#define SEALSYNC_SYNC_PRESENTATION_HPP

#include "../concepts.hpp"
#include "../manifest/sibling_set.hpp"

namespace sealsync::inline SEALSYNC_ABI::detail {

/// What the application sees of a sibling set, by indices into its versions: a pure function of the set.
struct presentation {
    std::optional<std::size_t> shown; ///< nothing: the object does not exist, or is deleted
    std::vector<std::size_t> beside;
    std::optional<bytes> merged;
};

/// A live sibling hides concurrent tombstones: an edit beats a concurrent delete. Several live ones are the
/// conflict policy's to judge. `content(index)` gives a version's content, `base` the version all of them replaced.
template <conflict_policy ConflictPolicy, class Content>
[[nodiscard]] result<presentation> present(const sibling_set& siblings, ConflictPolicy& policy, Content&& content,
                                           const sibling* base) {
    std::vector<std::size_t> live;
    for (std::size_t i = 0; i < siblings.versions().size(); ++i) {
        if (!siblings.versions()[i].erased()) live.push_back(i);
    }
    if (live.empty()) return presentation{};
    if (live.size() == 1) return presentation{live.front(), {}, {}};

    std::vector<sibling> candidates;
    for (const auto i : live) {
        const auto& what = siblings.versions()[i].what;
        candidates.push_back({what.edit, what.timestamp, what.version, what.device.text(), content(i)});
    }
    auto resolved = policy.resolve(std::span<const sibling>{candidates}, base);
    if (!resolved) return std::move(resolved).error();
    SEALSYNC_ASSERT(resolved->shown < live.size());
    presentation seen{live[resolved->shown], {}, std::move(resolved->merged)};
    for (const auto i : resolved->beside) seen.beside.push_back(live[i]);
    return seen;
}

/// What can be said without contents: the live version that `last_write_wins` would show.
[[nodiscard]] inline presentation newest_shown(const sibling_set& siblings) {
    presentation seen;
    for (std::size_t i = 0; i < siblings.versions().size(); ++i) {
        const auto& version = siblings.versions()[i];
        const auto rank = [](const change& c) { return std::pair{c.timestamp, c.edit}; };
        if (version.erased()) continue;
        if (!seen.shown || rank(siblings.versions()[*seen.shown].what) < rank(version.what)) seen.shown = i;
    }
    return seen;
}

/// The dots that an edit made on version `edited` replaces: that version, everything hidden, and, if it is the shown
/// one, whatever the policy absorbed into it. Versions beside stay: their authors' work was not what was edited.
[[nodiscard]] inline std::vector<dot> replaced_by_edit(const sibling_set& siblings, const presentation& seen,
                                                       std::optional<std::size_t> edited) {
    std::vector<dot> replaced;
    for (std::size_t i = 0; i < siblings.versions().size(); ++i) {
        const auto& version = siblings.versions()[i];
        const bool is_beside = std::find(seen.beside.begin(), seen.beside.end(), i) != seen.beside.end();
        const bool absorbed = edited == seen.shown && !is_beside;
        if (version.erased() || absorbed || edited == i) replaced.push_back(version.what.edit);
    }
    replaced.erase(std::unique(replaced.begin(), replaced.end()), replaced.end()); // twins share a dot
    return replaced;
}

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
