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
        pages_.push_back(new_page(0, page_slots));
        directory_.push_back(0);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Where `find` of this hash begins to look.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const Slot* first_place(std::uint32_t hash) const noexcept {
        const auto& page = page_of(hash);
        return &page.slots[hash >> place_shift & page.mask];
    }

    /// The slot that `matches`, or the empty one where it would be. Valid until the next `insert`.
    template <class Matches>
    [[nodiscard]] Slot& find(std::uint32_t hash, Matches&& matches) const {
        const auto& page = page_of(hash);
        std::size_t at = hash >> place_shift & page.mask;
        while (!page.slots[at].empty() && !matches(page.slots[at])) at = (at + 1) & page.mask;
        return page.slots[at];
    }

    /// Of a hash of which `find` found no slot.
    void insert(std::uint32_t hash, const Slot& slot) {
        place_for(hash) = slot;
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
        std::size_t held = directory_.capacity() * sizeof(std::uint32_t) + pages_.capacity() * sizeof(page_type);
        for (const auto& page : pages_) held += (page.mask + 1) * sizeof(Slot);
        return held;
    }

private:
    static constexpr std::size_t page_slots = 4'096 / sizeof(Slot);
    /// A place is not told by the bits that choose the page, at the top, nor by those that choose a shard, at the end.
    static constexpr unsigned place_shift = 8;
    /// Hashes that agree in so many more bits than others are no accident: then a page grows, not the directory.
    static constexpr std::size_t directory_per_page_max = 64;

    struct page_type {
        std::unique_ptr<Slot[]> slots;
        std::size_t mask;
        std::size_t used;
        unsigned depth;
    };

    [[nodiscard]] static page_type new_page(unsigned depth, std::size_t slots) {
        return {std::make_unique<Slot[]>(slots), slots - 1, 0, depth};
    }
    [[nodiscard]] std::size_t place_of(std::uint32_t hash) const noexcept {
        return static_cast<std::size_t>(std::uint64_t{hash} << depth_ >> 32U);
    }
    [[nodiscard]] const page_type& page_of(std::uint32_t hash) const noexcept {
        return pages_[directory_[place_of(hash)]];
    }
    [[nodiscard]] page_type& page_of(std::uint32_t hash) noexcept { return pages_[directory_[place_of(hash)]]; }

    [[nodiscard]] Slot& place_for(std::uint32_t hash) {
        return find(hash, [](const Slot&) { return false; });
    }
    void make_room(std::uint32_t hash) {
        auto& full = page_of(hash);
        if (full.depth == depth_) {
            if (directory_.size() >= directory_per_page_max * pages_.size()) return grow(full);
            double_directory();
        }
        split(directory_[place_of(hash)], hash);
    }
    void double_directory() {
        std::vector<std::uint32_t> doubled(directory_.size() * 2);
        for (std::size_t i = 0; i < doubled.size(); ++i) doubled[i] = directory_[i / 2];
        directory_ = std::move(doubled);
        ++depth_;
    }
    void split(std::uint32_t which, std::uint32_t hash) {
        const auto depth = pages_[which].depth + 1;
        const auto slots = pages_[which].mask + 1;
        page_type full = std::exchange(pages_[which], new_page(depth, slots));
        pages_.push_back(new_page(depth, slots));
        const auto upper = static_cast<std::uint32_t>(pages_.size() - 1);
        // The places of the full page are a run of the directory; its second half now leads to the new page.
        const std::size_t run = std::size_t{1} << (depth_ - depth);
        const std::size_t begin = place_of(hash) & ~(2 * run - 1);
        for (std::size_t i = begin + run; i < begin + 2 * run; ++i) directory_[i] = upper;
        move_all(full);
    }
    void grow(page_type& page) {
        page_type full = std::exchange(page, new_page(page.depth, (page.mask + 1) * 2));
        move_all(full);
    }
    void move_all(const page_type& from) {
        for (std::size_t i = 0; i <= from.mask; ++i) {
            if (from.slots[i].empty()) continue;
            const auto hash = hash_of_(from.slots[i]);
            place_for(hash) = from.slots[i];
            ++page_of(hash).used;
        }
    }

    [[no_unique_address]] HashOf hash_of_;
    std::vector<page_type> pages_;
    std::vector<std::uint32_t> directory_;
    unsigned depth_ = 0;
    std::size_t size_ = 0;
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
