#ifndef SEALSYNC_DETAIL_PREFETCH_HPP
#define SEALSYNC_DETAIL_PREFETCH_HPP

#include "vector_level.hpp"

/// Asking for memory before it is needed. Whatever the address, nothing else happens.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Inlined even where nothing else is: a call of it would be optimised away, as it seems to have no effect.
SEALSYNC_ALWAYS_INLINE void prefetch_line(const void* at) noexcept {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(at);
#else
    static_cast<void>(at);
#endif
}

/// The same for a line that will be overwritten.
SEALSYNC_ALWAYS_INLINE void prefetch_line_to_write(void* at) noexcept {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(at, 1);
#else
    static_cast<void>(at);
#endif
}

/// Of a text that is read to its end, what will be read in a while, as many bytes as are read now. Processors foresee
/// that themselves, but not all of them soon enough: a scan from memory then waits at many lines.
template <std::size_t Bytes>
SEALSYNC_ALWAYS_INLINE void prefetch_text(const void* at) noexcept {
    constexpr std::uintptr_t ahead = 4'096, line = 64;
    const auto begin = reinterpret_cast<std::uintptr_t>(at) + ahead;
    for (std::uintptr_t i = 0; i < Bytes; i += line) prefetch_line(reinterpret_cast<const void*>(begin + i));
}

}}} // namespace sealsync::detail

#endif
