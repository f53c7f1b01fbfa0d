#ifndef SEALSYNC_MERGE_SEEDED_HASH_HPP
#define SEALSYNC_MERGE_SEEDED_HASH_HPP

#include "../detail/vector_level.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__) && defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A hash that nobody can prepare collisions for who does not know its seed: ids come from whoever writes into the
/// store. NH (Black, Halevi, Krawczyk, Krovetz, Rogaway: "UMAC", 1999): two different inputs of one length have equal
/// sums for one in 2^32 seeds, and so the top half of the sum times an odd number (Dietzfelbinger, 1997).
class seeded_hash {
public:
    explicit seeded_hash(std::uint64_t seed) noexcept {
        for (auto& each : keys_) each = next(seed);
        odd_ = next(seed) | 1U;
    }

    /// Of an id in 32 bytes, with two numbers that say what else tells objects apart.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint32_t of_id(const std::byte* id, std::uint32_t kind,
                                                             std::uint32_t collection) const noexcept {
        return of_id(id, of_kind(kind, collection));
    }
    /// The same in two parts, for those who meet many ids of one kind and collection.
    [[nodiscard]] std::uint64_t of_kind(std::uint32_t kind, std::uint32_t collection) const noexcept {
        return product(std::uint64_t{kind} << 32U | collection, keys_[4]);
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint32_t of_id(const std::byte* id, std::uint64_t kind) const noexcept {
        return finish(sum_of_id(id) + kind);
    }

    /// Of two words.
    [[nodiscard]] std::uint32_t of_words(std::uint64_t first, std::uint64_t second) const noexcept {
        return finish(product(first, keys_[5]) + product(second, keys_[6]));
    }

    /// Of a text of any length: the blocks of eight one after the other, each mixed into what came before.
    [[nodiscard]] std::uint32_t of_text(std::string_view text) const noexcept {
        std::uint32_t hash = static_cast<std::uint32_t>(text.size());
        for (; !text.empty(); text.remove_prefix(text.size() < 8 ? text.size() : 8)) {
            std::uint64_t block = 0;
            std::memcpy(&block, text.data(), text.size() < 8 ? text.size() : 8);
            hash = of_words(block, hash);
        }
        return hash;
    }

private:
    /// Four products, two at once where SSE2 is: in every x86-64.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t sum_of_id(const std::byte* id) const noexcept {
#if defined(__SSE2__) && defined(__x86_64__)
        const auto two = [&](std::size_t i) {
            const auto load = [](const void* at) { return _mm_loadu_si128(static_cast<const __m128i*>(at)); };
            const auto both = _mm_add_epi32(load(id + 8 * i), load(&keys_[i]));
            return _mm_mul_epu32(both, _mm_srli_epi64(both, 32));
        };
        const auto sums = _mm_add_epi64(two(0), two(2));
        return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_add_epi64(sums, _mm_unpackhi_epi64(sums, sums))));
#else
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < 4; ++i) sum += product(word(id + 8 * i), keys_[i]);
        return sum;
#endif
    }
    [[nodiscard]] static std::uint64_t word(const std::byte* at) noexcept {
        std::uint64_t value = 0;
        std::memcpy(&value, at, sizeof value);
        return value;
    }
    [[nodiscard]] static std::uint64_t product(std::uint64_t input, std::uint64_t key) noexcept {
        const auto low = static_cast<std::uint32_t>(input) + static_cast<std::uint32_t>(key);
        const auto high = static_cast<std::uint32_t>(input >> 32U) + static_cast<std::uint32_t>(key >> 32U);
        return std::uint64_t{low} * high;
    }
    [[nodiscard]] std::uint32_t finish(std::uint64_t sum) const noexcept {
        return static_cast<std::uint32_t>((sum * odd_) >> 32U);
    }
    /// Sebastiano Vigna's splitmix64: one seed, as many keys as are needed.
    [[nodiscard]] static std::uint64_t next(std::uint64_t& state) noexcept {
        state += 0x9e3779b97f4a7c15;
        std::uint64_t mixed = state;
        mixed = (mixed ^ mixed >> 30U) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ mixed >> 27U) * 0x94d049bb133111eb;
        return mixed ^ mixed >> 31U;
    }

    std::array<std::uint64_t, 7> keys_{};
    std::uint64_t odd_;
};

}}} // namespace sealsync::detail

#endif
