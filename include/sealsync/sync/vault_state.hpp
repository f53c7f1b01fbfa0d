#ifndef SEALSYNC_SYNC_VAULT_STATE_HPP
#define SEALSYNC_SYNC_VAULT_STATE_HPP

#include "../concepts.hpp"
#include "../sync_settings.hpp"
#include "../traits.hpp"
#include "metered_storage.hpp"
#include "payload.hpp"
#include "presentation.hpp"
#include "unit_of_work.hpp"

#include <atomic>
#include <mutex>
#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Everything of an open vault. Two sides use it: edits and reads, from any thread, under `mutex`; and the one
/// `sync()` that may run, which owns the storage and a cipher of its own, and takes `mutex` only for units of work.
template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica, class Traits>
struct vault_state {
    using storage_type = Storage;
    using cipher_type = Cipher;
    using policy_type = ConflictPolicy;
    using traits_type = Traits;
    using keys_type = key_space<typename Traits::layout>;
    using unit_type = unit_of_work<typename decltype(std::declval<Replica&>().begin())::value_type>;

    vault_state(Storage s, Cipher c, Clock k, ConflictPolicy p, Replica r, keys_type names, sync_settings limits)
        : store{std::move(s)},
          sync_cipher{c},
          keys{std::move(names)},
          settings{limits},
          replica{std::move(r)},
          edit_cipher{std::move(c)},
          clock{std::move(k)},
          policy{std::move(p)} {}

    // The syncing side.
    metered_storage<Storage> store;
    Cipher sync_cipher;
    std::atomic_flag syncing;
    std::optional<storage_capabilities> capabilities; ///< probed once a run
    struct own_log {
        log_id id;
        std::uint64_t seq = 0; ///< of the last segment committed
        std::optional<digest256> last;
        std::map<log_id, std::uint64_t> told; ///< what `seen` has said so far
    };
    std::optional<own_log> log; ///< begun by this run's first push
    std::shared_ptr<executor> workers{};

    /// `f(0)` on the calling thread, where the storage and all callbacks stay; the others wherever there is one.
    void run_parts(std::size_t count, function_ref<void(std::size_t)> f) const {
        workers ? workers->run(count, f) : calling_thread{}.run(count, f);
    }
    [[nodiscard]] std::size_t width() const noexcept { return workers ? workers->width() : 1; }

    // Fixed once open.
    keys_type keys;
    sync_settings settings;
    vault_id vault;
    device_id device;
    std::string device_name;
    run_id run;

    // The local side.
    std::mutex mutex;
    Replica replica;
    Cipher edit_cipher;
    Clock clock;
    ConflictPolicy policy;
    std::uint64_t edits = 0;        ///< of this run: the last dot's n
    std::uint64_t revision = 0;     ///< grows with every edit and every pull that brought something
    std::set<object_ref> unfetched; ///< objects whose presentation lacks a content, for the next pull
    std::set<object_ref> unmerged;  ///< objects that the policy wants to merge, once a pull has come to its end

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
        if (auto committed = unit.commit(); !committed) return std::move(committed).error();
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

    /// What the application sees of an object. Fails as the policy does.
    [[nodiscard]] result<presentation> present(unit_type& unit, const object_ref& ref, const object_row& row) {
        const auto& versions = row.siblings.versions();
        const bool compares = ConflictPolicy::reads_content && versions.size() > 1;
        std::vector<std::optional<bytes>> contents(versions.size());
        for (std::size_t i = 0; i < versions.size(); ++i) {
            if (!compares) contents[i].emplace();
            if (compares && versions[i].fetched) contents[i] = unit.content(ref, versions[i]);
        }
        bytes base_content;
        const auto base = base_of(unit, ref, row, base_content);
        const auto content = [&](std::size_t i) {
            return contents[i] ? std::optional{bytes_view{*contents[i]}} : std::nullopt;
        };
        return detail::present(row.siblings, policy, content, base ? &*base : nullptr);
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
        return "~" + edit_cipher.digest(ref.id.text() + '|' + edit.text()).hex().substr(0, 32);
    }

private:
    /// The newest version that every live sibling replaced, if its content is still here.
    [[nodiscard]] static std::optional<sibling> base_of(unit_type& unit, const object_ref& ref, const object_row& row,
                                                        bytes& out) {
        if (!ConflictPolicy::reads_content) return std::nullopt;
        for (auto old = row.past.rbegin(); old != row.past.rend(); ++old) {
            const auto replaced_it = [&](const sibling_version& v) {
                return v.erased() || std::binary_search(v.what.replaces.begin(), v.what.replaces.end(), old->edit);
            };
            const auto& all = row.siblings.versions();
            if (old->action == change_action::erase || !std::all_of(all.begin(), all.end(), replaced_it)) continue;
            auto found = unit.content(ref, sibling_version{*old});
            if (!found) return std::nullopt;
            out = *std::move(found);
            return sibling{old->edit, old->timestamp, old->version, old->device.text(), out};
        }
        return std::nullopt;
    }
};

}}} // namespace sealsync::detail

#endif
