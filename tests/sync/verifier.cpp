#include "vault_fixture.hpp"

#include <numeric>

namespace {

using namespace vault_fixture;

struct rig {
    world w{};
    device a{w}, b{w, "phone"};
    attachment_id scan{};

    rig() {
        a.put("r", "old");
        a.clean_sync();
        a.put("r", "new");
        scan = need(a.emma().attach(attachment_source::from_bytes("scan bytes"), {"scan.pdf", ""}));
        a.put("with scan", "x", {{}, {scan}});
        a.put("gone", "x");
        a.erase("gone");
        (void)need(a.emma().put_profile("profile"));
        a.clean_sync();
        b.clean_sync();
        b.put("from b", "x");
        b.clean_sync();
        a.clean_sync();
    }
    [[nodiscard]] verify_report verify() { return need(b->verify()); }
    /// The one problem.
    [[nodiscard]] failure problem() {
        const auto report = verify();
        REQUIRE(report.problems.size() == 1);
        CHECK_FALSE(report.ok());
        return report.problems[0];
    }
    [[nodiscard]] std::string key(std::string_view part, std::size_t i = 0) { return keys_with(w, part).at(i); }
};

TEST_CASE("verify: a whole vault is ok, and everything in it is counted") {
    rig r;
    const auto report = r.verify();
    CHECK(report.ok());
    CHECK(report.logs == 2);
    CHECK(report.segments == 3);
    CHECK(report.objects == 4); // r, with scan, profile, from b; not the version that was replaced
    CHECK(report.attachments == 1);
    CHECK(report.orphans == 0);
    CHECK(report.foreign == 0);
    CHECK(report.bytes > 0);
    CHECK_FALSE(report.stopped);
}

TEST_CASE("verify: it changes nothing") {
    rig r;
    const auto before = keys_with(r.w, "");
    r.b.faults.reset_traffic();
    (void)r.verify();
    CHECK(r.b.faults.traffic().puts + r.b.faults.traffic().removes == 0);
    CHECK(keys_with(r.w, "") == before);
    CHECK(r.b.clean_sync().idle());
}

TEST_CASE("verify: a version's blob that is missing or damaged is found, by its key") {
    for (const std::string how : {"missing", "cut", "longer", "flipped"}) {
        rig r;
        const auto key = r.key("/profile.v");
        auto blob = stored_at(r.w, key);
        if (how == "cut") blob.pop_back();
        if (how == "longer") blob.push_back(std::byte{0});
        if (how == "flipped") blob[5] ^= std::byte{1};
        if (how == "missing") remove_at(r.w, key);
        if (how != "missing") store_at(r.w, key, blob);
        const auto found = r.problem();
        CHECK(found == (how == "missing" ? errc::missing_object : errc::tampered));
        CHECK(found.object() == key);
    }
}

TEST_CASE("verify: a replaced version may be damaged or gone") {
    rig r;
    remove_at(r.w, r.key("/records/r.v1."));
    CHECK(r.verify().ok());
}

TEST_CASE("verify: an attachment that only replaced versions list may be gone; one that none ever listed may not") {
    rig r;
    const auto lost = r.key("/data.blob");
    remove_at(r.w, lost);
    r.a.put("with scan", "without it", {.attachments = std::vector<attachment_id>{}});
    r.a.clean_sync();
    CHECK(r.verify().ok());
    CHECK(r.verify().orphans == 0);
    const auto unlisted = need(r.a.emma().attach(attachment_source::from_bytes("on its own"), {}));
    r.a.clean_sync();
    const auto key = r.key(unlisted.text() + "/data.blob");
    remove_at(r.w, key);
    CHECK(r.problem().object() == key);
}

TEST_CASE("verify: an attachment that is missing, cut or damaged is found") {
    for (const std::string how : {"missing", "cut", "flipped"}) {
        rig r;
        const auto key = r.key("/data.blob");
        auto data = stored_at(r.w, key);
        if (how == "cut") data.pop_back();
        if (how == "flipped") data[0] ^= std::byte{1};
        if (how == "missing") remove_at(r.w, key);
        if (how != "missing") store_at(r.w, key, data);
        const auto found = r.problem();
        CHECK(found == (how == "missing" ? errc::missing_object : errc::tampered));
        CHECK(found.object() == key);
    }
}

TEST_CASE("verify: a segment that is missing inside its log, at its end, or damaged is found") {
    {
        world w;
        device a{w};
        for (int i = 0; i < 3; ++i) {
            a.put("r" + std::to_string(i), "x");
            a.clean_sync();
        }
        const auto keys = keys_with(w, "/manifest/");
        const auto middle = stored_at(w, keys[1]), last = stored_at(w, keys[2]);
        remove_at(w, keys[1]);
        auto report = need(a->verify());
        REQUIRE(report.problems.size() == 1);
        CHECK(report.problems[0] == errc::missing_object);
        CHECK(report.problems[0].object() == keys[1]);
        store_at(w, keys[1], middle);

        remove_at(w, keys[2]);
        report = need(a->verify());
        REQUIRE(report.problems.size() == 1);
        CHECK(report.problems[0] == errc::rolled_back);
        store_at(w, keys[2], last);

        store_at(w, keys[1], "damaged");
        report = need(a->verify());
        REQUIRE(report.problems.size() == 1);
        CHECK(report.problems[0] == errc::malformed);
        CHECK(report.problems[0].object() == keys[1]);
    }
}

TEST_CASE("verify: what no segment names is an orphan, and what is of no known form is foreign") {
    rig r;
    store_at(r.w, "users/alice/collections/emma/records/lost.v1.00000000000000000000000000000000.blob", "x");
    store_at(r.w, "users/alice/holiday.jpg", "x");
    store_at(r.w, "users/bob/holiday.jpg", "x"); // not ours to judge
    const auto report = r.verify();
    CHECK(report.ok());
    CHECK(report.orphans == 1);
    CHECK(report.foreign == 1);
}

// How it asks.

/// Counts the calls, not the requests; gives at most `bytes_max` to whoever asks.
struct counting_storage : memory_storage {
    struct counts {
        std::uint64_t calls = 0, gets = 0;
    };
    counts* seen;
    counting_storage(memory_storage of, counts& where) : memory_storage{std::move(of)}, seen{&where} {}
    result<void> get(std::span<const get_op> ops, get_sink sink, const call_context& call) {
        ++seen->calls;
        seen->gets += ops.size();
        return memory_storage::get(ops, sink, call);
    }
};

struct counted_verify {
    verify_report report;
    counting_storage::counts seen;
};
counted_verify verify_counted(world& w, sync_settings settings) {
    counting_storage::counts seen;
    auto engine = need(open_vault({"alice", "reader", true, settings}, counting_storage{w.store, seen}, w.cipher,
                                  w.clock, keep_both{}, memory_replica{}));
    seen = {};
    auto report = need(engine.verify());
    return {std::move(report), seen};
}

TEST_CASE("verify: it asks for many objects at once, within the settings, and finds the same") {
    world w;
    device a{w};
    for (int push = 0; push < 20; ++push) {
        for (int i = 0; i < 20; ++i) a.put("r" + std::to_string(push * 20 + i), std::string(500, 'x'));
        a.clean_sync();
    }
    remove_at(w, keys_with(w, "/records/r7.v").at(0));
    store_at(w, keys_with(w, "/records/r77.v").at(0), "damaged");
    remove_at(w, keys_with(w, "/manifest/").at(4));
    const auto problems = [](const counted_verify& done) {
        std::map<std::string, errc> found;
        for (const auto& one : done.report.problems) found.emplace(one.object(), one.code());
        return found;
    };
    const auto once = verify_counted(w, {});
    CHECK(once.seen.gets == 19 + 380);
    CHECK(once.seen.calls == 2 + 1); // 16 segments, the other 3; the records
    CHECK(once.report.segments == 19);
    CHECK(once.report.objects == 379);
    CHECK(problems(once).size() == 3);

    sync_settings few;
    few.batch_objects_max = 10;
    const auto many = verify_counted(w, few);
    CHECK(many.seen.gets == once.seen.gets);
    CHECK(many.seen.calls == 2 + 38);
    CHECK(problems(many) == problems(once));

    sync_settings small;
    small.batch_bytes_max = 2'000; // four records, or less than a segment
    const auto one_by_one = verify_counted(w, small);
    CHECK(one_by_one.seen.calls > 380 / 4);
    CHECK(one_by_one.report.segments == 19);
    CHECK(one_by_one.report.objects == 379);
    CHECK(problems(one_by_one) == problems(once));
}

TEST_CASE("log: every segment, in order, many at once, until the visitor has enough") {
    world w;
    device a{w};
    for (int push = 0; push < 40; ++push) {
        a.put("r", std::to_string(push));
        a.clean_sync();
    }
    for (const std::size_t bytes_max : {std::size_t{1}, std::size_t{8} << 20U}) {
        sync_settings settings;
        settings.batch_bytes_max = bytes_max;
        counting_storage::counts seen;
        auto engine = need(open_vault({"alice", "reader", true, settings}, counting_storage{w.store, seen}, w.cipher,
                                      w.clock, keep_both{}, memory_replica{}));
        seen = {};
        std::vector<std::uint64_t> met, wanted(40);
        std::iota(wanted.begin(), wanted.end(), 1);
        need(engine.log([&](const segment& one) { return met.push_back(one.seq), true; }));
        CHECK(met == wanted);
        if (bytes_max > 1) CHECK(seen.calls == 2);
        met.clear();
        need(engine.log([&](const segment& one) { return met.push_back(one.seq), met.size() < 3; }));
        CHECK(met.size() == 3);
    }
}

TEST_CASE("verify: stopped, it says so and no more") {
    rig r;
    std::stop_source stop;
    stop.request_stop();
    sync_options options;
    options.stop = stop.get_token();
    const auto report = need(r.b->verify(options));
    CHECK(report.stopped);
    CHECK_FALSE(report.ok());
}

TEST_CASE("verify: a store that cannot be asked is a failure, not a problem of the vault, at every request") {
    for (std::uint64_t n = 0;; ++n) {
        rig r;
        r.b.faults.at(r.b.faults.operations() + n, fault::unavailable);
        const auto report = r.b->verify();
        if (r.b.faults.happened(fault::unavailable) == 0) {
            CHECK(report);
            CHECK(n > 8);
            break;
        }
        REQUIRE_FALSE(report);
        CHECK(report.error() == errc::unavailable);
    }
}

} // namespace
