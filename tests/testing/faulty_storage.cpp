#include <sealsync/storage/memory_storage.hpp>
#include <sealsync/testing/faulty_storage.hpp>
#include <sealsync/testing/storage_driver.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using testing::condition_mode;
using testing::crash_point;
using testing::fault;
using testing::key_of;

namespace {

using faulty = testing::faulty_storage<memory_storage>;

/// A faulty store, the plan that steers it, and the honest view of what is really stored.
struct world {
    explicit world(std::uint64_t seed = 1) : plan{seed} {}
    testing::fault_plan plan;
    memory_storage truth;
    faulty store{truth, plan};
    testing::storage_driver<faulty> through{store};
    testing::storage_driver<memory_storage> honest{truth};
};

} // namespace

TEST_CASE("faulty_storage: a lost request does nothing") {
    world w;
    w.plan.next(fault::lost_request);
    CHECK(w.through.put("a", "1").error() == errc::connection_lost);
    CHECK(w.truth.size() == 0);
    CHECK(w.through.put("a", "1"));
}

TEST_CASE("faulty_storage: a lost answer does everything but say so") {
    world w;
    w.plan.next(fault::lost_answer);
    CHECK(w.through.put("a", "1").error() == errc::connection_lost);
    CHECK(w.honest.read("a").value() == bytes_view{"1"});
    w.plan.next(fault::lost_answer);
    CHECK(w.through.remove("a").error() == errc::connection_lost);
    CHECK(w.truth.size() == 0);
}

TEST_CASE("faulty_storage: each refusal has its code and changes nothing") {
    const std::vector<std::pair<fault, errc>> refusals{
        {fault::conflict_answer, errc::unavailable}, {fault::throttled, errc::throttled},
        {fault::unavailable, errc::unavailable},     {fault::read_only, errc::read_only},
        {fault::no_space, errc::no_space},
    };
    for (const auto& [what, code] : refusals) {
        world w;
        w.plan.next(what);
        CHECK(w.through.put("a", "1").error().code() == code);
        CHECK(w.truth.size() == 0);
        CHECK(w.plan.happened(what) == 1);
    }
}

TEST_CASE("faulty_storage: a 500 after applying is unknown for a write and a hiccup for a read") {
    world w;
    w.plan.next(fault::unknown_outcome);
    CHECK(w.through.put("a", "1").error() == errc::outcome_unknown);
    CHECK(w.truth.size() == 1);
    w.plan.next(fault::unknown_outcome);
    CHECK(w.through.get("a").error() == errc::unavailable);
}

TEST_CASE("faulty_storage: a put delivered twice answers for the second delivery") {
    world w;
    w.plan.next(fault::duplicate_put);
    CHECK(w.through.put("a", "1"));
    w.plan.next(fault::duplicate_put);
    CHECK(w.through.put_if_absent("b", "1").error() == errc::precondition_failed);
    CHECK(w.honest.read("b").value() == bytes_view{"1"});
    CHECK(w.plan.traffic().puts == 2);
}

TEST_CASE("faulty_storage: a stale read is an older version, whole, with its own etag") {
    world w;
    const auto old = w.through.put("head", "old").value();
    REQUIRE(w.through.put("head", "newer"));
    w.plan.next(fault::stale_read);
    const auto stale = w.through.get("head").value();
    CHECK(stale.body == bytes_view{"old"});
    CHECK(stale.etag == old.etag);
    CHECK(stale.size == 3);
    CHECK(w.through.read("head").value() == bytes_view{"newer"});

    w.plan.next(fault::stale_read);
    CHECK(w.through.get({.key = key_of("head"), .if_none_match = old.etag}).value().not_modified);
    w.plan.next(fault::stale_read);
    CHECK(w.through.get({.key = key_of("head"), .range = byte_range{1, 9}}).value().body == bytes_view{"ld"});
    w.plan.next(fault::stale_read);
    CHECK(w.through.get({.key = key_of("head"), .size_max = 2}).error() == errc::too_large);
    w.plan.next(fault::stale_read);
    CHECK(w.through.get({.key = key_of("head"), .part = get_part::details}).value().size == 3);
}

TEST_CASE("faulty_storage: what was never overwritten has no stale version") {
    world w;
    REQUIRE(w.through.put("segment", "only"));
    w.plan.next(fault::stale_read);
    CHECK(w.through.read("segment").value() == bytes_view{"only"});
}

TEST_CASE("faulty_storage: plans for the same store know one past") {
    memory_storage truth;
    testing::fault_plan first{1};
    auto second = first.another(2);
    faulty here{truth, first}, there{truth, second};
    REQUIRE(testing::storage_driver{here}.put("head", "old"));
    REQUIRE(testing::storage_driver{here}.put("head", "new"));
    second.next(fault::stale_read);
    CHECK(testing::storage_driver{there}.read("head").value() == bytes_view{"old"});
    CHECK(first.traffic().puts == 2);
    CHECK(second.traffic().puts == 0);
    CHECK(second.operations() == 1);
}

TEST_CASE("faulty_storage: a hidden object comes back, a vanished one does not, a rolled back one stays old") {
    world w;
    REQUIRE(w.through.put("a", "1"));
    w.plan.next(fault::hidden);
    CHECK(w.through.get("a").error() == errc::not_found);
    REQUIRE(w.through.put("a", "2"));
    w.plan.next(fault::rolled_back);
    CHECK(w.through.read("a").value() == bytes_view{"1"});
    CHECK(w.honest.read("a").value() == bytes_view{"1"});
    w.plan.next(fault::vanished);
    CHECK(w.through.get("a").error() == errc::not_found);
    CHECK(w.truth.size() == 0);
}

TEST_CASE("faulty_storage: damage to a body leaves what is stored alone") {
    world w;
    REQUIRE(w.through.put("a", "some bytes"));
    REQUIRE(w.through.put("b", "the others"));
    w.plan.next(fault::truncated_body);
    CHECK(w.through.read("a").value().size() < 10);
    w.plan.next(fault::flipped_bit);
    const auto flipped = w.through.read("a").value();
    CHECK(flipped.size() == 10);
    CHECK(flipped != to_bytes("some bytes"));
    w.plan.next(fault::swapped_body);
    CHECK(w.through.read("a").value() == bytes_view{"the others"});
    CHECK(w.honest.read("a").value() == bytes_view{"some bytes"});
}

TEST_CASE("faulty_storage: a body cannot be swapped in a store of one object, nor an empty one damaged") {
    world w;
    REQUIRE(w.through.put("a", ""));
    for (const auto what : {fault::swapped_body, fault::truncated_body, fault::flipped_bit}) {
        w.plan.next(what);
        CHECK(w.through.read("a").value().empty());
    }
}

TEST_CASE("faulty_storage: listings can lack the newest key, end early, or come one by one") {
    world w;
    for (const auto* key : {"a", "b", "d", "c"}) REQUIRE(w.through.put(key, "x"));
    w.plan.next(fault::stale_list);
    CHECK(w.through.keys("").value() == std::vector<std::string>{"a", "b", "d"});
    w.plan.next(fault::truncated_list);
    CHECK(w.through.keys("").value().size() < 4);
    const auto before = w.plan.traffic().lists;
    w.plan.chance(fault::short_page, 1);
    CHECK(w.through.keys("").value() == std::vector<std::string>{"a", "b", "c", "d"});
    CHECK(w.plan.traffic().lists - before == 4);
}

TEST_CASE("faulty_storage: every operation of a batch is counted and can be struck alone") {
    world w;
    w.plan.at(1, fault::lost_request);
    const std::vector<put_op> puts{
        {.key = key_of("a"), .body = "1"}, {.key = key_of("b"), .body = "2"}, {.key = key_of("c"), .body = "3"}};
    std::vector<bool> stored(3);
    REQUIRE(w.store.put(puts, [&](std::size_t i, result<put_reply> reply) { stored[i] = reply.has_value(); }, {}));
    CHECK(stored == std::vector<bool>{true, false, true});
    CHECK(w.plan.operations() == 3);
    CHECK(w.truth.size() == 2);
}

TEST_CASE("faulty_storage: a planned fault that cannot happen to its operation does not") {
    world w;
    w.plan.at(0, fault::truncated_list);
    CHECK(w.through.put("a", "1"));
    CHECK(w.plan.happened(fault::truncated_list) == 0);
}

TEST_CASE("faulty_storage: a crash falls before or after any operation, also within a batch") {
    const std::vector<put_op> puts{{.key = key_of("a"), .body = "1"}, {.key = key_of("b"), .body = "2"}};
    for (const auto when : {crash_point::before, crash_point::after}) {
        for (std::uint64_t operation = 0; operation < 2; ++operation) {
            world w;
            w.plan.crash_at(operation, when);
            std::size_t reported = 0;
            const auto put = [&] { (void)w.store.put(puts, [&](std::size_t, result<put_reply>) { ++reported; }, {}); };
            CHECK_THROWS_AS(put(), testing::simulated_crash);
            CHECK(reported == operation);
            CHECK(w.truth.size() == operation + (when == crash_point::after ? 1 : 0));
            w.plan.calm();
            put();
            CHECK(w.truth.size() == 2);
        }
    }
}

TEST_CASE("faulty_storage: a crash also ends gets, removals and listings") {
    world w;
    w.plan.crash_at(0, crash_point::before);
    CHECK_THROWS_AS((void)w.through.get("a"), testing::simulated_crash);
    w.plan.crash_at(1, crash_point::after);
    CHECK_THROWS_AS((void)w.through.remove("a"), testing::simulated_crash);
    w.plan.crash_at(2, crash_point::after);
    CHECK_THROWS_AS((void)w.store.list({}, {}), testing::simulated_crash);
}

TEST_CASE("faulty_storage: conditional writes can be off, create-only, or ignored, and probe says so") {
    world off;
    off.plan.conditions(condition_mode::off);
    CHECK(off.through.put_if_absent("a", "1").error() == errc::unsupported);
    CHECK(off.store.probe({}).value().writes == conditional_writes::none);

    world create;
    create.plan.conditions(condition_mode::create_only);
    const auto made = create.through.put_if_absent("a", "1").value();
    CHECK(create.through.put_if_match("a", "2", made.etag).error() == errc::unsupported);
    CHECK(create.store.probe({}).value().writes == conditional_writes::create_only);

    world ignored;
    ignored.plan.conditions(condition_mode::ignored);
    REQUIRE(ignored.through.put("a", "1"));
    CHECK(ignored.through.put_if_absent("a", "2"));
    CHECK(ignored.honest.read("a").value() == bytes_view{"2"});
    CHECK(ignored.store.probe({}).value().writes == conditional_writes::untrusted);
    ignored.plan.claim({conditional_writes::full, true});
    CHECK(ignored.store.probe({}).value().writes == conditional_writes::full);
    CHECK(ignored.store.probe({}).value().eventual);
}

TEST_CASE("faulty_storage: a racy store lets some losers win, but only those that lost to the latest write") {
    int created = 0, replaced = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        world w{seed};
        w.plan.conditions(condition_mode::racy);
        const auto first = w.through.put("a", "1").value();
        created += w.through.put_if_absent("a", "x") ? 1 : 0;
        REQUIRE(w.through.put("b", "1"));
        REQUIRE(w.through.put_if_match("b", "2", first.etag));
        replaced += w.through.put_if_match("b", "x", first.etag) ? 1 : 0;
        REQUIRE(w.through.put("c", "1"));
        REQUIRE(w.through.put("c", "2"));
        REQUIRE(w.through.put("c", "3"));
        CHECK_FALSE(w.through.put_if_match("c", "x", first.etag));
        CHECK(w.store.probe({}).value().writes == conditional_writes::full);
    }
    CHECK(created > 5);
    CHECK(created < 35);
    CHECK(replaced > 5);
    CHECK(replaced < 35);
}

TEST_CASE("faulty_storage: requests and bytes are counted by kind, as the client sees them") {
    world w;
    testing::faulty_source source{bytes(100)};
    REQUIRE(w.through.put("a", "12345"));
    REQUIRE(w.through.put({.key = key_of("b"), .source = &source}));
    const auto etag = w.through.get("a").value().etag;
    REQUIRE(w.through.get({.key = key_of("a"), .if_none_match = etag}));
    REQUIRE(w.through.get({.key = key_of("a"), .part = get_part::details}));
    CHECK_FALSE(w.through.get("missing"));
    REQUIRE(w.through.keys(""));
    REQUIRE(w.through.remove("a"));
    const auto counted = w.plan.traffic();
    CHECK(counted == testing::traffic{.gets = 3,
                                      .not_modified = 1,
                                      .details = 1,
                                      .puts = 2,
                                      .removes = 1,
                                      .lists = 1,
                                      .bytes_up = 105,
                                      .bytes_down = 5});
    CHECK(counted.requests() == 8);
    w.plan.reset_traffic();
    CHECK(w.plan.traffic() == testing::traffic{});
}

TEST_CASE("faulty_storage: the same seed suffers the same faults, another seed others") {
    const auto life = [](std::uint64_t seed) {
        world w{seed};
        w.plan.chance(fault::lost_request, 0.3);
        w.plan.chance(fault::lost_answer, 0.2);
        w.plan.reorder(true);
        std::string told;
        for (int i = 0; i < 60; ++i) told += w.through.put("a", "x") ? '+' : '-';
        return told;
    };
    CHECK(life(1) == life(1));
    CHECK(life(1) != life(2));
}

TEST_CASE("faulty_storage: reordered completion still reports each operation once") {
    world w;
    w.plan.reorder(true);
    std::vector<object_key> keys;
    for (int i = 0; i < 20; ++i) keys.push_back(key_of(std::to_string(i)));
    std::vector<std::size_t> order;
    REQUIRE(w.store.remove(keys, [&](std::size_t i, result<void>) { order.push_back(i); }, {}));
    CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
    std::sort(order.begin(), order.end());
    CHECK(order.size() == 20);
    CHECK(order.back() == 19);
}

TEST_CASE("faulty_storage: a source that fails is a failed put, and nothing is stored") {
    world w;
    testing::faulty_source source{bytes(10)};
    source.fail_with(errc::source_changed);
    CHECK(w.through.put({.key = key_of("a"), .source = &source}).error() == errc::source_changed);
    CHECK(w.truth.size() == 0);
}

TEST_CASE("faulty_storage: calm forgets the faults, not the conditions") {
    world w;
    w.plan.conditions(condition_mode::off);
    w.plan.chance(fault::lost_request, 1);
    w.plan.next(fault::lost_answer);
    w.plan.crash_at(0, crash_point::before);
    w.plan.calm();
    CHECK(w.through.put("a", "1"));
    CHECK(w.through.put_if_absent("b", "1").error() == errc::unsupported);
}
