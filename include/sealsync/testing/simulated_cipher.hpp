#ifndef SEALSYNC_TESTING_SIMULATED_CIPHER_HPP
#define SEALSYNC_TESTING_SIMULATED_CIPHER_HPP

#include "../cipher/plaintext_cipher.hpp"
#include "../detail/content_hash.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// Detects what a sealing cipher detects, and hides nothing: every object carries a tag of its bytes and its context,
/// names stay readable, and "randomness" comes from a seed. Fast enough for millions of simulated syncs.
class simulated_cipher : public plaintext_cipher {
public:
    static constexpr bool sealing = true;
    static constexpr std::size_t tag_bytes = 32;
    static constexpr std::uint64_t chunk_bytes = 64; ///< small, so that small attachments have several

    /// Devices of one vault share `key`; each opening needs a `randomness` of its own.
    simulated_cipher(std::uint64_t key, std::uint64_t randomness) : plaintext_cipher{randomness}, key_{key} {}

    [[nodiscard]] std::optional<vault_id> vault() const noexcept {
        vault_id id;
        std::memcpy(id.value.data(), &key_, sizeof key_);
        return id;
    }

    [[nodiscard]] result<void> seal(const sealing_context& context, bytes_view in, bytes& out) const {
        out = to_bytes(in);
        append(out, tag(context.encode(), 0, true, in));
        return {};
    }
    [[nodiscard]] result<void> open(const sealing_context& context, bytes_view in, bytes& out) const {
        return open(context.encode(), 0, true, in, out);
    }

    [[nodiscard]] stream_layout layout() const noexcept { return {tag_bytes, chunk_bytes, tag_bytes}; }

    class stream;
    [[nodiscard]] result<stream> start_seal(const sealing_context& context) const;
    [[nodiscard]] result<stream> start_open(const sealing_context& context, bytes_view) const;

private:
    [[nodiscard]] std::string tag(bytes tagged, std::uint64_t chunk, bool last, bytes_view in) const {
        append(tagged, std::as_bytes(std::span{&key_, 1}));
        append(tagged, std::as_bytes(std::span{&chunk, 1}));
        tagged.push_back(last ? std::byte{1} : std::byte{0});
        append(tagged, in);
        return detail::content_etag(tagged);
    }

    [[nodiscard]] result<void> open(bytes context, std::uint64_t chunk, bool last, bytes_view in, bytes& out) const {
        out.clear();
        if (in.size() < tag_bytes) return failure{errc::tampered, {}, "shorter than its tag"};
        const auto plain = in.subview(0, in.size() - tag_bytes);
        if (tag(std::move(context), chunk, last, plain) != as_text(in.subview(plain.size()))) {
            return failure{errc::tampered, {}, "the tag does not match"};
        }
        out = to_bytes(plain);
        return {};
    }

    std::uint64_t key_;
};

class simulated_cipher::stream {
public:
    [[nodiscard]] bytes_view header() const noexcept { return header_; }
    [[nodiscard]] result<void> seal_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) const {
        out = to_bytes(in);
        append(out, cipher_.tag(context_, index + 1, last, in));
        return {};
    }
    [[nodiscard]] result<void> open_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) const {
        return cipher_.open(context_, index + 1, last, in, out);
    }

private:
    friend class simulated_cipher;
    stream(simulated_cipher cipher, const sealing_context& context)
        : cipher_{std::move(cipher)}, context_{context.encode()}, header_{cipher_.tag(context_, 0, false, {})} {}

    simulated_cipher cipher_;
    bytes context_;
    std::string header_;
};

inline result<simulated_cipher::stream> simulated_cipher::start_seal(const sealing_context& context) const {
    return stream{*this, context};
}
inline result<simulated_cipher::stream> simulated_cipher::start_open(const sealing_context& context,
                                                                     bytes_view header) const {
    stream opened{*this, context};
    if (opened.header() != header) return failure{errc::tampered, std::string{context.id}, "the header does not match"};
    return opened;
}

static_assert(cipher<simulated_cipher>);

}}} // namespace sealsync::testing

#endif
