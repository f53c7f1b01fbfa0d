#ifndef SEALSYNC_TESTS_CONFLICT_MERGING_HPP
#define SEALSYNC_TESTS_CONFLICT_MERGING_HPP

#include "siblings.hpp"

#include <sealsync/conflict/ranking.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

/// What every policy that merges contents must keep to, whatever it is that it merges.
namespace merging {

using namespace sealsync;

using text_list = std::vector<std::string>;
using text_or_none = std::optional<std::string>;

/// Contents as they were made one after the other, each by a run of its own.
[[nodiscard]] inline std::vector<sibling> siblings_of(const text_list& contents) {
    std::vector<sibling> all;
    for (const auto& content : contents) {
        const auto number = static_cast<int>(all.size()) + 1;
        all.push_back(conflict_tests::edit(number, 1, number, content));
    }
    return all;
}
[[nodiscard]] inline merge_base base_of(const text_or_none& base) {
    return base ? merge_base{merge_base::state::known, *base} : merge_base{};
}

struct outcome {
    text_or_none merged;
    text_list shown; ///< and what is beside it, if nothing was merged
    [[nodiscard]] friend bool operator==(const outcome&, const outcome&) = default;
};
template <class Policy>
[[nodiscard]] outcome resolve(Policy& policy, const merge_base& base, const std::vector<sibling>& siblings) {
    const auto resolved = policy.resolve(siblings, base);
    if (!resolved) FAIL(resolved.error().message());
    outcome seen;
    seen.shown.emplace_back(as_text(siblings[resolved->shown].content));
    for (const auto i : resolved->beside) seen.shown.emplace_back(as_text(siblings[i].content));
    if (resolved->merged) seen.merged = std::string{as_text(*resolved->merged)};
    return seen;
}

/// What the latest content that is different from all later ones would be in a merge of equal ones.
[[nodiscard]] inline text_list distinct_latest_first(const text_list& contents) {
    text_list distinct;
    for (auto content = contents.rbegin(); content != contents.rend(); ++content) {
        if (std::find(distinct.begin(), distinct.end(), *content) == distinct.end()) distinct.push_back(*content);
    }
    return distinct;
}

template <class Policy>
void check_merge_is_final(Policy& policy, const text_or_none& base, const text_list& contents,
                          const std::string& merged) {
    const auto again = [&](text_list with) {
        with.push_back(merged);
        const auto seen = resolve(policy, base_of(base), siblings_of(with));
        const bool all_equal = distinct_latest_first(with).size() == 1;
        CHECK(seen.merged == (all_equal ? std::nullopt : text_or_none{merged}));
        CHECK(seen.shown == text_list{merged});
    };
    for (const auto& content : contents) again({content});
    again({merged});
    again(contents);
}

/// Merges, and checks that the outcome is that of the set, that it is final, and that what is not merged is kept apart.
template <class Policy>
[[nodiscard]] text_or_none merge_checked(Policy& policy, const text_or_none& base, const text_list& contents) {
    CAPTURE(base);
    for (const auto& content : contents) CAPTURE(content);
    const auto siblings = siblings_of(contents);
    const auto first = resolve(policy, base_of(base), siblings);
    std::vector<std::size_t> order(contents.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    do {
        std::vector<sibling> permuted;
        for (const auto i : order) permuted.push_back(siblings[i]);
        CHECK(resolve(policy, base_of(base), permuted) == first);
    } while (std::next_permutation(order.begin(), order.end()));

    const auto distinct = distinct_latest_first(contents);
    CHECK(first.shown == (first.merged ? text_list{distinct.front()} : distinct));
    CHECK(resolve(policy, {merge_base::state::unknown}, siblings).shown == distinct);
    if (first.merged) check_merge_is_final(policy, base, contents, *first.merged);
    return first.merged;
}

/// What `merge_checked` gives, or "(apart)".
template <class Policy>
[[nodiscard]] std::string merged_by(const text_or_none& base, const text_list& contents) {
    Policy policy;
    return merge_checked(policy, base, contents).value_or("(apart)");
}

} // namespace merging

#endif
