#ifndef SEALSYNC_SYNC_VAULT_STATE_HPP
#define SEALSYNC_SYNC_VAULT_STATE_HPP

#include "../detail/ranges.hpp"
#include "../sync_settings.hpp"
#include "../traits.hpp"
#include "any_cipher.hpp"
#include "any_clock.hpp"
#include "any_conflict_policy.hpp"
#include "any_replica.hpp"
#include "metered_storage.hpp"
#include "payload.hpp"
#include "presentation.hpp"
#include "unit_of_work.hpp"

#include <atomic>
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
    std::uint64_t edits = 0;    ///< of this run: the n of its last dot
    std::uint64_t revision = 0; ///< grows with every edit and every pull that brought something

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

    /// What the application sees of an object. Fails as the policy does.
    [[nodiscard]] result<presentation> present(unit_type& unit, const object_ref& ref, const object_row& row) {
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
        return detail::present(row.siblings, local.policy, content, base ? &*base : nullptr);
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
    /// The newest version that every live sibling replaced, if its content is still here.
    [[nodiscard]] std::optional<sibling> base_of(unit_type& unit, const object_ref& ref, const object_row& row,
                                                 bytes& out) const {
        if (!local.policy.reads_content()) return std::nullopt;
        for (auto old = row.past.rbegin(); old != row.past.rend(); ++old) {
            const auto replaced_it = [&](const sibling_version& v) {
                return v.erased() || contains_sorted(v.what.replaces, old->dot);
            };
            const auto& all = row.siblings.versions();
            if (old->action == change_action::erase || !all_of(all, replaced_it)) continue;
            auto found = unit.content(ref, sibling_version{*old});
            if (!found) return std::nullopt;
            out = *std::move(found);
            return sibling{old->dot, old->timestamp, old->version, old->device.text(), out};
        }
        return std::nullopt;
    }
};

}}} // namespace sealsync::detail

#endif
