#ifndef SEALSYNC_TESTING_ARCHETYPES_HPP
#define SEALSYNC_TESTING_ARCHETYPES_HPP

#include "../concepts.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

// Types with exactly what a concept grants, and nothing more: what compiles over these compiles over every model. They
// do nothing, and say so with `errc::unsupported`.

/// Can be moved once into its place, and no more.
struct movable_archetype {
    explicit movable_archetype(std::nullptr_t) noexcept {}
    movable_archetype(movable_archetype&&) = default;
    movable_archetype& operator=(movable_archetype&&) = delete;
};

struct copyable_archetype {
    explicit copyable_archetype(std::nullptr_t) noexcept {}
    copyable_archetype(const copyable_archetype&) = default;
    copyable_archetype& operator=(const copyable_archetype&) = delete;
};

[[nodiscard]] inline failure archetype_failure() { return failure{errc::unsupported, "archetype"}; }

struct storage_archetype : movable_archetype {
    using movable_archetype::movable_archetype;
    [[nodiscard]] result<void> get(std::span<const get_op>, get_sink, const call_context&) {
        return archetype_failure();
    }
    [[nodiscard]] result<void> put(std::span<const put_op>, put_sink, const call_context&) {
        return archetype_failure();
    }
    [[nodiscard]] result<void> remove(std::span<const object_key>, remove_sink, const call_context&) {
        return archetype_failure();
    }
    [[nodiscard]] result<list_page> list(const list_query&, const call_context&) { return archetype_failure(); }
    [[nodiscard]] result<storage_capabilities> probe(const call_context&) { return archetype_failure(); }
};

struct hasher_archetype : movable_archetype {
    using movable_archetype::movable_archetype;
    void update(bytes_view) {}
    [[nodiscard]] digest256 finish() { return {}; }
};

/// A header need not be a view, but become one.
struct header_archetype : movable_archetype {
    using movable_archetype::movable_archetype;
    operator bytes_view() { return {}; }
};

struct stream_sealer_archetype : movable_archetype {
    using movable_archetype::movable_archetype;
    [[nodiscard]] header_archetype header() { return header_archetype{nullptr}; }
    [[nodiscard]] result<void> seal_chunk(std::uint64_t, bool, bytes_view, bytes&) { return archetype_failure(); }
};

struct stream_opener_archetype : movable_archetype {
    using movable_archetype::movable_archetype;
    [[nodiscard]] result<void> open_chunk(std::uint64_t, bool, bytes_view, bytes&) { return archetype_failure(); }
};

struct cipher_archetype : copyable_archetype {
    using copyable_archetype::copyable_archetype;
    static constexpr bool sealing = true;
    [[nodiscard]] std::optional<vault_id> vault() { return std::nullopt; }
    [[nodiscard]] result<void> seal(const sealing_context&, bytes_view, bytes&) { return archetype_failure(); }
    [[nodiscard]] result<void> open(const sealing_context&, bytes_view, bytes&) { return archetype_failure(); }
    [[nodiscard]] stream_layout layout() { return {.header_bytes = 0, .chunk_bytes = 1, .overhead_bytes = 0}; }
    [[nodiscard]] result<stream_sealer_archetype> start_seal(const sealing_context&) { return archetype_failure(); }
    [[nodiscard]] result<stream_opener_archetype> start_open(const sealing_context&, bytes_view) {
        return archetype_failure();
    }
    [[nodiscard]] digest256 digest(bytes_view) { return {}; }
    [[nodiscard]] hasher_archetype start_digest() { return hasher_archetype{nullptr}; }
    [[nodiscard]] std::string keyed_id(id_purpose, std::string_view, bytes_view) { return "archetype"; }
    [[nodiscard]] hasher_archetype start_keyed_id(id_purpose, std::string_view) { return hasher_archetype{nullptr}; }
    [[nodiscard]] result<void> random(std::span<std::byte>) { return archetype_failure(); }
};

struct clock_archetype : movable_archetype {
    using movable_archetype::movable_archetype;
    [[nodiscard]] wall_time now() noexcept { return {}; }
};

struct conflict_policy_archetype : movable_archetype {
    using movable_archetype::movable_archetype;
    static constexpr policy_reads reads = policy_reads::order;
    [[nodiscard]] result<resolution> resolve(std::span<const sibling>, const merge_base&) {
        return archetype_failure();
    }
};

struct replica_transaction_archetype : movable_archetype {
    using movable_archetype::movable_archetype;
    [[nodiscard]] result<std::optional<bytes>> load(replica_table, bytes_view) { return archetype_failure(); }
    [[nodiscard]] result<void> store(replica_table, bytes_view, bytes_view) { return archetype_failure(); }
    [[nodiscard]] result<void> erase(replica_table, bytes_view) { return archetype_failure(); }
    [[nodiscard]] result<void> scan(replica_table, bytes_view, row_visitor) { return archetype_failure(); }
    [[nodiscard]] result<void> commit() { return archetype_failure(); }
};

struct replica_archetype : movable_archetype {
    using movable_archetype::movable_archetype;
    [[nodiscard]] result<replica_transaction_archetype> begin() { return archetype_failure(); }
};

static_assert(storage<storage_archetype>);
static_assert(hasher<hasher_archetype>);
static_assert(stream_sealer<stream_sealer_archetype>);
static_assert(stream_opener<stream_opener_archetype>);
static_assert(cipher<cipher_archetype>);
static_assert(clock<clock_archetype>);
static_assert(conflict_policy<conflict_policy_archetype>);
static_assert(replica_transaction<replica_transaction_archetype>);
static_assert(replica<replica_archetype>);

}}} // namespace sealsync::testing

#endif
