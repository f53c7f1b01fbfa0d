#ifndef SEALSYNC_EXT_BOTAN_ENVELOPE_HPP
#define SEALSYNC_EXT_BOTAN_ENVELOPE_HPP

#include "key_schedule.hpp"

#include <bit>

// How an object is sealed; docs/sealing-format.md has the bytes.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

enum class envelope_form : std::uint8_t { whole = 1, stream = 2 };

/// `SSY1` | suite 1 | kind 1 | form 1 | zero 1 | epoch 4 | key id 12, then the salt and the commitment.
struct envelope_layout {
    static constexpr std::size_t header = 24, salt = 24, commitment = 32;
    static constexpr std::size_t commitment_at = header + salt, body_at = commitment_at + commitment;
    static constexpr std::size_t magic = 4, suite_at = 4, epoch_at = 8;
    static constexpr std::byte suite{1}; ///< AES-256-GCM, HKDF-SHA256, HMAC-SHA256
};

using envelope_header = std::array<std::byte, envelope_layout::header>;

/// What an object is, for an error message. Ids are keyed hashes, so that this names nothing in clear.
[[nodiscard]] inline std::string describe(const sealing_context& context) {
    constexpr std::array<std::string_view, 9> names{
        "object", "record", "profile", "attachment", "attachment metadata", "segment", "head", "checkpoint", "card"};
    const auto kind = static_cast<std::size_t>(context.kind);
    std::string text{names[kind < names.size() ? kind : 0]};
    if (!context.id.empty()) text.append(" ").append(context.id);
    if (!context.edit.empty()) text.append(" (").append(context.edit).append(")");
    return text;
}

[[nodiscard]] inline envelope_header make_header(const key_schedule& keys, object_kind kind, envelope_form form) {
    envelope_header header{std::byte{'S'},
                           std::byte{'S'},
                           std::byte{'Y'},
                           std::byte{'1'},
                           envelope_layout::suite,
                           static_cast<std::byte>(kind),
                           static_cast<std::byte>(form),
                           std::byte{0}};
    const auto epoch = big_endian(keys.root().epoch());
    const auto id = keys.id();
    std::memcpy(header.data() + envelope_layout::epoch_at, epoch.data(), epoch.size());
    std::memcpy(header.data() + envelope_layout::epoch_at + epoch.size(), id.data(), id.size());
    return header;
}

/// Why a stored header is not the one expected: the reader is told to update, to use another key, or to look closer.
[[nodiscard]] inline result<void> check_header(bytes_view stored, bytes_view expected, const sealing_context& context) {
    using at = envelope_layout;
    if (stored == expected) return {};
    if (stored.subview(0, at::magic) != expected.subview(0, at::magic)) {
        return failure{errc::tampered, describe(context), "not a sealed object"};
    }
    if (stored[at::suite_at] != expected[at::suite_at]) {
        const auto suite = std::to_integer<unsigned>(stored[at::suite_at]);
        return failure{errc::unknown_format, describe(context), "sealing suite " + std::to_string(suite)};
    }
    if (stored.subview(at::epoch_at) != expected.subview(at::epoch_at)) {
        return failure{errc::wrong_key, describe(context), "sealed by another key"};
    }
    return failure{errc::tampered, describe(context), "sealed as another kind of object"};
}

/// Keys of one object. A whole object takes 7 bytes of `nonce` as its nonce prefix, a stream all as a PRF key.
struct envelope_keys {
    secret<96> derived;

    [[nodiscard]] bytes_view seal() const noexcept { return derived.part(0, 32); }
    [[nodiscard]] bytes_view commitment() const noexcept { return derived.part(32, 32); }
    [[nodiscard]] bytes_view nonce() const noexcept { return derived.part(64, 32); }
};

[[nodiscard]] inline envelope_keys derive_envelope(botan_hmac& mac, bytes_view key, bytes_view salt, bytes_view info) {
    envelope_keys keys;
    hkdf(mac, key, salt, info, keys.derived.value);
    return keys;
}

/// Padme (Nikitin et al., 2019): lengths keep so few significant bits that at most 12 % is added. Below 64 bytes all
/// lengths are one, because among short records the length alone can tell "yes" from "no".
[[nodiscard]] constexpr std::uint64_t padded_size(std::uint64_t size) noexcept {
    constexpr std::uint64_t least = 64;
    if (size <= least) return least;
    const auto exponent = static_cast<unsigned>(std::bit_width(size)) - 1U;
    const auto kept = static_cast<unsigned>(std::bit_width(exponent));
    const auto mask = (std::uint64_t{1} << (exponent - kept)) - 1;
    return (size + mask) & ~mask;
}

/// Seals and opens whole objects: one AEAD message under a key of its own.
class envelope {
public:
    /// Far below the limits of GCM; whatever is larger should be a stream.
    static constexpr std::size_t plain_max = std::size_t{1} << 30U;

    [[nodiscard]] result<void> seal(key_schedule& schedule, const sealing_context& context, bytes_view in, bytes& out) {
        using at = envelope_layout;
        if (in.size() > plain_max) return failure{errc::too_large, describe(context), "over 1 GiB: use a stream"};
        start(schedule, context);
        const auto padded = static_cast<std::size_t>(padded_size(in.size() + 1));
        out.resize(at::body_at + padded + botan_gcm::tag_bytes);

        const auto salt = make_salt(schedule, context, in);
        const auto keys = derive_keys(schedule, context, salt.part(0, at::salt));
        std::memcpy(out.data(), info_.data(), at::header);
        std::memcpy(out.data() + at::header, salt.value.data(), at::salt);
        std::memcpy(out.data() + at::commitment_at, keys.commitment().data(), at::commitment);

        const auto body = std::span{out}.subspan(at::body_at);
        if (!in.empty()) std::memcpy(body.data(), in.data(), in.size());
        body[in.size()] = padding_mark;
        std::memset(body.data() + in.size() + 1, 0, padded - in.size() - 1);
        encryption_.set_key(keys.seal());
        encryption_.encrypt(nonce_of(keys), {}, body);
        return {};
    }

    /// `out` is empty after a failure.
    [[nodiscard]] result<void> open(key_schedule& schedule, const sealing_context& context, bytes_view in, bytes& out) {
        using at = envelope_layout;
        out.clear();
        if (in.size() < at::body_at + padded_size(1) + botan_gcm::tag_bytes) return tampered(context, "truncated");
        start(schedule, context);
        if (auto same = check_header(in.subview(0, at::header), bytes_view{info_}.subview(0, at::header), context);
            !same) {
            return same;
        }
        const auto padded = in.size() - at::body_at - botan_gcm::tag_bytes;
        if (padded_size(padded) != padded) return tampered(context, "truncated or extended");

        const auto keys = derive_keys(schedule, context, in.subview(at::header, at::salt));
        if (!equal_in_constant_time(keys.commitment(), in.subview(at::commitment_at, at::commitment))) {
            return tampered(context, "sealed as another object, or changed");
        }
        append(out, in.subview(at::body_at));
        decryption_.set_key(keys.seal());
        if (!decryption_.decrypt(nonce_of(keys), {}, out)) {
            out.clear();
            return tampered(context, "changed");
        }
        return unpad(context, padded, out);
    }

private:
    static constexpr std::byte padding_mark{0x80};

    [[nodiscard]] static failure tampered(const sealing_context& context, std::string detail) {
        return failure{errc::tampered, describe(context), std::move(detail)};
    }

    /// Fills `info_`, the header and the encoded context: what every derivation of this object is bound to.
    void start(const key_schedule& schedule, const sealing_context& context) {
        const auto header = make_header(schedule, context.kind, envelope_form::whole);
        info_.clear();
        append(info_, header);
        context.encode_to(info_);
    }

    /// From the content, so that sealing is deterministic: a repeated push writes the same bytes, and different bytes
    /// never meet the same key.
    [[nodiscard]] secret<32> make_salt(key_schedule& schedule, const sealing_context& context, bytes_view in) {
        auto& mac = schedule.mac();
        const auto key = schedule.object_key(key_use::salt, context.kind, context.collection);
        secret<32> salt;
        mac.set_key(key.view());
        mac.update(info_);
        mac.update(in);
        mac.finish(salt.value);
        return salt;
    }

    [[nodiscard]] envelope_keys derive_keys(key_schedule& schedule, const sealing_context& context, bytes_view salt) {
        const auto key = schedule.object_key(key_use::seal, context.kind, context.collection);
        return derive_envelope(schedule.mac(), key.view(), salt, info_);
    }

    /// STREAM's nonce for chunk 0, the last: prefix 7 | counter 4 | last 1.
    [[nodiscard]] static std::array<std::byte, botan_gcm::nonce_bytes> nonce_of(const envelope_keys& keys) noexcept {
        std::array<std::byte, botan_gcm::nonce_bytes> nonce{};
        std::memcpy(nonce.data(), keys.nonce().data(), 7);
        nonce.back() = std::byte{1};
        return nonce;
    }

    /// Only one padding is right, so that a length has one sealed form.
    [[nodiscard]] static result<void> unpad(const sealing_context& context, std::size_t padded, bytes& out) {
        auto end = padded;
        while (end != 0 && out[end - 1] == std::byte{0}) --end;
        if (end == 0 || out[end - 1] != padding_mark || padded_size(end) != padded) {
            out.clear();
            return tampered(context, "wrong padding");
        }
        out.resize(end - 1);
        return {};
    }

    botan_gcm_encryption encryption_;
    botan_gcm_decryption decryption_;
    bytes info_;
};

}}} // namespace sealsync::detail

#endif
