#ifndef SEALSYNC_MERGE_SCAN_EDIT_RANGES_HPP
#define SEALSYNC_MERGE_SCAN_EDIT_RANGES_HPP

#include "../../detail/vector_level.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <vector>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Whether a segment has an edit twice. A device's edits mostly follow each other: then they are one range, and there
/// is nothing to sort.
class edit_ranges {
public:
    void clear() noexcept {
        ranges_.clear();
        last_ = {};
    }

    SEALSYNC_ALWAYS_INLINE void add(std::uint32_t run, std::uint64_t n) {
        if (run == last_.run && n == last_.last + 1) {
            last_.last = n;
        } else {
            begin(run, n);
        }
    }
    /// Asked when all were added.
    [[nodiscard]] bool distinct() {
        if (ranges_.empty()) return true;
        ranges_.push_back(last_);
        const auto before = [](const range& left, const range& right) {
            return std::tie(left.run, left.first) < std::tie(right.run, right.first);
        };
        if (!std::is_sorted(ranges_.begin(), ranges_.end(), before)) std::sort(ranges_.begin(), ranges_.end(), before);
        return std::adjacent_find(ranges_.begin(), ranges_.end(), [](const range& left, const range& right) {
                   return left.run == right.run && left.last >= right.first;
               }) == ranges_.end();
    }

private:
    struct range {
        std::uint64_t first = 0, last = 0; ///< edits count from 1: a last of 0 is none
        std::uint32_t run = 0;
    };
    SEALSYNC_NEVER_INLINE void begin(std::uint32_t run, std::uint64_t n) {
        if (last_.last != 0) ranges_.push_back(last_);
        last_ = {n, n, run};
    }

    range last_;
    std::vector<range> ranges_; ///< before it
};

}}} // namespace sealsync::detail

#endif
