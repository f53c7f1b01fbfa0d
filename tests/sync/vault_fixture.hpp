#ifndef SEALSYNC_TESTS_SYNC_VAULT_FIXTURE_HPP
#define SEALSYNC_TESTS_SYNC_VAULT_FIXTURE_HPP

#include <sealsync/cipher/plaintext_cipher.hpp>
#include <sealsync/clock/manual_clock.hpp>
#include <sealsync/conflict/keep_both.hpp>
#include <sealsync/manifest/writer.hpp>
#include <sealsync/storage/memory_storage.hpp>
#include <sealsync/sync_engine.hpp>
#include <sealsync/testing/faulty_replica.hpp>
#include <sealsync/testing/faulty_storage.hpp>

#include <doctest/doctest.h>

/// A store, devices over it that fail on demand, and an author of segments that no engine would write.
namespace vault_fixture {

using namespace sealsync;
using testing::crash_point;
using testing::fault;

inline void need(const result<void>& outcome) {
    if (!outcome) FAIL(outcome.error().message());
}
template <class T>
[[nodiscard]] T need(result<T> outcome) {
    if (!outcome) FAIL(outcome.error().message());
    return *std::move(outcome);
}

using store_type = testing::faulty_storage<memory_storage>;
using replica_type = testing::faulty_replica<memory_replica>;

struct world {
    memory_storage store{};
    plaintext_cipher cipher{42};
    manual_clock clock{wall_time{std::chrono::hours{480'000}}};
    std::shared_ptr<executor> workers{}; ///< of devices that are opened from now on
};

/// A device: what it keeps is in `rows`, what goes wrong in its plans. `reopen()` ends its process and begins another.
template <class Policy = keep_both, class Traits = default_traits>
class basic_device {
public:
    using engine_type = basic_sync_engine<store_type, plaintext_cipher, manual_clock, Policy, replica_type, Traits>;

    explicit basic_device(world& of, std::string name = "laptop", sync_settings settings = {}, memory_replica kept = {})
        : rows{std::move(kept)}, of_{of}, name_{std::move(name)}, settings_{settings} {
        reopen();
    }

    void reopen() {
        engine_.reset();
        engine_.emplace(need(open()));
    }
    [[nodiscard]] result<engine_type> open() {
        return engine_type::open({"alice", name_, true, settings_, of_.workers}, store_type{of_.store, faults},
                                 of_.cipher, of_.clock, Policy{}, replica_type{rows, row_faults});
    }

    [[nodiscard]] engine_type& engine() { return *engine_; }
    [[nodiscard]] engine_type* operator->() { return &*engine_; }
    [[nodiscard]] auto emma() { return engine_->collection("emma"); }

    version put(std::string_view id, std::string_view text, put_options options = {}) {
        of_.clock.advance(std::chrono::seconds{1});
        return need(emma().put(id, text, std::move(options)));
    }
    bool erase(std::string_view id) {
        of_.clock.advance(std::chrono::seconds{1});
        return need(emma().erase(id));
    }
    [[nodiscard]] std::optional<std::string> text(std::string_view id) {
        const auto got = need(emma().get(id));
        return got ? std::optional{std::string{as_text(got->content)}} : std::nullopt;
    }
    /// The contents beside the shown one.
    [[nodiscard]] std::vector<std::string> beside(std::string_view id) {
        std::vector<std::string> texts;
        const auto got = need(emma().get(id));
        if (!got) return texts;
        for (const auto& one : got->conflicts) texts.push_back(text(one.id).value_or("(gone)"));
        return texts;
    }

    sync_report sync(const sync_options& options = {}) { return need(engine_->sync(options)); }
    sync_report clean_sync(const sync_options& options = {}) {
        auto report = sync(options);
        for (const auto& refusal : report.refusals) FAIL(refusal.message());
        return report;
    }
    sync_report rediscover() {
        sync_options options;
        options.rediscover = true;
        return sync(options);
    }

    memory_replica rows;
    testing::fault_plan faults{1};
    testing::replica_fault_plan row_faults{1};

private:
    world& of_;
    std::string name_;
    sync_settings settings_;
    std::optional<engine_type> engine_;
};
using device = basic_device<>;

/// What sealed contents, segments and heads are made of, opened as an engine opens it, without one.
template <class Policy = keep_both, class Cipher = plaintext_cipher, class Traits = default_traits>
struct opened_state {
    using state_type = detail::vault_state<Traits>;
    using unit_type = typename state_type::unit_type;

    explicit opened_state(world& of, sync_settings settings = {})
        : state{store_type{of.store, faults},     Cipher{43}, of.clock, Policy{}, replica_type{rows, row_faults},
                {*user_id::make("alice"), false}, settings} {
        need(detail::opening<state_type>{state, {"alice", "unit", true, settings}}.run());
        state.syncing.capabilities = need(state.syncing.store.probe({}));
    }

    memory_replica rows{};
    testing::fault_plan faults{1};
    testing::replica_fault_plan row_faults{1};
    state_type state;
};

/// The vault's id, from the store.
[[nodiscard]] inline vault_id vault_of(const world& of) {
    auto store = of.store;
    const auto key = need(object_key::make("users/alice/vault.json"));
    std::optional<vault_id> vault;
    const get_op op{key};
    need(store.get({&op, 1},
                   [&](std::size_t, result<get_reply> reply) {
                       vault = need(detail::read_vault_file(key, need(std::move(reply)).body));
                   },
                   {}));
    return *vault;
}

/// Writes what it is told to, as a device of another run would have.
class author {
public:
    explicit author(world& of, std::uint8_t number, std::string_view by = "other")
        : of_{of}, keys{*user_id::make("alice"), false}, device_{*device_id::make(by)} {
        next.format = 1;
        next.vault = vault_of(of);
        next.scope = keys.root();
        next.device = device_;
        next.log.value[0] = std::byte{number};
        next.version = 1;
        run.value[1] = std::byte{number};
    }

    /// A version of record `id`, its blob stored.
    change record(std::string_view id, std::string_view text, std::vector<dot> replaces = {}) {
        change c;
        c.collection = *collection_id::make("emma");
        c.id = *object_id::make(id);
        c.version = 1;
        c.timestamp = stamp{1'700'000'000'000'000'000 + static_cast<std::int64_t>(++edits_)};
        c.device = device_;
        c.dot = {run, edits_};
        c.replaces = std::move(replaces);
        c.action = c.replaces.empty() ? change_action::insert : change_action::update;
        const auto stored = detail::encode(detail::payload{"emma", id, text});
        c.size = stored.size();
        c.stored = of_.cipher.digest(stored);
        put(keys.record(c.collection, c.id, c.version, *c.stored), stored);
        return c;
    }
    change erasure(std::string_view id, std::vector<dot> replaces) {
        auto c = record(id, "", std::move(replaces));
        c.action = change_action::erase;
        c.size = 0;
        c.stored.reset();
        return c;
    }

    /// Stores `next` with these changes, and goes on to the number after it.
    log_position push(std::vector<change> changes, std::vector<log_position> seen = {}) {
        next.changes = std::move(changes);
        std::sort(seen.begin(), seen.end());
        next.seen = std::move(seen);
        const auto json = need(write_segment(next, "collection_id"));
        put(keys.segment(device_, next.log, next.version), json);
        const log_position place{next.log, next.version};
        next.previous = of_.cipher.digest(json);
        ++next.version;
        return place;
    }
    /// Writes a head that names this log and those of `others`, and no more.
    void announce(std::initializer_list<const author*> others = {}) {
        head h{1, {}, next.vault, next.scope, {entry()}, {}};
        for (const auto* other : others) h.logs.push_back(other->entry());
        std::sort(h.logs.begin(), h.logs.end(), [](const auto& l, const auto& r) { return l.log < r.log; });
        put(keys.head(), need(write_head(h)));
    }
    [[nodiscard]] head_entry entry() const {
        return {next.log, device_, next.version - 1, next.previous.value_or(digest256{})};
    }
    void put(const object_key& key, bytes_view body) {
        const put_op op{key, body};
        need(of_.store.put({&op, 1}, [](std::size_t, result<put_reply> reply) { (void)need(std::move(reply)); }, {}));
    }
    void remove(const object_key& key) {
        need(of_.store.remove({&key, 1}, [](std::size_t, const result<void>& gone) { need(gone); }, {}));
    }

private:
    world& of_;

public:
    key_space<default_layout> keys;
    segment next;
    run_id run;

private:
    device_id device_;
    std::uint64_t edits_ = 0;
};

/// The keys in the store that contain `part`, ascending.
[[nodiscard]] inline std::vector<std::string> keys_with(const world& of, std::string_view part) {
    auto store = of.store;
    std::vector<std::string> keys;
    list_query query{""};
    query.limit = 1'000'000;
    for (auto& entry : need(store.list(query, {})).entries) {
        if (entry.key.find(part) != std::string::npos) keys.push_back(std::move(entry.key));
    }
    return keys;
}

[[nodiscard]] inline bytes stored_at(const world& of, const std::string& key) {
    auto store = of.store;
    const get_op op{need(object_key::make(key))};
    bytes body;
    need(store.get({&op, 1}, [&](std::size_t, result<get_reply> reply) { body = need(std::move(reply)).body; }, {}));
    return body;
}
inline void store_at(world& of, const std::string& key, bytes_view body) {
    const put_op op{need(object_key::make(key)), body};
    need(of.store.put({&op, 1}, [](std::size_t, result<put_reply> reply) { (void)need(std::move(reply)); }, {}));
}
inline void remove_at(world& of, const std::string& key) {
    const auto gone = need(object_key::make(key));
    need(of.store.remove({&gone, 1}, [](std::size_t, const result<void>& outcome) { need(outcome); }, {}));
}

} // namespace vault_fixture

// Most tests use this engine: it is compiled once, by vault_fixture.cpp.
extern template class sealsync::basic_sync_engine<vault_fixture::store_type, sealsync::plaintext_cipher,
                                                  sealsync::manual_clock, sealsync::keep_both,
                                                  vault_fixture::replica_type, sealsync::default_traits>;
extern template class sealsync::basic_collection<sealsync::default_traits>;

#endif
