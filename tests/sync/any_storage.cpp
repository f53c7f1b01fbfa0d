#include <sealsync/storage/memory_storage.hpp>
#include <sealsync/sync/any_storage.hpp>
#include <sealsync/testing/archetypes.hpp>
#include <sealsync/testing/faulty_storage.hpp>
#include <sealsync/testing/storage_conformance.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::any_storage;
using testing::fault;
using faulty = testing::faulty_storage<memory_storage>;

TEST_CASE("any_storage: over a storage that conforms it conforms, also if conditions do not hold") {
    for (const auto mode : {testing::condition_mode::as_is, testing::condition_mode::off}) {
        testing::fault_plan plan{1};
        plan.conditions(mode);
        plan.reorder(true);
        any_storage any{std::in_place, faulty{memory_storage{}, plan}};
        const auto report = testing::check_storage(any);
        CHECK_MESSAGE(report.ok(), report.text());
    }
}

TEST_CASE("any_storage: what is stored through it is in the store that it wraps") {
    memory_storage store; // a handle
    any_storage any{std::in_place, store};
    const put_op op{object_key::make("a").value(), "x"};
    REQUIRE(any.put({&op, 1}, [](std::size_t, result<put_reply> reply) { CHECK(reply); }, {}));
    CHECK(store.size() == 1);
    auto moved = std::move(any);
    REQUIRE(moved.remove({&op.key, 1}, [](std::size_t, const result<void>& gone) { CHECK(gone); }, {}));
    CHECK(store.size() == 0);
}

TEST_CASE("any_storage: an operation that fails, and a call that is stopped, fail as the storage does") {
    testing::fault_plan plan{1};
    any_storage any{std::in_place, faulty{memory_storage{}, plan}};
    const get_op op{object_key::make("a").value()};
    plan.next(fault::throttled);
    std::optional<failure> seen;
    REQUIRE(any.get({&op, 1}, [&](std::size_t, const result<get_reply>& reply) { seen = reply.error(); }, {}));
    REQUIRE(seen);
    CHECK(*seen == errc::throttled);
    plan.next(fault::unavailable);
    CHECK(any.list({""}, {}).error() == errc::unavailable);
    std::stop_source stop;
    stop.request_stop();
    const auto outcome = any.get({&op, 1}, [](std::size_t, const result<get_reply>&) {}, {stop.get_token()});
    CHECK(outcome.error() == errc::cancelled);
}

/// Counts what is asked of the optional refinements.
struct remembering : testing::storage_archetype {
    explicit remembering(storage_capabilities& told) : storage_archetype{nullptr}, told_{told} {}
    [[nodiscard]] std::string identity() { return "bucket at endpoint"; }
    void assume(const storage_capabilities& found) { told_ = found; }
    [[nodiscard]] request_counts probe_requests() const { return {.get = 3, .put = 40}; }
    storage_capabilities& told_;
};

TEST_CASE("any_storage: the optional refinements of a storage that has them pass through") {
    static_assert(remembered_storage<remembering> && probing_storage<remembering>);
    storage_capabilities told;
    any_storage any{std::in_place, remembering{told}};
    CHECK(any.identity() == "bucket at endpoint");
    any.assume({conditional_writes::full, true});
    CHECK(told == storage_capabilities{conditional_writes::full, true});
    CHECK(any.probe_requests() == request_counts{.get = 3, .put = 40});
}

TEST_CASE("any_storage: of a storage without them there is nothing to remember, and its probe costs nothing") {
    static_assert(!remembered_storage<testing::storage_archetype> && !probing_storage<testing::storage_archetype>);
    any_storage any{std::in_place, testing::storage_archetype{nullptr}};
    CHECK(any.identity().empty()); // so that nobody calls `assume` for it
    any.assume({conditional_writes::full});
    CHECK(any.probe_requests() == request_counts{});
    CHECK(any.probe({}).error() == errc::unsupported);
    CHECK(any.list({""}, {}).error() == errc::unsupported);
}

} // namespace
