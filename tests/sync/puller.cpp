#include "vault_fixture.hpp"

// By the engine: a pull is what a sync does first.

namespace {

using namespace vault_fixture;

const auto by = *device_id::make("other");

std::string segment_key(const author& of, std::uint64_t seq) { return of.keys.segment(by, of.next.log, seq).text(); }

TEST_CASE("pull: segments of several logs are merged after what their authors had seen, in one sync") {
    world w;
    device a{w};
    author one{w, 9}, two{w, 1}, three{w, 5}; // the order of the ids is not that of the work
    const auto first = one.record("r", "1");
    const auto first_at = one.push({first});
    const auto second = two.record("r", "2", {first.dot});
    const auto second_at = two.push({second}, {first_at});
    three.push({three.record("r", "3", {second.dot})}, {first_at, second_at});
    const auto report = a.rediscover();
    CHECK(report.pulled == 3);
    CHECK(report.waiting == 0);
    CHECK(a.text("r") == "3");
    CHECK(a.beside("r").empty());
}

TEST_CASE(
    "pull: a dot that is named for two objects means the same whether their segments come at once or one by one") {
    world w;
    device a{w};
    author one{w, 1}, two{w, 2};
    const auto first = one.record("zzz", "1");
    auto clone = two.record("aaa", "of a clone");
    clone.dot = first.dot;
    const auto other = two.record("bbb", "2", {first.dot});
    const auto first_at = one.push({first});
    one.announce();
    a.rediscover();
    two.push({clone, other}, {first_at});
    two.announce({&one});
    device b{w, "phone"};
    for (auto* each : {&a, &b}) {
        each->rediscover();
        CHECK(each->text("zzz") == "1");
        CHECK_FALSE(each->text("aaa"));
        CHECK(each->text("bbb") == "2");
    }
}

TEST_CASE("pull: rounds of one segment give what one round gives") {
    for (const std::size_t at_once : {1U, 2U, 512U}) {
        world w;
        sync_settings settings;
        settings.segments_per_round_max = at_once;
        settings.changes_per_segment_max = at_once;
        device a{w, "laptop", settings};
        author one{w, 1}, two{w, 2};
        std::optional<log_position> seen;
        std::optional<dot> last;
        for (int i = 0; i < 12; ++i) {
            auto& who = i % 3 == 0 ? one : two;
            auto made = who.record("r", std::to_string(i), last ? std::vector{*last} : std::vector<dot>{});
            last = made.dot;
            seen = who.push({made, who.record("extra" + std::to_string(i), "x")},
                            seen && seen->log != who.next.log ? std::vector{*seen} : std::vector<log_position>{});
        }
        const auto report = a.rediscover();
        CHECK(report.pulled == 24);
        CHECK(a.text("r") == "11");
        CHECK(a.beside("r").empty());
        CHECK(need(a.emma().list()).size() == 13);
    }
}

TEST_CASE("pull: a log that is refused blocks no other, and is told with its reason") {
    world w;
    device a{w};
    author good{w, 1}, bad{w, 2};
    good.push({good.record("good", "x")});
    bad.push({bad.record("bad", "x")});
    store_at(w, segment_key(bad, 1), "garbage");
    const auto report = a.rediscover();
    REQUIRE(report.refusals.size() == 1);
    CHECK(report.refusals[0] == errc::malformed);
    CHECK(report.refusals[0].object() == segment_key(bad, 1));
    CHECK(a.text("good") == "x");
    CHECK_FALSE(a.text("bad"));
}

TEST_CASE("pull: a log is merged up to where it breaks") {
    world w;
    device a{w};
    author other{w, 1};
    other.push({other.record("one", "x")});
    other.push({other.record("two", "x")});
    other.next.previous.emplace().value[0] = std::byte{1}; // does not continue the second
    other.push({other.record("three", "x")});
    const auto report = a.rediscover();
    REQUIRE(report.refusals.size() == 1);
    CHECK(report.refusals[0] == errc::tampered);
    CHECK(report.refusals[0].object() == segment_key(other, 3));
    // A refused log's segments are dropped unless they were merged before: fetched again, and refused again, but
    // nothing that stands on the broken one is ever merged.
    CHECK_FALSE(a.text("three"));
}

TEST_CASE("pull: what relies on a refused log waits, and goes on when the log is mended") {
    world w;
    device a{w};
    author bad{w, 1}, after{w, 2};
    const auto first = bad.record("r", "1");
    const auto place = bad.push({first});
    after.push({after.record("r", "2", {first.dot})}, {place});
    bad.announce({&after});
    const auto whole = stored_at(w, segment_key(bad, 1));
    store_at(w, segment_key(bad, 1), "garbage");
    auto report = a.sync();
    CHECK(report.refusals.size() == 1);
    CHECK(report.waiting == 1);
    CHECK_FALSE(a.text("r"));
    store_at(w, segment_key(bad, 1), whole);
    report = a.sync(); // not idle, though the head has not changed: not everything had been merged
    CHECK(report.refusals.empty());
    CHECK(report.waiting == 0);
    CHECK(a.text("r") == "2");
}

TEST_CASE("pull: a segment that is missing for a moment is looked for again, and the log merged without a gap") {
    world w;
    device a{w};
    author other{w, 1};
    for (int i = 1; i <= 3; ++i) other.push({other.record("r" + std::to_string(i), "x")});
    other.announce();
    a.faults.at(a.faults.operations() + 1, fault::hidden); // the first segment; the others answer
    const auto report = a.clean_sync();
    CHECK(report.pulled == 3);
    for (int i = 1; i <= 3; ++i) CHECK(a.text("r" + std::to_string(i)) == "x");
}

TEST_CASE("pull: a segment that is named and not there refuses its log as missing, and nothing after it is merged") {
    world w;
    device a{w};
    author other{w, 1};
    for (int i = 1; i <= 3; ++i) other.push({other.record("r" + std::to_string(i), "x")});
    const auto second = stored_at(w, segment_key(other, 2));
    remove_at(w, segment_key(other, 2));
    other.announce();
    auto report = a.sync();
    REQUIRE(report.refusals.size() == 1);
    CHECK(report.refusals[0] == errc::missing_object);
    CHECK(report.refusals[0].object() == segment_key(other, 2));
    CHECK_FALSE(a.text("r3"));
    store_at(w, segment_key(other, 2), second);
    report = a.clean_sync();
    CHECK(a.text("r1") == "x");
    CHECK(a.text("r3") == "x");
}

TEST_CASE("pull: a blob that nobody will see any more may be gone") {
    world w;
    device a{w};
    author other{w, 1};
    const auto old = other.record("r", "old");
    other.push({old});
    other.push({other.record("r", "new", {old.dot})});
    other.remove(other.keys.record(old.collection, old.id, old.version, *old.stored));
    CHECK(a.rediscover().refusals.empty());
    CHECK(a.text("r") == "new");
}

TEST_CASE("pull: two digests for one slot are a fork, told, and both sides' edits are merged by their dots") {
    world w;
    device a{w};
    author other{w, 1};
    other.push({other.record("r", "1")});
    other.next.previous.emplace().value[0] = std::byte{9}; // what announce() says
    other.announce();
    const auto report = a.sync();
    REQUIRE(report.refusals.size() == 1);
    CHECK(report.refusals[0] == errc::forked);
    CHECK(a.text("r") == "1");
}

TEST_CASE("pull: edits made while contents are fetched are not lost, and stand beside what was pulled") {
    world w;
    device a{w}, b{w};
    a.put("r", "from a");
    a.clean_sync();
    bool edited = false;
    const sync_observer during = [&](const sync_progress& progress) {
        if (progress.phase != sync_phase::pulling || edited) return;
        edited = true;
        b.put("r", "from b, meanwhile");
    };
    sync_options options;
    options.observer = during;
    const auto report = b.clean_sync(options);
    CHECK(edited);
    CHECK(report.pulled == 1);
    CHECK(report.pushed == 1);
    CHECK(report.conflicts == 1);
    CHECK(b.text("r") == "from b, meanwhile");
    CHECK(b.beside("r") == std::vector<std::string>{"from a"});
}

TEST_CASE("pull: the names of devices and collections come with their segments and records") {
    world w;
    device a{w, "the laptop"}, b{w, "the phone"};
    a.put("any name: \xc3\xa9/\n", "x");
    a.clean_sync();
    b.clean_sync();
    CHECK(need(b->device_name(a->device())) == "the laptop");
    CHECK(need(b->collections()) == std::vector<std::string>{"emma"});
    CHECK(need(b.emma().list()).at(0).id == "any name: \xc3\xa9/\n");
}

TEST_CASE("pull: progress is told, and grows to its total") {
    world w;
    device a{w}, b{w};
    for (int i = 0; i < 10; ++i) a.put("r" + std::to_string(i), "x");
    a.clean_sync();
    sync_progress last;
    sync_options options;
    options.observer = [&](const sync_progress& progress) {
        if (progress.phase != sync_phase::pulling) return;
        CHECK(progress.done >= last.done);
        CHECK(progress.done <= progress.total);
        last = progress;
    };
    const auto report = b.clean_sync(options);
    CHECK(last.done == 10);
    CHECK(last.total == 10);
    CHECK(last.bytes == report.bytes_received);
}

TEST_CASE("pull: a version so great that hardly a next one is possible refuses its log alone, and blocks no push") {
    world w;
    device a{w}, b{w, "phone"};
    a.put("r", "1");
    a.clean_sync();
    author other{w, 1};
    auto last = other.record("s", "x");
    last.version = detail::version_max;
    auto over = other.record("t", "x");
    over.version = detail::version_max + 1;
    store_at(w, other.keys.record(last.collection, last.id, last.version, *last.stored).text(),
             detail::encode(detail::payload{"emma", "s", "x"}));
    other.push({last});
    other.push({over});
    const auto report = b.rediscover();
    REQUIRE(report.refusals.size() == 1);
    CHECK(report.refusals[0] == errc::malformed);
    CHECK(report.refusals[0].detail().find("version over 2^53 - 2^20") != std::string::npos);
    CHECK(b.text("r") == "1");
    CHECK(b.text("s") == "x");
    b.put("s", "after the last");
    b.put("r", "2");
    CHECK(b.sync().pushed == 2);
    a.rediscover();
    CHECK(a.text("r") == "2");
}

TEST_CASE("pull: a clock follows others, but not by more than a day") {
    world w;
    device a{w};
    a.clean_sync();
    author other{w, 1};
    const auto now = w.clock.now().time_since_epoch().count();
    const std::int64_t hour = std::chrono::nanoseconds{std::chrono::hours{1}}.count();
    auto soon = other.record("r", "in an hour"), far = other.record("s", "in ten years");
    soon.timestamp = {now + hour};
    far.timestamp = {now + 87'600 * hour};
    other.push({soon});
    a.rediscover();
    CHECK(a.put("next", "x").timestamp > soon.timestamp);
    other.push({far});
    a.rediscover();
    const auto after = a.put("next", "y").timestamp;
    CHECK(after > soon.timestamp);
    CHECK(after < stamp{now + 25 * hour});
    CHECK(a.put("s", "replaces what is of the future").timestamp < far.timestamp);
    CHECK(a.text("s") == "replaces what is of the future");
    CHECK(a.beside("s").empty());
}

} // namespace
