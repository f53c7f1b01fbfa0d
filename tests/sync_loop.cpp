#include <sealsync/sync_loop.hpp>

#include <sealsync/testing/random.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <functional>

namespace {

using namespace sealsync;
using std::chrono::milliseconds;

/// Time that passes at once: what was waited for is written down, and `then` does what happens meanwhile.
struct diary {
    std::vector<milliseconds> waits{};
    int wakes = 0;
    std::function<void()> then{};
};
class manual_waiter {
public:
    explicit manual_waiter(diary& into) : diary_{&into} {}
    void wait(milliseconds time, const std::stop_token&) {
        diary_->waits.push_back(time);
        if (diary_->then) diary_->then();
    }
    void wake() { ++diary_->wakes; }

private:
    diary* diary_;
};

sync_report pulled(std::uint64_t count) {
    sync_report report;
    report.pulled = count;
    return report;
}
sync_report pushed(std::uint64_t count) {
    sync_report report;
    report.pushed = count;
    return report;
}

/// Answers what it is told to, and checks that it is never asked while it is.
struct scripted_engine {
    std::deque<result<sync_report>> answers{};
    std::function<void()> during{};
    int syncs = 0;
    bool running = false;
    std::optional<failure> no_random{};

    [[nodiscard]] result<sync_report> sync(const sync_options& options) {
        CHECK_FALSE(running);
        running = true;
        ++syncs;
        if (during) during();
        running = false;
        if (options.stop.stop_requested()) {
            sync_report stopped;
            stopped.stopped = true;
            return stopped;
        }
        if (answers.empty()) return sync_report{};
        auto next = std::move(answers.front());
        answers.pop_front();
        return next;
    }
    [[nodiscard]] result<std::uint64_t> random() {
        if (no_random) return *no_random;
        return std::uint64_t{0};
    }
};
using loop_type = sync_loop<scripted_engine, manual_waiter>;

struct rig {
    scripted_engine engine{};
    diary waited{};
    loop_type loop{engine, sync_loop_settings{}, waited};
    std::stop_source stop{};
    std::vector<result<sync_report>> told{};

    /// Runs for so many waits.
    [[nodiscard]] result<void> run(std::size_t waits) {
        auto before = std::move(waited.then);
        waited.then = [&, before] {
            if (before) before();
            if (waited.waits.size() >= waits) stop.request_stop();
        };
        return loop.run(stop.get_token(), [&](const result<sync_report>& outcome) { told.push_back(outcome); });
    }
};

TEST_CASE("sync_schedule: an idle poll comes after 30 to 60 seconds, each drawn anew") {
    sync_schedule schedule;
    testing::random rng{1};
    auto least = milliseconds::max(), most = milliseconds::min();
    for (int i = 0; i < 2'000; ++i) {
        sync_schedule fresh;
        const auto wait = fresh.after_success({}, rng());
        CHECK(wait >= milliseconds{30'000});
        CHECK(wait <= milliseconds{60'000});
        least = (std::min)(least, wait);
        most = (std::max)(most, wait);
    }
    CHECK(least < milliseconds{30'200});
    CHECK(most > milliseconds{59'800});
    CHECK(schedule.after_success({}, 0) == milliseconds{30'000});
    CHECK(schedule.after_success({}, 30'000) == milliseconds{60'000});
}

TEST_CASE("sync_schedule: news are followed by a poll soon") {
    sync_schedule schedule;
    CHECK(schedule.after_success(pulled(3), 17) == milliseconds{5'000});
}

TEST_CASE("sync_schedule: after many polls without news they become rarer, up to the rarest, until there are news") {
    sync_schedule schedule;
    for (int i = 0; i < 20; ++i) CHECK(schedule.after_success({}, 0) == milliseconds{30'000});
    CHECK(schedule.after_success({}, 0) == milliseconds{60'000});
    CHECK(schedule.after_success({}, 0) == milliseconds{120'000});
    CHECK(schedule.after_success({}, 0) == milliseconds{240'000});
    for (int i = 0; i < 100; ++i) CHECK(schedule.after_success({}, ~std::uint64_t{0}) == milliseconds{300'000});
    CHECK(schedule.after_success(pulled(1), 0) == milliseconds{5'000});
    CHECK(schedule.after_success({}, 0) == milliseconds{30'000});
}

TEST_CASE("sync_schedule: pushes and edits are activity, too") {
    for (const bool edit : {true, false}) {
        sync_schedule schedule;
        for (int i = 0; i < 40; ++i) (void)schedule.after_success({}, 0);
        if (edit) CHECK(schedule.after_edit() == milliseconds{2'000});
        if (!edit) CHECK(schedule.after_success(pushed(1), 0) == milliseconds{30'000});
        CHECK(schedule.after_success({}, 0) == milliseconds{30'000});
    }
}

TEST_CASE("sync_schedule: failures back off exponentially with full jitter, and a success ends it") {
    sync_schedule schedule;
    auto bound = milliseconds{1'000};
    for (int i = 0; i < 40; ++i) {
        const auto wait = sync_schedule{schedule}.after_failure(static_cast<std::uint64_t>(bound.count()) - 1);
        CHECK(wait == bound);
        CHECK(schedule.after_failure(0) == milliseconds{1});
        bound = (std::min)(bound * 2, milliseconds{600'000});
    }
    (void)schedule.after_success({}, 0);
    CHECK(schedule.after_failure(999) == milliseconds{1'000});
}

TEST_CASE("sync_schedule: settings that contradict each other do no harm") {
    sync_loop_settings odd;
    odd.poll_min = milliseconds{10};
    odd.poll_max = milliseconds{5};
    sync_schedule schedule{odd};
    CHECK(schedule.after_success({}, ~std::uint64_t{0}) == milliseconds{10});
}

TEST_CASE("sync_loop: it syncs, tells, and waits, until it is stopped") {
    rig r;
    r.engine.answers = {pulled(1), sync_report{}};
    CHECK(r.run(3));
    CHECK(r.engine.syncs == 3);
    CHECK(r.told.size() == 3);
    CHECK(r.waited.waits == std::vector<milliseconds>{milliseconds{5'000}, milliseconds{30'000}, milliseconds{30'000}});
}

TEST_CASE("sync_loop: what trying again can mend is tried again, with backoff") {
    rig r;
    r.engine.answers = {failure{errc::unavailable}, failure{errc::connection_lost}, failure{errc::precondition_failed},
                        sync_report{}};
    CHECK(r.run(4));
    REQUIRE(r.told.size() == 4);
    CHECK(r.told[0].error() == errc::unavailable);
    CHECK(r.waited.waits[0] == milliseconds{1});
    CHECK(r.waited.waits[3] == milliseconds{30'000});
}

TEST_CASE("sync_loop: what it cannot mend ends it, with the failure") {
    for (const auto code :
         {errc::other_vault, errc::mass_delete, errc::no_space, errc::replica_corrupt, errc::unsupported}) {
        rig r;
        r.engine.answers = {sync_report{}, failure{code}};
        const auto ended = r.run(10);
        REQUIRE_FALSE(ended);
        CHECK(ended.error() == code);
        CHECK(r.told.size() == 2);
        CHECK(r.engine.syncs == 2);
    }
}

TEST_CASE("sync_loop: an edit is pushed soon, so that a burst becomes one sync") {
    rig r;
    r.waited.then = [&] {
        if (r.waited.waits.size() == 1) {
            r.loop.edited();
            r.loop.edited();
        }
    };
    CHECK(r.run(3));
    CHECK(r.waited.wakes == 2);
    CHECK(r.waited.waits == std::vector<milliseconds>{milliseconds{30'000}, milliseconds{2'000}, milliseconds{30'000}});
    CHECK(r.engine.syncs == 2);
}

TEST_CASE("sync_loop: an edit during a sync is not forgotten") {
    rig r;
    r.engine.during = [&] {
        if (r.engine.syncs == 1) r.loop.edited();
    };
    CHECK(r.run(3));
    REQUIRE(r.waited.waits.size() >= 2);
    CHECK(r.waited.waits[1] == milliseconds{2'000});
}

TEST_CASE("sync_loop: stopped before it begins, it does nothing; stopped during a sync, it tells nothing") {
    rig before;
    before.stop.request_stop();
    CHECK(before.run(9));
    CHECK(before.engine.syncs == 0);

    rig during;
    during.engine.during = [&] { during.stop.request_stop(); };
    CHECK(during.run(9));
    CHECK(during.engine.syncs == 1);
    CHECK(during.told.empty());
    CHECK(during.waited.waits.empty());
}

TEST_CASE("sync_loop: without randomness it ends rather than poll in step with all the others") {
    rig r;
    r.engine.no_random = failure{errc::io_error, "random"};
    const auto ended = r.run(9);
    REQUIRE_FALSE(ended);
    CHECK(ended.error() == errc::io_error);
}

} // namespace
