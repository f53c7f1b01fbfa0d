#ifndef SEALSYNC_BENCHMARKS_MANIFEST_MERGE_SEALED_HPP
#define SEALSYNC_BENCHMARKS_MANIFEST_MERGE_SEALED_HPP

#include "data_set.hpp"

#include <botan/aead.h>
#include <sealsync/ext/botan/botan_cipher.hpp>
#include <sealsync/manifest/canonical_codec.hpp>
#include <sealsync/manifest/compact_codec.hpp>

namespace manifest_merge {

/// The segments of a data set in the form that goes into the seal.
[[nodiscard]] inline std::vector<sealsync::bytes> compact_forms(const data_set& data) {
    std::vector<sealsync::bytes> forms;
    for (const auto& manifest : data.manifests()) {
        const auto read = sealsync::canonical_codec::read_segment(manifest.json, "collection_id");
        if (!read) give_up("a segment cannot be read: " + read.error().message());
        auto form = sealsync::write_compact_segment(*read);
        if (!form) give_up("a segment has no compact form: " + form.error().message());
        forms.push_back(*std::move(form));
    }
    return forms;
}

[[nodiscard]] inline std::uint64_t total_bytes(const std::vector<sealsync::bytes>& forms) {
    std::uint64_t total = 0;
    for (const auto& each : forms) total += each.size();
    return total;
}

/// Segments sealed and opened as the engine does it.
class sealer {
public:
    [[nodiscard]] sealsync::bytes seal(sealsync::bytes_view plain) {
        sealsync::bytes sealed;
        if (const auto done = cipher_.seal(context_, plain, sealed); !done) give_up(done.error().message());
        return sealed;
    }
    /// Valid until the next.
    [[nodiscard]] sealsync::bytes_view open(sealsync::bytes_view sealed) {
        if (const auto done = cipher_.open(context_, sealed, plain_); !done) give_up(done.error().message());
        return plain_;
    }

private:
    static constexpr sealsync::sealing_context context_{.kind = sealsync::object_kind::segment, .vault = {}};

    sealsync::botan_cipher cipher_{sealsync::master_key::make({}, sealsync::bytes(32)).value()};
    sealsync::bytes plain_;
};

/// What the cipher costs by itself: Botan's object and one buffer used again, in place, a key for each message.
class bare_gcm {
public:
    [[nodiscard]] sealsync::bytes encrypt(const sealsync::bytes& plain) {
        const auto* first = reinterpret_cast<const std::uint8_t*>(plain.data());
        Botan::secure_vector<std::uint8_t> message(first, first + plain.size());
        encryption_->set_key(key_);
        encryption_->start(nonce_);
        encryption_->finish(message);
        const auto* done = reinterpret_cast<const std::byte*>(message.data());
        return {done, done + message.size()};
    }
    /// The number of bytes in clear, `message` but for its tag.
    [[nodiscard]] std::size_t decrypt(const sealsync::bytes& message) {
        const auto* first = reinterpret_cast<const std::uint8_t*>(message.data());
        const auto bulk = (message.size() - tag) / granularity * granularity;
        buffer_.assign(first, first + bulk);
        tail_.assign(first + bulk, first + message.size());
        decryption_->set_key(key_);
        decryption_->start(nonce_);
        decryption_->process(buffer_.data(), bulk);
        decryption_->finish(tail_);
        return bulk + tail_.size();
    }

private:
    static constexpr std::size_t tag = 16, granularity = 64;
    const std::vector<std::uint8_t> key_ = std::vector<std::uint8_t>(32), nonce_ = std::vector<std::uint8_t>(12);
    std::unique_ptr<Botan::AEAD_Mode> encryption_ = Botan::AEAD_Mode::create_or_throw("AES-256/GCM", Botan::ENCRYPTION);
    std::unique_ptr<Botan::AEAD_Mode> decryption_ = Botan::AEAD_Mode::create_or_throw("AES-256/GCM", Botan::DECRYPTION);
    std::vector<std::uint8_t> buffer_;
    Botan::secure_vector<std::uint8_t> tail_;
};

} // namespace manifest_merge

#endif
