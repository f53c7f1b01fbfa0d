#ifndef SEALSYNC_MERGE_COVERED_EDITS_HPP
#define SEALSYNC_MERGE_COVERED_EDITS_HPP

#include "../manifest/interval_set.hpp"
#include "merge_entry.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The edits that checkpoints have met: those of them that are no siblings are gone, though no version that is known
/// here says so. By the numbers of their runs.
class covered_edits {
public:
    void join(std::uint32_t run, const interval_set& edits) {
        if (run >= runs_.size()) runs_.resize(std::size_t{run} + 1);
        runs_[run].join(edits);
    }
    [[nodiscard]] bool contains(const merge_entry& version) const noexcept {
        return version.run < runs_.size() && runs_[version.run].contains(version.n);
    }
    [[nodiscard]] std::size_t bytes_held() const noexcept {
        std::size_t all = runs_.capacity() * sizeof(interval_set);
        for (const auto& each : runs_) all += each.intervals().size() * sizeof(interval_set::interval);
        return all;
    }

private:
    std::vector<interval_set> runs_;
};

}}} // namespace sealsync::detail

#endif
