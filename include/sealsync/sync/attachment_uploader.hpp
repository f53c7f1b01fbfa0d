#ifndef SEALSYNC_SYNC_ATTACHMENT_UPLOADER_HPP
#define SEALSYNC_SYNC_ATTACHMENT_UPLOADER_HPP

#include "sealed_source.hpp"
#include "vault_state.hpp"

#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What is stored of an attachment, or why its source is not what was attached.
struct upload_outcome {
    std::uint64_t size = 0; ///< of the sealed form
    digest256 stored{};
    std::optional<failure> lost{};
};

/// Puts the bytes of attachments where they belong, unless they are there. Sealing is deterministic, so that two
/// devices that attach the same bytes write the same object, and repeating an upload is harmless.
template <class State>
class attachment_uploader {
public:
    using unit_type = typename State::unit_type;

    attachment_uploader(State& state, const call_context& call) : state_{state}, call_{call} {}

    /// No request for one that a committed change lists; else a HEAD, and a PUT of metadata and one of data if the
    /// store lacks it: three batches for as many as are open at once. Gives the outcomes in the order of `wanted`.
    /// Fails if the store does.
    [[nodiscard]] result<list<upload_outcome>> upload(std::span<const object_ref> wanted) {
        list<upload_outcome> outcomes(wanted.size());
        list<job> jobs;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            if (auto prepared = prepare(wanted[i], outcomes[i], jobs); !prepared) return std::move(prepared).error();
            if (jobs.size() < open_max && i + 1 < wanted.size()) continue;
            if (auto done = run(jobs); !done) return std::move(done).error();
        }
        return outcomes;
    }

private:
    static constexpr std::size_t open_max = 32; ///< sources at once: a file and two chunks each

    struct job {
        object_ref ref;
        upload_outcome* outcome;
        std::unique_ptr<byte_source> plain;
        owner<sealed_source> sealed;
        std::optional<std::uint64_t> there{}; ///< how long the stored object is
    };

    /// Adds a job, unless the outcome is known without one.
    [[nodiscard]] result<void> prepare(const object_ref& ref, upload_outcome& outcome, list<job>& jobs) {
        std::optional<attachment_source> source;
        auto looked = state_.local.inspect([&](unit_type& unit) { return look(unit, ref, outcome, source); });
        if (!looked || !source) return looked;
        auto plain = source->open();
        if (!plain) {
            outcome.lost = std::move(plain).error();
            return {};
        }
        const sealing_context context{object_kind::attachment, state_.vault, ref.collection.text(), ref.id.text()};
        auto sealed = sealed_source::make(state_.syncing.cipher, context, **plain);
        if (!sealed) return std::move(sealed).error();
        jobs.push_back({ref, &outcome, *std::move(plain), *std::move(sealed)});
        return {};
    }

    /// Whatever is committed is stored already; else its bytes are where the source says.
    [[nodiscard]] static result<void> look(unit_type& unit, const object_ref& ref, upload_outcome& outcome,
                                           std::optional<attachment_source>& source) {
        const auto row = unit.object(ref);
        bool committed = false;
        for (const auto& version : row.siblings.versions()) {
            if (version.pending != 0 || !version.what.stored) continue;
            committed = true;
            outcome.size = version.what.size;
            outcome.stored = *version.what.stored;
        }
        if (committed) return {};
        const auto encoded = unit.source(ref);
        if (!encoded) return failure{errc::replica_corrupt, ref.id.text(), "an attachment has lost its source"};
        auto decoded = attachment_source::decode(*encoded);
        if (!decoded) return std::move(decoded).error();
        source = *std::move(decoded);
        return {};
    }

    [[nodiscard]] result<void> run(list<job>& jobs) {
        if (jobs.empty()) return {};
        if (auto looked = look_for_stored(jobs); !looked) return looked;
        list<job*> missing;
        for (auto& one : jobs) {
            if (one.there != one.sealed->size()) missing.push_back(&one);
        }
        if (auto put = put_metadata(missing); !put) return put;
        if (auto put = put_data(missing); !put) return put;
        for (auto& one : jobs) {
            auto stored = one.sealed->stored();
            if (!stored && !one.sealed->lost()) return std::move(stored).error();
            if (stored) {
                one.outcome->size = one.sealed->size();
                one.outcome->stored = *stored;
            } else {
                one.outcome->lost = std::move(stored).error();
            }
        }
        jobs.clear();
        return {};
    }

    [[nodiscard]] result<void> look_for_stored(list<job>& jobs) {
        list<get_op> ops;
        for (const auto& one : jobs) {
            ops.push_back({state_.keys.attachment_data(one.ref.collection, one.ref.id), get_part::details});
        }
        std::optional<failure> broken;
        const auto take = [&](std::size_t i, result<get_reply> reply) {
            if (reply) {
                jobs[i].there = reply->size;
            } else if (reply.error() != errc::not_found && !broken) {
                broken = std::move(reply).error();
            }
        };
        auto done = state_.syncing.store.get(ops, take, call_);
        if (broken) return broken->during("look for an attachment");
        return done;
    }

    [[nodiscard]] result<void> put_metadata(const list<job*>& jobs) {
        list<bytes> sealed(jobs.size());
        list<put_op> ops;
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            const auto& ref = jobs[i]->ref;
            const auto json = R"({"format":1,"size":)" + std::to_string(jobs[i]->plain->size()) + "}";
            const sealing_context context{object_kind::attachment_metadata, state_.vault, ref.collection.text(),
                                          ref.id.text()};
            if (auto done = state_.syncing.cipher.seal(context, json, sealed[i]); !done) return done;
            ops.push_back({state_.keys.attachment_metadata(ref.collection, ref.id), sealed[i]});
        }
        return during_upload(state_.syncing.store.put_all(ops, call_));
    }

    [[nodiscard]] result<void> put_data(const list<job*>& jobs) {
        list<put_op> ops;
        for (const auto* one : jobs) {
            ops.push_back({state_.keys.attachment_data(one->ref.collection, one->ref.id), {}, one->sealed.get()});
        }
        const auto forgiven = [&](std::size_t i) { return jobs[i]->sealed->lost().has_value(); };
        return during_upload(state_.syncing.store.put_all(ops, call_, forgiven));
    }

    [[nodiscard]] static result<void> during_upload(result<void> done) {
        return done ? std::move(done) : std::move(done).error().during("upload an attachment");
    }

    State& state_;
    const call_context& call_;
};

}}} // namespace sealsync::detail

#endif
