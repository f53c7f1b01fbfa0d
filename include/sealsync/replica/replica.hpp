#ifndef SEALSYNC_REPLICA_REPLICA_HPP
#define SEALSYNC_REPLICA_REPLICA_HPP

#include "../result.hpp"
#include "table.hpp"

#include <concepts>
#include <optional>

namespace sealsync { inline namespace SEALSYNC_ABI {

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

}} // namespace sealsync

#endif
