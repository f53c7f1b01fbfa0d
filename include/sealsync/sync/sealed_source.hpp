#ifndef SEALSYNC_SYNC_SEALED_SOURCE_HPP
#define SEALSYNC_SYNC_SEALED_SOURCE_HPP

#include "../attachment.hpp"
#include "../detail/owner.hpp"
#include "../storage/operations.hpp"
#include "any_cipher.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

[[nodiscard]] inline std::uint64_t fingerprint(bytes_view data) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325; // FNV-1a, 64 bits: it only notices a file that is written to meanwhile
    std::size_t i = 0;
    for (; i + 8 <= data.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data.data() + i, 8);
        hash = (hash ^ word) * 0x100000001b3;
        hash ^= hash >> 29U;
    }
    for (; i < data.size(); ++i) hash = (hash ^ std::to_integer<std::uint64_t>(data[i])) * 0x100000001b3;
    return hash;
}

/// The sealed form of an attachment, made chunk by chunk as a store reads it, one chunk in memory. The plaintext is
/// hashed on the way, and its last chunk is only given if the hash is the dedupe id: a file that changed since it was
/// attached fails with `errc::source_changed` before the store can publish it.
class sealed_source final : public byte_source {
public:
    [[nodiscard]] static result<owner<sealed_source>> make(any_cipher& cipher, const sealing_context& context,
                                                           byte_source& plain) {
        auto sealer = cipher.start_seal(context);
        if (!sealer) return std::move(sealer).error();
        return owner<sealed_source>{new sealed_source{cipher, context, plain, *std::move(sealer)}};
    }

    [[nodiscard]] std::uint64_t size() const noexcept override { return layout_.sealed_bytes(plain_.size()); }

    [[nodiscard]] result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
        while (!out.empty()) {
            auto part = part_at(offset);
            if (!part) return std::move(part).error();
            const auto count = (std::min)(part->size(), out.size());
            std::memcpy(out.data(), part->data(), count);
            out = out.subspan(count);
            offset += count;
        }
        return {};
    }

    /// Why the source is not what was attached, if that was found: a failed upload is then not the store's failure.
    [[nodiscard]] const std::optional<failure>& lost() const noexcept { return lost_; }

    /// Reads what no store has read yet; then `stored()` is the digest of the whole sealed form.
    [[nodiscard]] result<digest256> stored() {
        while (seen_.size() < chunks()) {
            if (auto sealed = seal(seen_.size()); !sealed) return std::move(sealed).error();
        }
        return *stored_;
    }

private:
    sealed_source(any_cipher& cipher, const sealing_context& context, byte_source& plain, any_sealer sealer)
        : plain_{plain},
          layout_{cipher.layout()},
          id_{context.id},
          sealer_{std::move(sealer)},
          sealed_hash_{cipher.start_digest()},
          plain_hash_{cipher.start_keyed_id(id_purpose::attachment, context.collection)} {
        sealed_hash_.update(bytes_view{sealer_.header()});
    }

    [[nodiscard]] std::uint64_t chunks() const noexcept { return layout_.chunks(plain_.size()); }

    [[nodiscard]] result<bytes_view> part_at(std::uint64_t offset) {
        if (offset < layout_.header_bytes) {
            return bytes_view{sealer_.header()}.subview(static_cast<std::size_t>(offset));
        }
        const auto index = (offset - layout_.header_bytes) / (layout_.chunk_bytes + layout_.overhead_bytes);
        while (seen_.size() < index) {
            if (auto before = seal(seen_.size()); !before) return std::move(before).error();
        }
        if (current_ != index) {
            if (auto done = seal(index); !done) return std::move(done).error();
        }
        return bytes_view{sealed_}.subview(static_cast<std::size_t>(offset - layout_.offset_of(index)));
    }

    [[nodiscard]] result<void> seal(std::uint64_t index) {
        const auto from = index * layout_.chunk_bytes;
        const bool last = index + 1 == chunks();
        plain_chunk_.resize(static_cast<std::size_t>((std::min)(layout_.chunk_bytes, plain_.size() - from)));
        current_.reset();
        if (auto got = plain_.read(from, plain_chunk_); !got) return lose(std::move(got).error());
        if (auto done = sealer_.seal_chunk(index, last, plain_chunk_, sealed_); !done) return done;
        if (auto same = check(index, last); !same) return same;
        current_ = index;
        return {};
    }

    [[nodiscard]] result<void> check(std::uint64_t index, bool last) {
        const auto print = fingerprint(plain_chunk_);
        if (index < seen_.size())
            return print == seen_[static_cast<std::size_t>(index)] ? result<void>{} : lose(changed());
        plain_hash_.update(plain_chunk_);
        sealed_hash_.update(sealed_);
        if (last) {
            if (plain_hash_.finish().hex() != id_) return lose(changed());
            stored_ = sealed_hash_.finish();
        }
        seen_.push_back(print);
        return {};
    }

    [[nodiscard]] failure lose(failure why) { return lost_.emplace(std::move(why)); }
    [[nodiscard]] failure changed() const {
        return failure{errc::source_changed, std::string{id_}, "an attachment's source is not what was attached"};
    }

    byte_source& plain_;
    stream_layout layout_;
    std::string id_;
    any_sealer sealer_;
    any_hasher sealed_hash_;
    any_hasher plain_hash_;
    std::optional<digest256> stored_;
    std::vector<std::uint64_t> seen_; ///< a fingerprint of every chunk read so far
    std::optional<std::uint64_t> current_;
    std::optional<failure> lost_;
    bytes plain_chunk_, sealed_;
};

}}} // namespace sealsync::detail

#endif
