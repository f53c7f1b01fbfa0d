#ifndef SEALSYNC_SYNC_OPENING_HPP
#define SEALSYNC_SYNC_OPENING_HPP

#include "../manifest/validate.hpp"
#include "vault_state.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `vault.json`: the id of a plaintext vault, created once. (A sealed vault's id is in `master-key.blob`.)
inline constexpr std::string_view vault_file_begin = R"({"format":1,"vault":")";
inline constexpr std::string_view vault_file_end = "\"}";

[[nodiscard]] inline std::string write_vault_file(const vault_id& vault) {
    return std::string{vault_file_begin} + vault.hex() + std::string{vault_file_end};
}

[[nodiscard]] inline result<vault_id> read_vault_file(const object_key& key, bytes_view file) {
    auto text = as_text(file);
    if (text.starts_with(vault_file_begin) && text.ends_with(vault_file_end) &&
        text.size() >= vault_file_begin.size() + vault_file_end.size()) {
        text.remove_prefix(vault_file_begin.size());
        text.remove_suffix(vault_file_end.size());
        if (const auto vault = vault_id::parse(text)) return *vault;
    }
    return failure{errc::malformed, key.text(), "not what this library writes there"};
}

/// Opens a replica: of a vault it knows, without a request; of one it does not, by finding or creating the vault.
template <class State>
class opening {
public:
    using unit_type = typename State::unit_type;

    opening(State& state, const vault_options& options) : state_{state}, options_{options} {}

    [[nodiscard]] result<void> run() {
        if (auto named = check_text("device name", options_.device_name, state_.settings.manifest); !named)
            return named;
        if (auto random = state_.local.cipher.random(state_.run.value); !random) return random;
        auto known = state_.local.inspect([](unit_type& unit) -> result<bool> { return unit.has(facts::vault); });
        if (!known) return std::move(known).error();
        if (!*known) {
            if (auto joined = join(); !joined) return joined;
        }
        return state_.local.transact([&](unit_type& unit) { return load(unit); });
    }

private:
    static constexpr std::uint64_t replica_format = 1;

    [[nodiscard]] result<void> join() {
        auto vault = find_vault();
        if (!vault) return std::move(vault).error();
        std::array<std::byte, 16> device{};
        if (auto random = state_.local.cipher.random(device); !random) return random;
        return state_.local.transact([&](unit_type& unit) -> result<void> {
            unit.set(facts::format, replica_format);
            unit.set(facts::user, options_.user);
            unit.set(facts::vault, vault->hex());
            unit.set(facts::sealed, state_.sealed ? 1 : 0);
            unit.set(facts::device, to_hex(std::span{device}));
            unit.set(facts::device_name, options_.device_name);
            return {};
        });
    }

    [[nodiscard]] result<vault_id> find_vault() {
        if (const auto vault = state_.local.cipher.vault()) return *vault;
        const auto key = state_.keys.vault();
        auto there = state_.syncing.store.get_one({key}, {});
        if (there) return read_vault_file(key, there->body);
        if (there.error() != errc::not_found) return std::move(there).error().during("look for the vault");
        if (!options_.create) return failure{errc::no_vault, key.text()};
        return create_vault(key);
    }

    [[nodiscard]] result<vault_id> create_vault(const object_key& key) {
        vault_id vault;
        if (auto random = state_.local.cipher.random(vault.value); !random) return std::move(random).error();
        const auto file = write_vault_file(vault);
        put_op op{key, file};
        auto capabilities = state_.syncing.store.probe({});
        if (!capabilities) return std::move(capabilities).error();
        if (capabilities->creates_once()) op.condition = write_condition::if_absent;
        auto put = state_.syncing.store.put_one(op, {});
        if (!put && put.error() != errc::precondition_failed && put.error() != errc::outcome_unknown) {
            return std::move(put).error().during("create the vault");
        }
        auto there = state_.syncing.store.get_one({key}, {}); // whoever was first
        if (!there) return std::move(there).error().during("create the vault");
        return read_vault_file(key, there->body);
    }

    [[nodiscard]] result<void> load(unit_type& unit) {
        if (unit.get(facts::format) != replica_format) {
            return failure{errc::unknown_format, "replica", "format " + std::to_string(unit.get(facts::format))};
        }
        if (unit.get(facts::user) != options_.user) {
            return failure{errc::already_joined, options_.user, "the replica is of user " + unit.get(facts::user)};
        }
        const auto vault = vault_id::parse(unit.get(facts::vault));
        auto device = device_id::make(unit.get(facts::device));
        if (!unit.status()) return unit.status();
        if (!vault || !device) return failure{errc::replica_corrupt, "replica", "vault or device id"};
        if (unit.get(facts::sealed) != (state_.sealed ? 1 : 0)) {
            return failure{errc::other_vault, state_.keys.root(), "a vault is sealed or plaintext for life"};
        }
        if (const auto keys_of = state_.local.cipher.vault(); keys_of && *keys_of != *vault) {
            return failure{errc::other_vault, state_.keys.root(), "the keys are of vault " + keys_of->hex()};
        }
        state_.vault = *vault;
        state_.device = *std::move(device);
        load_name(unit);
        load_run(unit);
        state_.local.taken = unit.taken();
        return find_unsettled(unit);
    }

    void load_name(unit_type& unit) {
        if (!options_.device_name.empty()) unit.set(facts::device_name, options_.device_name);
        state_.device_name = unit.get(facts::device_name);
        unit.set(facts::device_names, state_.device.text(), state_.device_name);
    }

    /// A run is one opening, and its id is never kept: a copied or restored replica must not pass for its original.
    void load_run(unit_type& unit) {
        if (!State::traits_type::rules.fresh_run) {
            if (const auto kept = run_id::parse(unit.get(facts::run))) state_.run = *kept;
            unit.set(facts::run, state_.run.hex());
            state_.local.edits = unit.state().outbox_next;
        }
    }

    /// Contents that a pull had to do without, or that a policy wants which reads more than the one before; and merges
    /// that a pull did not come to.
    [[nodiscard]] result<void> find_unsettled(unit_type& unit) {
        const std::uint64_t reads = state_.local.policy.reads_content() ? 2 : 1;
        const bool wants_more = unit.get(facts::reads_content) == 1 && reads == 2;
        unit.set(facts::reads_content, reads);
        if (!wants_more && unit.get(facts::unfetched) == 0 && unit.get(facts::unmerged) == 0) return {};
        auto& syncing = state_.syncing;
        for (const auto type : {change_type::record, change_type::profile}) {
            unit.each_object(type, {}, [&](const object_ref& ref, const object_row& row) {
                const auto& all = row.siblings.versions();
                if (any_of(all, [](const auto& v) { return !v.fetched && !v.erased(); })) syncing.unfetched.insert(ref);
                if (all.size() > 1) syncing.unmerged.insert(ref);
                return true;
            });
        }
        unit.note_unsettled(!syncing.unfetched.empty(), !syncing.unmerged.empty()); // until a pull has seen to them
        return {};
    }

    State& state_;
    const vault_options& options_;
};

}}} // namespace sealsync::detail

#endif
