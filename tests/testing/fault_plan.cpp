#include <sealsync/storage/memory_storage.hpp>
#include <sealsync/testing/fault_plan.hpp>
#include <sealsync/testing/faulty_storage.hpp>
#include <sealsync/testing/storage_driver.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using testing::crash_point;
using testing::fault;
using testing::fault_plan;
using testing::key_of;

namespace {

using faulty = testing::faulty_storage<memory_storage>;

/// A plan, and the only way to spend it: operations on a store that it steers.
struct world {
    explicit world(std::uint64_t seed = 1) : plan{seed} {}
    fault_plan plan;
    faulty store{memory_storage{}, plan};
    testing::storage_driver<faulty> driver{store};

    /// One operation of the kind that the letter means: get, details (h), put, remove, list.
    void ask(char kind) {
        switch (kind) {
        case 'g':
            return static_cast<void>(driver.get("a"));
        case 'h':
            return static_cast<void>(driver.get({.key = key_of("a"), .part = get_part::details}));
        case 'p':
            return static_cast<void>(driver.put("a", "x"));
        case 'r':
            return static_cast<void>(driver.remove("a"));
        default:
            return static_cast<void>(store.list({}, {}));
        }
    }
};

/// The kinds of operations that suffer the fault when it is next.
std::string sufferers(fault what) {
    std::string kinds;
    for (const char kind : {'g', 'h', 'p', 'r', 'l'}) {
        world w;
        w.plan.next(what);
        w.ask(kind);
        if (w.plan.happened(what) == 1) kinds += kind;
    }
    return kinds;
}

} // namespace

TEST_CASE("fault_plan: each fault happens to the operations that it can happen to, and to no other") {
    for (const auto what :
         {fault::lost_request, fault::lost_answer, fault::throttled, fault::unknown_outcome, fault::unavailable}) {
        CHECK(sufferers(what) == "ghprl");
    }
    for (const auto what : {fault::conflict_answer, fault::read_only}) CHECK(sufferers(what) == "pr");
    for (const auto what : {fault::no_space, fault::duplicate_put}) CHECK(sufferers(what) == "p");
    for (const auto what : {fault::stale_read, fault::hidden, fault::rolled_back, fault::vanished}) {
        CHECK(sufferers(what) == "gh");
    }
    for (const auto what : {fault::truncated_body, fault::flipped_bit, fault::swapped_body}) {
        CHECK(sufferers(what) == "g");
    }
    for (const auto what : {fault::stale_list, fault::truncated_list, fault::short_page}) CHECK(sufferers(what) == "l");
}

TEST_CASE("fault_plan: every fault is counted among the faults") {
    CHECK(static_cast<std::size_t>(fault::vanished) + 1 == testing::fault_count);
}

TEST_CASE("fault_plan: the next fault waits for an operation that it can happen to, and happens once") {
    world w;
    w.plan.next(fault::no_space);
    for (const char kind : {'g', 'l', 'r'}) w.ask(kind);
    CHECK(w.plan.happened(fault::no_space) == 0);
    CHECK(w.driver.put("a", "x").error() == errc::no_space);
    CHECK(w.driver.put("a", "x"));
    CHECK(w.plan.happened(fault::no_space) == 1);
}

TEST_CASE("fault_plan: faults that are next come in order, one an operation, past those that have to wait") {
    world w;
    for (const auto what : {fault::throttled, fault::no_space, fault::lost_request}) w.plan.next(what);
    CHECK(w.driver.put("a", "x").error() == errc::throttled);
    CHECK(w.driver.get("a").error() == errc::connection_lost);
    CHECK(w.driver.put("a", "x").error() == errc::no_space);
    CHECK(w.driver.put("a", "x"));
}

TEST_CASE("fault_plan: a planned operation suffers its fault, the ones before and after it do not") {
    world w;
    w.plan.at(1, fault::throttled);
    CHECK(w.driver.put("a", "x"));
    CHECK(w.driver.put("a", "x").error() == errc::throttled);
    CHECK(w.driver.put("a", "x"));
}

TEST_CASE("fault_plan: a fault planned for an operation that cannot suffer it happens to none") {
    world w;
    w.plan.at(0, fault::no_space);
    w.ask('g');
    CHECK(w.driver.put("a", "x"));
    CHECK(w.plan.happened(fault::no_space) == 0);
}

TEST_CASE("fault_plan: what is planned comes before what is next, which waits, and before chance") {
    world w;
    w.plan.chance(fault::lost_request, 1);
    w.plan.next(fault::unavailable);
    w.plan.at(0, fault::throttled);
    CHECK(w.driver.get("a").error() == errc::throttled);
    CHECK(w.driver.get("a").error() == errc::unavailable);
    CHECK(w.driver.get("a").error() == errc::connection_lost);
    CHECK(w.plan.happened(fault::lost_request) == 1);
}

TEST_CASE("fault_plan: a chance of none never comes, a certain one always, and half of them about half the time") {
    const auto throttled_of_1000 = [](double probability) {
        world w;
        w.plan.chance(fault::throttled, probability);
        for (int i = 0; i < 1000; ++i) w.ask('g');
        return w.plan.happened(fault::throttled);
    };
    CHECK(throttled_of_1000(0) == 0);
    CHECK(throttled_of_1000(1) == 1000);
    CHECK(throttled_of_1000(0.5) > 400);
    CHECK(throttled_of_1000(0.5) < 600);
}

TEST_CASE("fault_plan: operations are numbered over the plan's life, each of a batch on its own") {
    world w;
    w.ask('l');
    const std::vector<object_key> keys{key_of("a"), key_of("b"), key_of("c")};
    w.plan.at(2, fault::throttled);
    std::string told;
    REQUIRE(w.store.remove(keys, [&](std::size_t, result<void> one) { told += one ? '+' : '-'; }, {}));
    CHECK(told == "+-+");
    CHECK(w.plan.operations() == 4);
}

TEST_CASE("fault_plan: a crash says at which operation it was, and is not an exception that anybody handles") {
    static_assert(!std::is_base_of_v<std::exception, testing::simulated_crash>);
    world w;
    w.plan.crash_at(2, crash_point::before);
    w.ask('p');
    w.ask('p');
    std::uint64_t at = 0;
    try {
        w.ask('g');
    } catch (const testing::simulated_crash& crash) {
        at = crash.operation;
    }
    CHECK(at == 2);
    w.ask('g');
    CHECK(w.plan.operations() == 4);
}

TEST_CASE("fault_plan: a copy is the same plan") {
    world w;
    auto steering = w.plan;
    steering.next(fault::throttled);
    CHECK(w.driver.get("a").error() == errc::throttled);
    CHECK(steering.happened(fault::throttled) == 1);
    CHECK(steering.operations() == 1);
}

TEST_CASE("fault_plan: another plan has faults, numbers and traffic of its own") {
    world w;
    w.ask('p');
    w.plan.next(fault::throttled);
    const auto other = w.plan.another(2);
    faulty store{memory_storage{}, other};
    CHECK(testing::storage_driver{store}.put("a", "x"));
    CHECK(other.operations() == 1);
    CHECK(other.traffic().puts == 1);
    CHECK(w.plan.traffic().puts == 1);
    CHECK(w.driver.get("a").error() == errc::throttled);
}

TEST_CASE("fault_plan: calm forgets what is to come, not what was") {
    world w;
    w.plan.next(fault::throttled);
    w.ask('p');
    for (const auto what : {fault::lost_request, fault::lost_answer}) w.plan.next(what);
    w.plan.at(1, fault::unavailable);
    w.plan.chance(fault::throttled, 1);
    w.plan.crash_at(1, crash_point::after);
    w.plan.calm();
    CHECK(w.driver.put("a", "x"));
    CHECK(w.plan.operations() == 2);
    CHECK(w.plan.happened(fault::throttled) == 1);
    CHECK(w.plan.happened(fault::lost_request) == 0);
}

TEST_CASE("traffic: a request is counted once, whatever was found and however many bytes it moved") {
    const testing::traffic counted{.gets = 1,
                                   .not_modified = 100,
                                   .details = 2,
                                   .puts = 4,
                                   .removes = 8,
                                   .lists = 16,
                                   .bytes_up = 1000,
                                   .bytes_down = 10'000};
    CHECK(counted.requests() == 31);
    CHECK(testing::traffic{}.requests() == 0);
}
