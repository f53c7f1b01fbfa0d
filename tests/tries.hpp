#ifndef SEALSYNC_TESTS_TRIES_HPP
#define SEALSYNC_TESTS_TRIES_HPP

#include <cstddef>

namespace sealsync_tests {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
inline constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool sanitized = false;
#endif

/// Of `all` random inputs how many a test tries, or meets: an eighth where a sanitizer makes each ten times as slow.
template <class Number>
[[nodiscard]] constexpr Number tries(Number all) noexcept {
    return sanitized ? (all + 7) / 8 : all;
}
/// From one place to the next where a test would try each: every fifth under a sanitizer.
inline constexpr std::size_t stride = sanitized ? 5 : 1;

} // namespace sealsync_tests

#endif
