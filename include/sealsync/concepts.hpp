#ifndef SEALSYNC_CONCEPTS_HPP
#define SEALSYNC_CONCEPTS_HPP

#include "cipher/sealing_context.hpp"
#include "conflict/sibling.hpp"
#include "replica/table.hpp"
#include "storage/operations.hpp"

namespace sealsync::inline SEALSYNC_ABI {

// What the compiler can check. What it cannot is in docs/concepts/, and in the conformance suites of testing/.

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

/// An incremental hash.
template <class H>
concept hasher = std::move_constructible<H> && requires(H h, bytes_view data) {
    { h.update(data) } -> std::same_as<void>;
    { h.finish() } -> std::same_as<digest256>;
};

/// Seals or opens the chunks of one streamed object, in any order.
template <class S>
concept stream_sealer = std::move_constructible<S> &&
    requires(S s, std::uint64_t index, bool last, bytes_view in, bytes& out) {
    { s.header() } -> std::convertible_to<bytes_view>;
    { s.seal_chunk(index, last, in, out) } -> std::same_as<result<void>>;
};
template <class S>
concept stream_opener = std::move_constructible<S> &&
    requires(S s, std::uint64_t index, bool last, bytes_view in, bytes& out) {
    { s.open_chunk(index, last, in, out) } -> std::same_as<result<void>>;
};

/// Keys, seals, hashes and randomness. docs/concepts/cipher.md
template <class C>
concept cipher = std::copy_constructible<C> &&
    requires(C c, const sealing_context& context, bytes_view in, bytes& out, std::string_view collection,
             id_purpose purpose, std::span<std::byte> random) {
    { C::sealing } -> std::convertible_to<bool>;
    { c.vault() } -> std::same_as<std::optional<vault_id>>;
    { c.seal(context, in, out) } -> std::same_as<result<void>>;
    { c.open(context, in, out) } -> std::same_as<result<void>>;
    { c.layout() } -> std::same_as<stream_layout>;
    requires stream_sealer<typename decltype(c.start_seal(context))::value_type>;
    requires stream_opener<typename decltype(c.start_open(context, in))::value_type>;
    { c.digest(in) } -> std::same_as<digest256>;
    { c.start_digest() } -> hasher;
    { c.keyed_id(purpose, collection, in) } -> std::same_as<std::string>;
    { c.start_keyed_id(purpose, collection) } -> hasher;
    { c.random(random) } -> std::same_as<result<void>>;
};

/// The wall clock. docs/concepts/clock.md
template <class K>
concept clock = std::move_constructible<K> && requires(K k) {
    { k.now() } -> std::same_as<wall_time>;
    requires noexcept(k.now());
};

/// What the application sees of concurrent edits. docs/concepts/conflict_policy.md
template <class P>
concept conflict_policy = std::move_constructible<P> &&
    requires(P p, std::span<const sibling> siblings, const sibling* base) {
    { P::reads_content } -> std::convertible_to<bool>;
    { p.resolve(siblings, base) } -> std::same_as<result<resolution>>;
};

/// A unit of work on a replica: all of it or nothing. `scan` visits the rows whose key is `key` or greater.
template <class T>
concept replica_transaction = std::move_constructible<T> &&
    requires(T t, replica_table table, bytes_view key, bytes_view value, row_visitor row) {
    { t.load(table, key) } -> std::same_as<result<std::optional<bytes>>>;
    { t.store(table, key, value) } -> std::same_as<result<void>>;
    { t.erase(table, key) } -> std::same_as<result<void>>;
    { t.scan(table, key, row) } -> std::same_as<result<void>>;
    { t.commit() } -> std::same_as<result<void>>;
};

/// The device's own durable copy. docs/concepts/replica.md
template <class R>
concept replica = std::move_constructible<R> && requires(R r) {
    requires replica_transaction<typename decltype(r.begin())::value_type>;
};

} // namespace sealsync

#endif
