#include <sealsync/storage/memory_storage.hpp>
#include <sealsync/testing/faulty_storage.hpp>
#include <sealsync/testing/storage_conformance.hpp>

#include <doctest/doctest.h>

namespace ss = sealsync;
using ss::testing::check_storage;
using ss::testing::condition_mode;
using ss::testing::fault;

namespace {

using faulty = ss::testing::faulty_storage<ss::memory_storage>;

void require_conformance(const ss::testing::conformance_report& report) {
    INFO(report.text());
    CHECK(report.ok());
}

} // namespace

TEST_CASE("conformance: memory_storage is a storage") {
    ss::memory_storage store;
    require_conformance(check_storage(store));
    CHECK(store.size() == 0);
}

TEST_CASE("conformance: a memory_storage that dates its answers is a storage") {
    ss::memory_storage store{[] { return ss::wall_time{std::chrono::seconds{1}}; }};
    require_conformance(check_storage(store, "users/alice/"));
}

TEST_CASE("conformance: faulty_storage without faults is as good as what it wraps") {
    faulty store{{}, ss::testing::fault_plan{1}};
    require_conformance(check_storage(store));
}

TEST_CASE("conformance: completion in another order is still a storage") {
    ss::testing::fault_plan plan{2};
    plan.reorder(true);
    faulty store{{}, plan};
    require_conformance(check_storage(store));
}

TEST_CASE("conformance: a store with weaker conditional writes, which says so, is a storage") {
    for (const auto mode : {condition_mode::off, condition_mode::create_only, condition_mode::ignored}) {
        ss::testing::fault_plan plan{3};
        plan.conditions(mode);
        faulty store{{}, plan};
        require_conformance(check_storage(store));
    }
}

TEST_CASE("conformance: duplicate delivery of every unconditional put goes unnoticed") {
    ss::testing::fault_plan plan{4};
    plan.conditions(condition_mode::off);
    plan.chance(fault::duplicate_put, 1);
    faulty store{{}, plan};
    require_conformance(check_storage(store));
    CHECK(plan.happened(fault::duplicate_put) > 0);
}

TEST_CASE("conformance: pages of one are a lawful listing") {
    ss::testing::fault_plan plan{5};
    plan.chance(fault::short_page, 1);
    faulty store{{}, plan};
    require_conformance(check_storage(store));
}

TEST_CASE("conformance: a store that does each of these wrong is found out") {
    for (const auto wrong :
         {fault::lost_request, fault::lost_answer, fault::stale_read, fault::hidden, fault::stale_list,
          fault::truncated_list, fault::truncated_body, fault::flipped_bit, fault::swapped_body, fault::rolled_back,
          fault::vanished, fault::read_only, fault::no_space, fault::unavailable, fault::throttled,
          fault::unknown_outcome, fault::conflict_answer}) {
        CAPTURE(static_cast<int>(wrong));
        ss::testing::fault_plan plan{6};
        plan.chance(wrong, 1);
        faulty store{{}, plan};
        const auto report = check_storage(store);
        CHECK(report.checks > 0);
        CHECK_FALSE(report.ok());
    }
}

TEST_CASE("conformance: a store that claims conditional writes and ignores them is found out") {
    ss::testing::fault_plan plan{7};
    plan.conditions(condition_mode::ignored);
    plan.claim({ss::conditional_writes::full, false});
    faulty store{{}, plan};
    CHECK_FALSE(check_storage(store).ok());
}
