#include "local_edits.hpp"

#include <sealsync/sync/sync_run.hpp>

namespace {

using namespace vault_fixture;
using enum sync_phase;
using state_type = opened_state<>::state_type;
using unit_type = opened_state<>::unit_type;

struct rig {
    world w{};
    opened_state<> unit{w};

    [[nodiscard]] result<sync_report> try_run(const sync_options& options = {}) {
        unit.faults.reset_traffic();
        return detail::sync_run<state_type>{unit.state, options}.run();
    }
    sync_report run(const sync_options& options = {}) { return need(try_run(options)); }

    /// The etag by which the next sync asks whether there is news.
    [[nodiscard]] std::string remembered() {
        return need(unit.state.local.inspect(
            [](unit_type& in) -> result<std::string> { return in.get(detail::facts::head_etag); }));
    }
    /// How much a device pulls that is told by the head alone.
    [[nodiscard]] std::uint64_t announced() {
        device other{w, "another"};
        const auto report = other.sync();
        CHECK(report.requests.list == 0);
        return report.pulled;
    }
};

TEST_CASE("sync_run: what is in the store is pulled before anything is pushed, and announced last") {
    rig r;
    author other{r.w, 1};
    other.push({other.record("theirs", "text")});
    edit(r.unit.state, "ours", "text");
    std::vector<sync_phase> phases;
    sync_options options;
    options.observer = [&](const sync_progress& now) {
        if (phases.empty() || phases.back() != now.phase) phases.push_back(now.phase);
    };
    const auto report = r.run(options);
    CHECK(phases == std::vector{discovering, pulling, pushing, announcing});
    CHECK(report.pulled == 1);
    CHECK(report.pushed == 1);
    CHECK(report.announced);
    phases.clear();
    CHECK(r.run(options).idle());
    CHECK(phases == std::vector{discovering, announcing});
}

TEST_CASE("sync_run: the report has what this sync asked for, and nothing of the one before") {
    rig r;
    author other{r.w, 1};
    other.push({other.record("theirs", "text")});
    edit(r.unit.state, "ours", "text");
    for (int time = 0; time < 2; ++time) {
        const auto report = r.run();
        const auto asked = r.unit.faults.traffic();
        CHECK(report.requests == request_counts{.get = asked.gets, .put = asked.puts, .list = asked.lists});
        CHECK(report.bytes_sent == asked.bytes_up);
        CHECK(report.bytes_received == asked.bytes_down);
        CHECK((report.bytes_sent > 0) == (time == 0));
    }
}

TEST_CASE("sync_run: stopped in any phase it tells how far it came, and the next one goes on") {
    for (const auto phase : {discovering, pulling, pushing, announcing}) {
        rig r;
        author other{r.w, 1};
        other.push({other.record("theirs", "text")});
        edit(r.unit.state, "ours", "text");
        std::stop_source stop;
        sync_options options;
        options.stop = stop.get_token();
        options.observer = [&](const sync_progress& now) {
            if (now.phase == phase) stop.request_stop();
        };
        const auto report = r.run(options);
        CHECK(report.stopped);
        CHECK(report.pulled == (phase > discovering ? 1 : 0)); // all contents had come when it was stopped
        CHECK(report.pushed == (phase > pushing ? 1 : 0));
        CHECK(report.requests.total() > 0);
        CHECK(report.bytes_received == r.unit.faults.traffic().bytes_down);
        CHECK(r.remembered().empty());

        const auto next = r.run();
        CHECK_FALSE(next.stopped);
        CHECK(report.pulled + next.pulled == 1);
        CHECK(report.pushed + next.pushed == 1);
        CHECK_FALSE(r.remembered().empty());
        CHECK(r.announced() == 2);
    }
}

TEST_CASE("sync_run: a failure says that it was a sync's") {
    rig r;
    r.unit.faults.next(fault::unavailable);
    const auto outcome = r.try_run();
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::unavailable);
    CHECK(outcome.error().attempted() == "sync: read the head");
}

// What it remembers of the head.

TEST_CASE("sync_run: the head is remembered when all that it names is merged: then no news is one answer") {
    rig r;
    edit(r.unit.state, "ours", "text");
    r.run();
    CHECK_FALSE(r.remembered().empty());
    r.run();
    CHECK(r.unit.faults.traffic().gets == 1);
    CHECK(r.unit.faults.traffic().not_modified == 1);
    CHECK(r.unit.faults.traffic().requests() == 1);
}

TEST_CASE("sync_run: while a segment waits for another, or is refused, the head is not remembered") {
    for (const bool waits : {true, false}) {
        rig r;
        r.run();
        CHECK_FALSE(r.remembered().empty());
        author other{r.w, 1}, late{r.w, 2};
        const auto place = waits ? other.push({other.record("r", "text")}, {{late.next.log, 1}}) : other.push({});
        const auto key = r.unit.state.keys.segment(other.next.device, place.log, place.seq).text();
        if (!waits) store_at(r.w, key, "damaged");
        other.announce();
        const auto report = r.run();
        CHECK(report.waiting == (waits ? 1 : 0));
        CHECK(report.refusals.size() == (waits ? 0 : 1));
        CHECK(r.remembered().empty());
        r.run();
        CHECK(r.unit.faults.traffic().not_modified == 0); // it looks again
        late.push({});
        other.announce({&late});
        if (!waits) remove_at(r.w, key);
        CHECK(r.run().pulled == (waits ? 1 : 0));
        CHECK(r.remembered().empty() == !waits);
    }
}

TEST_CASE("sync_run: a head that could not be written is not remembered, and the next sync writes it") {
    rig r;
    r.unit.state.settings.head_attempts_max = 0; // every race is lost
    edit(r.unit.state, "ours", "text");
    const auto report = r.run();
    CHECK(report.pushed == 1);
    CHECK_FALSE(report.announced);
    CHECK(r.remembered().empty());
    r.unit.state.settings.head_attempts_max = 1;
    CHECK(r.run().announced);
    CHECK(r.announced() == 1);
}

TEST_CASE("sync_run: the head is not remembered if another log has come into the replica since the sync began") {
    rig r;
    const author other{r.w, 1};
    edit(r.unit.state, "ours", "text");
    sync_options options;
    options.observer = [&](const sync_progress& now) {
        if (now.phase != announcing) return;
        need(r.unit.state.local.transact([&](unit_type& in) -> result<void> {
            in.store_cursor(other.next.log, {other.next.device, 1, {}});
            return {};
        }));
    };
    CHECK(r.run(options).announced);
    CHECK(r.remembered().empty());
}

TEST_CASE(
    "sync_run: a segment left by an earlier sync is finished first, and announced although the head is the same") {
    rig r;
    edit(r.unit.state, "first", "text");
    r.run();
    edit(r.unit.state, "second", "text");
    r.unit.faults.at(r.unit.faults.operations() + 2, fault::lost_answer); // the head, the content, the segment
    CHECK(r.try_run().error() == errc::connection_lost);
    CHECK(r.announced() == 1);
    const auto report = r.run();
    CHECK(report.pushed == 1);
    CHECK(report.announced);
    CHECK(r.announced() == 2);
}

TEST_CASE("sync_run: if a push fails after a segment was committed, that segment is announced; the failure is told") {
    rig r;
    r.unit.state.settings.changes_per_segment_max = 1;
    r.run();
    edit(r.unit.state, "a", "text");
    edit(r.unit.state, "b", "text");
    r.unit.faults.at(r.unit.faults.operations() + 3, fault::throttled); // the head, a and its segment, b
    CHECK(r.try_run().error() == errc::throttled);
    CHECK(r.announced() == 1);
    CHECK(r.run().pushed == 1);
    CHECK(r.announced() == 2);
}

TEST_CASE("sync_run: a replica that fails at any call fails the sync, and the next one completes it") {
    for (std::uint64_t n = 0;; n += 3) {
        rig r;
        author other{r.w, 1};
        other.push({other.record("theirs", "text")});
        edit(r.unit.state, "ours", "text");
        r.unit.row_faults.at(r.unit.row_faults.calls() + n, errc::no_space);
        const auto outcome = r.try_run();
        if (r.unit.row_faults.failures() == 0) {
            CHECK(n > 30);
            break;
        }
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::no_space);
        CHECK(r.run().refusals.empty());
        CHECK_FALSE(r.remembered().empty());
        CHECK(r.announced() == 2);
        CHECK(keys_with(r.w, "/manifest/").size() == 2);
    }
}

} // namespace
