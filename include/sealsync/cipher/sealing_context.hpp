#ifndef SEALSYNC_CIPHER_SEALING_CONTEXT_HPP
#define SEALSYNC_CIPHER_SEALING_CONTEXT_HPP

#include "../ids.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What an object is. Numbers are part of the sealing format.
enum class object_kind : std::uint8_t {
    record = 1,
    profile = 2,
    attachment = 3,
    attachment_metadata = 4,
    segment = 5,
    head = 6,
    checkpoint = 7, ///< reserved
    card = 8,       ///< reserved
};

/// The logical identity of an object, bound to its bytes by the seal: bytes that belong elsewhere do not open.
/// Never the object's key, so that objects can be packed and moved.
struct sealing_context {
    object_kind kind = object_kind::record;
    vault_id vault;
    std::string_view collection{}; ///< the collection's id; empty for objects of the account
    std::string_view id{};         ///< record id, dedupe id or log id; empty for heads and profiles
    std::string_view edit{};       ///< a dot's text, a segment's number; empty for heads and attachments

    /// Appends an unambiguous byte string: kind, vault, then every other part with its length before it.
    void encode_to(bytes& out) const {
        out.push_back(static_cast<std::byte>(kind));
        append(out, bytes_view{std::span{vault.value}});
        for (const auto part : {collection, id, edit}) {
            for (int shift = 24; shift >= 0; shift -= 8) {
                out.push_back(static_cast<std::byte>(part.size() >> static_cast<unsigned>(shift)));
            }
            append(out, part);
        }
    }
    [[nodiscard]] bytes encode() const {
        bytes out;
        encode_to(out);
        return out;
    }
};

/// What a keyed id names: each purpose has its own key, so that equal names give unrelated ids.
enum class id_purpose : std::uint8_t {
    collection = 1,
    record = 2,
    attachment = 3, ///< the dedupe id: a keyed hash of the attachment's bytes
};

/// How a streamed object is cut, so that any chunk can be sealed, fetched and opened alone.
struct stream_layout {
    std::uint64_t header_bytes = 0;
    std::uint64_t chunk_bytes = 0;    ///< plaintext per chunk, but for the last
    std::uint64_t overhead_bytes = 0; ///< added to each chunk

    /// At least one: an empty stream is one empty chunk.
    [[nodiscard]] constexpr std::uint64_t chunks(std::uint64_t plain_bytes) const noexcept {
        return plain_bytes == 0 ? 1 : (plain_bytes - 1) / chunk_bytes + 1;
    }
    [[nodiscard]] constexpr std::uint64_t sealed_bytes(std::uint64_t plain_bytes) const noexcept {
        return header_bytes + plain_bytes + chunks(plain_bytes) * overhead_bytes;
    }
    /// Where the sealed chunk begins.
    [[nodiscard]] constexpr std::uint64_t offset_of(std::uint64_t chunk) const noexcept {
        return header_bytes + chunk * (chunk_bytes + overhead_bytes);
    }
};

}} // namespace sealsync

#endif
