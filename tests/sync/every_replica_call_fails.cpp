#include "scenario.hpp"

namespace {

using namespace vault_fixture;

/// `plan(faults, n)` breaks call or commit number `n`, counted from where `counter(faults)` stands.
template <class Counter, class Plan>
void break_every(Counter&& counter, Plan&& plan) {
    std::uint64_t begun = 0;
    fail_every_call(
        [&](device& on, std::uint64_t n) {
            begun = counter(on.row_faults);
            plan(on.row_faults, begun + n);
        },
        [&](device& on, std::uint64_t n) { return counter(on.row_faults) > begun + n; });
}
constexpr auto calls = [](const testing::replica_fault_plan& plan) { return plan.calls(); };
constexpr auto commits = [](const testing::replica_fault_plan& plan) { return plan.commits(); };

TEST_CASE("every call of the replica fails for want of space: nothing acknowledged is lost") {
    break_every(calls, [](auto& plan, std::uint64_t n) { plan.at(n, errc::no_space); });
}

TEST_CASE("every process ended before any call of the replica: nothing acknowledged is lost") {
    break_every(calls, [](auto& plan, std::uint64_t n) { plan.crash_at(n, crash_point::before); });
}

TEST_CASE("every process ended after any commit of the replica: nothing acknowledged is lost") {
    break_every(commits, [](auto& plan, std::uint64_t n) { plan.crash_at_commit(n, crash_point::after); });
}

} // namespace
