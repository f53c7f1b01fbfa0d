#ifndef SEALSYNC_MERGE_PAGED_TABLE_HPP
#define SEALSYNC_MERGE_PAGED_TABLE_HPP

#include "../detail/prefetch.hpp"
#include "slot_bucket.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A hash table that grows page by page (extendible hashing: Fagin et al., 1979): a full page becomes two, so that no
/// insertion ever pays for all that is there. The top bits of a hash choose the page, the low bits the bucket in it: a
/// cache line of slots; what finds none that is empty there stands in one of those that follow: all between are full.
///
/// A slot has a 32 bit hash by `hash_of(slot)` of the table's `HashOf`, which is asked only when a page is split.
template <class Bucket, class HashOf>
class paged_table {
public:
    using slot_type = typename Bucket::slot_type;
    /// Where a slot is, or would be, and what is there. Valid until the next insertion.
    struct place {
        Bucket* in;
        std::size_t at;
        slot_type slot;
        std::uint32_t page;
    };

    explicit paged_table(HashOf hash_of = {}) : hash_of_{std::move(hash_of)} {
        pages_.emplace_back(first_buckets, 0U);
        pages_.back().clear();
        directory_.push_back({pages_.front().buckets.get(), pages_.front().mask, 0});
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Where `find` of this hash begins to look.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const Bucket* first_place(std::uint32_t hash) const noexcept {
        const auto& to = directory_[place_of(hash)];
        return &to.buckets[hash >> place_shift & to.mask];
    }

    /// One that may be of this hash and stands in its first bucket, or an empty slot, which says nothing: a guess
    /// without a branch. Where that bucket may be full the line behind it is brought nearer.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE slot_type guess(std::uint32_t hash) const noexcept {
        const auto* const first = first_place(hash);
        prefetch_line(first + std::size_t{!first->get(Bucket::size - 1).empty()});
        return first->guess(hash);
    }

    /// The slot that `matches`, of those that the buckets find by `key`, or the empty one where it would be.
    template <class Key, class Matches>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE place find(std::uint32_t hash, const Key& key, Matches&& matches) const {
        const auto& to = directory_[place_of(hash)];
        for (std::size_t at = hash >> place_shift & to.mask;; at = (at + 1) & to.mask) {
            auto& bucket = to.buckets[at];
            const auto found = bucket.search(key);
            for (auto left = found.alike; left != 0; left &= left - 1) {
                const auto i = first_of(left);
                if (matches(bucket.get(i))) return {&bucket, i, bucket.get(i), to.page};
            }
            if (found.empty != 0) return {&bucket, first_of(found.empty), {}, to.page};
        }
    }

    /// Of a hash of which `find` found no slot.
    void insert(std::uint32_t hash, const slot_type& slot) {
        insert_at(find(hash, hash, [](const slot_type&) { return false; }), hash, slot);
    }
    /// The same, where `find` says.
    SEALSYNC_ALWAYS_INLINE void insert_at(const place& empty, std::uint32_t hash, const slot_type& slot) {
        empty.in->set(empty.at, slot);
        ++size_;
        auto& page = pages_[empty.page];
        if (++page.used > page.used_max) make_room(hash);
    }

    /// Calls `f(slot)` for each, in no particular order.
    template <class F>
    void for_each(F&& f) const {
        for (const auto& page : pages_) {
            for_each_in(page, [&](std::size_t, const slot_type& slot) { f(slot); });
        }
    }

    /// How many slots are passed by if each is looked for once: itself, and those of the full buckets before its own.
    [[nodiscard]] std::size_t probes() const noexcept {
        std::size_t all = 0;
        for (const auto& page : pages_) {
            for_each_in(page, [&](std::size_t at, const slot_type& slot) {
                all += 1 + ((at - home(slot, page)) & page.mask) * Bucket::size;
            });
        }
        return all;
    }
    [[nodiscard]] std::size_t bytes_held() const noexcept {
        std::size_t held = directory_.capacity() * sizeof(direction) + pages_.capacity() * sizeof(page_type) +
                           moved_.capacity() * sizeof(slot_type);
        for (const auto& page : pages_) held += (page.mask + 1) * sizeof(Bucket);
        return held;
    }

private:
    static constexpr std::size_t page_buckets = 256, first_buckets = 8;
    /// A place is not told by the bits that choose the page, at the top, nor by those that choose a shard, at the end.
    static constexpr unsigned place_shift = 4;
    /// Hashes that agree in so many more bits than others are no accident: then a page grows, not the directory.
    static constexpr std::size_t directory_per_page_max = 64;

    struct page_type {
        /// Its buckets hold anything until they are cleared.
        page_type(std::size_t size, unsigned bits)
            : buckets{std::make_unique_for_overwrite<Bucket[]>(size)},
              mask{size - 1},
              used_max{size * Bucket::size / 4 * 3},
              depth{bits} {}

        void clear() { std::fill_n(buckets.get(), mask + 1, Bucket::cleared()); }

        std::unique_ptr<Bucket[]> buckets;
        std::size_t mask;
        std::size_t used = 0, used_max; ///< slots
        unsigned depth;                 ///< of the directory, if this were its largest
    };

    /// To a page, with what a search needs of it.
    struct direction {
        Bucket* buckets;
        std::size_t mask;
        std::uint32_t page;
    };

    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static std::size_t first_of(unsigned slots) noexcept {
        return static_cast<std::size_t>(std::countr_zero(slots));
    }
    template <class F>
    static void for_each_in(const page_type& page, F&& f) {
        for (std::size_t at = 0; at <= page.mask; ++at) {
            for (std::size_t i = 0; i < Bucket::size; ++i) {
                if (const auto& slot = page.buckets[at].get(i); !slot.empty()) f(at, slot);
            }
        }
    }
    /// The bucket in which it stands if that had room.
    [[nodiscard]] std::size_t home(const slot_type& slot, const page_type& page) const {
        return hash_of_(slot) >> place_shift & page.mask;
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::size_t place_of(std::uint32_t hash) const noexcept {
        return static_cast<std::size_t>(std::uint64_t{hash} << depth_ >> 32U);
    }
    [[nodiscard]] page_type& page_of(std::uint32_t hash) noexcept { return pages_[directory_[place_of(hash)].page]; }

    SEALSYNC_NEVER_INLINE void make_room(std::uint32_t hash) {
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
        const auto depth = pages_[lower].depth + 1;
        const auto buckets = pages_[lower].mask + 1;
        moved_.clear();
        moved_.reserve(pages_[lower].used);
        pages_.emplace_back(buckets, depth); // nothing fails from here on
        pages_[lower].depth = depth;
        pages_[lower].used = 0;
        const std::size_t run = std::size_t{1} << (depth_ - depth);
        lead((place_of(hash) & ~(2 * run - 1)) + run, run, upper);
        for (std::size_t i = 0; i < buckets; ++i) {
            const auto later = (i + 16) % buckets;
            prefetch_line_to_write(&pages_[lower].buckets[later]);
            prefetch_line_to_write(&pages_[upper].buckets[later]);
            divide(i, pages_[lower], pages_[upper]);
        }
        for (const auto& each : moved_) {
            const auto its = hash_of_(each);
            move_to(pages_[is_upper(its, depth) ? upper : lower], its, each);
        }
    }
    [[nodiscard]] static bool is_upper(std::uint32_t hash, unsigned depth) noexcept {
        return (hash >> (32U - depth) & 1U) != 0;
    }
    /// What stands in the bucket that its hash says stays in its slot, in the one page or the other: without branches,
    /// which half the slots would mispredict. The others are `moved_`.
    SEALSYNC_ALWAYS_INLINE void divide(std::size_t at, page_type& lower, page_type& upper) {
        const Bucket all = lower.buckets[at];
        const auto home = static_cast<std::uint32_t>(at) << place_shift,
                   home_mask = static_cast<std::uint32_t>(lower.mask) << place_shift;
        const auto part = all.partition(hash_of_, home_mask, home, 32U - upper.depth);
        lower.buckets[at] = all.kept(part.low);
        upper.buckets[at] = all.kept(part.high);
        lower.used += static_cast<std::size_t>(std::popcount(part.low));
        upper.used += static_cast<std::size_t>(std::popcount(part.high));
        for (auto left = part.others; left != 0; left &= left - 1) moved_.push_back(all.get(first_of(left)));
    }
    SEALSYNC_ALWAYS_INLINE static void move_to(page_type& page, std::uint32_t hash, const slot_type& slot) noexcept {
        std::size_t at = hash >> place_shift & page.mask;
        unsigned empty = 0;
        while ((empty = page.buckets[at].empty()) == 0) at = (at + 1) & page.mask;
        page.buckets[at].set(first_of(empty), slot);
        ++page.used;
    }
    /// Only what is no larger than others, or cannot be split: the directory leads there from one run.
    void grow(std::uint32_t hash) {
        const auto which = directory_[place_of(hash)].page;
        const auto depth = pages_[which].depth;
        const page_type full = std::exchange(pages_[which], page_type{(pages_[which].mask + 1) * 2, depth});
        pages_[which].clear();
        const std::size_t run = std::size_t{1} << (depth_ - depth);
        lead(place_of(hash) & ~(run - 1), run, which);
        for_each_in(full, [&](std::size_t, const slot_type& each) { move_to(pages_[which], hash_of_(each), each); });
    }
    void lead(std::size_t begin, std::size_t count, std::uint32_t to) {
        const direction there{pages_[to].buckets.get(), pages_[to].mask, to};
        for (std::size_t i = begin; i < begin + count; ++i) directory_[i] = there;
    }

    [[no_unique_address]] HashOf hash_of_;
    std::vector<page_type> pages_;
    std::vector<direction> directory_;
    std::vector<slot_type> moved_; ///< while a page is split
    unsigned depth_ = 0;
    std::size_t size_ = 0;
};

}}} // namespace sealsync::detail

#endif
