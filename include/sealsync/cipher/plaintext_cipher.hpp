#ifndef SEALSYNC_CIPHER_PLAINTEXT_CIPHER_HPP
#define SEALSYNC_CIPHER_PLAINTEXT_CIPHER_HPP

#include "../detail/entropy.hpp"
#include "../detail/sha256.hpp"
#include "cipher.hpp"

#include <atomic>
#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// No secrecy and no authenticity: bytes are stored as they are, names stay readable wherever they fit into a key.
/// For stores that are trusted, for debugging and for simulation. Digests still catch what was damaged by accident.
/// Copies share the randomness and may be used on different threads at once; so may one object.
class plaintext_cipher {
public:
    static constexpr bool sealing = false;

    plaintext_cipher() = default;
    /// Deterministic "randomness", for simulation: equal seeds give equal bytes.
    explicit plaintext_cipher(std::uint64_t seed) : simulated_{new simulated{seed}} {}

    /// A plaintext vault's id is in the store, not in a key.
    [[nodiscard]] std::optional<vault_id> vault() const noexcept { return std::nullopt; }

    [[nodiscard]] result<void> seal(const sealing_context&, bytes_view in, bytes& out) const { return copy(in, out); }
    [[nodiscard]] result<void> open(const sealing_context&, bytes_view in, bytes& out) const { return copy(in, out); }

    [[nodiscard]] stream_layout layout() const noexcept { return {0, std::uint64_t{1} << 20U, 0}; }

    class stream {
    public:
        [[nodiscard]] bytes_view header() const noexcept { return {}; }
        [[nodiscard]] result<void> seal_chunk(std::uint64_t, bool, bytes_view in, bytes& out) const {
            return copy(in, out);
        }
        [[nodiscard]] result<void> open_chunk(std::uint64_t, bool, bytes_view in, bytes& out) const {
            return copy(in, out);
        }
    };
    [[nodiscard]] result<stream> start_seal(const sealing_context&) const { return stream{}; }
    [[nodiscard]] result<stream> start_open(const sealing_context&, bytes_view) const { return stream{}; }

    [[nodiscard]] digest256 digest(bytes_view in) const noexcept { return detail::sha256_of(in); }
    [[nodiscard]] detail::sha256 start_digest() const noexcept { return {}; }

    /// The name itself where it can stand in a key, else `~` and 32 hex digits: valid names that begin with `~` are
    /// hashed too, so that no two names share an id. An attachment's id is always the SHA-256 of its bytes.
    [[nodiscard]] std::string keyed_id(id_purpose purpose, std::string_view collection, bytes_view name) const {
        auto hash = start_keyed_id(purpose, collection);
        if (purpose == id_purpose::attachment) {
            hash.update(name);
            return hash.finish().hex();
        }
        if (object_id::valid(as_text(name)) && name.front() != std::byte{'~'}) return std::string{as_text(name)};
        hash.update(name);
        return '~' + hash.finish().hex().substr(0, 32);
    }

    /// For attachments, whose bytes are streamed: the digest's hex is `keyed_id`.
    [[nodiscard]] detail::sha256 start_keyed_id(id_purpose purpose, std::string_view collection) const noexcept {
        detail::sha256 hash;
        if (purpose == id_purpose::attachment) return hash;
        std::array<std::byte, 9> prefix{static_cast<std::byte>(purpose)};
        for (std::size_t i = 0; i < 8; ++i) {
            prefix[i + 1] = static_cast<std::byte>(std::uint64_t{collection.size()} >> (56 - 8 * i));
        }
        hash.update(prefix);
        hash.update(collection);
        return hash;
    }

    /// Fails with `errc::io_error` if the operating system has no randomness.
    [[nodiscard]] result<void> random(std::span<std::byte> out) const {
        if (!simulated_) return detail::fill_random(out);
        simulated_->fill(out);
        return {};
    }

private:
    /// SHA-256 of (seed, counter). The counter alone is shared, so that threads never draw the same block.
    class simulated {
    public:
        explicit simulated(std::uint64_t seed) noexcept : seed_{seed} {}
        void fill(std::span<std::byte> out) noexcept {
            while (!out.empty()) {
                const std::array<std::uint64_t, 2> input{seed_, next_.fetch_add(1, std::memory_order_relaxed)};
                const auto block = detail::sha256_of(std::as_bytes(std::span{input}));
                const auto taken = (std::min)(out.size(), block.value.size());
                std::memcpy(out.data(), block.value.data(), taken);
                out = out.subspan(taken);
            }
        }

    private:
        std::uint64_t seed_;
        std::atomic<std::uint64_t> next_{0};
    };

    [[nodiscard]] static result<void> copy(bytes_view in, bytes& out) {
        out.assign(in.begin(), in.end());
        return {};
    }

    std::shared_ptr<simulated> simulated_;
};

static_assert(cipher<plaintext_cipher>);

}} // namespace sealsync

#endif
