#ifndef SEALSYNC_TESTING_SIMULATED_WORLD_HPP
#define SEALSYNC_TESTING_SIMULATED_WORLD_HPP

#include "simulated_device.hpp"
#include "simulation_steps.hpp"

#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// The rule that a conflict policy stands for; specialise it for policies that are to be simulated.
template <class ConflictPolicy>
struct simulated_policy;

/// Devices, what they share, and the means to keep them running. `simulation` walks through it.
template <class ConflictPolicy, class Traits = default_traits>
class simulated_world {
public:
    using device = simulated_device<ConflictPolicy, Traits>;
    using engine_type = typename device::engine_type;
    using tracer = std::function<void(const std::string&)>;

    static constexpr std::size_t running_max = 6;

    explicit simulated_world(const simulation_options& options, tracer trace = {})
        : options_{options},
          trace_{std::move(trace)},
          store_faults_{options.seed},
          oracle_{simulated_policy<ConflictPolicy>::rule,
                  [this](const detail::cursor_row& cursor, const log_id& log) { return stored(cursor, log); }} {
        store_faults_.conditions(options.conditions);
        for (std::size_t i = 0; i < options.devices; ++i) (void)join();
    }
    simulated_world(const simulated_world&) = delete;
    simulated_world& operator=(const simulated_world&) = delete;

    [[nodiscard]] const simulation_options& options() const noexcept { return options_; }
    [[nodiscard]] simulation_counters& count() noexcept { return counters_; }
    [[nodiscard]] const simulation_oracle& oracle() const noexcept { return oracle_; }
    [[nodiscard]] memory_storage& store() noexcept { return store_; }
    [[nodiscard]] const key_space<default_layout>& keys() const noexcept { return keys_; }

    [[nodiscard]] std::vector<device*> running() const {
        std::vector<device*> all;
        for (const auto& one : devices_) {
            if (one->engine) all.push_back(one.get());
        }
        return all;
    }
    /// A device with an empty replica.
    device& join() { return add(memory_replica{}, {}); }
    /// A device that goes on with a copy of another's replica.
    device& clone(const device& original) {
        ++counters_.clones;
        return add(original.rows.snapshot(), original.view);
    }
    void restore(device& d, const typename device::backup& to) {
        ++counters_.restores;
        d.engine.reset();
        d.rows = to.rows.snapshot();
        d.view = to.view;
        open(d);
    }
    void die(device& d) {
        ++counters_.deaths;
        d.engine.reset();
    }

    /// Runs `work`; if the device crashes meanwhile, it is opened again as its replica is.
    template <class Work>
    void survive(device& d, Work&& work) {
        try {
            work();
        } catch (const simulated_crash&) {
            ++counters_.crashes;
            say(d, "crashes, and is opened again");
            d.doing = intent_of(d);
            d.calm();
            d.engine.reset();
            open(d);
        }
    }

    [[nodiscard]] static simulated_intent intent_of(const device& d) { return {d.number, {}, false, false}; }

    void say(const device& d, const std::string& what) const {
        if (trace_) trace_(d.name + " " + what);
    }
    [[nodiscard]] bool tracing() const noexcept { return trace_ != nullptr; }

    /// The store comes to its senses: whatever was put is there again. A head may stay as old as it is.
    void end_malice() {
        for (const auto& [key, body] : archive_) {
            const put_op op{*object_key::make(key), body};
            (void)store_.put({&op, 1}, [](std::size_t, const result<put_reply>&) {}, {});
        }
    }

    /// The logs that the store has, each with how many segments.
    [[nodiscard]] std::map<log_id, std::uint64_t> logs_in_store() {
        std::map<log_id, std::uint64_t> logs;
        auto page = store_.list({keys_.devices_prefix(), {}, 1'000'000}, {});
        for (const auto& entry : page->entries) {
            if (const auto name = keys_.parse_segment(entry.key)) ++logs[name->log];
        }
        return logs;
    }

private:
    device& add(memory_replica rows, replica_view view) {
        auto made = std::make_unique<device>();
        auto& d = *made;
        d.number = devices_.size();
        d.name = "device " + std::to_string(d.number + 1);
        d.rows = std::move(rows);
        d.view = std::move(view);
        d.faults = store_faults_.another(options_.seed * 64 + d.number);
        d.faults.conditions(options_.conditions);
        if (options_.claims_full) d.faults.claim({conditional_writes::full, false});
        d.faults.reorder(d.number % 2 == 1);
        d.disk = replica_fault_plan{options_.seed * 64 + d.number};
        d.doing = intent_of(d);
        d.meanwhile.observe([this, &d](const put_op& op) { see_put(d, op); });
        set_clock(d);
        devices_.push_back(std::move(made));
        open(d);
        return d;
    }

    /// Right, off by years, or standing still.
    void set_clock(device& d) {
        random rng{options_.seed * 1000 + d.number};
        const auto right = wall_time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
        const auto error = std::chrono::hours{24 * 365} * (static_cast<int>(rng.below(21)) - 10);
        d.clock.set(rng.chance(0.5) ? right : right + error);
        d.frozen = rng.chance(0.2);
    }

    void open(device& d) {
        const auto observe = [this, &d](const replica_commit& written) { committed(d, written); };
        auto opened =
            engine_type::open({"alice", d.name, true, options_.settings}, {{store_, d.faults}, d.meanwhile},
                              simulated_cipher{options_.seed, options_.seed * 100'000 + ++openings_}, d.clock,
                              simulated_policy<ConflictPolicy>::make(), {simulated_replica{d.rows, observe}, d.disk});
        if (!opened) violated(d.name + " cannot be opened: " + opened.error().message());
        d.engine.emplace(*std::move(opened));
    }

    void committed(device& d, const replica_commit& written) {
        oracle_.committed(d.view, written, d.rows, d.doing);
        counters_.edits += oracle_.made().size();
        if (d.doing.syncing) counters_.merges += oracle_.made().size();
        if (!trace_) return;
        for (const auto edit : oracle_.made()) say(d, "makes edit " + oracle_.model().name(edit));
    }

    [[nodiscard]] bool stored(const detail::cursor_row& cursor, const log_id& log) {
        if (options_.malice) return true; // it may have gone since
        bool there = false;
        const get_op op{keys_.segment(cursor.device, log, cursor.seq)};
        (void)store_.get({&op, 1}, [&](std::size_t, const result<get_reply>& reply) { there = reply.has_value(); }, {});
        return there;
    }

    void see_put(const device& d, const put_op& op) {
        const bool is_head = op.key == keys_.head();
        if (is_head) note_heals(d, op.body);
        if (!options_.malice || is_head) return;
        auto body = to_bytes(op.body);
        if (op.source != nullptr) {
            body.resize(static_cast<std::size_t>(op.source->size()));
            if (!op.source->read(0, body)) return;
        }
        archive_.insert_or_assign(op.key.text(), std::move(body));
    }

    /// A head that announces a segment for the first time, by somebody else than who sealed it, has healed.
    void note_heals(const device& d, bytes_view body) {
        const simulated_cipher cipher{options_.seed, 0};
        bytes plain;
        const auto opened = cipher.open({object_kind::head, *cipher.vault()}, body, plain);
        const auto head = canonical_codec::read_head(plain);
        if (!opened || !head) return violated(d.name + " writes a head that cannot be read");
        for (const auto& entry : head->logs) {
            auto& known = announced_[entry.log];
            if (known >= entry.seq) continue;
            known = entry.seq;
            const auto* const sealed = oracle_.segment(entry.log, entry.seq);
            if (sealed == nullptr) violated(d.name + " announces a segment that nobody sealed");
            if (sealed->device != d.number) ++counters_.heals;
        }
    }

    simulation_options options_;
    tracer trace_;
    fault_plan store_faults_;
    memory_storage store_;
    simulation_oracle oracle_;
    simulation_counters counters_;
    key_space<default_layout> keys_{*user_id::make("alice"), true};
    std::vector<std::unique_ptr<device>> devices_;
    std::map<std::string, bytes> archive_;
    std::map<log_id, std::uint64_t> announced_;
    std::uint64_t openings_ = 0;
};

}}} // namespace sealsync::testing

#endif
