#ifndef SEALSYNC_TESTING_FAULTY_REPLICA_HPP
#define SEALSYNC_TESTING_FAULTY_REPLICA_HPP

#include "../replica/replica.hpp"
#include "fault_plan.hpp"

#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// What goes wrong in a replica, when. A handle, as `fault_plan` is for a store: the engine owns its replica, the
/// test keeps a copy of the plan. Each begin, load, store, erase, scan and commit is a call, numbered from 0 over the
/// plan's life. The same seed and calls give the same faults. Thread-safe, but only one thread is reproducible.
class replica_fault_plan {
public:
    explicit replica_fault_plan(std::uint64_t seed = 0) : state_{std::make_shared<state>(seed)} {}

    /// Call number `call` does nothing and fails: `errc::no_space`, `errc::io_error`, ...
    void at(std::uint64_t call, errc code) { locked()->planned.insert_or_assign(call, code); }
    /// Each call fails like this with this probability.
    void chance(errc code, double probability) { locked()->failing = {code, probability}; }
    /// Throws `simulated_crash` at call number `call`: before or after it is done.
    void crash_at(std::uint64_t call, crash_point when) { locked()->crash = {call, when}; }
    /// The same at commit number `commit`, counted from 0 on its own.
    void crash_at_commit(std::uint64_t commit, crash_point when) { locked()->commit_crash = {commit, when}; }
    /// Each call crashes with this probability, as often before as after it is done.
    void crash_chance(double probability) { locked()->crashing = probability; }
    /// Nothing goes wrong any more; the numbers go on.
    void calm() {
        const auto at = locked();
        at->planned.clear();
        at->failing = {};
        at->crash.reset();
        at->commit_crash.reset();
        at->crashing = 0;
    }

    [[nodiscard]] std::uint64_t calls() const { return locked()->calls; }
    [[nodiscard]] std::uint64_t commits() const { return locked()->commits; }
    [[nodiscard]] std::uint64_t failures() const { return locked()->failures; }
    [[nodiscard]] std::uint64_t crashes() const { return locked()->crashes; }

private:
    template <class Replica>
    friend class faulty_replica;

    struct crash_order {
        std::uint64_t number;
        crash_point when;
    };
    struct failure_chance {
        errc code = errc::io_error;
        double probability = 0;
    };
    struct state {
        explicit state(std::uint64_t seed) : rng{seed} {}
        std::mutex mutex;
        random rng;
        std::map<std::uint64_t, errc> planned;
        failure_chance failing;
        std::optional<crash_order> crash, commit_crash;
        double crashing = 0;
        std::uint64_t calls = 0, commits = 0, failures = 0, crashes = 0;
    };
    struct locked_state {
        explicit locked_state(state& of) : lock{of.mutex}, at{&of} {}
        [[nodiscard]] state* operator->() const noexcept { return at; }
        std::unique_lock<std::mutex> lock;
        state* at;
    };
    [[nodiscard]] locked_state locked() const { return locked_state{*state_}; }

    /// What one call is to suffer.
    struct fate {
        std::uint64_t call;
        std::optional<errc> fails{};
        std::optional<crash_point> crash{};
    };
    [[nodiscard]] fate draw(bool commits) {
        const auto at = locked();
        fate drawn{at->calls++};
        const auto commit = at->commits;
        if (commits) ++at->commits;

        if (at->crash && at->crash->number == drawn.call) drawn.crash = at->crash->when;
        if (commits && at->commit_crash && at->commit_crash->number == commit) drawn.crash = at->commit_crash->when;
        if (at->crashing > 0 && at->rng.chance(at->crashing)) {
            drawn.crash = at->rng.chance(0.5) ? crash_point::before : crash_point::after;
        }
        if (const auto planned = at->planned.find(drawn.call); planned != at->planned.end()) {
            drawn.fails = planned->second;
        } else if (at->failing.probability > 0 && at->rng.chance(at->failing.probability)) {
            drawn.fails = at->failing.code;
        }
        if (drawn.crash) {
            ++at->crashes;
        } else if (drawn.fails) {
            ++at->failures;
        }
        return drawn;
    }

    std::shared_ptr<state> state_;
};

/// Any replica, made as bad as its plan says. After a failed call the transaction fails for good, as a real one does.
template <class Replica>
class faulty_replica {
    using inner_transaction = typename decltype(std::declval<Replica&>().begin())::value_type;

public:
    class transaction {
    public:
        [[nodiscard]] result<std::optional<bytes>> load(replica_table table, bytes_view key) {
            return suffer([&] { return inner_.load(table, key); });
        }
        [[nodiscard]] result<void> store(replica_table table, bytes_view key, bytes_view value) {
            return suffer([&] { return inner_.store(table, key, value); });
        }
        [[nodiscard]] result<void> erase(replica_table table, bytes_view key) {
            return suffer([&] { return inner_.erase(table, key); });
        }
        [[nodiscard]] result<void> scan(replica_table table, bytes_view from, row_visitor visit) {
            return suffer([&] { return inner_.scan(table, from, visit); });
        }
        [[nodiscard]] result<void> commit() {
            return suffer([&] { return inner_.commit(); }, true);
        }

    private:
        friend class faulty_replica;

        transaction(inner_transaction inner, replica_fault_plan plan)
            : inner_{std::move(inner)}, plan_{std::move(plan)} {}

        template <class F>
        [[nodiscard]] auto suffer(F&& call, bool commits = false) -> decltype(call()) {
            if (failed_) return *failed_;
            auto outcome = faulty_replica::suffer(plan_, commits, std::forward<F>(call));
            if (!outcome) failed_ = outcome.error();
            return outcome;
        }

        inner_transaction inner_;
        replica_fault_plan plan_;
        std::optional<failure> failed_;
    };

    faulty_replica(Replica inner, replica_fault_plan plan) : inner_{std::move(inner)}, plan_{std::move(plan)} {}

    [[nodiscard]] Replica& inner() noexcept { return inner_; }
    [[nodiscard]] const replica_fault_plan& plan() const noexcept { return plan_; }

    [[nodiscard]] result<transaction> begin() {
        return suffer(plan_, false, [&]() -> result<transaction> {
            auto begun = inner_.begin();
            if (!begun) return std::move(begun).error();
            return transaction{*std::move(begun), plan_};
        });
    }

private:
    template <class F>
    [[nodiscard]] static auto suffer(replica_fault_plan& plan, bool commits, F&& call) -> decltype(call()) {
        const auto fate = plan.draw(commits);
        if (fate.crash == crash_point::before) throw simulated_crash{fate.call};
        if (fate.fails && !fate.crash) return failure{*fate.fails, "replica", "injected"};
        auto outcome = call();
        if (fate.crash == crash_point::after) throw simulated_crash{fate.call};
        return outcome;
    }

    Replica inner_;
    replica_fault_plan plan_;
};

}}} // namespace sealsync::testing

#endif
