#ifndef SEALSYNC_STORAGE_STORAGE_HPP
#define SEALSYNC_STORAGE_STORAGE_HPP

#include "operations.hpp"

#include <concepts>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Blobs under keys, in batches. docs/concepts/storage.md
template <class S>
concept storage = std::move_constructible<S> &&
    requires(S s, std::span<const get_op> gets, std::span<const put_op> puts, std::span<const object_key> keys,
             const list_query& query, get_sink got, put_sink stored, remove_sink removed, const call_context& call) {
    { s.get(gets, got, call) } -> std::same_as<result<void>>;
    { s.put(puts, stored, call) } -> std::same_as<result<void>>;
    { s.remove(keys, removed, call) } -> std::same_as<result<void>>;
    { s.list(query, call) } -> std::same_as<result<list_page>>;
    { s.probe(call) } -> std::same_as<result<storage_capabilities>>;
};

/// A storage whose probe costs so much that its outcome is worth keeping: as long as `identity()` is the same, an
/// engine tells it what it found before; never if that is empty. Optional. docs/concepts/storage.md
template <class S>
concept remembered_storage = storage<S> && requires(S s, const storage_capabilities& found) {
    { s.identity() } -> std::same_as<std::string>;
    { s.assume(found) } -> std::same_as<void>;
};

/// A storage whose probe makes requests, and tells how many it has made so far: all copies of it. Optional.
template <class S>
concept probing_storage = storage<S> && requires(S s) {
    { s.probe_requests() } -> std::same_as<request_counts>;
};

/// What probes of that storage have cost so far.
template <storage S>
[[nodiscard]] request_counts probe_requests_of(const S& store) {
    if constexpr (probing_storage<S>) {
        return store.probe_requests();
    } else {
        return {};
    }
}

}} // namespace sealsync

#endif
