#ifndef SEALSYNC_SYNC_ANCESTRY_HPP
#define SEALSYNC_SYNC_ANCESTRY_HPP

#include "../manifest/interval_set.hpp"
#include "rows.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

// What versions rest on, as far as it is remembered: `object_row::past`, by place.

/// A version, by what it rests on.
struct ancestry_tip {
    const std::vector<dot>* replaces;
    bool gap; ///< it rests on versions that are not remembered, too
};

struct common_ancestors {
    list<std::size_t> newest{}; ///< one, or none, or several if edits have crossed more than once
    bool known = true;          ///< false: a version that is not remembered may be newer than these
};

[[nodiscard]] inline std::size_t place_in_past(const object_row& row, const dot& edit) noexcept {
    std::size_t i = 0;
    while (i < row.past.size() && row.past[i].what.dot != edit) ++i;
    return i;
}

/// Marks what the dots name, and all that rests on. Ends, because nothing is marked twice.
inline void mark_ancestors(const object_row& row, const std::vector<dot>& named, interval_set& marked) {
    for (const auto& edit : named) {
        const auto at = place_in_past(row, edit);
        if (at == row.past.size() || marked.contains(at)) continue;
        marked.insert(at);
        mark_ancestors(row, row.past[at].what.replaces, marked);
    }
}

/// The newest versions that all tips rest on. One that is not remembered can be such a version only if every tip may
/// rest on it: if all is remembered that one tip does not share with the others, there is none.
[[nodiscard]] inline common_ancestors newest_common_ancestors(const object_row& row,
                                                              std::span<const ancestry_tip> tips) {
    const auto size = row.past.size();
    const auto ancestors_of = [&](const ancestry_tip& tip) {
        interval_set marked;
        mark_ancestors(row, *tip.replaces, marked);
        return marked;
    };
    interval_set common, older;
    for (std::size_t i = 0; i < size; ++i) common.insert(i);
    for (const auto& tip : tips) {
        const auto of_tip = ancestors_of(tip);
        interval_set both;
        for (std::size_t i = 0; i < size; ++i) {
            if (common.contains(i) && of_tip.contains(i)) both.insert(i);
        }
        common = std::move(both);
    }
    common_ancestors found{{}, false};
    for (const auto& tip : tips) {
        const auto of_tip = ancestors_of(tip);
        bool gap = tip.gap;
        for (std::size_t i = 0; i < size; ++i) {
            gap = gap || (of_tip.contains(i) && !common.contains(i) && row.past[i].gap);
        }
        found.known = found.known || !gap;
    }
    for (std::size_t i = 0; i < size; ++i) {
        if (common.contains(i)) mark_ancestors(row, row.past[i].what.replaces, older);
    }
    for (std::size_t i = 0; i < size; ++i) {
        if (common.contains(i) && !older.contains(i)) found.newest.push_back(i);
    }
    return found;
}

[[nodiscard]] inline list<ancestry_tip> live_tips(const object_row& row) {
    list<ancestry_tip> tips;
    for (const auto& version : row.siblings.versions()) {
        if (!version.erased()) tips.push_back({&version.what.replaces, version.gap});
    }
    return tips;
}
[[nodiscard]] inline list<ancestry_tip> past_tips(const object_row& row, const list<std::size_t>& places) {
    list<ancestry_tip> tips;
    for (const auto i : places) tips.push_back({&row.past[i].what.replaces, row.past[i].gap});
    return tips;
}
[[nodiscard]] inline std::span<const ancestry_tip> span_of(const list<ancestry_tip>& tips) {
    return {tips.data(), tips.size()};
}

/// Marks the versions whose contents a merge needs: what every version was made on, and where versions have common
/// ancestors, those.
[[nodiscard]] inline interval_set places_to_keep(const object_row& row) {
    interval_set marked;
    const auto& versions = row.siblings.versions();
    for (std::size_t i = 0; i < row.past.size(); ++i) {
        const auto& edit = row.past[i].what.dot;
        if (any_of(versions, [&](const auto& v) { return contains_sorted(v.what.replaces, edit); })) marked.insert(i);
    }
    auto tips = live_tips(row);
    for (auto rounds = row.past.size(); tips.size() > 1 && rounds > 0; --rounds) {
        const auto found = newest_common_ancestors(row, span_of(tips));
        for (const auto i : found.newest) marked.insert(i);
        tips = past_tips(row, found.newest);
    }
    return marked;
}

/// Forgets a version of the past. What rested on it rests on what that rested on, with a gap between.
inline void forget_past(object_row& row, std::size_t place) {
    const auto gone = std::move(row.past[place]);
    row.past.erase(place);
    for (auto& version : row.siblings.versions()) {
        if (contains_sorted(version.what.replaces, gone.what.dot)) version.gap = true;
    }
    for (auto& later : row.past) {
        auto& rests_on = later.what.replaces;
        if (!contains(rests_on, gone.what.dot)) continue;
        later.gap = true;
        drop_if(rests_on, [&](const dot& edit) { return edit == gone.what.dot; });
        add_all(rests_on, gone.what.replaces);
        sort_unique(rests_on);
    }
}

}}} // namespace sealsync::detail

#endif
