#ifndef SEALSYNC_CIPHER_CIPHER_HPP
#define SEALSYNC_CIPHER_CIPHER_HPP

#include "sealing_context.hpp"

#include <concepts>
#include <optional>
#include <span>

namespace sealsync { inline namespace SEALSYNC_ABI {

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

}} // namespace sealsync

#endif
