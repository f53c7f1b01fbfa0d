#ifndef SEALSYNC_DETAIL_VECTOR_LEVEL_HPP
#define SEALSYNC_DETAIL_VECTOR_LEVEL_HPP

#include "../config.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>

/// Functions for a processor that need not be there are compiled by an attribute, and chosen when the program runs:
/// the user gives no flags. Everything here leaves the meaning as it is.
#if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__)
#define SEALSYNC_SCAN_X86 1
#define SEALSYNC_TARGET(level) __attribute__((target(level)))
#endif
#if (defined(__GNUC__) || defined(__clang__)) && defined(__aarch64__)
#define SEALSYNC_SCAN_NEON 1
#endif

/// For what must become part of a function of another target, or must not; and for a function that everything it calls
/// must become part of.
#if defined(__GNUC__) || defined(__clang__)
#define SEALSYNC_INLINES_ALL __attribute__((flatten))
#define SEALSYNC_ALWAYS_INLINE __attribute__((always_inline)) inline
#define SEALSYNC_NEVER_INLINE __attribute__((noinline))
#else
#define SEALSYNC_INLINES_ALL
#define SEALSYNC_ALWAYS_INLINE inline
#define SEALSYNC_NEVER_INLINE
#endif

namespace sealsync { inline namespace SEALSYNC_ABI {

namespace detail {

/// `value`, which is mostly what it was the last time: a processor foresees that branch, and what follows does not wait
/// for the value.
[[nodiscard]] SEALSYNC_ALWAYS_INLINE std::size_t foreseen(std::size_t value, std::size_t& usual) noexcept {
    std::size_t same = usual;
#if defined(__GNUC__) || defined(__clang__)
    asm("" : "+r"(same)); // else the compiler would know that it is the value, and wait for that
#endif
    if (value == usual) [[likely]]
        return same;
    usual = value;
    return value;
}

} // namespace detail

/// Which instructions a scan uses. The value and the acceptance are the same with each.
enum class vector_level : std::uint8_t { portable, neon, avx2, avx512 };

/// Whether this build and this processor have them. Asks the processor: hold the answer.
[[nodiscard]] inline bool has_level(vector_level level) noexcept {
    switch (level) {
    case vector_level::portable:
        return true;
    case vector_level::neon:
#if defined(SEALSYNC_SCAN_NEON)
        return true;
#else
        return false;
#endif
    case vector_level::avx2:
#if defined(SEALSYNC_SCAN_X86)
        return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
               __builtin_cpu_supports("bmi2") != 0;
#else
        return false;
#endif
    case vector_level::avx512:
#if defined(SEALSYNC_SCAN_X86)
        return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
               __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512vbmi") != 0 &&
               has_level(vector_level::avx2);
#else
        return false;
#endif
    }
    return false;
}

[[nodiscard]] inline vector_level best_level() noexcept {
    for (const auto level : {vector_level::avx512, vector_level::avx2, vector_level::neon}) {
        if (has_level(level)) return level;
    }
    return vector_level::portable;
}

}} // namespace sealsync

#endif
