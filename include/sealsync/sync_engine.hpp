#ifndef SEALSYNC_SYNC_ENGINE_HPP
#define SEALSYNC_SYNC_ENGINE_HPP

#include "collection.hpp"
#include "concepts.hpp"
#include "fwd.hpp"
#include "replica/memory_replica.hpp"
#include "sync/opening.hpp"
#include "sync/sync_run.hpp"
#include "sync/verifier.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// An open vault: one device's view of a user's collections, and the way to bring it and the store together.
///
/// Every function may be called from any thread. Edits and reads touch only the replica. What talks to the store
/// (`sync`, `verify`, `log`, reading an attachment) does so one at a time: a second is `errc::busy`, not a wait.
/// The engine starts no threads, never sleeps, and blocks only in its policies. Movable; its collections stay valid.
template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica, class Traits>
class basic_sync_engine {
    static_assert(storage<Storage>, "Storage must model sealsync::storage: docs/concepts/storage.md");
    static_assert(cipher<Cipher>, "Cipher must model sealsync::cipher: docs/concepts/cipher.md");
    static_assert(sealsync::clock<Clock>, "Clock must model sealsync::clock: docs/concepts/clock.md");
    static_assert(conflict_policy<ConflictPolicy>,
                  "ConflictPolicy must model sealsync::conflict_policy: docs/concepts/conflict_policy.md");
    static_assert(replica<Replica>, "Replica must model sealsync::replica: docs/concepts/replica.md");

    using state_type = detail::vault_state<Traits>;
    using unit_type = typename state_type::unit_type;

public:
    using storage_type = Storage;
    using cipher_type = Cipher;
    using clock_type = Clock;
    using conflict_policy_type = ConflictPolicy;
    using replica_type = Replica;
    using traits_type = Traits;
    using collection_type = basic_collection<Traits>;

    // Not defaulted here: every user would compile them, even one with an `extern template` of the engine.
    basic_sync_engine(basic_sync_engine&& other) noexcept;
    basic_sync_engine& operator=(basic_sync_engine&& other) noexcept;
    ~basic_sync_engine();

    /// See `open_vault`.
    [[nodiscard]] static result<basic_sync_engine> open(vault_options options, Storage storage, Cipher cipher,
                                                        Clock clock, ConflictPolicy policy, Replica replica) {
        auto user = user_id::make(options.user);
        if (!user) return std::move(user).error().during("open a vault: user");
        typename state_type::keys_type keys{*std::move(user), bool{Cipher::sealing}};
        basic_sync_engine engine{new state_type(std::move(storage), std::move(cipher), std::move(clock),
                                                std::move(policy), std::move(replica), std::move(keys),
                                                options.settings)};
        engine.state_->syncing.workers = options.workers;
        if (auto opened = detail::opening<state_type>{*engine.state_, options}.run(); !opened) {
            return std::move(opened).error().during("open a vault");
        }
        return engine;
    }

    [[nodiscard]] const vault_id& vault() const noexcept { return state_->vault; }
    [[nodiscard]] const device_id& device() const noexcept { return state_->device; }

    /// The records of one collection; it exists as soon as something is put into it. Any name: keys know only a hash.
    /// A plaintext vault shows names that are valid ids as they are.
    [[nodiscard]] collection_type collection(std::string name) {
        auto id = [&] {
            const std::scoped_lock lock{state_->local.mutex};
            return collection_id::make(state_->local.cipher.keyed_id(id_purpose::collection, {}, name));
        }();
        SEALSYNC_ASSERT(id.has_value()); // the cipher's promise
        return {*state_, std::move(name), *std::move(id)};
    }

    /// The names of the collections that have been met, in no particular order.
    [[nodiscard]] result<std::vector<std::string>> collections() {
        return state_->local.inspect([](unit_type& unit) -> result<std::vector<std::string>> {
            std::vector<std::string> names;
            unit.each(detail::facts::collection_names,
                      [&](std::string_view, std::string_view name) { names.emplace_back(name); });
            return names;
        });
    }

    /// What a device calls itself; empty if it has not been met.
    [[nodiscard]] result<std::string> device_name(const device_id& id) {
        return state_->local.inspect(
            [&](unit_type& unit) -> result<std::string> { return unit.get(detail::facts::device_names, id.text()); });
    }

    /// Edits that wait for a sync.
    [[nodiscard]] result<std::uint64_t> pending() {
        return state_->local.inspect([](unit_type& unit) -> result<std::uint64_t> {
            std::uint64_t count = 0;
            unit.each_outbox(0, [&](std::uint64_t, const detail::outbox_row&) {
                ++count;
                return true;
            });
            return count;
        });
    }

    /// Pulls, then pushes. Edits may go on meanwhile: what was acknowledged before the push began is pushed, and
    /// usually what was since.
    ///
    /// Requests: idle, one conditional GET. Else one GET of the head, one per new segment, one per record that is
    /// shown anew; one PUT per new record, up to a HEAD and two PUTs per new attachment, one PUT of the segment and one
    /// of the head. Now and then (`rediscover_every`), or if something looks wrong, the logs are listed.
    ///
    /// A failure leaves everything acknowledged in place, and a later sync goes on where it was. By `kind()`: *retry*
    /// what the store or network did; *security* `other_vault`, `rolled_back`, `mass_delete` (nothing was changed);
    /// `errc::busy` if a sync is running. A log that is refused stops no other, and a content that the store has lost
    /// or damaged nothing at all: `sync_report::refusals`.
    [[nodiscard]] result<sync_report> sync(const sync_options& options = {}) {
        const detail::exclusive_use use{state_->syncing.in_use};
        if (!use) return failure{errc::busy, state_->keys.root(), "a sync is running"};
        return detail::sync_run<state_type>{*state_, options}.run();
    }

    /// Reads everything that the vault should have, and compares it: every log unbroken, every version that stands
    /// there, opens and is what its segment says, every attachment that they list whole; counts what no segment names.
    /// One LIST per thousand objects, one GET per segment, version and 4 MiB of attachment, many at once, as the
    /// settings allow. Changes nothing.
    [[nodiscard]] result<verify_report> verify(const sync_options& options = {}) {
        const detail::exclusive_use use{state_->syncing.in_use};
        if (!use) return failure{errc::busy, state_->keys.root(), "a sync is running"};
        return detail::verifier<state_type>{*state_, options}.run();
    }

    /// Every segment in the store, log by log; `visit(segment)` returns whether to go on. One LIST per thousand
    /// segments and one GET each.
    [[nodiscard]] result<void> log(function_ref<bool(const segment&)> visit, const call_context& call = {}) {
        const detail::exclusive_use use{state_->syncing.in_use};
        if (!use) return failure{errc::busy, state_->keys.root(), "a sync is running"};
        return detail::each_segment(*state_, call, visit);
    }

    /// Changes with every edit and every pull: for a loop that wants to know whether there is news.
    [[nodiscard]] std::uint64_t revision() {
        const std::scoped_lock lock{state_->local.mutex};
        return state_->local.revision;
    }

    /// Randomness of the cipher policy, for jitter.
    [[nodiscard]] result<std::uint64_t> random() {
        const std::scoped_lock lock{state_->local.mutex};
        std::array<std::byte, 8> bits{};
        if (auto filled = state_->local.cipher.random(bits); !filled) return std::move(filled).error();
        std::uint64_t value = 0;
        std::memcpy(&value, bits.data(), bits.size());
        return value;
    }

private:
    explicit basic_sync_engine(state_type* made) : state_{made} {}

    detail::owner<state_type> state_;
};

template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica, class Traits>
basic_sync_engine<Storage, Cipher, Clock, ConflictPolicy, Replica, Traits>::basic_sync_engine(
    basic_sync_engine&&) noexcept = default;
template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica, class Traits>
basic_sync_engine<Storage, Cipher, Clock, ConflictPolicy, Replica, Traits>&
basic_sync_engine<Storage, Cipher, Clock, ConflictPolicy, Replica, Traits>::operator=(basic_sync_engine&&) noexcept =
    default;
template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica, class Traits>
basic_sync_engine<Storage, Cipher, Clock, ConflictPolicy, Replica, Traits>::~basic_sync_engine() = default;

/// Opens a user's vault on this device. A replica that knows its vault needs no request; a new one is joined to the
/// vault that its cipher is for, or, with a plaintext cipher, to the one in the store, which is created if need be.
///
/// Fails with `errc::invalid_id` (the user), `errc::no_vault`, `errc::other_vault` (keys and replica are of different
/// vaults), `errc::already_joined` (the replica is another user's), `errc::unknown_format`, or as the policies do.
template <class Traits = default_traits, class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica>
[[nodiscard]] auto open_vault(vault_options options, Storage storage, Cipher cipher, Clock clock, ConflictPolicy policy,
                              Replica replica) {
    return basic_sync_engine<Storage, Cipher, Clock, ConflictPolicy, Replica, Traits>::open(
        std::move(options), std::move(storage), std::move(cipher), std::move(clock), std::move(policy),
        std::move(replica));
}

}} // namespace sealsync

#endif
