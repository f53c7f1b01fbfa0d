#ifndef SEALSYNC_MERGE_SLOT_BUCKET_HPP
#define SEALSYNC_MERGE_SLOT_BUCKET_HPP

#include "../manifest/scan/vector_level.hpp"

#include <array>

namespace sealsync::inline SEALSYNC_ABI::detail {

/// What a bucket has of what is looked for: which of its slots may be it, a bit each, and how many are used.
struct bucket_search {
    unsigned alike = 0;
    std::size_t used = 0;
};

/// The used slots of a bucket, a bit each: those whose hash says that they stand here, by another bit of it, and those
/// that only found no room elsewhere.
struct bucket_partition {
    unsigned low = 0, high = 0, others = 0;
};

/// A cache line of small slots, filled from the first, each `empty()` when default constructed.
template <class Slot>
class alignas(64) slot_bucket {
public:
    using slot_type = Slot;
    static constexpr std::size_t size = 64 / sizeof(Slot);
    [[nodiscard]] static slot_bucket cleared() noexcept { return {}; }

    [[nodiscard]] const Slot& get(std::size_t i) const noexcept { return slots_[i]; }
    void set(std::size_t i, const Slot& slot) noexcept { slots_[i] = slot; }

    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::size_t used() const noexcept {
        std::size_t count = 0;
        for (const auto& each : slots_) count += std::size_t{!each.empty()};
        return count;
    }
    /// Any may be anything.
    template <class Key>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bucket_search search(const Key&) const noexcept {
        return {(1U << used()) - 1, used()};
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

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
