#include <sealsync/concepts.hpp>

#include <sealsync/testing/archetypes.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using namespace sealsync::testing;

// A near-miss is an archetype with one member hidden by another that will not do. Each must be refused, or a concept
// asks for less than its page says.

namespace near_miss {

struct immovable {
    immovable() = default;
    immovable(immovable&&) = delete;
};

struct unchanged : storage_archetype {};
struct storage_without_get : storage_archetype {
    void get() = delete;
};
struct storage_without_put : storage_archetype {
    void put() = delete;
};
struct storage_without_remove : storage_archetype {
    void remove() = delete;
};
struct storage_without_list : storage_archetype {
    void list() = delete;
};
struct storage_without_probe : storage_archetype {
    void probe() = delete;
};
struct storage_that_cannot_move : storage_archetype, immovable {};
struct storage_with_a_get_of_one : storage_archetype {
    result<void> get(const get_op&, get_sink, const call_context&);
};
struct storage_whose_get_says_nothing : storage_archetype {
    void get(std::span<const get_op>, get_sink, const call_context&);
};
struct storage_whose_put_says_bool : storage_archetype {
    bool put(std::span<const put_op>, put_sink, const call_context&);
};
struct storage_that_changes_what_it_puts : storage_archetype {
    result<void> put(std::span<put_op>, put_sink, const call_context&);
};
struct storage_that_removes_without_context : storage_archetype {
    result<void> remove(std::span<const object_key>, remove_sink);
};
struct storage_that_changes_the_context : storage_archetype {
    result<storage_capabilities> probe(call_context&);
};
struct storage_that_lists_entries : storage_archetype {
    result<std::vector<list_entry>> list(const list_query&, const call_context&);
};

} // namespace near_miss

static_assert(storage<storage_archetype>);
static_assert(storage<near_miss::unchanged>, "deriving alone must not be what the near-misses are refused for");
static_assert(!storage<int>);
static_assert(!storage<near_miss::storage_without_get>);
static_assert(!storage<near_miss::storage_without_put>);
static_assert(!storage<near_miss::storage_without_remove>);
static_assert(!storage<near_miss::storage_without_list>);
static_assert(!storage<near_miss::storage_without_probe>);
static_assert(!storage<near_miss::storage_that_cannot_move>);
static_assert(!storage<near_miss::storage_with_a_get_of_one>);
static_assert(!storage<near_miss::storage_whose_get_says_nothing>);
static_assert(!storage<near_miss::storage_whose_put_says_bool>);
static_assert(!storage<near_miss::storage_that_changes_what_it_puts>);
static_assert(!storage<near_miss::storage_that_removes_without_context>);
static_assert(!storage<near_miss::storage_that_changes_the_context>);
static_assert(!storage<near_miss::storage_that_lists_entries>);
static_assert(!storage<const storage_archetype>, "operations change a store");

namespace near_miss {

struct hasher_without_update : hasher_archetype {
    void update() = delete;
};
struct hasher_whose_update_can_fail : hasher_archetype {
    result<void> update(bytes_view);
};
struct hasher_without_finish : hasher_archetype {
    void finish() = delete;
};
struct hasher_of_text : hasher_archetype {
    std::string finish();
};
struct hasher_that_cannot_move : hasher_archetype, immovable {};

struct sealer_without_header : stream_sealer_archetype {
    void header() = delete;
};
struct sealer_with_a_numbered_header : stream_sealer_archetype {
    int header();
};
struct sealer_without_seal_chunk : stream_sealer_archetype {
    void seal_chunk() = delete;
};
struct sealer_that_cannot_fail : stream_sealer_archetype {
    void seal_chunk(std::uint64_t, bool, bytes_view, bytes&);
};
struct sealer_of_the_next_chunk : stream_sealer_archetype {
    result<void> seal_chunk(bytes_view, bytes&);
};
struct sealer_that_cannot_move : stream_sealer_archetype, immovable {};

struct opener_without_open_chunk : stream_opener_archetype {
    void open_chunk() = delete;
};
struct opener_that_answers_bool : stream_opener_archetype {
    bool open_chunk(std::uint64_t, bool, bytes_view, bytes&);
};
struct opener_that_cannot_move : stream_opener_archetype, immovable {};

} // namespace near_miss

static_assert(!hasher<near_miss::hasher_without_update>);
static_assert(!hasher<near_miss::hasher_whose_update_can_fail>);
static_assert(!hasher<near_miss::hasher_without_finish>);
static_assert(!hasher<near_miss::hasher_of_text>);
static_assert(!hasher<near_miss::hasher_that_cannot_move>);
static_assert(!stream_sealer<near_miss::sealer_without_header>);
static_assert(!stream_sealer<near_miss::sealer_with_a_numbered_header>);
static_assert(!stream_sealer<near_miss::sealer_without_seal_chunk>);
static_assert(!stream_sealer<near_miss::sealer_that_cannot_fail>);
static_assert(!stream_sealer<near_miss::sealer_of_the_next_chunk>);
static_assert(!stream_sealer<near_miss::sealer_that_cannot_move>);
static_assert(!stream_opener<near_miss::opener_without_open_chunk>);
static_assert(!stream_opener<near_miss::opener_that_answers_bool>);
static_assert(!stream_opener<near_miss::opener_that_cannot_move>);

namespace near_miss {

struct cipher_that_cannot_be_copied : cipher_archetype {
    cipher_that_cannot_be_copied(const cipher_that_cannot_be_copied&) = delete;
};
struct cipher_that_does_not_say_whether_it_seals : cipher_archetype {
    void sealing() = delete;
};
struct cipher_without_vault : cipher_archetype {
    void vault() = delete;
};
struct cipher_that_always_has_a_vault : cipher_archetype {
    vault_id vault();
};
struct cipher_without_seal : cipher_archetype {
    void seal() = delete;
};
struct cipher_that_returns_sealed_bytes : cipher_archetype {
    result<bytes> seal(const sealing_context&, bytes_view);
};
struct cipher_without_open : cipher_archetype {
    void open() = delete;
};
struct cipher_that_opens_anything : cipher_archetype {
    void open(const sealing_context&, bytes_view, bytes&);
};
struct cipher_without_layout : cipher_archetype {
    void layout() = delete;
};
struct cipher_with_a_chunk_size_only : cipher_archetype {
    std::uint64_t layout();
};
struct cipher_without_start_seal : cipher_archetype {
    void start_seal() = delete;
};
struct cipher_whose_streams_cannot_seal : cipher_archetype {
    result<stream_opener_archetype> start_seal(const sealing_context&);
};
struct cipher_that_cannot_fail_to_start : cipher_archetype {
    stream_sealer_archetype start_seal(const sealing_context&);
};
struct cipher_without_start_open : cipher_archetype {
    void start_open() = delete;
};
struct cipher_whose_streams_cannot_open : cipher_archetype {
    result<stream_sealer_archetype> start_open(const sealing_context&, bytes_view);
};
struct cipher_without_digest : cipher_archetype {
    void digest() = delete;
};
struct cipher_whose_digest_can_fail : cipher_archetype {
    result<digest256> digest(bytes_view);
};
struct cipher_without_start_digest : cipher_archetype {
    void start_digest() = delete;
};
struct cipher_whose_digest_is_no_hasher : cipher_archetype {
    digest256 start_digest();
};
struct cipher_without_keyed_id : cipher_archetype {
    void keyed_id() = delete;
};
struct cipher_whose_ids_ignore_the_collection : cipher_archetype {
    std::string keyed_id(id_purpose, bytes_view);
};
struct cipher_without_start_keyed_id : cipher_archetype {
    void start_keyed_id() = delete;
};
struct cipher_without_random : cipher_archetype {
    void random() = delete;
};
struct cipher_whose_randomness_cannot_fail : cipher_archetype {
    void random(std::span<std::byte>);
};

} // namespace near_miss

static_assert(cipher<cipher_archetype>);
static_assert(!cipher<near_miss::cipher_that_cannot_be_copied>);
static_assert(!cipher<near_miss::cipher_that_does_not_say_whether_it_seals>);
static_assert(!cipher<near_miss::cipher_without_vault>);
static_assert(!cipher<near_miss::cipher_that_always_has_a_vault>);
static_assert(!cipher<near_miss::cipher_without_seal>);
static_assert(!cipher<near_miss::cipher_that_returns_sealed_bytes>);
static_assert(!cipher<near_miss::cipher_without_open>);
static_assert(!cipher<near_miss::cipher_that_opens_anything>);
static_assert(!cipher<near_miss::cipher_without_layout>);
static_assert(!cipher<near_miss::cipher_with_a_chunk_size_only>);
static_assert(!cipher<near_miss::cipher_without_start_seal>);
static_assert(!cipher<near_miss::cipher_whose_streams_cannot_seal>);
static_assert(!cipher<near_miss::cipher_that_cannot_fail_to_start>);
static_assert(!cipher<near_miss::cipher_without_start_open>);
static_assert(!cipher<near_miss::cipher_whose_streams_cannot_open>);
static_assert(!cipher<near_miss::cipher_without_digest>);
static_assert(!cipher<near_miss::cipher_whose_digest_can_fail>);
static_assert(!cipher<near_miss::cipher_without_start_digest>);
static_assert(!cipher<near_miss::cipher_whose_digest_is_no_hasher>);
static_assert(!cipher<near_miss::cipher_without_keyed_id>);
static_assert(!cipher<near_miss::cipher_whose_ids_ignore_the_collection>);
static_assert(!cipher<near_miss::cipher_without_start_keyed_id>);
static_assert(!cipher<near_miss::cipher_without_random>);
static_assert(!cipher<near_miss::cipher_whose_randomness_cannot_fail>);

namespace near_miss {

struct clock_without_now : clock_archetype {
    void now() = delete;
};
struct clock_that_may_throw : clock_archetype {
    wall_time now();
};
struct clock_of_milliseconds : clock_archetype {
    std::chrono::sys_time<std::chrono::milliseconds> now() noexcept;
};
struct steady_clock_that_has_no_date : clock_archetype {
    std::chrono::steady_clock::time_point now() noexcept;
};
struct clock_that_cannot_move : clock_archetype, immovable {};

struct policy_that_does_not_say_whether_it_reads : conflict_policy_archetype {
    void reads_content() = delete;
};
struct policy_without_resolve : conflict_policy_archetype {
    void resolve() = delete;
};
struct policy_that_answers_an_index : conflict_policy_archetype {
    std::size_t resolve(std::span<const sibling>, const sibling*);
};
struct policy_that_cannot_fail : conflict_policy_archetype {
    resolution resolve(std::span<const sibling>, const sibling*);
};
struct policy_that_ignores_the_base : conflict_policy_archetype {
    result<resolution> resolve(std::span<const sibling>);
};
struct policy_that_changes_the_siblings : conflict_policy_archetype {
    result<resolution> resolve(std::span<sibling>, const sibling*);
};
struct policy_that_cannot_move : conflict_policy_archetype, immovable {};

} // namespace near_miss

static_assert(sealsync::clock<clock_archetype>);
static_assert(!sealsync::clock<near_miss::clock_without_now>);
static_assert(!sealsync::clock<near_miss::clock_that_may_throw>);
static_assert(!sealsync::clock<near_miss::clock_of_milliseconds>);
static_assert(!sealsync::clock<near_miss::steady_clock_that_has_no_date>);
static_assert(!sealsync::clock<near_miss::clock_that_cannot_move>);
static_assert(conflict_policy<conflict_policy_archetype>);
static_assert(!conflict_policy<near_miss::policy_that_does_not_say_whether_it_reads>);
static_assert(!conflict_policy<near_miss::policy_without_resolve>);
static_assert(!conflict_policy<near_miss::policy_that_answers_an_index>);
static_assert(!conflict_policy<near_miss::policy_that_cannot_fail>);
static_assert(!conflict_policy<near_miss::policy_that_ignores_the_base>);
static_assert(!conflict_policy<near_miss::policy_that_changes_the_siblings>);
static_assert(!conflict_policy<near_miss::policy_that_cannot_move>);

namespace near_miss {

struct transaction_without_load : replica_transaction_archetype {
    void load() = delete;
};
struct transaction_that_loads_bytes : replica_transaction_archetype {
    result<bytes> load(replica_table, bytes_view);
};
struct transaction_without_store : replica_transaction_archetype {
    void store() = delete;
};
struct transaction_that_stores_silently : replica_transaction_archetype {
    void store(replica_table, bytes_view, bytes_view);
};
struct transaction_without_erase : replica_transaction_archetype {
    void erase() = delete;
};
struct transaction_without_scan : replica_transaction_archetype {
    void scan() = delete;
};
struct transaction_that_scans_all : replica_transaction_archetype {
    result<void> scan(replica_table, row_visitor);
};
struct transaction_without_commit : replica_transaction_archetype {
    void commit() = delete;
};
struct transaction_that_commits_silently : replica_transaction_archetype {
    void commit();
};
struct transaction_that_cannot_move : replica_transaction_archetype, immovable {};

struct replica_without_begin : replica_archetype {
    void begin() = delete;
};
struct replica_that_cannot_fail_to_begin : replica_archetype {
    replica_transaction_archetype begin();
};
struct replica_of_something_else : replica_archetype {
    result<int> begin();
};
struct replica_that_cannot_move : replica_archetype, immovable {};

} // namespace near_miss

static_assert(replica<replica_archetype>);
static_assert(!replica_transaction<near_miss::transaction_without_load>);
static_assert(!replica_transaction<near_miss::transaction_that_loads_bytes>);
static_assert(!replica_transaction<near_miss::transaction_without_store>);
static_assert(!replica_transaction<near_miss::transaction_that_stores_silently>);
static_assert(!replica_transaction<near_miss::transaction_without_erase>);
static_assert(!replica_transaction<near_miss::transaction_without_scan>);
static_assert(!replica_transaction<near_miss::transaction_that_scans_all>);
static_assert(!replica_transaction<near_miss::transaction_without_commit>);
static_assert(!replica_transaction<near_miss::transaction_that_commits_silently>);
static_assert(!replica_transaction<near_miss::transaction_that_cannot_move>);
static_assert(!replica<near_miss::replica_without_begin>);
static_assert(!replica<near_miss::replica_that_cannot_fail_to_begin>);
static_assert(!replica<near_miss::replica_of_something_else>);
static_assert(!replica<near_miss::replica_that_cannot_move>);

namespace {

/// A model may return more than it must, take by value, and be called as const: none of that is asked for.
struct generous_clock {
    [[nodiscard]] constexpr wall_time now() const noexcept { return wall_time{std::chrono::seconds{1}}; }
};

template <sealsync::clock Clock>
wall_time read(Clock clock) {
    return clock.now();
}

} // namespace

TEST_CASE("concepts: constrain functions, so that a model is passed by its concept's name") {
    CHECK(read(generous_clock{}) == wall_time{std::chrono::seconds{1}});
    CHECK(read(clock_archetype{nullptr}) == wall_time{});
}
