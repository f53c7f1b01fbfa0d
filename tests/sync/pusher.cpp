#include "vault_fixture.hpp"

#include <set>

// By the engine: a push is what a sync does second.

namespace {

using namespace vault_fixture;

std::vector<segment> segments_of(device& on) {
    std::vector<segment> all;
    need(on->log([&](const segment& s) { return all.push_back(s), true; }));
    return all;
}

TEST_CASE("push: the segments of a run are one log, numbered from 1 and chained by digest") {
    world w;
    device a{w};
    for (int i = 0; i < 3; ++i) {
        a.put("r", std::to_string(i));
        a.clean_sync();
    }
    const auto all = segments_of(a);
    REQUIRE(all.size() == 3);
    const auto keys = keys_with(w, "/manifest/");
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(all[i].seq == i + 1);
        CHECK(all[i].log == all[0].log);
        CHECK(all[i].device == a->device());
        CHECK(all[i].previous.has_value() == (i > 0));
        if (i > 0) CHECK(all[i].previous == w.cipher.digest(stored_at(w, keys[i - 1])));
    }
    CHECK(all[0].device_name == "laptop");
    CHECK(all[1].device_name.empty());
}

TEST_CASE("push: a change says what its edit was: dot, version, what it replaces, size and digest of its blob") {
    world w;
    device a{w};
    const auto first = a.put("r", "one");
    a.clean_sync();
    const auto second = a.put("r", "two");
    a.clean_sync();
    const auto all = segments_of(a);
    REQUIRE(all.size() == 2);
    const auto& c = all[1].changes.at(0);
    CHECK(c.dot == second.dot);
    CHECK(c.replaces == std::vector{first.dot});
    CHECK(c.version == 2);
    CHECK(c.action == change_action::update);
    CHECK(all[0].changes.at(0).action == change_action::insert);
    const auto keys = keys_with(w, "/records/");
    const auto blob = stored_at(w, keys.at(1));
    CHECK(c.size == blob.size());
    CHECK(c.stored == w.cipher.digest(blob));
}

TEST_CASE("push: `seen` says all at first, and then what is new since the log's previous segment") {
    world w;
    device a{w}, b{w};
    a.put("a", "1");
    a.clean_sync();
    b.clean_sync();
    b.put("b", "1");
    b.clean_sync();
    b.put("b", "2");
    b.clean_sync();
    a.put("a", "2");
    a.clean_sync();
    b.clean_sync();
    b.put("b", "3");
    b.clean_sync();
    std::vector<std::vector<log_position>> seen;
    for (const auto& s : segments_of(b)) {
        if (s.device == b->device()) seen.push_back(s.seen);
    }
    REQUIRE(seen.size() == 3);
    REQUIRE(seen[0].size() == 1);
    CHECK(seen[0][0].seq == 1);
    CHECK(seen[1].empty());
    REQUIRE(seen[2].size() == 1);
    CHECK(seen[2][0].seq == 2);
}

TEST_CASE("push: an update is never cut in two, however small segments are") {
    world w;
    sync_settings settings;
    settings.changes_per_segment_max = 3;
    device a{w, "laptop", settings};
    const auto group = [&](const std::string& name, int count) {
        need(a.emma().update([&](auto& batch) {
            for (int i = 0; i < count; ++i) batch.put(name + std::to_string(i), "x");
        }));
    };
    group("a", 2);
    group("b", 5);
    group("c", 1);
    group("d", 2);
    a.clean_sync();
    std::map<std::string, std::set<std::uint64_t>> places;
    for (const auto& s : segments_of(a)) {
        for (const auto& c : s.changes) places[c.id.text().substr(0, 1)].insert(s.seq);
    }
    for (const auto& [name, in] : places) CHECK(in.size() == 1);
    CHECK(places.size() == 4);
    CHECK(segments_of(a).size() > 1);
}

TEST_CASE("push: updates that together are more than a segment holds are one segment each") {
    sync_settings few;
    few.manifest.changes_max = 5;
    few.changes_per_segment_max = 4;
    world w;
    device a{w, "laptop", few}, b{w, "phone", few};
    for (int update = 0; update < 4; ++update) {
        need(a.emma().update([&](auto& batch) {
            for (int i = 0; i < 3; ++i) batch.put(std::to_string(update) + "-" + std::to_string(i), "x");
        }));
    }
    CHECK(a.clean_sync().pushed == 12);
    CHECK(keys_with(w, "/manifest/").size() == 4);
    b.clean_sync();
    CHECK(need(b.emma().list()).size() == 12);
}

TEST_CASE("push: changes that list more than a segment's bytes are pushed in several") {
    sync_settings small;
    small.manifest.bytes_max = 4'000;
    world w;
    device a{w, "laptop", small}, b{w, "phone", small};
    for (int i = 0; i < 40; ++i) a.put("r" + std::to_string(i), "x");
    CHECK(a.clean_sync().pushed == 40);
    CHECK(keys_with(w, "/manifest/").size() == 4); // 40 and 20 are too many
    b.clean_sync();
    CHECK(need(b.emma().list()).size() == 40);
    CHECK(need(a->pending()) == 0);
}

TEST_CASE("push: an edit that was replaced before its sync is not pushed, and what it replaced is replaced still") {
    world w;
    device a{w}, b{w};
    const auto base = a.put("r", "base");
    a.clean_sync();
    b.clean_sync();
    const auto dropped = a.put("r", "dropped");
    a.put("r", "kept");
    a.clean_sync();
    b.clean_sync();
    const auto c = segments_of(b).at(1).changes.at(0);
    CHECK(c.replaces == std::vector{base.dot, dropped.dot});
    CHECK(b.text("r") == "kept");
    CHECK(b.beside("r").empty());
}

TEST_CASE("push: an edit replaced while it is uploaded is committed with its group, and then its successor") {
    world w;
    device a{w}, b{w};
    a.sync();
    need(a.emma().update([](auto& batch) {
        batch.put("x", "first");
        batch.put("y", "first");
    }));
    bool edited = false;
    const sync_observer during = [&](const sync_progress& progress) {
        if (progress.phase != sync_phase::pushing || edited) return;
        edited = true;
        a.put("x", "second");
    };
    sync_options options;
    options.observer = during;
    const auto report = a.clean_sync(options);
    CHECK(report.pushed == 3);
    CHECK(need(a->pending()) == 0);
    b.clean_sync();
    CHECK(b.text("x") == "second");
    CHECK(b.text("y") == "first");
    // Never y without x: both came in one segment.
    CHECK(segments_of(b).at(segments_of(b).size() - 2).changes.size() == 2);
}

TEST_CASE("push: edits made during a push are pushed by the same sync") {
    world w;
    device a{w};
    a.put("r0", "x");
    int edits = 0;
    const sync_observer during = [&](const sync_progress& progress) {
        if (progress.phase == sync_phase::pushing && edits < 3) a.put("more" + std::to_string(++edits), "x");
    };
    sync_options options;
    options.observer = during;
    CHECK(a.clean_sync(options).pushed == 4);
    CHECK(need(a->pending()) == 0);
}

TEST_CASE("push: blobs are uploaded in batches of limited size and number") {
    world w;
    sync_settings settings;
    settings.batch_bytes_max = 100;
    settings.batch_objects_max = 3;
    device a{w, "laptop", settings}, b{w, "phone", settings};
    for (int i = 0; i < 10; ++i) a.put("r" + std::to_string(i), std::string(60, static_cast<char>('a' + i)));
    CHECK(a.clean_sync().requests.put == 10 + 2);
    b.clean_sync();
    for (int i = 0; i < 10; ++i) CHECK(b.text("r" + std::to_string(i)) == std::string(60, static_cast<char>('a' + i)));
}

TEST_CASE("push: a lost answer of the segment is found out by reading it, and pushed once") {
    world w;
    device a{w};
    a.sync();
    a.put("r", "1");
    a.faults.at(a.faults.operations() + 2, fault::unknown_outcome);
    CHECK(a.clean_sync().pushed == 1); // read back at once
    a.put("r", "2");
    a.faults.at(a.faults.operations() + 2, fault::lost_answer);
    CHECK(a->sync().error() == errc::connection_lost);
    CHECK(need(a->pending()) == 1);
    CHECK(a.clean_sync().pushed == 1); // found in its slot: 412, and the bytes are equal
    CHECK(keys_with(w, "/manifest/").size() == 2);
}

TEST_CASE("push: a segment of which nobody knows is put again where its slot is empty, by the same sync") {
    for (const auto empty : {fault::vanished, fault::hidden}) { // it never landed, or cannot be seen yet
        world w;
        device a{w}, b{w};
        a.sync();
        a.put("r", "1");
        const auto put = a.faults.operations() + 2;
        a.faults.at(put, fault::unknown_outcome);
        a.faults.at(put + 1, empty);
        CHECK(a.clean_sync().pushed == 1);
        CHECK(keys_with(w, "/manifest/").size() == 1);
        b.clean_sync();
        CHECK(b.text("r") == "1");
    }
}

TEST_CASE("push: a segment that never lands is given up after three puts, and committed by the next sync") {
    world w;
    device a{w};
    a.sync();
    a.put("r", "1");
    const auto put = a.faults.operations() + 2;
    for (const auto attempt : {0U, 1U, 2U}) {
        a.faults.at(put + 2 * attempt, fault::unknown_outcome);
        a.faults.at(put + 2 * attempt + 1, fault::vanished);
    }
    CHECK(a->sync().error() == errc::outcome_unknown);
    CHECK(a.faults.operations() == put + 6);
    CHECK(need(a->pending()) == 1);
    CHECK(a.clean_sync().pushed == 1);
}

TEST_CASE("push: more edits after a lost answer wait for the segment that was sealed, and none is lost") {
    world w;
    device a{w}, b{w};
    a.sync();
    a.put("x", "1");
    a.faults.at(a.faults.operations() + 2, fault::lost_request);
    CHECK_FALSE(a->sync());
    a.put("x", "2");
    a.erase("x");
    a.put("y", "1");
    a.clean_sync();
    b.clean_sync();
    CHECK_FALSE(b.text("x"));
    CHECK(b.text("y") == "1");
    CHECK(need(a->verify()).ok());
}

/// A file in a folder of its own, gone at the end.
class scratch_file {
public:
    scratch_file() {
        folder_ = std::filesystem::temp_directory_path() /
                  ("sealsync-pusher-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
        std::filesystem::create_directory(folder_);
    }
    ~scratch_file() { std::filesystem::remove_all(folder_); }
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;

    void write(std::string_view text) const {
        std::ofstream{path(), std::ios::binary | std::ios::trunc}.write(text.data(),
                                                                        static_cast<std::streamsize>(text.size()));
    }
    void remove() const { std::filesystem::remove(path()); }
    [[nodiscard]] std::filesystem::path path() const { return folder_ / "scan.pdf"; }

private:
    std::filesystem::path folder_;
};

TEST_CASE("push: an edit whose attachment's file has changed is kept back, others go on, and it follows later") {
    for (const bool gone : {false, true}) {
        world w;
        device a{w}, b{w};
        a.sync();
        const scratch_file file;
        file.write("as attached");
        const auto id = need(a.emma().attach(attachment_source::from_file(file.path()), {"scan.pdf", ""}));
        a.put("lists it", "x", {{}, {id}});
        a.put("other", "x");
        if (gone) file.remove();
        if (!gone) file.write("as changes!");
        auto report = a.clean_sync();
        CHECK(report.deferred > 0);
        CHECK(report.pushed == 1);
        b.clean_sync();
        CHECK(b.text("other") == "x");
        CHECK_FALSE(b.text("lists it"));
        CHECK(keys_with(w, "/data.blob").empty());

        file.write("as attached");
        report = a.clean_sync();
        CHECK(report.deferred == 0);
        CHECK(report.pushed == 2);
        b.clean_sync();
        CHECK(b.text("lists it") == "x");
        CHECK(need(b->verify()).ok());
    }
}

TEST_CASE("push: an attachment that has lost its file and that no edit lists is forgotten") {
    world w;
    device a{w};
    a.sync();
    const scratch_file file;
    file.write("as attached");
    const auto id = need(a.emma().attach(attachment_source::from_file(file.path()), {"scan.pdf", ""}));
    file.remove();
    const auto report = a.clean_sync();
    CHECK(report.deferred == 0);
    CHECK(need(a->pending()) == 0);
    CHECK_FALSE(need(a.emma().attachment(id)));
    CHECK(a.clean_sync().idle());
}

TEST_CASE("push: a record edited again without the attachment that was lost is pushed") {
    world w;
    device a{w}, b{w};
    a.sync();
    const scratch_file file;
    file.write("as attached");
    const auto id = need(a.emma().attach(attachment_source::from_file(file.path()), {"scan.pdf", ""}));
    a.put("r", "with", {{}, {id}});
    file.remove();
    CHECK(a.clean_sync().deferred > 0);
    a.put("r", "without", {.attachments = std::vector<attachment_id>{}});
    a.clean_sync();
    a.clean_sync();
    CHECK(need(a->pending()) == 0);
    b.clean_sync();
    CHECK(b.text("r") == "without");
}

TEST_CASE("push: a replica that has lost what its outbox names says so, and pushes nothing") {
    world w;
    device a{w};
    a.sync();
    a.put("r", "1");
    {
        auto in = need(a.rows.begin());
        std::vector<bytes> keys;
        need(in.scan(replica_table::content, {},
                     [&](bytes_view key, bytes_view) { return keys.push_back(to_bytes(key)), true; }));
        for (const auto& key : keys) need(in.erase(replica_table::content, key));
        need(in.commit());
    }
    CHECK(a->sync().error() == errc::replica_corrupt);
    CHECK(keys_with(w, "/manifest/").empty());
}

} // namespace
