#include <sealsync/replica/memory_replica.hpp>
#include <sealsync/sync/unit_of_work.hpp>
#include <sealsync/testing/faulty_replica.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using namespace sealsync::detail;
using faulty = testing::faulty_replica<memory_replica>;
using unit = unit_of_work<faulty::transaction>;

struct rig {
    memory_replica rows{};
    testing::replica_fault_plan plan{};
    faulty replica{rows, plan};

    [[nodiscard]] unit begin() { return unit{replica.begin().value()}; }
    template <class Work>
    void commit(Work&& work) {
        auto in = begin();
        work(in);
        REQUIRE(in.commit());
    }
};

const object_ref rec{change_type::record, *collection_id::make("emma"), *object_id::make("rec-1")};
dot edit(std::uint8_t run, std::uint64_t n) {
    dot made{{}, n};
    made.run.value[0] = std::byte{run};
    return made;
}
object_row row_of(change_action action) {
    sibling_version v;
    v.what.collection = rec.collection;
    v.what.id = rec.id;
    v.what.device = *device_id::make("laptop");
    v.what.dot = edit(1, 1);
    v.what.action = action;
    object_row row;
    row.name = "rec-1";
    row.siblings.versions().push_back(std::move(v));
    return row;
}

std::vector<std::pair<bytes, std::string>> staged(unit& in) {
    std::vector<std::pair<bytes, std::string>> all;
    in.each_staged([&](bytes_view key, std::string_view name) { all.emplace_back(to_bytes(key), name); });
    return all;
}

TEST_CASE("unit_of_work: facts are kept when committed, and only then") {
    rig r;
    {
        auto dropped = r.begin();
        dropped.set(facts::device, "laptop");
    }
    r.commit([](unit& in) {
        CHECK_FALSE(in.has(facts::device));
        CHECK(in.get(facts::device).empty());
        CHECK(in.get(facts::polls) == 0);
        in.set(facts::device, "laptop");
        in.set(facts::polls, 1'000'000);
        CHECK(in.get(facts::device) == "laptop");
    });
    r.commit([](unit& in) {
        CHECK(in.get(facts::device) == "laptop");
        CHECK(in.get(facts::polls) == 1'000'000);
        in.erase(facts::device);
    });
    r.commit([](unit& in) { CHECK_FALSE(in.has(facts::device)); });
}

TEST_CASE("unit_of_work: a fact of each of many is found by its id, and no other fact is visited with them") {
    rig r;
    r.commit([](unit& in) {
        in.set(facts::collection_names, "emma", "Emma");
        in.set(facts::collection_names, "liam", "Liam");
        in.set(fact<std::string>{"collections"}, "x");
        in.set(fact<std::string>{"a"}, "x");
        CHECK(in.has(facts::collection_names, "emma"));
        CHECK_FALSE(in.has(facts::collection_names, "s"));
        CHECK(in.get(facts::collection_names, "liam") == "Liam");
        std::vector<std::string> seen;
        in.each(facts::collection_names, [&](std::string_view id, std::string_view name) {
            seen.push_back(std::string{id} + "=" + std::string{name});
        });
        CHECK(seen == std::vector<std::string>{"emma=Emma", "liam=Liam"});
    });
}

TEST_CASE("unit_of_work: an object that was never stored is empty") {
    rig r;
    auto in = r.begin();
    CHECK(in.object(rec).siblings.empty());
    CHECK(in.status());
}

TEST_CASE("unit_of_work: live records are counted as they come and go, attachments and profiles are not") {
    rig r;
    r.commit([](unit& in) {
        in.store_object(rec, row_of(change_action::insert), false);
        CHECK(in.state().live == 1);
        in.store_object(rec, row_of(change_action::update), true);
        CHECK(in.state().live == 1);
        in.store_object({change_type::attachment, rec.collection, rec.id}, row_of(change_action::insert), false);
        in.store_object({change_type::profile, rec.collection, {}}, row_of(change_action::insert), false);
        CHECK(in.state().live == 1);
    });
    r.commit([](unit& in) {
        CHECK(in.state().live == 1);
        in.store_object(rec, row_of(change_action::erase), true);
        CHECK(in.state().live == 0);
        in.store_object(rec, row_of(change_action::erase), false);
        CHECK(in.state().live == 0);
    });
}

TEST_CASE("unit_of_work: objects are visited by kind and collection, until the visitor has enough") {
    rig r;
    const auto ref = [](std::string_view collection, std::string_view id) {
        return object_ref{change_type::record, *collection_id::make(collection), *object_id::make(id)};
    };
    r.commit([&](unit& in) {
        for (const auto* id : {"b", "a", "c"}) in.store_object(ref("emma", id), row_of(change_action::insert), false);
        in.store_object(ref("liam", "x"), row_of(change_action::insert), false);
        in.store_object({change_type::attachment, rec.collection, rec.id}, row_of(change_action::insert), false);
        const auto ids = [&](const collection_id& collection, std::size_t limit) {
            std::string seen;
            in.each_object(change_type::record, collection, [&](const object_ref& at, const object_row& row) {
                CHECK(row.name == "rec-1");
                seen += at.id.text();
                return seen.size() < limit;
            });
            return seen;
        };
        CHECK(ids(*collection_id::make("emma"), 99) == "abc");
        CHECK(ids(*collection_id::make("emma"), 2) == "ab");
        CHECK(ids({}, 99) == "abcx");
        CHECK(ids(*collection_id::make("nobody"), 99).empty());
    });
}

TEST_CASE("unit_of_work: contents belong to a version, and a twin's are its own") {
    rig r;
    auto version = row_of(change_action::insert).siblings.versions()[0];
    auto twin = version;
    twin.twin = true;
    twin.what.stored.emplace();
    r.commit([&](unit& in) {
        in.store_content(rec, version, "one");
        in.store_content(rec, twin, "two");
    });
    r.commit([&](unit& in) {
        CHECK(in.content(rec, version) == to_bytes("one"));
        CHECK(in.content(rec, twin) == to_bytes("two"));
        in.erase_content(rec, version);
        CHECK_FALSE(in.content(rec, version));
        CHECK(in.content(rec, twin) == to_bytes("two"));
    });
}

TEST_CASE("unit_of_work: staged contents are kept or dropped with their names") {
    rig r;
    const auto version = row_of(change_action::insert).siblings.versions()[0];
    const auto key = unit::content_key(rec, version);
    r.commit([&](unit& in) { in.stage(key, "rec-1", "content"); });
    r.commit([&](unit& in) {
        CHECK(staged(in) == std::vector<std::pair<bytes, std::string>>{{key, "rec-1"}});
        in.unstage(key, true);
        CHECK(staged(in).empty());
        CHECK(in.content(rec, version) == to_bytes("content"));
        in.stage(key, "rec-1", "content");
        in.drop_staged();
        CHECK(staged(in).empty());
        CHECK_FALSE(in.content(rec, version));
    });
}

TEST_CASE("unit_of_work: the outbox is in the order of the edits, and no place is used twice") {
    rig r;
    std::vector<std::uint64_t> places;
    r.commit([&](unit& in) {
        for (std::uint64_t n = 1; n <= 300; ++n) places.push_back(in.append_outbox({rec, edit(1, n), n}));
        in.erase_outbox(places.back());
    });
    r.commit([&](unit& in) {
        const auto next = in.append_outbox({rec, edit(1, 301), 301});
        CHECK(next > places.back());
        CHECK(in.in_outbox(next));
        CHECK_FALSE(in.in_outbox(places.back()));
        std::uint64_t expected = 1;
        in.each_outbox(0, [&](std::uint64_t place, const outbox_row& row) {
            CHECK(row.dot.n == expected);
            CHECK(row.object == rec);
            CHECK(place == (expected <= 299 ? places[expected - 1] : next));
            expected = expected == 299 ? 301 : expected + 1;
            return true;
        });
        CHECK(expected == 302);
        std::size_t seen = 0;
        in.each_outbox(places[10], [&](std::uint64_t place, const outbox_row&) {
            CHECK(place >= places[10]);
            return ++seen < 3;
        });
        CHECK(seen == 3);
    });
}

TEST_CASE("unit_of_work: sources, cursors and the pending segment are kept") {
    rig r;
    log_id log;
    log.value[3] = std::byte{9};
    r.commit([&](unit& in) {
        in.store_source(rec, "/tmp/scan.pdf");
        in.set(facts::head_etag, "abc");
        in.store_cursor(log, {*device_id::make("phone"), 7, {}});
        CHECK_FALSE(in.has(facts::head_etag)); // the head was compared with other cursors
        in.store_pending({*device_id::make("phone"), log, 8, to_bytes("sealed"), {}});
    });
    r.commit([&](unit& in) {
        CHECK(in.source(rec) == to_bytes("/tmp/scan.pdf"));
        in.erase_source(rec);
        CHECK_FALSE(in.source(rec));
        const auto cursors = in.cursors();
        REQUIRE(cursors.size() == 1);
        CHECK(cursors.begin()->first == log);
        CHECK(cursors.begin()->second.seq == 7);
        CHECK(cursors.begin()->second.device.text() == "phone");
        REQUIRE(in.pending());
        CHECK(in.pending()->stored == to_bytes("sealed"));
        in.erase_pending();
        CHECK_FALSE(in.pending());
    });
}

TEST_CASE("unit_of_work: edits met are remembered, run by run") {
    rig r;
    r.commit([](unit& in) {
        CHECK_FALSE(in.contains(edit(1, 1)));
        in.insert(edit(1, 1));
        in.insert(edit(2, 5));
        CHECK(in.contains(edit(1, 1)));
    });
    r.commit([](unit& in) {
        CHECK(in.contains(edit(1, 1)));
        CHECK(in.contains(edit(2, 5)));
        CHECK_FALSE(in.contains(edit(2, 1)));
        CHECK_FALSE(in.contains(edit(3, 5)));
    });
}

TEST_CASE("unit_of_work: derived ids lead to their version, in their collection") {
    rig r;
    r.commit([](unit& in) { in.store_derived("~abc", {rec, edit(4, 2)}); });
    r.commit([](unit& in) {
        const auto row = in.derived(rec.collection, "~abc");
        REQUIRE(row);
        CHECK(row->object == rec);
        CHECK(row->dot == edit(4, 2));
        CHECK_FALSE(in.derived(*collection_id::make("liam"), "~abc"));
        in.erase_derived(rec.collection, "~abc");
        CHECK_FALSE(in.derived(rec.collection, "~abc"));
    });
}

TEST_CASE("unit_of_work: the local state is written only if it was asked for") {
    rig r;
    r.commit([](unit& in) {
        in.state().last = stamp{77};
        in.state().outbox_next = 5;
    });
    const auto calls = r.plan.calls();
    r.commit([](unit&) {});
    CHECK(r.plan.calls() == calls + 2); // begin and commit
    r.commit([](unit& in) {
        CHECK(in.state().last == stamp{77});
        CHECK(in.state().outbox_next == 5);
    });
}

/// One of everything; what it does after a failure must not matter.
void work(unit& in) {
    in.set(facts::user, "1");
    (void)in.get(facts::polls);
    in.store_object(rec, row_of(change_action::insert), false);
    (void)in.object(rec);
    (void)in.append_outbox({rec, edit(1, 1), 1});
    in.each_outbox(0, [](std::uint64_t, const outbox_row&) { return true; });
    in.insert(edit(1, 1));
    in.store_cursor({}, {*device_id::make("x"), 1, {}});
    (void)in.cursors();
    in.stage("k", "n", "c");
    (void)staged(in);
    in.erase(facts::run);
}

TEST_CASE("unit_of_work: after the first failure nothing is done, commit tells it, and nothing is kept") {
    for (std::uint64_t n = 1;; ++n) { // 0 is begin
        rig r;
        r.plan.at(n, errc::no_space);
        const auto committed = [&] {
            auto in = r.begin();
            work(in);
            return in.commit();
        }();
        if (r.plan.calls() <= n) {
            CHECK(committed);
            CHECK(n > 15);
            break;
        }
        CHECK(r.plan.calls() == n + 1); // the replica is not asked again
        REQUIRE_FALSE(committed);
        CHECK(committed.error() == errc::no_space);
        auto after = r.begin();
        CHECK_FALSE(after.has(facts::user));
        CHECK(after.object(rec).siblings.empty());
        CHECK(after.cursors().empty());
    }
}

TEST_CASE("unit_of_work: the first failure is the one that is told") {
    rig r;
    auto in = r.begin();
    in.fail(failure{errc::replica_corrupt, "first"});
    in.fail(failure{errc::io_error, "second"});
    CHECK(in.status().error().object() == "first");
    CHECK(in.commit().error() == errc::replica_corrupt);
}

/// Stores one row as it should not be and tells what reading it says.
template <class Read>
errc damaged(replica_table table, bytes_view key, bytes_view value, Read&& read) {
    rig r;
    {
        auto in = r.replica.begin().value();
        REQUIRE(in.store(table, key, value));
        REQUIRE(in.commit());
    }
    auto in = r.begin();
    read(in);
    REQUIRE_FALSE(in.status());
    return in.status().error().code();
}

TEST_CASE("unit_of_work: a row that this library never wrote is errc::replica_corrupt") {
    constexpr auto corrupt = errc::replica_corrupt;
    CHECK(damaged(replica_table::object, rec.key(), "x", [](unit& in) { (void)in.object(rec); }) == corrupt);
    CHECK(damaged(replica_table::header, "state", "x", [](unit& in) { (void)in.state(); }) == corrupt);
    CHECK(damaged(replica_table::header, "pending", "x", [](unit& in) { (void)in.pending(); }) == corrupt);
    const bytes scope{std::byte{0}};
    CHECK(damaged(replica_table::cursor, scope, "x", [](unit& in) { (void)in.cursors(); }) == corrupt);
    CHECK(damaged(replica_table::outbox, bytes(9), "x", [](unit& in) {
              in.each_outbox(0, [](std::uint64_t, const outbox_row&) { return true; });
          }) == corrupt);
    bytes run(17);
    CHECK(damaged(replica_table::met, run, "xyz", [](unit& in) { (void)in.contains(dot{}); }) == corrupt);
    wire_writer derived;
    derived.counted(rec.collection.text());
    derived.raw("~abc");
    CHECK(damaged(replica_table::derived, derived.view(), "x",
                  [](unit& in) { (void)in.derived(rec.collection, "~abc"); }) == corrupt);
    bytes bad_key = rec.key();
    bad_key[1] = std::byte{200};
    CHECK(damaged(replica_table::object, bad_key, "x", [](unit& in) {
              in.each_object(change_type::record, {}, [](const object_ref&, const object_row&) { return true; });
          }) == corrupt);
}

} // namespace
