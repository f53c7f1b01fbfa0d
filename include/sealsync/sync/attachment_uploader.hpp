#ifndef SEALSYNC_SYNC_ATTACHMENT_UPLOADER_HPP
#define SEALSYNC_SYNC_ATTACHMENT_UPLOADER_HPP

#include "sealed_source.hpp"
#include "vault_state.hpp"

namespace sealsync::inline SEALSYNC_ABI::detail {

/// Puts an attachment's bytes where they belong, unless they are there. Sealing is deterministic, so that two
/// devices that attach the same bytes write the same object, and repeating an upload is harmless.
template <class State>
class attachment_uploader {
public:
    using unit_type = typename State::unit_type;

    attachment_uploader(State& state, const call_context& call) : state_{state}, call_{call} {}

    struct uploaded {
        std::uint64_t size = 0;
        digest256 stored;
    };

    /// No request if a committed change lists the id; else a HEAD, and a PUT of metadata and one of data if the store
    /// lacks it. Fails with `errc::source_changed` or `errc::io_error` if the source is not what was attached.
    [[nodiscard]] result<uploaded> upload(const object_ref& ref) {
        auto local = look(ref);
        if (!local) return std::move(local).error();
        if (local->known) return *local->known;
        auto plain = local->source->open();
        if (!plain) return std::move(plain).error();
        const sealing_context context{object_kind::attachment, state_.vault, ref.collection.text(), ref.id.text()};
        auto sealed = sealed_source<typename State::cipher_type>::make(state_.sync_cipher, context, **plain);
        if (!sealed) return std::move(sealed).error();

        const auto there = stored_size(ref);
        if (!there) return there.error();
        if (*there != (*sealed)->size()) {
            if (auto put = put_both(ref, **plain, **sealed); !put) return std::move(put).error();
        }
        auto stored = (*sealed)->stored();
        if (!stored) return std::move(stored).error();
        return uploaded{(*sealed)->size(), *stored};
    }

private:
    struct local_facts {
        std::optional<uploaded> known;
        std::optional<attachment_source> source;
    };

    [[nodiscard]] result<local_facts> look(const object_ref& ref) {
        return state_.inspect([&](unit_type& unit) -> result<local_facts> {
            local_facts facts;
            const auto row = unit.object(ref);
            for (const auto& version : row.siblings.versions()) {
                if (version.pending == 0 && version.what.stored)
                    facts.known = {version.what.size, *version.what.stored};
            }
            if (facts.known) return facts;
            const auto encoded = unit.source(ref);
            if (!encoded) return failure{errc::replica_corrupt, ref.id.text(), "an attachment has lost its source"};
            auto source = attachment_source::decode(*encoded);
            if (!source) return std::move(source).error();
            facts.source = *std::move(source);
            return facts;
        });
    }

    /// Nothing if it is not there.
    [[nodiscard]] result<std::optional<std::uint64_t>> stored_size(const object_ref& ref) {
        get_op op{state_.keys.attachment_data(ref.collection, ref.id)};
        op.part = get_part::details;
        auto reply = state_.store.get_one(op, call_);
        if (reply) return std::optional{reply->size};
        if (reply.error() == errc::not_found) return std::optional<std::uint64_t>{};
        return std::move(reply).error().during("look for an attachment");
    }

    [[nodiscard]] result<void> put_both(const object_ref& ref, const byte_source& plain, byte_source& sealed) {
        const auto json = R"({"format":1,"size":)" + std::to_string(plain.size()) + "}";
        bytes metadata;
        const sealing_context context{object_kind::attachment_metadata, state_.vault, ref.collection.text(),
                                      ref.id.text()};
        if (auto done = state_.sync_cipher.seal(context, json, metadata); !done) return done;
        auto first = state_.store.put_one({state_.keys.attachment_metadata(ref.collection, ref.id), metadata}, call_);
        if (!first) return std::move(first).error().during("upload an attachment's metadata");
        auto second = state_.store.put_one({state_.keys.attachment_data(ref.collection, ref.id), {}, &sealed}, call_);
        if (!second) return std::move(second).error().during("upload an attachment");
        return {};
    }

    State& state_;
    const call_context& call_;
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
