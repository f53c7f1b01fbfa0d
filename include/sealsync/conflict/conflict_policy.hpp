#ifndef SEALSYNC_CONFLICT_CONFLICT_POLICY_HPP
#define SEALSYNC_CONFLICT_CONFLICT_POLICY_HPP

#include "../result.hpp"
#include "sibling.hpp"

#include <concepts>
#include <span>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A policy decides what the application sees of concurrent edits. docs/concepts/conflict_policy.md
template <class P>
concept conflict_policy = std::move_constructible<P> &&
    requires(P p, std::span<const sibling> siblings, const merge_base& base) {
    { P::reads } -> std::convertible_to<policy_reads>;
    { p.resolve(siblings, base) } -> std::same_as<result<resolution>>;
};

}} // namespace sealsync

#endif
