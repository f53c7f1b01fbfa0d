#ifndef SEALSYNC_MERGE_SLOT_BUCKET_HPP
#define SEALSYNC_MERGE_SLOT_BUCKET_HPP

#include "../detail/vector_level.hpp"

#include <array>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What a bucket has of what is looked for: which of its slots may be it, and which are empty, a bit each.
struct bucket_search {
    unsigned alike = 0, empty = 0;
};

/// The used slots of a bucket, a bit each: those whose hash says that they stand here, by another bit of it, and those
/// that only found no room elsewhere.
struct bucket_partition {
    unsigned low = 0, high = 0, others = 0;
};

/// A cache line of small slots, each `empty()` when default constructed.
template <class Slot>
class alignas(64) slot_bucket {
public:
    using slot_type = Slot;
    static constexpr std::size_t size = 64 / sizeof(Slot);
    [[nodiscard]] static slot_bucket cleared() noexcept { return {}; }

    [[nodiscard]] const Slot& get(std::size_t i) const noexcept { return slots_[i]; }
    void set(std::size_t i, const Slot& slot) noexcept { slots_[i] = slot; }

    /// Its empty slots, a bit each.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE unsigned empty() const noexcept {
        unsigned slots = 0;
        for (std::size_t i = 0; i < size; ++i) slots |= unsigned{slots_[i].empty()} << i;
        return slots;
    }
    /// Any may be anything.
    template <class Key>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bucket_search search(const Key&) const noexcept {
        return {((1U << size) - 1) & ~empty(), empty()};
    }
    /// With those slots empty that have no bit.
    [[nodiscard]] slot_bucket kept(unsigned slots) const noexcept {
        slot_bucket some;
        for (std::size_t i = 0; i < size; ++i) {
            if ((slots >> i & 1U) != 0) some.slots_[i] = slots_[i];
        }
        return some;
    }
    /// Here stand those of which `hash & mask` is `home`; the high ones have bit `bit`.
    template <class HashOf>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bucket_partition partition(const HashOf& hash_of, std::uint32_t mask,
                                                                    std::uint32_t home, unsigned bit) const {
        bucket_partition parts;
        for (std::size_t i = 0; i < size; ++i) {
            const std::uint32_t hash = hash_of(slots_[i]);
            const unsigned used = unsigned{!slots_[i].empty()}, here = used & unsigned{(hash & mask) == home},
                           high = here & hash >> bit & 1U;
            parts.high |= high << i;
            parts.low |= (here ^ high) << i;
            parts.others |= (used ^ here) << i;
        }
        return parts;
    }

private:
    std::array<Slot, size> slots_{};
};

}}} // namespace sealsync::detail

#endif
