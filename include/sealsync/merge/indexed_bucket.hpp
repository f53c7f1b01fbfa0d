#ifndef SEALSYNC_MERGE_INDEXED_BUCKET_HPP
#define SEALSYNC_MERGE_INDEXED_BUCKET_HPP

#include "merge_entry.hpp"
#include "slot_bucket.hpp"

#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A place in a table and the hash that found it.
struct indexed_slot {
    std::uint32_t hash = 0;
    std::uint32_t index = no_index;
    [[nodiscard]] bool empty() const noexcept { return index == no_index; }
};

struct hash_of_indexed {
    [[nodiscard]] std::uint32_t operator()(const indexed_slot& slot) const noexcept { return slot.hash; }
};

/// Eight slots in a cache line, the hashes together, so that all are compared at once, without a branch.
class alignas(64) indexed_bucket {
public:
    using slot_type = indexed_slot;
    static constexpr std::size_t size = 8;

    /// One that is not made so holds anything.
    [[nodiscard]] static indexed_bucket cleared() noexcept {
        indexed_bucket none;
        none.hashes_.fill(0);
        none.indices_.fill(no_index);
        return none;
    }

    [[nodiscard]] indexed_slot get(std::size_t i) const noexcept { return {hashes_[i], indices_[i]}; }
    void set(std::size_t i, const indexed_slot& slot) noexcept {
        hashes_[i] = slot.hash;
        indices_[i] = slot.index;
    }

    [[nodiscard]] SEALSYNC_ALWAYS_INLINE unsigned empty() const noexcept { return search(0).empty; }
    /// Those of a hash.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bucket_search search(std::uint32_t hash) const noexcept {
#if defined(__SSE2__)
        const auto both = _mm_packs_epi16(equal(hashes_, hash), equal(indices_, no_index));
        const auto bits = static_cast<unsigned>(_mm_movemask_epi8(both));
        const unsigned empty = bits >> size;
        return {bits & 0xffU & ~empty, empty};
#else
        bucket_search found;
        for (std::size_t i = 0; i < size; ++i) {
            const bool used = indices_[i] != no_index;
            found.alike |= unsigned{used && hashes_[i] == hash} << i;
            found.empty |= unsigned{!used} << i;
        }
        return found;
#endif
    }
    /// With those slots empty that have no bit; their hashes stay.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE indexed_bucket kept(unsigned slots) const noexcept {
        indexed_bucket some = *this;
#if defined(__SSE2__)
        const auto drop = [&](std::uint32_t* indices, __m128i bits) {
            auto* const four = reinterpret_cast<__m128i*>(indices);
            const auto gone = _mm_cmpeq_epi32(_mm_and_si128(all_are(slots), bits), _mm_setzero_si128());
            _mm_store_si128(four, _mm_or_si128(_mm_load_si128(four), gone));
        };
        drop(&some.indices_[0], _mm_setr_epi32(0x01, 0x02, 0x04, 0x08));
        drop(&some.indices_[4], _mm_setr_epi32(0x10, 0x20, 0x40, 0x80));
#else
        for (std::size_t i = 0; i < size; ++i) some.indices_[i] |= (slots >> i & 1U) - 1U;
#endif
        return some;
    }
    /// The first of this hash, or an empty one; that may be too if a slot that was emptied has this hash.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE indexed_slot guess(std::uint32_t hash) const noexcept {
#if defined(__SSE2__)
        const auto alike = bits_of(equal(hashes_, hash));
        const auto index = indices_[static_cast<std::size_t>(std::countr_zero(alike | 1U << (size - 1)))];
        static_assert(no_index == ~std::uint32_t{0});
        return {hash, index | (0U - std::uint32_t{alike == 0})}; // as a branch, it could not be foreseen
#else
        const auto found = search(hash).alike;
        return found != 0 ? get(static_cast<std::size_t>(std::countr_zero(found))) : indexed_slot{};
#endif
    }

    /// As of any `slot_bucket`; the hashes are those of the slots.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bucket_partition partition(const hash_of_indexed& hash_of, std::uint32_t mask,
                                                                    std::uint32_t home, unsigned bit) const noexcept {
#if defined(__SSE2__)
        static_cast<void>(hash_of);
        const auto to_top = _mm_cvtsi32_si128(static_cast<int>(31 - bit));
        const auto masked = [&](__m128i hashes) { return _mm_and_si128(hashes, all_are(mask)); };
        const auto topped = [&](__m128i hashes) { return _mm_srai_epi32(_mm_sll_epi32(hashes, to_top), 31); };
        const unsigned here = bits_of(equal(hashes_, home, masked)), high = bits_of(each_of(hashes_, topped)),
                       used = ~bits_of(equal(indices_, no_index)) & 0xffU;
        return {here & used & ~high, here & used & high, used & ~here};
#else
        bucket_partition parts;
        for (std::size_t i = 0; i < size; ++i) {
            if (indices_[i] == no_index) continue;
            const auto hash = hash_of(get(i));
            const bool here = (hash & mask) == home;
            (here ? (hash >> bit & 1U) != 0 ? parts.high : parts.low : parts.others) |= 1U << i;
        }
        return parts;
#endif
    }

private:
    using words = std::array<std::uint32_t, size>;
#if defined(__SSE2__)
    // SSE2 is part of every x86-64.

    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static __m128i all_are(std::uint32_t word) noexcept {
        return _mm_set1_epi32(static_cast<int>(word));
    }
    /// Of each what `f` makes of it, all bits or none, in 16 bits.
    template <class F>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static __m128i each_of(const words& all, F&& f) noexcept {
        const auto four = [&](std::size_t i) { return f(_mm_load_si128(reinterpret_cast<const __m128i*>(&all[i]))); };
        return _mm_packs_epi32(four(0), four(4));
    }
    /// Of each whether it is this.
    template <class F>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static __m128i equal(const words& all, std::uint32_t word, F&& of) noexcept {
        return each_of(all, [&](__m128i four) { return _mm_cmpeq_epi32(of(four), all_are(word)); });
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static __m128i equal(const words& all, std::uint32_t word) noexcept {
        return equal(all, word, [](__m128i four) { return four; });
    }
    /// A bit for each.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static unsigned bits_of(__m128i each) noexcept {
        return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(each, each))) & 0xffU;
    }
#endif

    alignas(16) words hashes_;
    alignas(16) words indices_;
};

}}} // namespace sealsync::detail

#endif
