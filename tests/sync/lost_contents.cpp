#include "vault_fixture.hpp"

#include <sealsync/conflict/last_write_wins.hpp>
#include <sealsync/conflict/merge_with.hpp>

// What the store has lost or damaged of a record holds back nothing else: the pull merges it without its content.

namespace {

using namespace vault_fixture;

struct joined_lines {
    bytes operator()(std::optional<bytes_view>, std::span<const bytes_view> contents) const {
        bytes all;
        for (const auto content : contents) append(all, all.empty() ? "" : "+"), append(all, content);
        return all;
    }
};
struct merging : merge_with<joined_lines> {
    merging() : merge_with{joined_lines{}} {}
};

/// The keys of a record's versions, oldest first.
std::vector<std::string> blobs_of(const world& w, std::string_view id) {
    return keys_with(w, "/records/" + std::string{id} + ".v");
}
std::string blob_of(const world& w, std::string_view id) { return blobs_of(w, id).back(); }
std::string id_of(int i) { return "r" + std::to_string(1000 + i); }

template <class Device>
void put_many(Device& on, int count, const std::string& text) {
    need(on.emma().update([&](auto& batch) {
        for (int i = 0; i < count; ++i) batch.put(id_of(i), text + std::to_string(i));
    }));
}

struct damaged {
    const char* name;
    errc code;
    std::uint64_t listings; ///< of the sync that meets it first
};
const std::vector<damaged> damages{{"flipped", errc::tampered, 0}, {"truncated", errc::tampered, 0},
                                   {"longer", errc::tampered, 0},  {"empty", errc::tampered, 0},
                                   {"swapped", errc::tampered, 0}, {"missing", errc::missing_object, 1}};

/// Gives what was there.
bytes damage(world& w, const std::string& key, std::string_view how, const std::string& other) {
    const auto whole = stored_at(w, key);
    auto blob = whole;
    if (how == "flipped") blob.back() ^= std::byte{1};
    if (how == "truncated") blob.pop_back();
    if (how == "longer") blob.push_back(std::byte{0});
    if (how == "empty") blob.clear();
    if (how == "swapped") blob = stored_at(w, other);
    if (how == "missing") {
        remove_at(w, key);
    } else {
        store_at(w, key, blob);
    }
    return whole;
}
void flip(world& w, const std::string& key) { (void)damage(w, key, "flipped", {}); }

TEST_CASE(
    "lost: of many records one is asked for once more; the others are merged, and the next sync asks for it alone") {
    constexpr int count = 30;
    for (const auto& each : damages) {
        CAPTURE(each.name);
        world w;
        device a{w}, b{w};
        put_many(a, count, "content ");
        a.clean_sync();
        const auto key = blob_of(w, id_of(7));
        const auto whole = damage(w, key, each.name, blob_of(w, id_of(8)));

        auto report = b.sync();
        CHECK(report.pulled == count);
        CHECK(report.requests == request_counts{1 + 1 + count + 1, 0, 0, each.listings, 0});
        REQUIRE(report.refusals.size() == 1);
        CHECK(report.refusals[0] == each.code);
        CHECK(report.refusals[0].object() == key);
        for (int i = 0; i < count; ++i) {
            if (i != 7) CHECK(b.text(id_of(i)) == "content " + std::to_string(i));
        }

        const auto revision = b->revision();
        report = b.sync();
        CHECK(report.requests == request_counts{1 + 1, 0, 0, 0, 0});
        REQUIRE(report.refusals.size() == 1);
        CHECK(report.refusals[0].object() == key);
        CHECK(report.idle());
        CHECK(b->revision() == revision); // no news

        store_at(w, key, whole);
        report = b.clean_sync();
        CHECK(report.requests == request_counts{1 + 1, 0, 0, 0, 0});
        CHECK(b.text(id_of(7)) == "content 7");
        CHECK(b->revision() > revision);
        CHECK(b.clean_sync().requests == request_counts{1, 0, 0, 0, 0});
    }
}

TEST_CASE("lost: several in one batch and in more than one are each asked for once more, whatever the limits") {
    sync_settings small;
    small.batch_objects_max = 4;
    small.batch_bytes_max = 20'000; // a pull stages half of the contents
    sync_settings few;
    few.changes_per_segment_max = 7;
    for (const auto& settings : {sync_settings{}, small, few}) {
        world w;
        device a{w}, b{w, "phone", settings};
        const std::string content(1'000, 'x');
        std::map<std::string, bytes> whole;
        for (int push = 0; push < 4; ++push) {
            for (int i = 0; i < 10; ++i) a.put(id_of(push * 10 + i), content);
            a.clean_sync();
        }
        for (int i = 0; i < 40; i += 5) {
            const auto key = blob_of(w, id_of(i));
            whole.emplace(key, damage(w, key, "truncated", {}));
        }
        auto report = b.sync();
        CHECK(report.pulled == 40);
        CHECK(report.requests.get == 1 + 4 + 40 + 8);
        CHECK(report.refusals.size() == 8);
        for (int i = 0; i < 40; ++i) {
            if (i % 5 != 0) CHECK(b.text(id_of(i)) == content);
        }
        CHECK(b.sync().requests.get == 1 + 8);
        for (const auto& [key, blob] : whole) store_at(w, key, blob);
        CHECK(b.clean_sync().requests.get == 1 + 8);
        for (int i = 0; i < 40; ++i) CHECK(b.text(id_of(i)) == content);
    }
}

TEST_CASE("lost: another device's next version mends it, and what was lost is asked for no more") {
    world w;
    device a{w}, b{w};
    a.put("r", "first");
    a.clean_sync();
    flip(w, blob_of(w, "r"));
    CHECK(b.sync().refusals.size() == 1);
    a.put("r", "second");
    a.clean_sync();
    const auto report = b.clean_sync();
    CHECK(report.requests.get == 1 + 1 + 1);
    CHECK(b.text("r") == "second");
    CHECK(b.clean_sync().requests == request_counts{1, 0, 0, 0, 0});
}

TEST_CASE("lost: what a later segment of the same pull replaces is no loss") {
    for (const std::size_t bytes_max : {std::size_t{1}, std::size_t{8} << 20U}) {
        world w;
        sync_settings settings;
        settings.batch_bytes_max = bytes_max; // with 1 every segment is a round of its own
        settings.segments_per_round_max = 1;
        device a{w}, b{w, "phone", settings};
        a.put("r", "first");
        a.clean_sync();
        flip(w, blob_of(w, "r"));
        a.put("r", "second");
        a.clean_sync();
        const auto report = b.clean_sync();
        CHECK(report.requests.get == 1 + 2 + (bytes_max == 1 ? 2 : 1));
        CHECK(b.text("r") == "second");
    }
}

TEST_CASE("lost: a content that is missing because we are late is looked for by listing, and is no loss then") {
    world w;
    device a{w};
    author other{w, 1};
    const auto old = other.record("r", "old");
    other.push({old});
    other.announce();
    other.push({other.record("r", "new", {old.dot})}); // not in the head that we read
    other.remove(other.keys.record(old.collection, old.id, old.version, *old.stored));
    const auto report = a.clean_sync();
    CHECK(report.requests.list == 1);
    CHECK(a.text("r") == "new");
}

TEST_CASE("lost: a content that the store keeps to itself for a moment comes in the same sync") {
    world w;
    device a{w}, b{w};
    put_many(a, 3, "x");
    a.clean_sync();
    b.faults.at(b.faults.operations() + 3, fault::hidden); // head, segment, and the second blob
    b.clean_sync();
    for (int i = 0; i < 3; ++i) CHECK(b.text(id_of(i)));
}

TEST_CASE("lost: a store that fails meanwhile fails the sync, and the one after it goes on where that was") {
    for (std::uint64_t n = 0; n < 6; ++n) {
        world w;
        device a{w}, b{w};
        put_many(a, 2, "x");
        a.clean_sync();
        const auto key = blob_of(w, id_of(1));
        const auto whole = damage(w, key, "missing", {});
        b.faults.at(b.faults.operations() + n, fault::unavailable); // head, segment, two blobs, listing, once more
        CHECK(b->sync().error() == errc::unavailable);
        b.reopen();
        CHECK(b.sync().refusals.size() == 1);
        store_at(w, key, whole);
        b.clean_sync();
        CHECK(b.text(id_of(1)) == "x1");
    }
}

TEST_CASE("lost: it is remembered by a process that begins anew, also if a crash came at any commit") {
    for (std::uint64_t commit = 0; commit < 4; ++commit) {
        for (const auto when : {crash_point::before, crash_point::after}) {
            world w;
            device a{w}, b{w};
            put_many(a, 3, "x");
            a.clean_sync();
            const auto key = blob_of(w, id_of(1));
            const auto whole = damage(w, key, "truncated", {});
            b.row_faults.crash_at_commit(b.row_faults.commits() + commit, when);
            try {
                (void)b->sync();
            } catch (const testing::simulated_crash&) {
            }
            b.row_faults.calm();
            b.reopen();
            CHECK(b.sync().refusals.size() == 1);
            store_at(w, key, whole);
            b.reopen();
            b.clean_sync();
            CHECK(b.text(id_of(1)) == "x1");
            b.reopen();
            CHECK(b.clean_sync().requests == request_counts{1, 0, 0, 0, 0});
        }
    }
}

TEST_CASE("lost: however many contents are lost, nothing counts as deleted") {
    world w;
    device a{w}, b{w};
    put_many(a, 120, "first ");
    a.clean_sync();
    b.clean_sync();
    put_many(a, 120, "second ");
    a.clean_sync();
    std::map<std::string, bytes> whole;
    for (int i = 0; i < 120; ++i) {
        const auto key = blob_of(w, id_of(i));
        whole.emplace(key, damage(w, key, "missing", {}));
    }
    const auto report = b.sync(); // not `errc::mass_delete`
    CHECK(report.refusals.size() == 120);
    CHECK(need(b.emma().list()).size() == 120);
    for (const auto& [key, content] : whole) store_at(w, key, content);
    b.clean_sync();
    CHECK(b.text(id_of(119)) == "second 119");
}

// What the application sees meanwhile.

TEST_CASE("lost: a content that came back but is not committed yet is not here, by every way to ask") {
    sync_settings small;
    small.batch_bytes_max = 0; // a pull stages every content as it comes
    world w;
    device a{w}, b{w, "phone", small};
    put_many(a, 2, "x");
    a.clean_sync();
    std::map<std::string, bytes> whole;
    for (int i = 0; i < 2; ++i) {
        const auto key = blob_of(w, id_of(i));
        whole.emplace(key, damage(w, key, "missing", {}));
    }
    CHECK(b.sync().refusals.size() == 2);
    for (const auto& [key, content] : whole) store_at(w, key, content);
    b.faults.at(b.faults.operations() + 2, fault::unavailable); // the head, one content, the other
    CHECK(b->sync().error() == errc::unavailable);

    for (int i = 0; i < 2; ++i) {
        CHECK(b.emma().get(id_of(i)).error() == errc::missing_object);
        CHECK(b.emma().erase(id_of(i)).error() == errc::missing_object);
    }
    for (const auto& entry : need(b.emma().list())) CHECK(entry.unfetched);
    b.clean_sync();
    for (int i = 0; i < 2; ++i) CHECK(b.text(id_of(i)) == "x" + std::to_string(i));
    for (const auto& entry : need(b.emma().list())) CHECK_FALSE(entry.unfetched);
}

struct one_lost {
    world w{};
    device a{w}, b{w, "phone"};
    std::string key{};
    bytes whole{};

    /// `first`: whether `b` has read an earlier version.
    explicit one_lost(bool first) {
        if (first) a.put("r", "first");
        a.put("other", "x");
        a.clean_sync();
        b.clean_sync();
        a.put("r", "lost");
        a.clean_sync();
        key = blob_of(w, "r");
        whole = damage(w, key, "flipped", {});
        CHECK(b.sync().refusals.size() == 1);
    }
};

TEST_CASE("lost: reading fails by name, says which object, and is never empty or an older version") {
    for (const bool first : {false, true}) {
        one_lost r{first};
        const auto got = r.b.emma().get("r");
        REQUIRE_FALSE(got);
        CHECK(got.error() == errc::missing_object);
        CHECK(got.error().object() == "r");
        CHECK(got.error().detail().find(r.key) != std::string::npos);
        CHECK(r.b.text("other") == "x");
    }
}

TEST_CASE("lost: the listing has the record, by its name if that was ever known, and says that it is unfetched") {
    for (const bool first : {false, true}) {
        one_lost r{first};
        const auto listed = need(r.b.emma().list());
        REQUIRE(listed.size() == 2);
        CHECK(listed[0].id == "other");
        CHECK_FALSE(listed[0].unfetched);
        CHECK(listed[1].id == (first ? "r" : ""));
        CHECK(listed[1].unfetched);
        CHECK(listed[1].version.number == (first ? 2 : 1));
        CHECK(need(r.b.emma().conflicts()).empty());
        CHECK(need(r.b.emma().history("r")).size() == (first ? 2 : 1));
        CHECK(need(r.b.emma().owners(r.key)) == (first ? std::vector<std::string>{"r"} : std::vector<std::string>{}));
        store_at(r.w, r.key, r.whole);
        r.b.clean_sync();
        CHECK(need(r.b.emma().list()).at(1).id == "r");
        CHECK_FALSE(need(r.b.emma().list()).at(1).unfetched);
    }
}

TEST_CASE("lost: a put replaces nothing unseen: it stands beside what is lost, and both are there when that is back") {
    for (const bool first : {false, true}) {
        one_lost r{first};
        CHECK(r.b.put("r", "from b").number == 1);
        CHECK(r.b.text("r") == "from b");
        CHECK(r.b.sync().requests == request_counts{1 + 1, 0, 3, 0, 0});
        const auto listed = need(r.b.emma().list()).at(1);
        CHECK(listed.id == "r");
        CHECK_FALSE(listed.unfetched);
        CHECK(listed.conflicts.size() == 1);
        r.a.clean_sync(); // who has what is lost there
        CHECK(r.a.text("r") == "from b");
        CHECK(r.a.beside("r") == std::vector<std::string>{"lost"});
        store_at(r.w, r.key, r.whole);
        r.b.clean_sync();
        CHECK(r.b.text("r") == "from b");
        CHECK(r.b.beside("r") == std::vector<std::string>{"lost"});
    }
}

TEST_CASE("lost: a put that names the version replaces it on every device, and nothing is asked for any more") {
    for (const bool first : {false, true}) {
        one_lost r{first};
        const auto seen = need(r.b.emma().list()).at(1).version;
        CHECK(need(r.b.emma().put("r", "anew", if_current(seen))).number == seen.number + 1);
        CHECK(r.b.clean_sync().requests == request_counts{1, 0, 3, 0, 0});
        r.a.clean_sync();
        for (auto* each : {&r.a, &r.b}) {
            CHECK(each->text("r") == "anew");
            CHECK(each->beside("r").empty());
            CHECK(need((*each)->verify()).ok());
        }
        CHECK(r.b.clean_sync().requests == request_counts{1, 0, 0, 0, 0});
    }
}

TEST_CASE("lost: an erase is refused by name unless it names the version, and that is then erased on every device") {
    one_lost r{false};
    const auto refused = r.b.emma().erase("r");
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::missing_object);
    CHECK(refused.error().object() == "r");
    CHECK(need(r.b->pending()) == 0);
    CHECK(need(r.b.emma().erase("r", if_current(need(r.b.emma().list()).at(1).version))));
    r.b.clean_sync();
    r.a.clean_sync();
    for (auto* each : {&r.a, &r.b}) {
        CHECK_FALSE(each->text("r"));
        CHECK(need((*each)->verify()).ok());
    }
}

TEST_CASE("lost: if_current still says whether the version is the one that was seen") {
    one_lost r{true};
    const auto before = need(r.b.emma().history("r")).front();
    CHECK(r.b.emma().put("r", "x", if_current(before)).error() == errc::not_current);
    CHECK(r.b.emma().erase("r", if_current(before)).error() == errc::not_current);
}

TEST_CASE("lost: a profile, too, is told by what it is") {
    world w;
    device a{w}, b{w};
    (void)need(a.emma().put_profile("of emma"));
    a.clean_sync();
    const auto key = keys_with(w, "/profile.v").at(0);
    const auto whole = damage(w, key, "flipped", {});
    CHECK(b.sync().refusals.size() == 1);
    const auto got = b.emma().profile();
    REQUIRE_FALSE(got);
    CHECK(got.error() == errc::missing_object);
    CHECK(got.error().object() == "profile");
    store_at(w, key, whole);
    b.clean_sync();
    CHECK(as_text(need(b.emma().profile())->content) == "of emma");
}

// Beside other versions.

/// Both devices edit `r`; what `a` wrote, later or earlier than `b`, is lost.
template <class Policy>
struct concurrent {
    world w{};
    basic_device<Policy> a{w, "laptop"}, b{w, "phone"};
    std::string key{};
    bytes whole{};

    explicit concurrent(bool later, std::string_view theirs = "theirs") {
        if (!later) a.put("r", theirs);
        b.put("r", "ours");
        if (later) a.put("r", theirs);
        a.clean_sync();
        key = blob_of(w, "r");
        whole = damage(w, key, "flipped", {});
        const auto report = b.sync();
        CHECK(report.refusals.size() == 1);
        CHECK(report.pushed == 1);
    }
    void mend() {
        store_at(w, key, whole);
        b.clean_sync();
    }
};

TEST_CASE("lost, keep_both: the version that can be read is shown, the other stands beside until it is here") {
    for (const bool later : {false, true}) {
        concurrent<keep_both> r{later};
        CHECK(r.b.text("r") == "ours");
        const auto found = need(r.b.emma().conflicts());
        REQUIRE(found.size() == 1);
        CHECK_FALSE(found[0].unfetched);
        REQUIRE(found[0].conflicts.size() == 1);
        const auto beside = r.b.emma().get(found[0].conflicts[0].id);
        REQUIRE_FALSE(beside);
        CHECK(beside.error() == errc::missing_object);
        CHECK(beside.error().object() == "r");
        r.mend();
        CHECK(r.b.text("r") == (later ? "theirs" : "ours"));
        CHECK(r.b.beside("r") == std::vector<std::string>{later ? "ours" : "theirs"});
    }
}

TEST_CASE("lost, keep_both: an edit of what is shown leaves the lost version alone") {
    for (const bool later : {false, true}) {
        concurrent<keep_both> r{later};
        r.b.put("r", "ours, edited");
        CHECK(r.b.sync().refusals.size() == 1);
        r.mend();
        r.a.clean_sync();
        for (auto* each : {&r.a, &r.b}) {
            CHECK(each->text("r") == "ours, edited"); // edited last
            CHECK(each->beside("r") == std::vector<std::string>{"theirs"});
        }
    }
}

TEST_CASE("lost, keep_both: a lost version beside can be replaced or erased by its own id") {
    for (const bool erase : {false, true}) {
        concurrent<keep_both> r{true};
        const auto id = need(r.b.emma().conflicts()).at(0).conflicts.at(0).id;
        if (erase) CHECK(r.b.erase(id));
        if (!erase) r.b.put(id, "decided");
        CHECK(r.b.clean_sync().requests.get == 1);
        r.a.clean_sync();
        for (auto* each : {&r.a, &r.b}) {
            CHECK(each->text("r") == (erase ? "ours" : "decided"));
            CHECK(each->beside("r").size() == (erase ? 0 : 1));
        }
    }
}

TEST_CASE("lost, keep_both: a lost version that turns out to be equal stands beside no more, and its id goes with it") {
    concurrent<keep_both> r{true, "ours"};
    const auto id = need(r.b.emma().conflicts()).at(0).conflicts.at(0).id;
    r.mend();
    CHECK(r.b.text("r") == "ours");
    CHECK(need(r.b.emma().conflicts()).empty());
    CHECK_FALSE(need(r.b.emma().get(id)));
}

TEST_CASE("lost, keep_both: two versions of which none is here are told, can be erased, and written only by name") {
    world w;
    device a{w}, b{w}, c{w, "tablet"};
    a.put("r", "one");
    b.put("r", "two");
    a.clean_sync();
    b.clean_sync();
    for (const auto& key : blobs_of(w, "r")) flip(w, key);
    CHECK(c.sync().refusals.size() == 2);
    CHECK(c.emma().get("r").error() == errc::missing_object);
    const auto listed = need(c.emma().list()).at(0);
    CHECK(listed.unfetched);
    REQUIRE(listed.conflicts.size() == 1);
    const auto refused = c.emma().put(listed.conflicts[0].id, "x"); // under which name would others see it?
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::missing_object);
    CHECK(refused.error().object() == listed.conflicts[0].id);
    CHECK(c.erase(listed.conflicts[0].id));
    CHECK(need(c.emma().put("r", "anew", if_current(listed.version))).number == 3); // the tombstone was the second
    c.clean_sync();
    a.clean_sync();
    for (auto* each : {&a, &c}) {
        CHECK(each->text("r") == "anew");
        CHECK(each->beside("r").empty());
    }
}

TEST_CASE("lost, merge_with: nothing is merged without a content that is lost, and everything when it is here") {
    for (const bool later : {false, true}) {
        concurrent<merging> r{later};
        CHECK(r.b.text("r") == "ours");
        CHECK(need(r.b.emma().conflicts()).size() == 1);
        CHECK(r.b.sync().pushed == 0);
        r.mend();
        CHECK(r.b.text("r") == (later ? "ours+theirs" : "theirs+ours"));
        CHECK(need(r.b.emma().conflicts()).empty());
        r.a.clean_sync();
        CHECK(r.a.text("r") == r.b.text("r"));
    }
}

TEST_CASE("lost, last_write_wins: only the winner is needed, and an edit replaces it whether it is here or not") {
    {
        world w;
        basic_device<last_write_wins> a{w}, b{w};
        a.put("r", "theirs");
        b.put("r", "ours, later");
        a.clean_sync();
        flip(w, blob_of(w, "r"));
        b.clean_sync();
        CHECK(b.text("r") == "ours, later");
    }
    concurrent<last_write_wins> r{true};
    CHECK(r.b.emma().get("r").error() == errc::missing_object);
    CHECK(r.b.emma().erase("r").error() == errc::missing_object);
    r.b.put("r", "decided");
    r.b.clean_sync();
    r.a.clean_sync();
    for (auto* each : {&r.a, &r.b}) CHECK(each->text("r") == "decided");
}

TEST_CASE("lost: what relies on a push with a lost content does not wait for it") {
    world w;
    device a{w};
    author one{w, 1}, two{w, 2};
    const auto gone = one.record("gone", "x");
    const auto place = one.push({gone});
    two.push({two.record("after", "x")}, {place});
    one.announce({&two});
    one.remove(one.keys.record(gone.collection, gone.id, gone.version, *gone.stored));
    const auto report = a.sync();
    CHECK(report.refusals.size() == 1);
    CHECK(report.waiting == 0);
    CHECK(a.text("after") == "x");
}

} // namespace
