#ifndef SEALSYNC_MERGE_SEEDED_HASH_HPP
#define SEALSYNC_MERGE_SEEDED_HASH_HPP

#include "../config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sealsync::inline SEALSYNC_ABI::detail {

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
    [[nodiscard]] std::uint32_t of_id(const std::byte* id, std::uint32_t kind,
                                      std::uint32_t collection) const noexcept {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < 4; ++i) sum += product(word(id + 8 * i), keys_[i]);
        sum += product(std::uint64_t{kind} << 32U | collection, keys_[4]);
        return finish(sum);
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

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
