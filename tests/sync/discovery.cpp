#include "vault_fixture.hpp"

#include <sealsync/sync/discovery.hpp>

namespace {

using namespace vault_fixture;
using discovery = detail::discovery<opened_state<>::state_type>;
using cursor_map = detail::cursor_map;

struct rig {
    world w{};
    opened_state<> unit{w};
    author other{w, 1};
    call_context call{};

    log_position push() { return other.push({}); }
    [[nodiscard]] cursor_map merged(std::uint64_t seq) {
        return {{other.next.log, {*device_id::make("other"), seq, {}}}};
    }
    [[nodiscard]] std::string segment(std::uint64_t seq) {
        return other.keys.segment(*device_id::make("other"), other.next.log, seq).text();
    }
};

[[nodiscard]] detail::log_name name_of(const author& of) { return {of.next.log, of.next.device}; }

TEST_CASE("discovery: what is called like a log in another device's folder is another log, and none that is known") {
    rig r;
    r.push();
    store_at(r.w, r.other.keys.segment(*device_id::make("stranger"), r.other.next.log, 9).text(), "x");
    discovery anew{r.unit.state, r.call};
    need(anew.list({}));
    CHECK(anew.logs().find(name_of(r.other))->seq == 1);
    CHECK(anew.logs().find(detail::log_name{r.other.next.log, *device_id::make("stranger")})->seq == 9);
    discovery known{r.unit.state, r.call};
    need(known.list(r.merged(1)));
    REQUIRE(known.logs().size() == 1);
    CHECK(known.logs().find(name_of(r.other))->seq == 1);
}

TEST_CASE("discovery: a listing finds every log and how far it reaches") {
    rig r;
    author second{r.w, 2, "second"};
    for (int i = 0; i < 3; ++i) r.push();
    second.push({});
    discovery found{r.unit.state, r.call};
    CHECK_FALSE(found.listed());
    need(found.list({}));
    CHECK(found.listed());
    REQUIRE(found.logs().size() == 2);
    CHECK(found.logs().find(name_of(r.other))->seq == 3);
    CHECK(found.logs().find(name_of(second))->seq == 1);
}

TEST_CASE("discovery: what is no segment is passed over") {
    rig r;
    store_at(r.w, "users/alice/devices/other/card.v1.abc.json", "x");
    store_at(r.w, "users/alice/devices/other/manifest/nonsense/1.json", "x");
    store_at(r.w, "users/alice/devices/other/manifest/00000000000000000000000000000001/1.json", "x");
    store_at(r.w, "users/alicia/devices/other/manifest/00000000000000000000000000000001/00000000000000000001.json",
             "x");
    discovery found{r.unit.state, r.call};
    need(found.list({}));
    CHECK(found.logs().size() == 0);
}

TEST_CASE("discovery: the furthest of head and listing counts, with the head's digest if it is the head's") {
    rig r;
    r.push();
    head h;
    digest256 digest;
    digest.value[0] = std::byte{5};
    h.logs.push_back({r.other.next.log, *device_id::make("other"), 4, digest});
    discovery found{r.unit.state, r.call};
    found.learn(h);
    need(found.list({}));
    CHECK(found.logs().find(name_of(r.other))->seq == 4);
    CHECK(found.logs().find(name_of(r.other))->stored == digest);

    for (int i = 0; i < 5; ++i) r.push();
    discovery later{r.unit.state, r.call};
    later.learn(h);
    need(later.list({}));
    CHECK(later.logs().find(name_of(r.other))->seq == 6);
    CHECK_FALSE(later.logs().find(name_of(r.other))->stored);
}

TEST_CASE("discovery: a stale listing is no alarm: the segment is looked for itself, with one HEAD") {
    rig r;
    r.push();
    r.push();
    discovery found{r.unit.state, r.call};
    r.unit.faults.next(fault::truncated_list);
    need(found.list(r.merged(2)));
    CHECK(r.unit.faults.traffic().details == 1);
    CHECK(r.unit.faults.traffic().lists == 1);
}

TEST_CASE("discovery: no HEAD for logs that the listing shows as far as we have come") {
    rig r;
    r.push();
    discovery found{r.unit.state, r.call};
    need(found.list(r.merged(1)));
    CHECK(r.unit.faults.traffic().details == 0);
}

TEST_CASE("discovery: a segment that we have merged and nobody can read any more is a rollback") {
    rig r;
    r.push();
    r.push();
    remove_at(r.w, r.segment(2));
    discovery found{r.unit.state, r.call};
    const auto outcome = found.list(r.merged(2));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::rolled_back);
    CHECK(outcome.error().object() == r.segment(2));
}

TEST_CASE("discovery: a store that cannot be asked is no rollback") {
    rig r;
    r.push();
    r.push();
    remove_at(r.w, r.segment(2));
    for (const std::uint64_t n : {0U, 1U}) {
        discovery found{r.unit.state, r.call};
        r.unit.faults.at(r.unit.faults.operations() + n, fault::unavailable);
        const auto outcome = found.list(r.merged(2));
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::unavailable);
    }
}

TEST_CASE("discovery: a stopped listing is cancelled") {
    rig r;
    std::stop_source stop;
    stop.request_stop();
    const call_context stopped{stop.get_token()};
    discovery found{r.unit.state, stopped};
    CHECK(found.list({}).error() == errc::cancelled);
}

} // namespace
