#ifndef SEALSYNC_CLOCK_CLOCK_HPP
#define SEALSYNC_CLOCK_CLOCK_HPP

#include "stamp.hpp"

#include <concepts>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The wall clock. docs/concepts/clock.md
template <class K>
concept clock = std::move_constructible<K> && requires(K k) {
    { k.now() } -> std::same_as<wall_time>;
    requires noexcept(k.now());
};

}} // namespace sealsync

#endif
