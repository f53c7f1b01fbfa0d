#include "vault_fixture.hpp"

namespace {

using namespace vault_fixture;

void put_many(device& on, int count) {
    need(on.emma().update([&](auto& batch) {
        for (int i = 0; i < count; ++i) batch.put("r" + std::to_string(i), "x");
    }));
}
void erase_many(device& on, int count) {
    need(on.emma().update([&](auto& batch) {
        for (int i = 0; i < count; ++i) batch.erase("r" + std::to_string(i));
    }));
}

TEST_CASE("mass delete: exactly half is allowed, and so is everything below the floor") {
    for (const auto& [count, erased] : std::vector<std::pair<int, int>>{{100, 50}, {99, 99}}) {
        world w;
        device a{w}, b{w};
        put_many(a, count);
        a.clean_sync();
        b.clean_sync();
        erase_many(a, erased);
        a.clean_sync();
        b.clean_sync();
        CHECK(need(b.emma().list()).size() == static_cast<std::size_t>(count - erased));
    }
}

TEST_CASE("mass delete: many segments that each delete a little are one pull") {
    world w;
    sync_settings small;
    small.segments_per_round_max = 1;
    device a{w}, b{w, "phone", small};
    put_many(a, 100);
    a.clean_sync();
    b.clean_sync();
    for (int i = 0; i < 60; ++i) {
        a.erase("r" + std::to_string(i));
        a.clean_sync();
    }
    const auto refused = b->sync();
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::mass_delete);
    CHECK(need(b.emma().list()).size() >= 50);
}

TEST_CASE("mass delete: own erases, and a newcomer reading the history of many, are none") {
    world w;
    sync_settings small;
    small.segments_per_round_max = 1;
    device a{w};
    put_many(a, 200);
    a.clean_sync();
    erase_many(a, 180);
    a.clean_sync();
    a.clean_sync();
    device newcomer{w, "phone", small};
    newcomer.clean_sync();
    CHECK(need(newcomer.emma().list()).size() == 20);
}

TEST_CASE("mass delete: a pull that was refused goes on counting, also in another process, until it is allowed") {
    world w;
    opened_state<> unit{w};
    using guard_type = detail::deletion_guard<opened_state<>::state_type>;
    const auto pull = [&](bool allowed, std::initializer_list<std::uint64_t> deletions) {
        guard_type guard{unit.state, allowed};
        for (const auto more : deletions) {
            auto done = unit.state.local.transact([&](auto& in) { return guard.check(in, more); });
            if (!done) return done;
        }
        return guard.finish();
    };
    need(unit.state.local.transact([](auto& in) -> result<void> { return in.state().live = 100, result<void>{}; }));
    need(pull(false, {50}));
    need(pull(false, {50})); // another pull
    CHECK(pull(false, {30, 21}).error() == errc::mass_delete);
    need(pull(false, {0})); // 30 of 100 so far, and nothing more is to come
    CHECK(pull(false, {30, 21}).error() == errc::mass_delete);
    CHECK(pull(false, {21}).error() == errc::mass_delete); // the 30 are remembered
    need(pull(true, {21}));
    need(pull(false, {50}));
}

} // namespace
