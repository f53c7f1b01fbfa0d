#ifndef SEALSYNC_MANIFEST_INTERVAL_SET_HPP
#define SEALSYNC_MANIFEST_INTERVAL_SET_HPP

#include "../detail/wire.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A set of numbers kept as intervals. The edits of a run are met nearly in order, so that the set of all of them is
/// one interval however long the run lived; `contains` is a binary search, `insert` at the end is constant.
class interval_set {
public:
    struct interval {
        std::uint64_t first = 0, last = 0; ///< both included
        [[nodiscard]] friend bool operator==(const interval&, const interval&) = default;
    };

    [[nodiscard]] bool contains(std::uint64_t n) const noexcept {
        const auto above = first_above(n);
        return above != intervals_.begin() && std::prev(above)->last >= n;
    }

    void insert(std::uint64_t n) {
        const auto above = intervals_.begin() + (first_above(n) - intervals_.cbegin());
        const bool has_below = above != intervals_.begin();
        if (has_below && std::prev(above)->last >= n) return;
        const bool touches_below = has_below && std::prev(above)->last + 1 == n;
        const bool touches_above = above != intervals_.end() && above->first - 1 == n;
        if (touches_below && touches_above) {
            std::prev(above)->last = above->last;
            intervals_.erase(above);
        } else if (touches_below) {
            std::prev(above)->last = n;
        } else if (touches_above) {
            above->first = n;
        } else {
            intervals_.insert(above, {n, n});
        }
    }

    /// Adds an interval above all others; false if it is not one, or if no number is missing below it.
    [[nodiscard]] bool append(const interval& more) {
        if (more.first > more.last) return false;
        if (!intervals_.empty() && (more.first <= intervals_.back().last || more.first - 1 == intervals_.back().last)) {
            return false;
        }
        intervals_.push_back(more);
        return true;
    }

    /// Adds all of another set.
    void join(const interval_set& more) {
        std::vector<interval> all;
        all.reserve(intervals_.size() + more.intervals_.size());
        std::merge(intervals_.begin(), intervals_.end(), more.intervals_.begin(), more.intervals_.end(),
                   std::back_inserter(all), [](const interval& a, const interval& b) { return a.first < b.first; });
        intervals_.clear();
        for (const auto& each : all) {
            const bool apart = intervals_.empty() || each.first > intervals_.back().last;
            if (apart && (intervals_.empty() || each.first - 1 != intervals_.back().last)) {
                intervals_.push_back(each);
            } else {
                intervals_.back().last = (std::max)(intervals_.back().last, each.last);
            }
        }
    }

    /// Takes out every number below `n`.
    void erase_below(std::uint64_t n) {
        std::size_t gone = 0;
        while (gone < intervals_.size() && intervals_[gone].last < n) ++gone;
        intervals_.erase(intervals_.begin(), intervals_.begin() + static_cast<std::ptrdiff_t>(gone));
        if (!intervals_.empty()) intervals_.front().first = (std::max)(intervals_.front().first, n);
    }

    [[nodiscard]] bool empty() const noexcept { return intervals_.empty(); }
    /// Ascending, with at least one number missing between two neighbours.
    [[nodiscard]] const std::vector<interval>& intervals() const noexcept { return intervals_; }
    [[nodiscard]] friend bool operator==(const interval_set&, const interval_set&) = default;

    /// The number of intervals; of each, how far it begins above the least number it could, and its length less one.
    [[nodiscard]] bytes encode() const {
        detail::wire_writer out;
        out.number(intervals_.size());
        std::uint64_t least = 0;
        for (const auto& [first, last] : intervals_) {
            out.number(first - least);
            out.number(last - first);
            least = last + 2; // may wrap after the last interval, where nobody uses it
        }
        return std::move(out).take();
    }

    /// Nothing unless `encoded` is exactly what `encode` makes, byte by byte.
    [[nodiscard]] static std::optional<interval_set> decode(bytes_view encoded) {
        constexpr auto top = (std::numeric_limits<std::uint64_t>::max)();
        detail::wire_reader in{encoded};
        interval_set set;
        set.intervals_.resize(in.count(2));
        std::uint64_t least = 0;
        bool full = false;
        for (auto& each : set.intervals_) {
            const auto gap = in.number(), length = in.number();
            if (full || gap > top - least || length > top - least - gap) return std::nullopt;
            each = {least + gap, least + gap + length};
            full = each.last >= top - 1;
            least = full ? top : each.last + 2;
        }
        if (!in.done() || bytes_view{set.encode()} != encoded) return std::nullopt;
        return set;
    }

private:
    [[nodiscard]] std::vector<interval>::const_iterator first_above(std::uint64_t n) const noexcept {
        if (intervals_.empty() || intervals_.back().first <= n) return intervals_.end();
        std::size_t from = 0, to = intervals_.size();
        while (from < to) {
            const auto middle = from + (to - from) / 2;
            if (n < intervals_[middle].first) {
                to = middle;
            } else {
                from = middle + 1;
            }
        }
        return intervals_.begin() + static_cast<std::ptrdiff_t>(from);
    }

    std::vector<interval> intervals_;
};

}} // namespace sealsync

#endif
