#ifndef SEALSYNC_SYNC_VAULT_STATE_HPP
#define SEALSYNC_SYNC_VAULT_STATE_HPP

#include "../detail/ranges.hpp"
#include "../sync_settings.hpp"
#include "../traits.hpp"
#include "ancestry.hpp"
#include "any_cipher.hpp"
#include "any_clock.hpp"
#include "any_conflict_policy.hpp"
#include "any_replica.hpp"
#include "metered_storage.hpp"
#include "payload.hpp"
#include "presentation.hpp"
#include "unit_of_work.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What edits and reads use, from any thread. Everything in it is guarded by `mutex`.
struct local_side {
    using unit_type = unit_of_work<any_transaction>;

    std::mutex mutex{};
    any_replica replica;
    any_cipher cipher; ///< a copy of its own: a sync uses the other one meanwhile
    any_clock clock;
    any_conflict_policy policy;
    std::uint64_t edits = 0;         ///< of this run: the n of its last dot
    std::uint64_t revision = 0;      ///< grows with every edit and every pull that brought something
    interval_set taken{};            ///< places in the outbox that a push has taken: others may know their edits
    std::set<object_ref> unmerged{}; ///< objects that edits have left for the policy to merge; the next sync takes them

    /// Runs `work(unit)` and commits; nothing is kept if it, the unit or the commit fails.
    template <class Work>
    [[nodiscard]] auto transact(Work&& work) -> decltype(work(std::declval<unit_type&>())) {
        const std::scoped_lock lock{mutex};
        auto begun = replica.begin();
        if (!begun) return std::move(begun).error();
        unit_type unit{*std::move(begun)};
        auto outcome = work(unit);
        if (!unit.status()) return unit.status().error(); // the cause of whatever else went wrong
        if (!outcome) return outcome;
        if (auto saved = unit.commit(); !saved) return std::move(saved).error();
        return outcome;
    }

    /// Runs `work(unit)` and keeps nothing.
    template <class Work>
    [[nodiscard]] auto inspect(Work&& work) -> decltype(work(std::declval<unit_type&>())) {
        const std::scoped_lock lock{mutex};
        auto begun = replica.begin();
        if (!begun) return std::move(begun).error();
        unit_type unit{*std::move(begun)};
        auto outcome = work(unit);
        if (!unit.status()) return unit.status().error();
        return outcome;
    }
};

/// The log of this run, begun by its first push.
struct own_log {
    log_id id;
    std::uint64_t seq = 0;           ///< of the last segment committed
    std::optional<digest256> last{}; ///< of that segment as it is stored
    cursor_map told{};               ///< what `seen` has said so far
};

/// What talks to the store: one sync, or one other call, at a time. Everything in it is guarded by `in_use`
/// (`exclusive_use`), and no lock is held while the store is asked.
struct syncing_side {
    std::atomic_flag in_use{};
    metered_storage store;
    any_cipher cipher; ///< a copy of its own: edits use the other one meanwhile
    std::shared_ptr<executor> workers{};
    std::optional<storage_capabilities> capabilities{}; ///< probed once a run
    std::optional<own_log> log{};
    std::set<object_ref> unfetched{}; ///< objects of which a content is to be fetched by the next pull
    std::set<object_ref> unmerged{};  ///< objects that the policy wants to merge when a pull has come to its end

    /// Runs `f(0)` on the calling thread, where the storage and all callbacks stay, and the other parts wherever there
    /// is a thread.
    void run_parts(std::size_t count, function_ref<void(std::size_t)> f) const {
        workers ? workers->run(count, f) : calling_thread{}.run(count, f);
    }
    [[nodiscard]] std::size_t width() const noexcept { return workers ? workers->width() : 1; }
    /// Whether no object waits for a content or a merge.
    [[nodiscard]] bool settled() const noexcept { return unfetched.empty() && unmerged.empty(); }
};

/// An open vault. Its members are fixed once it is open, but for the two sides, each with its own guard. The policies
/// are behind virtual calls: what works on a vault is compiled once for all of them.
template <class Traits>
struct vault_state {
    using traits_type = Traits;
    using keys_type = key_space<typename Traits::layout>;
    using unit_type = local_side::unit_type;

    template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica>
    vault_state(Storage store, Cipher cipher, Clock clock, ConflictPolicy policy, Replica replica, keys_type names,
                sync_settings limits)
        : keys{std::move(names)},
          settings{limits},
          sealed{Cipher::sealing},
          syncing{.store = metered_storage{any_storage{std::in_place, std::move(store)}},
                  .cipher = any_cipher{std::in_place, cipher}},
          local{.replica = any_replica{std::in_place, std::move(replica)},
                .cipher = any_cipher{std::in_place, std::move(cipher)},
                .clock = any_clock{std::in_place, std::move(clock)},
                .policy = any_conflict_policy{std::in_place, std::move(policy)}} {}

    keys_type keys;
    sync_settings settings;
    bool sealed;
    vault_id vault{};
    device_id device{};
    std::string device_name{};
    run_id run{};

    syncing_side syncing;
    local_side local;

    /// What the application sees of an object.
    [[nodiscard]] presentation present(unit_type& unit, const object_ref& ref, const object_row& row) {
        const auto& versions = row.siblings.versions();
        const bool compares = local.policy.reads_content() && versions.size() > 1;
        list<std::optional<bytes>> contents(versions.size());
        for (std::size_t i = 0; i < versions.size(); ++i) {
            if (!compares) contents[i].emplace();
            if (compares && versions[i].fetched) contents[i] = unit.content(ref, versions[i]);
        }
        bytes base_content;
        const auto base = base_of(unit, ref, row, base_content);
        const auto content = [&](std::size_t i) {
            return contents[i] ? std::optional{bytes_view{*contents[i]}} : std::nullopt;
        };
        auto seen = detail::present(row.siblings, local.policy, content, base);
        const bool knows = local.policy.reads_base() && base.is != merge_base::state::unknown;
        seen.how = knows ? merge_kind::based : merge_kind::blind;
        return seen;
    }

    [[nodiscard]] sealing_context context_of(const change& c, const std::string& edit) const {
        const auto kind = c.type == change_type::profile ? object_kind::profile : object_kind::record;
        return {kind, vault, c.collection.text(), c.id.text(), edit};
    }
    [[nodiscard]] object_key key_of(const change& c) const {
        switch (c.type) {
        case change_type::profile:
            return keys.profile(c.collection, c.version, *c.stored);
        case change_type::attachment:
            return keys.attachment_data(c.collection, c.id);
        default:
            return keys.record(c.collection, c.id, c.version, *c.stored);
        }
    }

    /// The id under which a version that stands beside the shown one is presented: the same on every device.
    [[nodiscard]] std::string derived_id(const object_ref& ref, const dot& edit) {
        return "~" + local.cipher.digest(ref.id.text() + '|' + edit.text()).hex().substr(0, 32);
    }

private:
    /// What the live siblings were made on.
    [[nodiscard]] merge_base base_of(unit_type& unit, const object_ref& ref, const object_row& row, bytes& out) {
        const auto tips = live_tips(row);
        if (!local.policy.reads_base() || tips.size() < 2) return {};
        return base_of(unit, ref, row, tips, out, row.past.size());
    }

    /// Gives the newest common ancestor, or the merge of several. Ends at `depth`, for rows that make a circle.
    [[nodiscard]] merge_base base_of(unit_type& unit, const object_ref& ref, const object_row& row,
                                     const list<ancestry_tip>& tips, bytes& out, std::size_t depth) {
        constexpr merge_base unknown{merge_base::state::unknown};
        const auto found = newest_common_ancestors(row, span_of(tips));
        if (!found.known) return unknown;
        list<bytes> contents;
        list<sibling> bases;
        contents.reserve(found.newest.size()); // they stay where they are
        for (const auto i : found.newest) {
            const auto& old = row.past[i];
            if (old.what.action == change_action::erase) continue;
            auto content = old.kept ? unit.content(ref, sibling_version{old.what}) : std::nullopt;
            if (!content) return unknown;
            contents.push_back(*std::move(content));
            bases.push_back(
                {old.what.dot, old.what.timestamp, old.what.version, old.what.device.text(), contents.back()});
        }
        if (bases.empty()) return {};
        if (bases.size() > 1) {
            if (depth == 0) return unknown;
            bytes below;
            const auto base = base_of(unit, ref, row, past_tips(row, found.newest), below, depth - 1);
            auto merged = local.policy.resolve({bases.data(), bases.size()}, base);
            if (!merged || !merged->beside.empty()) return unknown;
            out = merged->merged ? *std::move(merged->merged) : std::move(contents[merged->shown]);
        } else {
            out = std::move(contents.front());
        }
        return {merge_base::state::known, out};
    }
};

}}} // namespace sealsync::detail

#endif
