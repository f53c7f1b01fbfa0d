#ifndef SEALSYNC_EXT_BOTAN_STREAM_HPP
#define SEALSYNC_EXT_BOTAN_STREAM_HPP

#include "envelope.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

namespace detail {

/// What sealer and opener of one stream share.
class botan_stream {
public:
    static constexpr std::size_t header_bytes = envelope_layout::body_at;
    static constexpr std::size_t chunk_bytes = std::size_t{64} << 10U;
    static constexpr std::size_t nonce_bytes = botan_gcm::nonce_bytes, tag_bytes = botan_gcm::tag_bytes;
    static constexpr std::size_t overhead_bytes = nonce_bytes + tag_bytes;
    /// Nonces are pseudo-random: 2^32 of them under one key is what NIST SP 800-38D allows.
    static constexpr std::uint64_t chunks_max = std::uint64_t{1} << 32U;

    /// Binds a chunk to its place: index 8 | last 1.
    [[nodiscard]] static std::array<std::byte, 9> place_of(std::uint64_t index, bool last) noexcept {
        std::array<std::byte, 9> place{};
        for (std::size_t i = 0; i < 8; ++i) place[i] = static_cast<std::byte>(index >> (56 - 8 * i));
        place[8] = static_cast<std::byte>(last);
        return place;
    }
    /// All chunks but the last are full, and only an empty stream has an empty one.
    [[nodiscard]] static bool right_size(std::uint64_t index, bool last, std::size_t plain) noexcept {
        return last ? plain <= chunk_bytes && (plain != 0 || index == 0) : plain == chunk_bytes;
    }
};

} // namespace detail

/// Seals the chunks of one streamed object, in any order. The chunk's nonce is a keyed hash of its bytes and place: a
/// file that changes while it is read never meets one key and nonce twice. Not thread-safe; movable.
class botan_stream_sealer {
    using stream = detail::botan_stream;

public:
    [[nodiscard]] bytes_view header() const noexcept { return header_; }

    /// Replaces `out`. Fails with `errc::invalid_argument` unless `in` is as long as this chunk must be, and with
    /// `errc::too_large` after 2^32 chunks.
    [[nodiscard]] result<void> seal_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) {
        if (index >= stream::chunks_max) return failure{errc::too_large, object_, "over 2^32 chunks"};
        if (!stream::right_size(index, last, in.size())) {
            return failure{errc::invalid_argument, object_, "chunk of " + std::to_string(in.size()) + " bytes"};
        }
        return detail::without_botan_exceptions([&] { return object_; }, [&] { return encrypt(index, last, in, out); });
    }

private:
    friend class botan_cipher;

    botan_stream_sealer(std::string object, bytes_view header, const detail::envelope_keys& keys)
        : object_{std::move(object)}, nonce_key_{keys.nonce()} {
        SEALSYNC_ASSERT(header.size() == header_.size());
        std::memcpy(header_.data(), header.data(), header.size());
        encryption_.set_key(keys.seal());
    }

    result<void> encrypt(std::uint64_t index, bool last, bytes_view in, bytes& out) {
        const auto place = stream::place_of(index, last);
        detail::secret<32> nonce;
        nonce_key_.update(place);
        nonce_key_.update(in);
        nonce_key_.finish(nonce.value);

        out.resize(in.size() + stream::overhead_bytes);
        std::memcpy(out.data(), nonce.value.data(), stream::nonce_bytes);
        if (!in.empty()) std::memcpy(out.data() + stream::nonce_bytes, in.data(), in.size());
        encryption_.encrypt(nonce.part(0, stream::nonce_bytes), place, std::span{out}.subspan(stream::nonce_bytes));
        return {};
    }

    std::string object_;
    std::array<std::byte, stream::header_bytes> header_{};
    detail::botan_hmac nonce_key_;
    detail::botan_gcm_encryption encryption_;
};

/// Opens the chunks of one streamed object, in any order. Not thread-safe; movable.
class botan_stream_opener {
    using stream = detail::botan_stream;

public:
    /// Replaces `out`, which is empty after a failure. `errc::tampered` unless `in` is this chunk, whole and unchanged.
    [[nodiscard]] result<void> open_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) {
        out.clear();
        const bool framed = in.size() >= stream::overhead_bytes;
        if (!framed || !stream::right_size(index, last, in.size() - stream::overhead_bytes)) {
            return tampered(index, "truncated or extended");
        }
        return detail::without_botan_exceptions([&] { return object_; }, [&] { return decrypt(index, last, in, out); });
    }

private:
    friend class botan_cipher;

    botan_stream_opener(std::string object, const detail::envelope_keys& keys) : object_{std::move(object)} {
        decryption_.set_key(keys.seal());
    }

    result<void> decrypt(std::uint64_t index, bool last, bytes_view in, bytes& out) {
        const auto place = stream::place_of(index, last);
        append(out, in.subview(stream::nonce_bytes));
        if (!decryption_.decrypt(in.subview(0, stream::nonce_bytes), place, out)) {
            out.clear();
            return tampered(index, "changed, or another chunk");
        }
        out.resize(out.size() - stream::tag_bytes);
        return {};
    }

    [[nodiscard]] failure tampered(std::uint64_t index, std::string_view detail) const {
        return failure{errc::tampered, object_, "chunk " + std::to_string(index) + " " + std::string{detail}};
    }

    std::string object_;
    detail::botan_gcm_decryption decryption_;
};

}} // namespace sealsync

#endif
