#include "vault_fixture.hpp"

namespace {

using namespace vault_fixture;
using state_type = opened_state<>::state_type;
using inbox_type = detail::segment_inbox<state_type>;

struct rig {
    world w{};
    opened_state<> unit{w};
    call_context call{};
    sync_report report{};
    std::map<log_id, detail::cursor_row> cursors{};
    detail::discovery<state_type> found{unit.state, call};
    inbox_type inbox{unit.state, found, cursors, call, report};

    void list_and_fetch() {
        need(found.list(cursors));
        need(inbox.fetch());
    }
};

TEST_CASE("segment_inbox: a batch is in causal order, whatever the order of the logs") {
    rig r;
    author one{r.w, 9}, two{r.w, 1};
    const auto first = one.push({});
    const auto second = two.push({}, {first});
    one.push({}, {second});
    r.list_and_fetch();
    const auto batch = r.inbox.next_batch();
    REQUIRE(batch.size() == 3);
    CHECK(r.inbox.at(batch[0]).content.log == one.next.log);
    CHECK(r.inbox.at(batch[1]).content.log == two.next.log);
    CHECK(r.inbox.at(batch[2]).content.seq == 2);
    r.inbox.merged(batch);
    CHECK(r.inbox.complete());
    CHECK(r.cursors.at(one.next.log).seq == 2);
    CHECK(r.cursors.at(two.next.log).seq == 1);
    CHECK_FALSE(r.inbox.more_to_fetch());
}

TEST_CASE("segment_inbox: what is not covered waits, and is counted") {
    rig r;
    author one{r.w, 1}, two{r.w, 2};
    one.push({}, {{two.next.log, 1}});
    one.push({});
    r.list_and_fetch();
    CHECK(r.inbox.next_batch().empty());
    CHECK_FALSE(r.inbox.complete());
    need(r.inbox.report_what_waits());
    CHECK(r.report.waiting == 2);
    CHECK(r.report.refusals.empty());
}

TEST_CASE("segment_inbox: for a wait that is new the store is listed, but not again at each sync") {
    rig r;
    author one{r.w, 1};
    log_position never{{}, 1};
    never.log.value[9] = std::byte{1};
    one.push({}, {never});
    head h;
    h.logs.push_back(one.entry());
    const auto listings = [&] {
        r.unit.faults.reset_traffic();
        detail::discovery<state_type> found{r.unit.state, r.call};
        inbox_type inbox{r.unit.state, found, r.cursors, r.call, r.report};
        found.learn(h);
        need(inbox.fetch());
        CHECK(inbox.next_batch().empty());
        (void)need(inbox.rediscover_if_blocked());
        need(inbox.report_what_waits());
        return r.unit.faults.traffic().lists;
    };
    CHECK(listings() == 1);
    CHECK(listings() == 0);
}

TEST_CASE("segment_inbox: a log is refused once, and nothing more of it is fetched") {
    rig r;
    author one{r.w, 1};
    one.push({});
    need(r.found.list(r.cursors));
    const detail::log_name name{one.next.log, one.next.device};
    r.inbox.refuse(name, failure{errc::tampered, "first"});
    r.inbox.refuse(name, failure{errc::tampered, "again"});
    CHECK(r.report.refusals.size() == 1);
    CHECK(r.inbox.next_batch().empty());
    CHECK_FALSE(r.inbox.more_to_fetch());
    CHECK_FALSE(r.inbox.complete());
}

TEST_CASE("segment_inbox: what is good before a bad segment of its log is merged") {
    rig r;
    author one{r.w, 1};
    for (int i = 0; i < 5; ++i) one.push({});
    store_at(r.w, r.unit.state.keys.segment(one.next.device, one.next.log, 5).text(), "damaged");
    r.list_and_fetch();
    while (r.inbox.more_to_fetch()) need(r.inbox.fetch());
    CHECK(r.report.refusals.size() == 1);
    CHECK(r.inbox.next_batch().size() == 4);
    CHECK_FALSE(r.inbox.complete());
}

TEST_CASE("segment_inbox: the store is listed once a sync, whoever asks") {
    rig r;
    r.unit.faults.reset_traffic();
    CHECK(need(r.inbox.rediscover()));
    CHECK_FALSE(need(r.inbox.rediscover()));
    CHECK(r.unit.faults.traffic().lists == 1);
}

TEST_CASE("segment_inbox: changes of a batch are limited, but for one segment that is larger") {
    rig r;
    r.unit.state.settings.changes_per_segment_max = 2;
    author one{r.w, 1};
    one.push({one.record("a", "x"), one.record("b", "x"), one.record("c", "x")});
    one.push({one.record("d", "x")});
    r.list_and_fetch();
    CHECK(r.inbox.next_batch().size() == 1);
}

TEST_CASE("segment_inbox: a log of our own device that we do not know is a clone's") {
    rig r;
    author self{r.w, 1, r.unit.state.device.text()};
    self.push({});
    r.list_and_fetch();
    r.inbox.merged(r.inbox.next_batch());
    CHECK(r.report.cloned);
}

TEST_CASE("segment_inbox: a segment over the limit refuses its log; a store that fails does not") {
    rig r;
    author one{r.w, 1};
    one.push({one.record("a", "x")});
    r.unit.state.settings.manifest.bytes_max = 10;
    r.list_and_fetch();
    REQUIRE(r.report.refusals.size() == 1);
    CHECK(r.report.refusals[0] == errc::too_large);

    rig s;
    author other{s.w, 1};
    other.push({});
    need(s.found.list({}));
    s.unit.faults.next(fault::unavailable);
    CHECK(s.inbox.fetch().error() == errc::unavailable);
    CHECK(s.report.refusals.empty());
    CHECK(s.inbox.more_to_fetch());
}

} // namespace
