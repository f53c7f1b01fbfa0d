#ifndef SEALSYNC_TESTING_RANDOM_HPP
#define SEALSYNC_TESTING_RANDOM_HPP

#include "../bytes.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// Reproducible randomness for tests (SplitMix64, Steele et al. 2014): the same numbers from the same seed everywhere,
/// which the distributions of <random> do not promise. Never for keys.
class random {
public:
    using result_type = std::uint64_t;

    explicit random(std::uint64_t seed) noexcept : state_{seed} {}

    [[nodiscard]] static constexpr result_type(min)() noexcept { return 0; }
    [[nodiscard]] static constexpr result_type(max)() noexcept { return ~result_type{0}; }
    result_type operator()() noexcept {
        auto value = state_ += 0x9e3779b97f4a7c15ULL;
        value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
        return value ^ (value >> 31U);
    }

    /// 0 to `bound - 1`; the bias of the modulo is below what a test can see. `bound` is at least 1.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept {
        SEALSYNC_ASSERT(bound > 0);
        return (*this)() % bound;
    }
    [[nodiscard]] bool chance(double probability) noexcept {
        return static_cast<double>((*this)() >> 11U) * 0x1p-53 < probability;
    }
    void fill(std::span<std::byte> out) noexcept {
        for (auto& one : out) one = static_cast<std::byte>((*this)());
    }
    [[nodiscard]] bytes some_bytes(std::size_t count) {
        bytes out(count);
        fill(out);
        return out;
    }
    template <class Items>
    void shuffle(Items& items) noexcept {
        for (auto i = items.size(); i > 1; --i) std::swap(items[i - 1], items[static_cast<std::size_t>(below(i))]);
    }

private:
    std::uint64_t state_;
};

}}} // namespace sealsync::testing

#endif
