#include <sealsync/replica/memory_replica.hpp>
#include <sealsync/testing/faulty_replica.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using testing::crash_point;
using testing::replica_fault_plan;
using testing::simulated_crash;
using faulty = testing::faulty_replica<memory_replica>;
constexpr auto table = replica_table::object;
static_assert(replica<faulty>);

/// Six calls: begin 0, load 1, store 2, erase 3, scan 4, commit 5.
result<void> work(faulty& replica) {
    auto in = replica.begin();
    if (!in) return std::move(in).error();
    if (auto loaded = in->load(table, "a"); !loaded) return std::move(loaded).error();
    if (auto done = in->store(table, "a", "1"); !done) return done;
    if (auto done = in->erase(table, "b"); !done) return done;
    if (auto done = in->scan(table, {}, [](bytes_view, bytes_view) { return true; }); !done) return done;
    return in->commit();
}
constexpr std::uint64_t work_calls = 6;

bool is_stored(memory_replica replica) { return replica.begin()->load(table, "a").value().has_value(); }

TEST_CASE("faulty_replica: without faults it is the replica, and counts calls and commits") {
    memory_replica rows;
    replica_fault_plan plan;
    faulty replica{rows, plan};
    CHECK(work(replica));
    CHECK(is_stored(rows));
    CHECK(plan.calls() == work_calls);
    CHECK(plan.commits() == 1);
    CHECK(plan.failures() + plan.crashes() == 0);
}

TEST_CASE("faulty_replica: each call can fail, with the code of the plan, and nothing is committed then") {
    for (std::uint64_t n = 0; n < work_calls; ++n) {
        memory_replica rows;
        replica_fault_plan plan;
        plan.at(n, errc::no_space);
        faulty replica{rows, plan};
        const auto outcome = work(replica);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::no_space);
        CHECK(outcome.error().detail() == "injected");
        CHECK_FALSE(is_stored(rows));
        CHECK(plan.calls() == n + 1);
        CHECK(plan.failures() == 1);
    }
}

TEST_CASE("faulty_replica: after a failed call the transaction fails for good, and the next one works") {
    memory_replica rows;
    replica_fault_plan plan;
    plan.at(1, errc::io_error);
    faulty replica{rows, plan};
    {
        auto in = replica.begin().value();
        CHECK_FALSE(in.store(table, "a", "1"));
        CHECK_FALSE(in.store(table, "b", "2"));
        CHECK_FALSE(in.load(table, "a"));
        CHECK_FALSE(in.scan(table, {}, [](bytes_view, bytes_view) { return true; }));
        CHECK(in.commit().error() == errc::io_error);
    }
    CHECK_FALSE(is_stored(rows));
    CHECK(work(replica));
}

TEST_CASE("faulty_replica: a crash before or after any call loses nothing but what was not committed") {
    for (const auto when : {crash_point::before, crash_point::after}) {
        for (std::uint64_t n = 0; n < work_calls; ++n) {
            memory_replica rows;
            replica_fault_plan plan;
            plan.crash_at(n, when);
            faulty replica{rows, plan};
            try {
                (void)work(replica);
                FAIL("no crash");
            } catch (const simulated_crash& crash) {
                CHECK(crash.operation == n);
            }
            CHECK(plan.crashes() == 1);
            const bool committed = n == work_calls - 1 && when == crash_point::after;
            CHECK(is_stored(rows) == committed);
            faulty restarted{rows, plan};
            CHECK(work(restarted));
        }
    }
}

TEST_CASE("faulty_replica: commits can be picked by their own number") {
    memory_replica rows;
    replica_fault_plan plan;
    plan.crash_at_commit(1, crash_point::before);
    faulty replica{rows, plan};
    CHECK(work(replica));
    CHECK_THROWS_AS((void)work(replica), simulated_crash);
    CHECK(plan.commits() == 2);
    CHECK(plan.calls() == 2 * work_calls);
}

TEST_CASE("faulty_replica: chances follow the seed") {
    const auto run = [](std::uint64_t seed) {
        replica_fault_plan plan{seed};
        plan.chance(errc::busy, 0.1);
        plan.crash_chance(0.05);
        faulty replica{memory_replica{}, plan};
        std::string story;
        for (int i = 0; i < 200; ++i) {
            try {
                story += work(replica) ? '.' : 'f';
            } catch (const simulated_crash&) {
                story += 'c';
            }
        }
        return story;
    };
    CHECK(run(1) == run(1));
    CHECK(run(1) != run(2));
    for (const char each : {'.', 'f', 'c'}) CHECK(run(1).find(each) != std::string::npos);
}

TEST_CASE("faulty_replica: a calm plan does nothing any more") {
    replica_fault_plan plan;
    plan.chance(errc::busy, 1);
    plan.crash_chance(1);
    plan.at(0, errc::io_error);
    plan.crash_at(0, crash_point::before);
    plan.crash_at_commit(0, crash_point::before);
    plan.calm();
    faulty replica{memory_replica{}, plan};
    CHECK(work(replica));
    CHECK(plan.failures() + plan.crashes() == 0);
}

TEST_CASE("faulty_replica: copies of a plan are one plan") {
    replica_fault_plan plan;
    faulty replica{memory_replica{}, plan};
    auto steering = replica.plan();
    steering.at(0, errc::no_space);
    CHECK(work(replica).error() == errc::no_space);
    CHECK(plan.calls() == 1);
}

TEST_CASE("faulty_replica: what the wrapped replica refuses is passed on") {
    struct closed_replica {
        result<memory_replica::transaction> begin() { return failure{errc::closed}; }
    };
    testing::faulty_replica<closed_replica> replica{closed_replica{}, replica_fault_plan{}};
    CHECK(replica.begin().error() == errc::closed);
}

} // namespace
