#ifndef SEALSYNC_EXT_BOTAN_BOTAN_CIPHER_HPP
#define SEALSYNC_EXT_BOTAN_BOTAN_CIPHER_HPP

#include "../../cipher/cipher.hpp"
#include "stream.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Everything sealed with AES-256-GCM under keys derived from the vault's master key. Formats and keys are in
/// docs/sealing-format.md; what they protect, and what not, in docs/threat-model.md.
/// Not thread-safe, because it reuses its buffers: give each thread a copy. A copy shares nothing but the key's value.
class botan_cipher {
public:
    static constexpr bool sealing = true;

    explicit botan_cipher(const master_key& key) : keys_{key} {}
    botan_cipher(const botan_cipher& other) : botan_cipher{other.key()} {}
    botan_cipher(botan_cipher&&) = default;
    botan_cipher& operator=(botan_cipher other) noexcept {
        keys_ = std::move(other.keys_);
        whole_ = std::move(other.whole_);
        return *this;
    }
    ~botan_cipher() = default;

    [[nodiscard]] const master_key& key() const noexcept { return keys_.root(); }
    [[nodiscard]] std::optional<vault_id> vault() const noexcept { return key().vault(); }

    /// Replaces `out`, which must not hold `in`. Equal content in an equal context gives equal bytes.
    /// Fails with `errc::too_large` above 1 GiB.
    [[nodiscard]] result<void> seal(const sealing_context& context, bytes_view in, bytes& out) {
        return guarded(context, [&] { return whole_.seal(keys_, context, in, out); });
    }
    /// Replaces `out`, which is empty after a failure: `errc::wrong_key` if another key sealed it,
    /// `errc::unknown_format` if another suite did, else `errc::tampered` unless it is this very object.
    [[nodiscard]] result<void> open(const sealing_context& context, bytes_view in, bytes& out) {
        return guarded(context, [&] { return whole_.open(keys_, context, in, out); });
    }

    [[nodiscard]] stream_layout layout() const noexcept {
        using stream = detail::botan_stream;
        return {stream::header_bytes, stream::chunk_bytes, stream::overhead_bytes};
    }

    /// Deterministic too: the salt comes from the context, whose id is a keyed hash of the bytes to come.
    [[nodiscard]] result<botan_stream_sealer> start_seal(const sealing_context& context) {
        using at = detail::envelope_layout;
        return guarded(context, [&]() -> result<botan_stream_sealer> {
            const auto info = stream_info(context);
            const auto salt_key = keys_.object_key(detail::key_use::salt, context.kind, context.collection);
            auto& mac = keys_.mac();
            mac.set_key(salt_key.view());
            mac.update(info);
            const auto salt = mac.finish();
            const auto keys = stream_keys(context, info, bytes_view{salt.value}.subview(0, at::salt));
            auto header = to_bytes(bytes_view{info}.subview(0, at::header));
            append(header, bytes_view{salt.value}.subview(0, at::salt));
            append(header, keys.commitment());
            return botan_stream_sealer{detail::describe(context), header, keys};
        });
    }
    /// `header` is the stored object's first `layout().header_bytes`. Fails like `open()`, before any chunk is read.
    [[nodiscard]] result<botan_stream_opener> start_open(const sealing_context& context, bytes_view header) {
        using at = detail::envelope_layout;
        return guarded(context, [&]() -> result<botan_stream_opener> {
            auto object = detail::describe(context);
            if (header.size() != at::body_at) return failure{errc::tampered, std::move(object), "header truncated"};
            const auto info = stream_info(context);
            auto same =
                detail::check_header(header.subview(0, at::header), bytes_view{info}.subview(0, at::header), context);
            if (!same) return std::move(same).error();
            const auto keys = stream_keys(context, info, header.subview(at::header, at::salt));
            if (!detail::equal_in_constant_time(keys.commitment(), header.subview(at::commitment_at))) {
                return failure{errc::tampered, std::move(object), "sealed as another object, or changed"};
            }
            return botan_stream_opener{std::move(object), keys};
        });
    }

    /// SHA-256.
    [[nodiscard]] digest256 digest(bytes_view in) {
        sha256_.update(in);
        return sha256_.finish();
    }
    [[nodiscard]] detail::botan_sha256 start_digest() const { return {}; }

    /// HMAC-SHA256 of the name: 64 hex digits for attachments, the first 32 for everything else.
    [[nodiscard]] std::string keyed_id(id_purpose purpose, std::string_view collection, bytes_view name) {
        auto& mac = keys_.mac();
        const auto key = keys_.name_key(purpose, collection);
        mac.set_key(key.view());
        mac.update(name);
        auto id = mac.finish().hex();
        if (purpose != id_purpose::attachment) id.resize(32);
        return id;
    }
    /// The same for a name, or an attachment's bytes, that comes in pieces.
    [[nodiscard]] detail::botan_hmac start_keyed_id(id_purpose purpose, std::string_view collection) {
        return detail::botan_hmac{keys_.name_key(purpose, collection).view()};
    }

    /// From the operating system. Fails with `errc::io_error` if it has none.
    [[nodiscard]] result<void> random(std::span<std::byte> out) { return detail::botan_random(out); }

private:
    template <class F>
    [[nodiscard]] static auto guarded(const sealing_context& context, F&& f) -> decltype(f()) {
        return detail::without_botan_exceptions([&] { return detail::describe(context); }, std::forward<F>(f));
    }

    [[nodiscard]] bytes stream_info(const sealing_context& context) const {
        const auto header = detail::make_header(keys_, context.kind, detail::envelope_form::stream);
        auto info = to_bytes(header);
        context.encode_to(info);
        return info;
    }
    [[nodiscard]] detail::envelope_keys stream_keys(const sealing_context& context, bytes_view info, bytes_view salt) {
        const auto key = keys_.object_key(detail::key_use::seal, context.kind, context.collection);
        return detail::derive_envelope(keys_.mac(), key.view(), salt, info);
    }

    detail::key_schedule keys_;
    detail::envelope whole_;
    detail::botan_sha256 sha256_;
};

static_assert(cipher<botan_cipher>);

}} // namespace sealsync

#endif
