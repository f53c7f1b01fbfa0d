#ifndef SEALSYNC_MERGE_PAGED_TABLE_HPP
#define SEALSYNC_MERGE_PAGED_TABLE_HPP

#include "../manifest/scan/prefetch.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace sealsync::inline SEALSYNC_ABI::detail {

/// A hash table that grows page by page (extendible hashing: Fagin et al., 1979): a full page becomes two, so that no
/// insertion ever pays for all that is there. The top bits of a hash choose the page, the low bits the bucket in it: a
/// cache line of slots, filled from its first; what finds no place there stands in one of those that follow.
///
/// A `Slot` is small, `empty()` when default constructed, and has a 32 bit hash by `hash_of(slot)` of the table's
/// `HashOf`, which is asked only when a page is split. If it has them, `Slot::alike(slots, hash)` is the set of a
/// bucket's slots, a bit each, that may be of this hash, and `Slot::used(slots)` how many are not empty.
template <class Slot, class HashOf>
class paged_table {
public:
    explicit paged_table(HashOf hash_of = {}) : hash_of_{std::move(hash_of)} {
        pages_.push_back(new_page(0, first_buckets));
        directory_.push_back({pages_.front().buckets.get(), pages_.front().mask, 0});
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Where `find` of this hash begins to look.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const Slot* first_place(std::uint32_t hash) const noexcept {
        const auto& to = directory_[place_of(hash)];
        return to.buckets[hash >> place_shift & to.mask].slots.data();
    }

    /// One that may be of this hash and stands in its first bucket, or an empty slot, which says nothing: a guess
    /// without a branch.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE Slot guess(std::uint32_t hash) const noexcept {
        const auto& to = directory_[place_of(hash)];
        const auto& slots = to.buckets[hash >> place_shift & to.mask].slots;
        const auto found = alike(slots, hash);
        const auto& first = slots[static_cast<std::size_t>(std::countr_zero(found | 1U << (bucket_slots - 1)))];
        return found != 0 ? first : Slot{};
    }

    /// The slot that `matches`, or the empty one where it would be. Valid until the next `insert`.
    template <class Matches>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE Slot& find(std::uint32_t hash, Matches&& matches) const {
        const auto& to = directory_[place_of(hash)];
        for (std::size_t at = hash >> place_shift & to.mask;; at = (at + 1) & to.mask) {
            auto& slots = to.buckets[at].slots;
            for (auto left = alike(slots, hash); left != 0; left &= left - 1) {
                auto& slot = slots[static_cast<std::size_t>(std::countr_zero(left))];
                if (matches(std::as_const(slot))) return slot;
            }
            if (const auto used = used_slots(slots); used < slots.size()) return slots[used];
        }
    }

    /// Of a hash of which `find` found no slot.
    void insert(std::uint32_t hash, const Slot& slot) {
        insert_at(find(hash, [](const Slot&) { return false; }), hash, slot);
    }
    /// The same, where `find` says.
    void insert_at(Slot& place, std::uint32_t hash, const Slot& slot) {
        place = slot;
        ++size_;
        auto& page = page_of(hash);
        if (++page.used * 4 > (page.mask + 1) * bucket_slots * 3) make_room(hash);
    }

    /// Calls `f(slot)` for each, in no particular order.
    template <class F>
    void for_each(F&& f) const {
        for (const auto& page : pages_) for_each_in(page, f);
    }

    /// How many slots are passed by if each is looked for once: itself, and those of the full buckets before its own.
    [[nodiscard]] std::size_t probes() const noexcept {
        std::size_t all = 0;
        for (const auto& page : pages_) {
            for (std::size_t i = 0; i <= page.mask; ++i) {
                for (const auto& slot : page.buckets[i].slots) {
                    if (slot.empty()) continue;
                    const auto home = hash_of_(slot) >> place_shift & page.mask;
                    all += 1 + ((i - home) & page.mask) * bucket_slots;
                }
            }
        }
        return all;
    }
    [[nodiscard]] std::size_t bytes_held() const noexcept {
        std::size_t held = directory_.capacity() * sizeof(direction) + pages_.capacity() * sizeof(page_type) +
                           moved_.capacity() * sizeof(Slot);
        for (const auto& page : pages_) held += (page.mask + 1) * sizeof(bucket);
        return held;
    }

private:
    static constexpr std::size_t bucket_slots = 64 / sizeof(Slot), page_buckets = 256, first_buckets = 8;
    /// A place is not told by the bits that choose the page, at the top, nor by those that choose a shard, at the end.
    static constexpr unsigned place_shift = 4;
    /// Hashes that agree in so many more bits than others are no accident: then a page grows, not the directory.
    static constexpr std::size_t directory_per_page_max = 64;

    struct alignas(64) bucket {
        std::array<Slot, bucket_slots> slots{};
    };
    struct page_type {
        std::unique_ptr<bucket[]> buckets;
        std::size_t mask;
        std::size_t used; ///< slots
        unsigned depth;
    };

    /// To a page, with what a search needs of it.
    struct direction {
        bucket* buckets;
        std::size_t mask;
        std::uint32_t page;
    };

    [[nodiscard]] static page_type new_page(unsigned depth, std::size_t buckets) {
        return {std::make_unique<bucket[]>(buckets), buckets - 1, 0, depth};
    }
    /// Of the used ones, all unless `Slot` knows better.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static unsigned alike(const std::array<Slot, bucket_slots>& slots,
                                                               std::uint32_t hash) noexcept {
        if constexpr (requires { Slot::alike(slots, hash); }) {
            return Slot::alike(slots, hash);
        } else {
            return (1U << used_slots(slots)) - 1;
        }
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static std::size_t
    used_slots(const std::array<Slot, bucket_slots>& slots) noexcept {
        if constexpr (requires { Slot::used(slots); }) {
            return Slot::used(slots);
        } else {
            std::size_t used = 0;
            for (const auto& each : slots) used += std::size_t{!each.empty()};
            return used;
        }
    }
    template <class F>
    static void for_each_in(const page_type& page, F&& f) {
        for (std::size_t i = 0; i <= page.mask; ++i) {
            for (const auto& slot : page.buckets[i].slots) {
                if (!slot.empty()) f(slot);
            }
        }
    }
    [[nodiscard]] std::size_t place_of(std::uint32_t hash) const noexcept {
        return static_cast<std::size_t>(std::uint64_t{hash} << depth_ >> 32U);
    }
    [[nodiscard]] page_type& page_of(std::uint32_t hash) noexcept { return pages_[directory_[place_of(hash)].page]; }

    void make_room(std::uint32_t hash) {
        const auto& full = page_of(hash);
        if (full.mask + 1 < page_buckets) return grow(hash);
        if (full.depth == depth_) {
            if (directory_.size() >= directory_per_page_max * pages_.size()) return grow(hash);
            double_directory();
        }
        split(hash);
    }
    void double_directory() {
        std::vector<direction> doubled(directory_.size() * 2);
        for (std::size_t i = 0; i < doubled.size(); ++i) doubled[i] = directory_[i / 2];
        directory_ = std::move(doubled);
        ++depth_;
    }
    /// The places of a page are a run of the directory; its second half then leads to a new page.
    SEALSYNC_NEVER_INLINE void split(std::uint32_t hash) {
        const auto lower = directory_[place_of(hash)].page, upper = static_cast<std::uint32_t>(pages_.size());
        const auto depth = ++pages_[lower].depth;
        const auto buckets = pages_[lower].mask + 1;
        pages_.push_back(new_page(depth, buckets));
        pages_[lower].used = 0;
        const std::size_t run = std::size_t{1} << (depth_ - depth);
        lead((place_of(hash) & ~(2 * run - 1)) + run, run, upper);
        moved_.clear();
        for (std::size_t i = 0; i < buckets; ++i) divide(i, pages_[lower], pages_[upper]);
        for (const auto& each : moved_) {
            const auto its = hash_of_(each);
            move_to(pages_[is_upper(its, depth) ? upper : lower], its, each);
        }
    }
    [[nodiscard]] static bool is_upper(std::uint32_t hash, unsigned depth) noexcept {
        return (hash >> (32U - depth) & 1U) != 0;
    }
    /// What stands in the bucket that its hash says stays there, in the one page or the other: without branches, which
    /// half the slots would mispredict. The others are `moved_`.
    SEALSYNC_ALWAYS_INLINE void divide(std::size_t at, page_type& lower, page_type& upper) {
        auto& low = lower.buckets[at].slots;
        auto& high = upper.buckets[at].slots;
        const auto slots = std::exchange(low, {});
        std::size_t in_low = 0, in_high = 0; // what is written there is mostly overwritten by the next
        for (const auto& each : slots) {
            const auto hash = hash_of_(each);
            const bool here = (hash >> place_shift & lower.mask) == at && !each.empty(),
                       up = is_upper(hash, upper.depth);
            low[in_low] = high[in_high] = each;
            in_low += std::size_t{here && !up};
            in_high += std::size_t{here && up};
            if (!here && !each.empty()) moved_.push_back(each);
        }
        if (in_low < bucket_slots) low[in_low] = {};
        if (in_high < bucket_slots) high[in_high] = {};
        lower.used += in_low;
        upper.used += in_high;
    }
    SEALSYNC_ALWAYS_INLINE static void move_to(page_type& page, std::uint32_t hash, const Slot& slot) noexcept {
        std::size_t at = hash >> place_shift & page.mask;
        std::size_t used = 0;
        while ((used = used_slots(page.buckets[at].slots)) == bucket_slots) at = (at + 1) & page.mask;
        page.buckets[at].slots[used] = slot;
        ++page.used;
    }
    /// Only what is no larger than others, or cannot be split: the directory leads there from one run.
    void grow(std::uint32_t hash) {
        const auto which = directory_[place_of(hash)].page;
        const auto depth = pages_[which].depth;
        const page_type full = std::exchange(pages_[which], new_page(depth, (pages_[which].mask + 1) * 2));
        const std::size_t run = std::size_t{1} << (depth_ - depth);
        lead(place_of(hash) & ~(run - 1), run, which);
        for_each_in(full, [&](const Slot& each) { move_to(pages_[which], hash_of_(each), each); });
    }
    void lead(std::size_t begin, std::size_t count, std::uint32_t to) {
        const direction there{pages_[to].buckets.get(), pages_[to].mask, to};
        for (std::size_t i = begin; i < begin + count; ++i) directory_[i] = there;
    }

    [[no_unique_address]] HashOf hash_of_;
    std::vector<page_type> pages_;
    std::vector<direction> directory_;
    std::vector<Slot> moved_; ///< while a page is split
    unsigned depth_ = 0;
    std::size_t size_ = 0;
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
