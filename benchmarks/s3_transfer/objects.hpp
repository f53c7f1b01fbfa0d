#ifndef SEALSYNC_BENCHMARKS_S3_TRANSFER_OBJECTS_HPP
#define SEALSYNC_BENCHMARKS_S3_TRANSFER_OBJECTS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>

namespace s3_transfer {

inline constexpr std::size_t small_bytes = 1024;

[[noreturn]] inline void give_up(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(1);
}

/// "00/00042": a hundred to a folder.
[[nodiscard]] inline std::string name_of(std::size_t number) {
    const auto digits = [](std::size_t value, std::size_t width) {
        const auto text = std::to_string(value);
        return std::string(width - (std::min)(width, text.size()), '0') + text;
    };
    return digits(number / 100, 2) + "/" + digits(number, 5);
}

/// What object `number` holds from `offset` on, both multiples of 8: nothing that compresses, and cheap to make again.
inline void fill(std::uint64_t number, std::uint64_t offset, std::span<std::byte> out) noexcept {
    constexpr std::uint64_t step = 0x9e3779b97f4a7c15; // SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)
    auto state = (number << 40U) + (offset / 8) * step;
    for (std::size_t i = 0; i + 8 <= out.size(); i += 8) {
        auto z = state += step;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
        z ^= z >> 31U;
        std::memcpy(out.data() + i, &z, 8);
    }
}

} // namespace s3_transfer

#endif
