#ifndef SEALSYNC_MERGE_ENTRY_POOL_HPP
#define SEALSYNC_MERGE_ENTRY_POOL_HPP

#include "../detail/prefetch.hpp"
#include "merge_entry.hpp"

#include <bit>
#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Entries by number, in chunks that never move. What was freed is used again first.
class entry_pool {
public:
    [[nodiscard]] merge_entry& operator[](std::uint32_t at) noexcept { return chunks_[at / chunk][at % chunk]; }
    [[nodiscard]] const merge_entry& operator[](std::uint32_t at) const noexcept {
        return chunks_[at / chunk][at % chunk];
    }

    /// What it holds is what was there, or anything.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint32_t take() {
        if (free_ != no_index) [[unlikely]]
            return std::exchange(free_, (*this)[free_].next);
        if (size_ % chunk == 0) add_chunk();
        prefetch_to_write(chunks_.back()[(std::min)(size_ % chunk + ahead, chunk - 1)]);
        return size_++;
    }
    void give_back(std::uint32_t at) noexcept {
        (*this)[at].next = std::exchange(free_, at);
        (*this)[at].size_and_marks = 0;
    }

    /// All numbers given out so far are below; those that were given back have no marks.
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t bytes_held() const noexcept { return chunks_.size() * chunk * sizeof(merge_entry); }

private:
    static constexpr std::uint32_t chunk = 1'024, ahead = 16;

    SEALSYNC_NEVER_INLINE void add_chunk() { chunks_.push_back(std::make_unique_for_overwrite<merge_entry[]>(chunk)); }
    /// Those taken next are written from the first byte to the last: no need to wait for what they hold.
    SEALSYNC_ALWAYS_INLINE static void prefetch_to_write(merge_entry& later) noexcept {
        prefetch_line_to_write(&later.id);
        prefetch_line_to_write(&later.timestamp);
    }

    std::vector<std::unique_ptr<merge_entry[]>> chunks_;
    std::uint32_t size_ = 0, free_ = no_index;
};

/// Blocks of any size by number, in chunks that never move. A freed block is used again for one of its size class:
/// sizes are rounded up to a power of two, so that versions replacing each other need no more than the largest.
class rest_pool {
public:
    [[nodiscard]] const std::byte* operator[](std::uint32_t at) const noexcept {
        return chunks_[at / units].get() + std::size_t{at % units} * unit;
    }

    [[nodiscard]] std::uint32_t copy(const std::byte* block, std::uint32_t bytes) {
        const auto at = take(bytes);
        std::memcpy(chunks_[at / units].get() + std::size_t{at % units} * unit, block, bytes);
        return at;
    }
    void give_back(std::uint32_t at, std::uint32_t bytes) { free_[size_class(bytes)].push_back(at); }
    [[nodiscard]] std::size_t bytes_held() const noexcept { return bytes_held_; }

private:
    static constexpr std::uint32_t unit = 32, units = 8'192; ///< a chunk of 256 KiB holds blocks that fit it

    [[nodiscard]] static std::size_t size_class(std::uint32_t bytes) noexcept {
        return static_cast<std::size_t>(std::bit_width((bytes - 1) / unit));
    }
    [[nodiscard]] std::uint32_t take(std::uint32_t bytes) {
        const auto which = size_class(bytes);
        if (free_.size() <= which) free_.resize(which + 1);
        if (!free_[which].empty()) {
            const auto at = free_[which].back();
            free_[which].pop_back();
            return at;
        }
        const auto needed = std::uint32_t{1} << which;
        if (needed >= units) return add_chunk(needed);
        if (used_ + needed > units) {
            current_ = add_chunk(units);
            used_ = 0;
        }
        return current_ + std::exchange(used_, used_ + needed);
    }
    /// The number of its first unit. One larger than others takes as many numbers as it has units.
    [[nodiscard]] std::uint32_t add_chunk(std::uint32_t size) {
        const auto at = static_cast<std::uint32_t>(chunks_.size()) * units;
        chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(std::size_t{size} * unit));
        bytes_held_ += std::size_t{size} * unit;
        return at;
    }

    std::vector<std::unique_ptr<std::byte[]>> chunks_;
    std::vector<std::vector<std::uint32_t>> free_;
    std::uint32_t current_ = 0, used_ = units;
    std::size_t bytes_held_ = 0;
};

}}} // namespace sealsync::detail

#endif
