#ifndef SEALSYNC_SYNC_ATTACHMENT_UPLOADER_HPP
#define SEALSYNC_SYNC_ATTACHMENT_UPLOADER_HPP

#include "sealed_source.hpp"
#include "vault_state.hpp"

#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Puts the bytes of attachments where they belong, unless they are there. Sealing is deterministic, so that two
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
    /// For each attachment what is stored, or why its source is not what was attached.
    using outcome_map = std::map<object_ref, result<uploaded>>;

    /// No request for one that a committed change lists; else a HEAD, and a PUT of metadata and one of data if the
    /// store lacks it: three batches for as many as are open at once. Fails if the store does.
    [[nodiscard]] result<outcome_map> upload(const std::set<object_ref>& wanted) {
        outcome_map outcomes;
        std::vector<job> jobs;
        for (const auto& ref : wanted) {
            if (auto prepared = prepare(ref, jobs, outcomes); !prepared) return std::move(prepared).error();
            if (jobs.size() < open_max) continue;
            if (auto done = run(jobs, outcomes); !done) return std::move(done).error();
        }
        if (auto done = run(jobs, outcomes); !done) return std::move(done).error();
        return outcomes;
    }

private:
    using sealed_type = sealed_source<typename State::cipher_type>;

    static constexpr std::size_t open_max = 32; ///< sources at once: a file and two chunks each

    struct job {
        object_ref ref;
        std::unique_ptr<byte_source> plain;
        std::unique_ptr<sealed_type> sealed;
        std::optional<std::uint64_t> there; ///< how long the stored object is
    };

    [[nodiscard]] result<void> prepare(const object_ref& ref, std::vector<job>& jobs, outcome_map& outcomes) {
        auto local = look(ref);
        if (!local) return std::move(local).error();
        if (local->known) return outcomes.emplace(ref, *local->known), result<void>{};
        auto plain = local->source->open();
        if (!plain) return outcomes.emplace(ref, std::move(plain).error()), result<void>{};
        const sealing_context context{object_kind::attachment, state_.vault, ref.collection.text(), ref.id.text()};
        auto sealed = sealed_type::make(state_.sync_cipher, context, **plain);
        if (!sealed) return std::move(sealed).error();
        jobs.push_back({ref, *std::move(plain), *std::move(sealed), std::nullopt});
        return {};
    }

    struct local_facts {
        std::optional<uploaded> known;
        std::optional<attachment_source> source;
    };

    [[nodiscard]] result<local_facts> look(const object_ref& ref) {
        return state_.inspect([&](unit_type& unit) -> result<local_facts> {
            local_facts facts;
            const auto row = unit.object(ref);
            for (const auto& version : row.siblings.versions()) {
                if (version.pending == 0 && version.what.stored) {
                    facts.known = {version.what.size, *version.what.stored};
                }
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

    [[nodiscard]] result<void> run(std::vector<job>& jobs, outcome_map& outcomes) {
        if (jobs.empty()) return {};
        if (auto looked = look_for_stored(jobs); !looked) return looked;
        std::vector<job*> missing;
        for (auto& one : jobs) {
            if (one.there != one.sealed->size()) missing.push_back(&one);
        }
        if (auto put = put_metadata(missing); !put) return put;
        if (auto put = put_data(missing); !put) return put;
        for (auto& one : jobs) {
            auto stored = one.sealed->stored();
            if (!stored && !one.sealed->lost()) return std::move(stored).error();
            outcomes.emplace(one.ref, stored ? result<uploaded>{uploaded{one.sealed->size(), *stored}}
                                             : result<uploaded>{std::move(stored).error()});
        }
        jobs.clear();
        return {};
    }

    [[nodiscard]] result<void> look_for_stored(std::vector<job>& jobs) {
        std::vector<get_op> ops;
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
        auto done = state_.store.get(ops, take, call_);
        if (broken) return broken->during("look for an attachment");
        return done;
    }

    [[nodiscard]] result<void> put_metadata(const std::vector<job*>& jobs) {
        std::vector<bytes> sealed(jobs.size());
        std::vector<put_op> ops;
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            const auto& ref = jobs[i]->ref;
            const auto json = R"({"format":1,"size":)" + std::to_string(jobs[i]->plain->size()) + "}";
            const sealing_context context{object_kind::attachment_metadata, state_.vault, ref.collection.text(),
                                          ref.id.text()};
            if (auto done = state_.sync_cipher.seal(context, json, sealed[i]); !done) return done;
            ops.push_back({state_.keys.attachment_metadata(ref.collection, ref.id), sealed[i]});
        }
        return put(ops, [](std::size_t) { return false; });
    }

    [[nodiscard]] result<void> put_data(const std::vector<job*>& jobs) {
        std::vector<put_op> ops;
        for (const auto* one : jobs) {
            ops.push_back({state_.keys.attachment_data(one->ref.collection, one->ref.id), {}, one->sealed.get()});
        }
        return put(ops, [&](std::size_t i) { return jobs[i]->sealed->lost().has_value(); });
    }

    /// `forgiven(i)`: the failure of operation `i` is not the store's.
    [[nodiscard]] result<void> put(const std::vector<put_op>& ops, function_ref<bool(std::size_t)> forgiven) {
        if (ops.empty()) return {};
        std::optional<failure> broken;
        std::size_t answered = 0;
        const auto take = [&](std::size_t i, result<put_reply> reply) {
            ++answered;
            if (!reply && !broken && !forgiven(i)) broken = std::move(reply).error();
        };
        auto done = state_.store.put(ops, take, call_);
        if (broken) return broken->during("upload an attachment");
        if (!done) return std::move(done).error().during("upload an attachment");
        if (answered != ops.size())
            return failure{errc::outcome_unknown, ops.front().key.text(), "not every put was answered"};
        return {};
    }

    State& state_;
    const call_context& call_;
};

}}} // namespace sealsync::detail

#endif
