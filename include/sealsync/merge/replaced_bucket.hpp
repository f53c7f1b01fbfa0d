#ifndef SEALSYNC_MERGE_REPLACED_BUCKET_HPP
#define SEALSYNC_MERGE_REPLACED_BUCKET_HPP

#include "slot_bucket.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A version of an object, by the number of the object and its dot.
struct replaced_slot {
    std::uint64_t n = 0;
    std::uint32_t run = 0, object = 0;
    [[nodiscard]] bool empty() const noexcept { return n == 0; }
    [[nodiscard]] friend bool operator==(const replaced_slot&, const replaced_slot&) = default;
};

/// Four in a cache line, compared at once: that one is there or not cannot be foreseen.
class alignas(64) replaced_bucket : public slot_bucket<replaced_slot> {
public:
    [[nodiscard]] static replaced_bucket cleared() noexcept { return {}; }

    /// Those that are this.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bucket_search search(const replaced_slot& like) const noexcept {
        unsigned alike = 0;
#if defined(__SSE2__)
        const auto wanted = load(like);
        for (std::size_t i = 0; i < size; ++i) {
            const auto equal = _mm_movemask_epi8(_mm_cmpeq_epi32(load(get(i)), wanted));
            alike |= unsigned{equal == 0xffff} << i;
        }
#else
        for (std::size_t i = 0; i < size; ++i) alike |= unsigned{get(i) == like} << i;
#endif
        return {alike, empty()};
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE replaced_bucket kept(unsigned slots) const noexcept {
        replaced_bucket some;
        for (std::size_t i = 0; i < size; ++i) {
            const auto mask = ~std::uint64_t{0} * (slots >> i & 1U); // a branch would half the time be wrong
            const auto& slot = get(i);
            const auto half = static_cast<std::uint32_t>(mask);
            some.set(i, {slot.n & mask, slot.run & half, slot.object & half});
        }
        return some;
    }

private:
#if defined(__SSE2__)
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static __m128i load(const replaced_slot& slot) noexcept {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(&slot));
    }
#endif
};

static_assert(sizeof(replaced_slot) == 16);

}}} // namespace sealsync::detail

#endif
