#ifndef SEALSYNC_MERGE_MERGE_COUNTS_HPP
#define SEALSYNC_MERGE_MERGE_COUNTS_HPP

#include "../manifest/sibling_set.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What became of the changes of a manifest: `added + known + twins` is their number.
struct merge_counts {
    std::uint64_t added = 0; ///< versions not met before
    std::uint64_t known = 0; ///< met or replaced before
    std::uint64_t twins = 0; ///< of these dots another content was known: both are siblings now, and to be reported

    merge_counts& operator+=(const merge_counts& more) noexcept {
        added += more.added;
        known += more.known;
        twins += more.twins;
        return *this;
    }
    merge_counts& operator+=(merge_outcome outcome) noexcept {
        added += std::uint64_t{outcome == merge_outcome::added};
        known += std::uint64_t{outcome == merge_outcome::known};
        twins += std::uint64_t{outcome == merge_outcome::twin};
        return *this;
    }
    [[nodiscard]] std::uint64_t changes() const noexcept { return added + known + twins; }
    [[nodiscard]] friend bool operator==(const merge_counts&, const merge_counts&) = default;
};

}} // namespace sealsync

#endif
