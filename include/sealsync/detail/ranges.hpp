#ifndef SEALSYNC_DETAIL_RANGES_HPP
#define SEALSYNC_DETAIL_RANGES_HPP

#include "../function_ref.hpp"
#include "list.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

// Algorithms over whole ranges, for the engine. Instead of the standard's, because they cost a compiler fewer functions
// for each call: `benchmarks/compile_time/containers.py`.

template <class Range, class Predicate>
[[nodiscard]] bool any_of(const Range& range, Predicate&& holds) {
    for (const auto& each : range) {
        if (holds(each)) return true;
    }
    return false;
}

template <class Range, class Predicate>
[[nodiscard]] bool all_of(const Range& range, Predicate&& holds) {
    for (const auto& each : range) {
        if (!holds(each)) return false;
    }
    return true;
}

template <class Range, class T>
[[nodiscard]] bool contains(const Range& range, const T& value) {
    for (const auto& each : range) {
        if (each == value) return true;
    }
    return false;
}

/// Gives the first place of which `is_before` is false; it is true of all before that, and of none behind.
template <class Sequence, class Predicate>
[[nodiscard]] std::size_t partition_place(const Sequence& sequence, Predicate&& is_before) {
    std::size_t from = 0, to = sequence.size();
    while (from < to) {
        const auto middle = from + (to - from) / 2;
        if (is_before(sequence[middle])) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

/// Finds a value in an ascending sequence.
template <class Sequence, class T>
[[nodiscard]] bool contains_sorted(const Sequence& sorted, const T& value) {
    const auto at = partition_place(sorted, [&](const auto& each) { return each < value; });
    return at < sorted.size() && sorted[at] == value;
}

template <class Sequence, class Range>
void add_all(Sequence& to, const Range& more) {
    for (const auto& each : more) to.push_back(each);
}

/// Keeps the elements for which `drop` is false, in their order.
template <class Sequence, class Predicate>
void drop_if(Sequence& values, Predicate&& drop) {
    std::size_t kept = 0;
    for (auto& each : values) {
        if (drop(std::as_const(each))) continue;
        if (&values[kept] != &each) values[kept] = std::move(each);
        ++kept;
    }
    while (values.size() > kept) values.pop_back();
}

/// Gives the indices below `count` in the order of what they stand for; equal ones stay in their order.
[[nodiscard]] inline list<std::size_t> sorted_indices(std::size_t count,
                                                      function_ref<bool(std::size_t, std::size_t)> before) {
    list<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), before);
    return order;
}

/// Sorts by `before(left, right)`; equal elements stay in their order.
template <class Sequence, class Before>
void sort_stably(Sequence& values, Before&& before) {
    const auto order = sorted_indices(
        values.size(), [&](std::size_t left, std::size_t right) { return before(values[left], values[right]); });
    Sequence sorted;
    sorted.reserve(values.size());
    for (const auto i : order) sorted.push_back(std::move(values[i]));
    values = std::move(sorted);
}

/// Sorts, and keeps one of equal elements.
template <class Sequence>
void sort_unique(Sequence& values) {
    sort_stably(values, [](const auto& left, const auto& right) { return left < right; });
    std::size_t kept = 0;
    for (auto& each : values) {
        if (kept > 0 && values[kept - 1] == each) continue;
        if (&values[kept] != &each) values[kept] = std::move(each);
        ++kept;
    }
    while (values.size() > kept) values.pop_back();
}

}}} // namespace sealsync::detail

#endif
