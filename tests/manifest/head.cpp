#include <sealsync/manifest/head.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

TEST_CASE("head: equality sees every field, so that a join that changes nothing is not written") {
    head one;
    one.scope = "users/alice";
    one.logs.emplace_back();
    const auto differs = [&](auto modify) {
        auto other = one;
        modify(other);
        return other != one;
    };
    CHECK(one == head{one});
    CHECK(differs([](head& h) { h.format = 2; }));
    CHECK(differs([](head& h) { h.critical.push_back("packs"); }));
    CHECK(differs([](head& h) { h.vault.value[0] = std::byte{1}; }));
    CHECK(differs([](head& h) { h.scope = "users/bob"; }));
    CHECK(differs([](head& h) { h.logs.clear(); }));
    CHECK(differs([](head& h) { h.logs[0].log.value[0] = std::byte{1}; }));
    CHECK(differs([](head& h) { h.logs[0].device = *device_id::make("ipad"); }));
    CHECK(differs([](head& h) { h.logs[0].seq = 2; }));
    CHECK(differs([](head& h) { h.logs[0].stored.value[0] = std::byte{1}; }));
    CHECK(differs([](head& h) { h.checkpoint = "users/alice/checkpoints/x"; }));
}
