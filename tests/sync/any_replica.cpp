#include <sealsync/replica/memory_replica.hpp>
#include <sealsync/sync/any_replica.hpp>
#include <sealsync/testing/archetypes.hpp>
#include <sealsync/testing/faulty_replica.hpp>
#include <sealsync/testing/replica_conformance.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::any_replica;
using faulty = testing::faulty_replica<memory_replica>;

TEST_CASE("any_replica: over a replica that conforms it conforms") {
    const auto report = testing::check_replica([] { return any_replica{std::in_place, memory_replica{}}; });
    CHECK_MESSAGE(report.ok(), report.text());
    CHECK(report.checks > 80);
}

TEST_CASE("any_replica: what is committed through it is in the replica that it wraps, and nothing else") {
    memory_replica rows;
    any_replica any{std::in_place, rows}; // a handle: both are one replica
    {
        auto dropped = any.begin().value();
        REQUIRE(dropped.store(replica_table::header, "a", "dropped"));
    }
    CHECK_FALSE(rows.begin()->load(replica_table::header, "a").value());
    auto kept = any.begin().value();
    REQUIRE(kept.store(replica_table::header, "a", "kept"));
    auto moved = std::move(kept);
    REQUIRE(moved.commit());
    CHECK(as_text(rows.begin()->load(replica_table::header, "a").value().value()) == "kept");
}

TEST_CASE("any_replica: each call that fails fails as the replica does") {
    const auto calls = [](any_replica& any) -> result<void> {
        auto unit = any.begin();
        if (!unit) return unit.error();
        if (auto done = unit->store(replica_table::header, "a", "x"); !done) return done;
        if (auto done = unit->load(replica_table::header, "a"); !done) return done.error();
        if (auto done = unit->scan(replica_table::header, {}, [](bytes_view, bytes_view) { return true; }); !done) {
            return done;
        }
        if (auto done = unit->erase(replica_table::header, "a"); !done) return done;
        return unit->commit();
    };
    for (std::uint64_t n = 0; n < 7; ++n) {
        testing::replica_fault_plan plan;
        plan.at(n, errc::no_space);
        any_replica any{std::in_place, faulty{memory_replica{}, plan}};
        const auto outcome = calls(any);
        CHECK(outcome.has_value() == (n == 6)); // begin, store, load, scan, erase, commit
        if (!outcome) CHECK(outcome.error() == errc::no_space);
    }
}

TEST_CASE("any_replica: a replica that has only what the concept asks for will do") {
    any_replica any{std::in_place, testing::replica_archetype{nullptr}};
    CHECK(any.begin().error() == errc::unsupported);
    detail::any_transaction unit{std::in_place, testing::replica_transaction_archetype{nullptr}};
    CHECK(unit.load(replica_table::header, "a").error() == errc::unsupported);
    CHECK(unit.commit().error() == errc::unsupported);
}

} // namespace
