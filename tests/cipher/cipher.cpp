#include <sealsync/cipher/cipher.hpp>

#include "../immovable.hpp"

#include <sealsync/testing/archetypes.hpp>

using namespace sealsync;
using namespace sealsync::testing;

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
