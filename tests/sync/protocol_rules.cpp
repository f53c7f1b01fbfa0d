#include "vault_fixture.hpp"

#include <sealsync/conflict/last_write_wins.hpp>
#include <sealsync/conflict/merge_with.hpp>

#include <set>

// The rules of the protocol that a model found necessary, each by its words.

namespace {

using namespace vault_fixture;

struct joined_lines {
    bytes operator()(std::optional<bytes_view>, std::span<const bytes_view> contents) const {
        std::set<std::string> lines;
        for (const auto content : contents) {
            std::string line;
            for (const char c : as_text(content)) {
                if (c == '\n') lines.insert(std::exchange(line, {}));
                if (c != '\n') line += c;
            }
        }
        std::string all;
        for (const auto& line : lines) all += line + '\n';
        return to_bytes(all);
    }
};
struct merging : merge_with<joined_lines> {
    merging() : merge_with{joined_lines{}} {}
};

/// The logs in the store: the keys' part before the number.
std::set<std::string> logs_of(const world& w) {
    std::set<std::string> logs;
    for (const auto& key : keys_with(w, "/manifest/")) logs.insert(key.substr(0, key.rfind('/')));
    return logs;
}

template <class... Devices>
void settle(Devices&... all) {
    for (int round = 0; round < 3; ++round) (all.rediscover(), ...);
}

// Runs, dots, logs.

TEST_CASE("a run id is never kept: each opening of a replica has another, and begins a log of its own") {
    world w;
    device a{w};
    const auto first = a.put("r", "1");
    a.sync();
    a.reopen();
    const auto second = a.put("r", "2");
    a.sync();
    CHECK(first.dot.run != second.dot.run);
    CHECK(logs_of(w).size() == 2);
    CHECK(keys_with(w, "/manifest/").size() == 2);
}

TEST_CASE("a copied replica never passes for its original: both edit, both push, a third knows all") {
    for (const auto conditions : {testing::condition_mode::as_is, testing::condition_mode::off}) {
        world w;
        device original{w}, third{w, "phone"};
        for (auto* one : {&original, &third}) one->faults.conditions(conditions);
        original.put("r", "before");
        original.clean_sync();
        device copy{w, "laptop", {}, original.rows.snapshot()};
        copy.faults.conditions(conditions);

        original.put("r", "by the original");
        copy.put("r", "by the copy");
        copy.put("only there", "x");
        original.clean_sync();
        third.clean_sync();
        third.put("r", "by a third who saw the original's");
        copy.clean_sync();
        third.clean_sync();
        settle(original, copy, third);

        for (auto* one : {&original, &copy, &third}) {
            std::set<std::string> contents{*one->text("r")};
            for (const auto& content : one->beside("r")) contents.insert(content);
            CHECK(contents == std::set<std::string>{"by the copy", "by a third who saw the original's"});
            CHECK(one->text("only there") == "x");
        }
    }
}

TEST_CASE("a copied replica that is in use is told: another machine pushes as this device") {
    world w;
    device original{w};
    original.sync();
    device copy{w, "laptop", {}, original.rows.snapshot()};
    copy.put("r", "1");
    CHECK_FALSE(copy.sync().cloned);
    CHECK(original.sync().cloned);
}

TEST_CASE("a restored replica loses nothing and resurrects nothing") {
    world w;
    device a{w}, b{w, "phone"};
    a.put("kept", "1");
    a.put("erased", "1");
    a.clean_sync();
    const auto backup = a.rows.snapshot();
    a.put("kept", "2");
    a.erase("erased");
    a.clean_sync();
    b.clean_sync();

    device restored{w, "laptop", {}, backup};
    CHECK(restored.text("kept") == "1");
    restored.put("new", "after the restore");
    restored.clean_sync();
    CHECK(restored.text("kept") == "2");
    CHECK_FALSE(restored.text("erased"));
    b.clean_sync();
    CHECK(b.text("kept") == "2");
    CHECK_FALSE(b.text("erased"));
    CHECK(b.text("new") == "after the restore");
    CHECK(b.beside("kept").empty());
}

TEST_CASE("an edit met before is ignored even if it is no longer there: a log read again resurrects nothing") {
    world w;
    device a{w};
    author other{w, 1};
    const auto first = other.record("r", "first");
    other.push({first});
    other.announce();
    a.clean_sync();
    a.put("r", "replaced");
    a.clean_sync();
    // The same edit in another log, as the copy of a replica would push it.
    author copy{w, 2};
    copy.push({first});
    copy.announce();
    a.clean_sync();
    CHECK(a.text("r") == "replaced");
    CHECK(a.beside("r").empty());
}

TEST_CASE("an edit that another replaced before it arrived is ignored when it comes") {
    world w;
    device a{w};
    author other{w, 1};
    const auto first = other.record("r", "first");
    const auto second = other.record("r", "second", {first.dot});
    other.push({second});
    other.push({first});
    other.announce();
    a.clean_sync();
    CHECK(a.text("r") == "second");
    CHECK(a.beside("r").empty());
}

TEST_CASE("the same dot with other content is a sibling") {
    world w;
    device a{w};
    author one{w, 1}, two{w, 2};
    two.run = one.run; // two machines resumed from one memory image
    one.push({one.record("r", "of one")});
    two.push({two.record("r", "of two")});
    a.rediscover();
    auto contents = a.beside("r");
    contents.push_back(*a.text("r"));
    std::sort(contents.begin(), contents.end());
    CHECK(contents == std::vector<std::string>{"of one", "of two"});
    device b{w};
    b.rediscover();
    CHECK(a.text("r") == b.text("r"));
    // An edit of it replaces both: they share the dot that it names.
    a.put("r", "decided");
    settle(a, b);
    CHECK(b.text("r") == "decided");
    CHECK(b.beside("r").empty());
}

TEST_CASE("keys of record blobs are never shared by two edits, not even for equal content") {
    world w;
    device a{w}, b{w};
    a.put("r", "equal");
    b.put("r", "equal");
    a.clean_sync();
    b.clean_sync();
    a.put("r", "equal");
    a.clean_sync();
    std::set<std::string> seen;
    std::size_t edits = 0;
    need(a->log([&](const segment& s) {
        for (const auto& c : s.changes) {
            ++edits;
            seen.insert(c.dot.text());
        }
        return true;
    }));
    CHECK(edits == 3);
    CHECK(seen.size() == 3);
    // In a plaintext vault equal bytes of one version number are one object; the context of the seal tells them apart.
    opened_state<> unit{w};
    change c;
    c.collection = *collection_id::make("emma");
    c.id = *object_id::make("r");
    c.dot = {run_id{}, 1};
    const auto first = c.dot.text();
    const auto context = unit.state.context_of(c, first).encode();
    c.dot.n = 2;
    const auto second = c.dot.text();
    CHECK(context != unit.state.context_of(c, second).encode());
}

// Merge.

TEST_CASE("a live sibling hides concurrent tombstones: an edit beats a concurrent delete, on both sides") {
    world w;
    device a{w}, b{w};
    a.put("r", "1");
    a.clean_sync();
    b.clean_sync();
    a.put("r", "edited");
    b.erase("r");
    settle(a, b);
    for (auto* one : {&a, &b}) {
        CHECK(one->text("r") == "edited");
        CHECK(one->beside("r").empty());
    }
    b.erase("r"); // now it saw the edit
    settle(a, b);
    CHECK_FALSE(a.text("r"));
}

TEST_CASE("an edit of a record with a hidden tombstone replaces the tombstone, too") {
    world w;
    device a{w}, b{w};
    a.put("r", "1");
    settle(a, b);
    a.put("r", "edited");
    b.erase("r");
    settle(a, b);
    a.put("r", "again");
    settle(a, b);
    CHECK(need(a.emma().history("r")).back().number == 3);
    b.erase("r");
    settle(a, b);
    CHECK_FALSE(a.text("r"));
    CHECK_FALSE(b.text("r"));
}

TEST_CASE("keep_both: an edit replaces only the one it was made on") {
    world w;
    device a{w}, b{w};
    a.put("r", "1");
    settle(a, b);
    a.put("r", "from a");
    b.put("r", "from b");
    settle(a, b);
    const auto shown = a.text("r").value();
    const auto other = a.beside("r").front();
    a.put("r", "edit of the shown one");
    settle(a, b);
    for (auto* one : {&a, &b}) {
        std::set<std::string> all{*one->text("r")};
        for (const auto& content : one->beside("r")) all.insert(content);
        CHECK(all == std::set<std::string>{"edit of the shown one", other});
        CHECK_FALSE(all.contains(shown));
    }
}

TEST_CASE("keep_both: an edit of the version beside leaves the shown one alone") {
    world w;
    device a{w}, b{w};
    a.put("r", "from a");
    b.put("r", "from b");
    settle(a, b);
    const auto shown = a.text("r");
    const auto conflict = need(a.emma().get("r"))->conflicts.front();
    CHECK(need(a.emma().erase(conflict.id)));
    settle(a, b);
    for (auto* one : {&a, &b}) {
        CHECK(one->text("r") == shown);
        CHECK(one->beside("r").empty());
    }
}

TEST_CASE("keep_both: the id of a version beside is the same on every device") {
    world w;
    device a{w}, b{w};
    a.put("r", "from a");
    b.put("r", "from b");
    settle(a, b);
    CHECK(need(a.emma().get("r"))->conflicts.front().id == need(b.emma().get("r"))->conflicts.front().id);
}

TEST_CASE("last_write_wins: the next edit replaces all siblings") {
    world w;
    basic_device<last_write_wins> a{w}, b{w};
    a.put("r", "from a");
    b.put("r", "from b");
    settle(a, b);
    CHECK(a.text("r") == "from b");
    a.put("r", "next");
    settle(a, b);
    for (auto* one : {&a, &b}) {
        CHECK(one->text("r") == "next");
        one->erase("r");
        settle(a, b);
        CHECK_FALSE(one->text("r"));
        one->put("r", "next");
        settle(a, b);
    }
}

TEST_CASE("merge_with: siblings are merged once, and two devices that merge at once agree") {
    world w;
    basic_device<merging> a{w}, b{w};
    a.put("r", "a\n");
    b.put("r", "b\n");
    settle(a, b);
    for (auto* one : {&a, &b}) {
        CHECK(one->text("r") == "a\nb\n");
        CHECK(one->beside("r").empty());
        CHECK(one->sync().idle());
    }
}

TEST_CASE("timestamps never beat replaces: an edit of a device whose clock is years behind replaces what it saw") {
    world w;
    basic_device<last_write_wins> a{w};
    a.put("r", "of the present");
    a.clean_sync();
    world past{w.store, w.cipher, manual_clock{wall_time{std::chrono::hours{1}}}};
    basic_device<last_write_wins> b{past};
    b.clean_sync();
    const auto made = b.put("r", "of the past");
    CHECK(made.timestamp < need(a.emma().get("r"))->version.timestamp); // no clock follows another by years
    b.clean_sync();
    a.clean_sync();
    CHECK(a.text("r") == "of the past");
}

/// Merges lines, but for records that say "stop".
struct sometimes {
    result<bytes> operator()(std::optional<bytes_view> base, std::span<const bytes_view> contents) const {
        for (const auto content : contents) {
            if (as_text(content).find("stop") != std::string_view::npos) return failure{errc::malformed, "stop"};
        }
        return joined_lines{}(base, contents);
    }
};
struct merging_sometimes : merge_with<sometimes> {
    merging_sometimes() : merge_with{sometimes{}} {}
};

TEST_CASE("a record whose merge is refused holds back itself, is named by every sync, and can be read and settled") {
    world w;
    basic_device<merging_sometimes> a{w}, b{w, "phone"};
    const auto both_edit = [&](std::string_view id, std::string_view of_a, std::string_view of_b) {
        a.put(id, of_a);
        b.put(id, of_b);
    };
    a.clean_sync();
    both_edit("good", "1\n", "2\n");
    both_edit("bad", "stop\n", "4\n");
    a.put("other", "5\n");
    a.clean_sync();
    for (int again = 0; again < 2; ++again) {
        const auto report = b.sync();
        REQUIRE(report.refusals.size() == 1);
        CHECK(report.refusals[0] == errc::malformed);
        CHECK(report.refusals[0].object() == "bad");
        CHECK(report.refusals[0].attempted() == "merge: merge_with");
        CHECK(b.text("good") == "1\n2\n");
        CHECK(b.text("other") == "5\n");
        CHECK(need(b->pending()) == 0);
    }
    CHECK(b.text("bad") == "4\n");
    CHECK(b.beside("bad") == std::vector<std::string>{"stop\n"});
    CHECK(need(b.emma().list()).size() == 3);

    (void)a.sync();
    CHECK(a.text("good") == "1\n2\n");
    CHECK(a.text("bad") == "4\n"); // the same on every device
    CHECK(a.erase(need(a.emma().get("bad"))->conflicts.at(0).id));
    a.clean_sync();
    b.clean_sync();
    for (auto* one : {&a, &b}) {
        CHECK(one->text("bad") == "4\n");
        CHECK(one->beside("bad").empty());
    }
}

/// The same without asking for a base.
struct merging_blindly {
    static constexpr policy_reads reads = policy_reads::contents;
    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) const {
        return merging{}.resolve(siblings, base);
    }
};

// Three-way concurrency, under every policy and in every causal order.

template <class Policy>
std::set<std::string> three_way(const std::vector<int>& order) {
    world w;
    basic_device<Policy> reader{w};
    author x{w, 1, "x"}, y{w, 2, "y"}, z{w, 3, "z"};
    const auto base = x.record("r", "base");
    const auto x_edit = x.record("r", "x\n", {base.dot});
    auto y_edit = y.record("r", "y\n", {base.dot});
    auto z_edit = z.record("r", "z\n", {x_edit.dot}); // saw x, and not y
    const auto begun = x.push({base});
    const auto x_at = x.push({x_edit});
    y.push({y_edit}, {begun});
    z.push({z_edit}, {x_at});
    x.announce();
    // Each head names one log alone, so that the reader meets them in this order.
    for (const auto next : order) {
        (next == 0 ? x : next == 1 ? y : z).announce();
        (void)need(reader->sync());
    }
    reader.rediscover();
    std::set<std::string> contents{reader.text("r").value()};
    for (auto& content : reader.beside("r")) contents.insert(std::move(content));
    contents.insert("shown: " + reader.text("r").value());
    return contents;
}

TEST_CASE("x beside y, z replaces x: one result in every order and under every policy") {
    std::vector<int> order{0, 1, 2};
    do {
        const auto both = three_way<keep_both>(order);
        CHECK(both.contains("y\n"));
        CHECK(both.contains("z\n"));
        CHECK_FALSE(both.contains("x\n"));
        CHECK(both == three_way<keep_both>({0, 1, 2}));
        CHECK(three_way<last_write_wins>(order) == three_way<last_write_wins>({0, 1, 2}));
        const auto merged = three_way<merging_blindly>(order); // with x, if it was merged before z was known
        CHECK(merged.size() == 2);
        CHECK((merged.contains("y\nz\n") || merged.contains("x\ny\nz\n")));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("an edit made offline on an old version never replaces what its author had not seen") {
    world w;
    device a{w}, b{w}, c{w};
    a.put("r", "1");
    settle(a, b, c);
    a.put("r", "2");
    settle(a, c);
    a.put("r", "3");
    settle(a, c);
    b.put("r", "offline on 1"); // later by its clock than all of them
    settle(b, a, c);
    for (auto* one : {&a, &b, &c}) {
        std::set<std::string> all{*one->text("r")};
        for (const auto& content : one->beside("r")) all.insert(content);
        CHECK(all == std::set<std::string>{"3", "offline on 1"});
    }
}

// Delivery.

TEST_CASE("a segment waits for what its author had seen") {
    world w;
    device a{w};
    author one{w, 1, "one"}, two{w, 2, "two"};
    const auto first = one.record("r", "first");
    const auto place = one.push({first});
    const auto hidden = one.keys.segment(*device_id::make("one"), one.next.log, 1);
    const auto kept = stored_at(w, hidden.text());
    one.remove(hidden);
    two.push({two.record("r", "second", {first.dot})}, {place});
    two.announce();
    auto report = a.sync();
    CHECK(report.pulled == 0);
    CHECK(report.waiting == 1);
    CHECK_FALSE(a.text("r"));
    one.put(hidden, kept);
    report = a.rediscover();
    CHECK(report.waiting == 0);
    CHECK(a.text("r") == "second");
    CHECK(a.beside("r").empty());
}

TEST_CASE("a segment that waits longer than a day is reported as withheld, by this device's clock") {
    world w;
    device a{w};
    author one{w, 1};
    log_position never{{}, 1};
    never.log.value[5] = std::byte{1};
    one.push({one.record("r", "1")}, {never});
    one.announce();
    CHECK(a.sync().refusals.empty());
    w.clock.advance(std::chrono::hours{25});
    const auto report = a.sync();
    REQUIRE(report.refusals.size() == 1);
    CHECK(report.refusals[0] == errc::withheld);
    CHECK(report.waiting == 1);
}

TEST_CASE("the segment is the commit: blobs without one are nothing to anybody") {
    world w;
    device a{w}, b{w};
    a.sync();
    a.put("r", "1");
    a.faults.at(a.faults.operations() + 2, fault::lost_request); // head, blob, segment
    CHECK(a->sync().error() == errc::connection_lost);
    CHECK(b.rediscover().pulled == 0);
    CHECK(need(b->verify()).orphans == 1);
    CHECK(a.sync().pushed == 1);
    CHECK(b.rediscover().pulled == 1);
    CHECK(need(b->verify()).orphans == 0);
}

TEST_CASE("a sealed segment is finished byte for byte by the next run, in the old log") {
    world w;
    device a{w}, b{w};
    a.sync();
    a.put("r", "1");
    a.faults.at(a.faults.operations() + 2, fault::lost_answer);
    CHECK(a->sync().error() == errc::connection_lost);
    const auto landed = keys_with(w, "/manifest/");
    REQUIRE(landed.size() == 1);
    const auto sealed = stored_at(w, landed[0]);

    a.reopen();
    a.put("r", "2");
    CHECK(a.clean_sync().pushed == 2);
    CHECK(stored_at(w, landed[0]) == sealed);
    CHECK(logs_of(w).size() == 2);
    b.clean_sync();
    CHECK(b.text("r") == "2");
    CHECK(b.beside("r").empty());
    CHECK(need(a->verify()).ok());
}

TEST_CASE("a segment finished after a failed sync is announced at once, though the head has not changed") {
    world w;
    device a{w}, b{w};
    a.put("r", "1");
    a.clean_sync();
    b.clean_sync();
    a.put("r", "2");
    a.faults.at(a.faults.operations() + 2, fault::lost_request);
    CHECK(a->sync().error() == errc::connection_lost);
    a.clean_sync();
    b.clean_sync();
    CHECK(b.text("r") == "2");
}

TEST_CASE("a slot that somebody else has taken: a new log, and nothing is lost") {
    world w;
    device a{w}, b{w};
    a.sync();
    a.put("r", "1");
    a.faults.at(a.faults.operations() + 2, fault::lost_answer);
    CHECK(a->sync().error() == errc::connection_lost);
    const auto slot = keys_with(w, "/manifest/").at(0);
    store_at(w, slot, "another's bytes");
    const auto report = a.sync();
    REQUIRE_FALSE(report.refusals.empty());
    CHECK(report.refusals[0] == errc::forked);
    CHECK(logs_of(w).size() == 2);
    remove_at(w, slot);
    b.clean_sync();
    CHECK(b.text("r") == "1");
}

TEST_CASE("whoever finds the head behind joins in everything it knows, not only its own") {
    world w;
    device a{w}, b{w}, c{w};
    a.put("r", "of a device that dies");
    a.clean_sync();
    b.clean_sync();
    remove_at(w, "users/alice/sync-manifest.json");
    b.clean_sync(); // has written nothing itself
    const auto report = c.clean_sync();
    CHECK(report.requests.list == 0);
    CHECK(c.text("r") == "of a device that dies");
}

TEST_CASE("a head behind our cursors has been set back: the store is listed at once, and if nothing is lost it heals") {
    world w;
    device a{w}, b{w}, c{w};
    a.put("r", "1");
    a.clean_sync();
    const auto old = stored_at(w, "users/alice/sync-manifest.json");
    a.put("r", "2");
    a.clean_sync();
    b.clean_sync();
    store_at(w, "users/alice/sync-manifest.json", old);
    const auto report = b.clean_sync();
    CHECK(report.requests.put == 1);
    CHECK(report.requests.list == 1);
    CHECK(b.clean_sync().requests.list == 0);
    CHECK(c.clean_sync().requests.list == 0);
    CHECK(c.text("r") == "2");
}

TEST_CASE("only logs are monotonic: a log that went backwards is a rollback, and nothing is changed") {
    world w;
    device a{w}, b{w};
    a.put("r", "1");
    a.clean_sync();
    b.clean_sync();
    for (const auto& key : keys_with(w, "/manifest/")) remove_at(w, key);
    sync_options options;
    options.rediscover = true;
    const auto outcome = b->sync(options);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::rolled_back);
    CHECK(b.text("r") == "1");
}

TEST_CASE("readers never delete") {
    world w;
    device a{w}, b{w};
    std::vector<std::string> before;
    for (int i = 0; i < 5; ++i) {
        a.put("r", "version " + std::to_string(i));
        a.clean_sync();
        b.clean_sync();
        auto keys = keys_with(w, "");
        CHECK(std::includes(keys.begin(), keys.end(), before.begin(), before.end()));
        before = std::move(keys);
    }
    CHECK(a.faults.traffic().removes + b.faults.traffic().removes == 0);
}

TEST_CASE("objects and cursors are one transaction: a pull that ends anywhere is taken up again without a gap") {
    for (std::uint64_t commit = 0; commit < 6; ++commit) {
        world w;
        sync_settings settings;
        settings.segments_per_round_max = 1;
        device a{w}, b{w, "phone", settings};
        for (int i = 0; i < 3; ++i) {
            a.put("r" + std::to_string(i), "x");
            a.clean_sync();
        }
        b.row_faults.crash_at_commit(b.row_faults.commits() + commit, crash_point::after);
        try {
            (void)b->sync();
        } catch (const testing::simulated_crash&) {
            b.row_faults.calm();
            b.reopen();
        }
        b.row_faults.calm();
        b.clean_sync();
        for (int i = 0; i < 3; ++i) CHECK(b.text("r" + std::to_string(i)) == "x");
    }
}

TEST_CASE("a pull that would delete more than half of 100 records is refused until a person allows it") {
    world w;
    device a{w}, b{w};
    need(a.emma().update([](auto& batch) {
        for (int i = 0; i < 100; ++i) batch.put("r" + std::to_string(i), "x");
    }));
    a.clean_sync();
    b.clean_sync();
    need(a.emma().update([](auto& batch) {
        for (int i = 0; i < 51; ++i) batch.erase("r" + std::to_string(i));
    }));
    a.clean_sync();
    b.put("mine", "x");
    const auto refused = b->sync();
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::mass_delete);
    CHECK(need(b.emma().list()).size() == 101);
    sync_options options;
    options.allow_mass_delete = true;
    b.clean_sync(options);
    CHECK(need(b.emma().list()).size() == 50);
    CHECK(b.clean_sync().idle());
}

TEST_CASE("the head heals: what it says of segments that are nowhere is forgotten, and asked for once only") {
    world w;
    device a{w}, b{w};
    a.put("r", "1");
    a.sync();
    b.sync();
    const std::string key = "users/alice/sync-manifest.json";
    auto damaged = need(canonical_codec::read_head(stored_at(w, key)));
    damaged.logs.front().seq += 7; // as a flipped bit in a plaintext vault would say
    store_at(w, key, need(write_head(damaged)));

    const auto first = b.sync();
    REQUIRE(first.refusals.size() == 1);
    CHECK(first.refusals.front() == errc::missing_object);
    const auto second = b.sync();
    CHECK(second.refusals.empty());
    CHECK(need(canonical_codec::read_head(stored_at(w, key))).logs.front().seq == 1);
    a.put("r", "2");
    a.sync();
    b.sync();
    CHECK(b.text("r") == "2");
}

TEST_CASE("an edit that no segment could hold is refused before it is acknowledged, and blocks no other") {
    world w;
    device a{w}, b{w};
    a.sync();
    CHECK_FALSE(a.emma().attach(attachment_source::from_bytes("x"), {"not UTF-8: \xff", ""}));
    sync_settings few;
    few.manifest.attachments_max = 1;
    device strict{w, "tablet", few};
    const auto one = need(strict.emma().attach(attachment_source::from_bytes("1")));
    const auto two = need(strict.emma().attach(attachment_source::from_bytes("2")));
    CHECK(strict.emma().put("r", "x", {{}, {one, two}}).error() == errc::too_large);
    strict.put("r", "x");
    CHECK(strict.clean_sync().pushed == 3);
    CHECK(a.clean_sync().refusals.empty());
}

TEST_CASE("a record that is edited very often offline is one version, whose dots fit into a segment") {
    world w;
    sync_settings few;
    few.manifest.dots_max = 150;
    device a{w, "laptop", few}, b{w};
    a.put("r", "published");
    a.clean_sync();
    b.clean_sync();
    for (int i = 0; i < 300; ++i) a.put("r", std::to_string(i));
    CHECK(a.clean_sync().pushed == 1);
    b.clean_sync();
    CHECK(b.text("r") == "299");
    CHECK(b.beside("r").empty());
}

TEST_CASE("a mass delete is counted over all the syncs that it takes, so that no refused one deletes on") {
    world w;
    device a{w};
    need(a.emma().update([](auto& batch) {
        for (int i = 0; i < 200; ++i) batch.put("r" + std::to_string(i), "x");
    }));
    a.clean_sync();
    sync_settings rounds;
    rounds.changes_per_segment_max = 20;
    device b{w, "phone", rounds};
    b.clean_sync();
    for (int from = 0; from < 180; from += 20) {
        need(a.emma().update([&](auto& batch) {
            for (int i = from; i < from + 20; ++i) batch.erase("r" + std::to_string(i));
        }));
        a.clean_sync();
    }
    for (int again = 0; again < 4; ++again) {
        const auto refused = b->sync();
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == errc::mass_delete);
        CHECK(need(b.emma().list()).size() >= 100);
    }
    sync_options allowed;
    allowed.allow_mass_delete = true;
    b.clean_sync(allowed);
    CHECK(need(b.emma().list()).size() == 20);
    CHECK(b.clean_sync().idle());
}

TEST_CASE("a merging policy keeps the content of the newest replaced version, and of no other") {
    world w;
    basic_device<merging> a{w};
    for (int i = 0; i < 20; ++i) {
        a.put("r", std::to_string(i));
        a.clean_sync();
    }
    std::size_t contents = 0;
    auto rows = need(a.rows.begin());
    need(rows.scan(replica_table::content, {}, [&](bytes_view, bytes_view) { return ++contents > 0; }));
    CHECK(contents == 2);
}

} // namespace
