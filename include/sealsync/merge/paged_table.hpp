#ifndef SEALSYNC_MERGE_PAGED_TABLE_HPP
#define SEALSYNC_MERGE_PAGED_TABLE_HPP

#include "../manifest/scan/vector_level.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace sealsync::inline SEALSYNC_ABI::detail {

/// A hash table that grows page by page (extendible hashing: Fagin et al., 1979): a full page becomes two, so that no
/// insertion ever pays for all that is there. The top bits of a hash choose the page, the low bits the place in it.
///
/// A `Slot` is small, `empty()` when default constructed, and has a 32 bit hash by `hash_of(slot)` of the table's
/// `HashOf`, which is asked only when a page is split.
template <class Slot, class HashOf>
class paged_table {
public:
    explicit paged_table(HashOf hash_of = {}) : hash_of_{std::move(hash_of)} {
        pages_.push_back(new_page(0, first_slots));
        directory_.push_back({pages_.front().slots.get(), pages_.front().mask, 0});
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Where `find` of this hash begins to look.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const Slot* first_place(std::uint32_t hash) const noexcept {
        const auto& to = directory_[place_of(hash)];
        return &to.slots[hash >> place_shift & to.mask];
    }

    /// The slot that `matches`, or the empty one where it would be. Valid until the next `insert`.
    template <class Matches>
    [[nodiscard]] Slot& find(std::uint32_t hash, Matches&& matches) const {
        const auto& to = directory_[place_of(hash)];
        std::size_t at = hash >> place_shift & to.mask;
        while (!to.slots[at].empty() && !matches(to.slots[at])) at = (at + 1) & to.mask;
        return to.slots[at];
    }

    /// Of a hash of which `find` found no slot.
    void insert(std::uint32_t hash, const Slot& slot) { insert_at(place_for(hash), hash, slot); }
    /// The same, where `find` says.
    void insert_at(Slot& place, std::uint32_t hash, const Slot& slot) {
        place = slot;
        ++size_;
        auto& page = page_of(hash);
        if (++page.used * 4 > (page.mask + 1) * 3) make_room(hash);
    }

    /// Calls `f(slot)` for each, in no particular order.
    template <class F>
    void for_each(F&& f) const {
        for (const auto& page : pages_) {
            for (std::size_t i = 0; i <= page.mask; ++i) {
                if (!page.slots[i].empty()) f(page.slots[i]);
            }
        }
    }

    /// How many slots are looked at if each is looked for once.
    [[nodiscard]] std::size_t probes() const noexcept {
        std::size_t all = 0;
        for_each([&](const Slot& slot) {
            static_cast<void>(find(hash_of_(slot), [&](const Slot& each) { return ++all, &each == &slot; }));
        });
        return all;
    }
    [[nodiscard]] std::size_t bytes_held() const noexcept {
        std::size_t held = directory_.capacity() * sizeof(direction) + pages_.capacity() * sizeof(page_type) +
                           moved_.capacity() * sizeof(Slot);
        for (const auto& page : pages_) held += (page.mask + 1) * sizeof(Slot);
        return held;
    }

private:
    static constexpr std::size_t page_slots = 16'384 / sizeof(Slot), first_slots = 64;
    /// A place is not told by the bits that choose the page, at the top, nor by those that choose a shard, at the end.
    static constexpr unsigned place_shift = 4;
    /// Hashes that agree in so many more bits than others are no accident: then a page grows, not the directory.
    static constexpr std::size_t directory_per_page_max = 64;

    struct page_type {
        std::unique_ptr<Slot[]> slots;
        std::size_t mask;
        std::size_t used;
        unsigned depth;
    };

    /// To a page, with what a search needs of it.
    struct direction {
        Slot* slots;
        std::size_t mask;
        std::uint32_t page;
    };

    [[nodiscard]] static page_type new_page(unsigned depth, std::size_t slots) {
        return {std::make_unique<Slot[]>(slots), slots - 1, 0, depth};
    }
    [[nodiscard]] std::size_t place_of(std::uint32_t hash) const noexcept {
        return static_cast<std::size_t>(std::uint64_t{hash} << depth_ >> 32U);
    }
    [[nodiscard]] page_type& page_of(std::uint32_t hash) noexcept { return pages_[directory_[place_of(hash)].page]; }

    [[nodiscard]] Slot& place_for(std::uint32_t hash) {
        return find(hash, [](const Slot&) { return false; });
    }
    void make_room(std::uint32_t hash) {
        const auto& full = page_of(hash);
        if (full.mask + 1 < page_slots) return grow(hash);
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
        const auto slots = pages_[lower].mask + 1;
        pages_.push_back(new_page(depth, slots));
        const std::size_t run = std::size_t{1} << (depth_ - depth);
        lead((place_of(hash) & ~(2 * run - 1)) + run, run, upper);
        auto& from = pages_[lower];
        moved_.assign(from.slots.get(), from.slots.get() + slots);
        std::fill_n(from.slots.get(), slots, Slot{});
        from.used = 0;
        for (const auto& each : moved_) {
            if (each.empty()) continue;
            const auto its = hash_of_(each);
            move_to((its >> (32U - depth) & 1U) == 0 ? from : pages_[upper], its, each);
        }
    }
    SEALSYNC_ALWAYS_INLINE static void move_to(page_type& page, std::uint32_t hash, const Slot& slot) noexcept {
        std::size_t at = hash >> place_shift & page.mask;
        while (!page.slots[at].empty()) at = (at + 1) & page.mask;
        page.slots[at] = slot;
        ++page.used;
    }
    /// Only what is no larger than others, or cannot be split: the directory leads there from one run.
    void grow(std::uint32_t hash) {
        const auto which = directory_[place_of(hash)].page;
        const auto depth = pages_[which].depth;
        const page_type full = std::exchange(pages_[which], new_page(depth, (pages_[which].mask + 1) * 2));
        const std::size_t run = std::size_t{1} << (depth_ - depth);
        lead(place_of(hash) & ~(run - 1), run, which);
        for (std::size_t i = 0; i <= full.mask; ++i) {
            if (!full.slots[i].empty()) move_to(pages_[which], hash_of_(full.slots[i]), full.slots[i]);
        }
    }
    void lead(std::size_t begin, std::size_t count, std::uint32_t to) {
        const direction there{pages_[to].slots.get(), pages_[to].mask, to};
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
