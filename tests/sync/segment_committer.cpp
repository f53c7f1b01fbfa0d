#include "local_edits.hpp"

#include <sealsync/sync/edit_uploader.hpp>
#include <sealsync/sync/segment_committer.hpp>

namespace {

using namespace vault_fixture;
using state_type = opened_state<>::state_type;
using unit_type = opened_state<>::unit_type;
using committer = detail::segment_committer<state_type>;
using edit_list = detail::list<detail::outgoing_edit>;

struct rig {
    world w{};
    opened_state<> unit{w};
    call_context call{};
    detail::cursor_map cursors{};
    detail::held_edits held{};
    sync_report report{};
    committer commits{unit.state, cursors, held, call, report};

    rig() = default;
    rig(const rig&) = delete;

    /// What waits, uploaded.
    [[nodiscard]] edit_list ready_edits() {
        const sync_observer nobody;
        detail::progress_meter progress{nobody, unit.state.syncing.store};
        auto edits = collect(unit.state, held);
        need(detail::edit_uploader<state_type>{unit.state, held, call, progress}.upload(edits));
        unit.faults.reset_traffic();
        return edits;
    }
    [[nodiscard]] result<bool> seal() { return commits.seal(ready_edits()); }
    void push() {
        REQUIRE(need(seal()));
        need(commits.finish_pending());
    }
    [[nodiscard]] std::optional<detail::pending_segment> pending() {
        return need(unit.state.local.inspect(
            [](unit_type& in) -> result<std::optional<detail::pending_segment>> { return in.pending(); }));
    }
    [[nodiscard]] std::string slot_of(const detail::pending_segment& segment) {
        return unit.state.keys.segment(segment.device, segment.log, segment.seq).text();
    }
    [[nodiscard]] std::vector<std::string> slots() const { return keys_with(w, "/manifest/"); }
    [[nodiscard]] segment committed(std::size_t i) {
        const auto name = unit.state.keys.parse_segment(slots().at(i));
        REQUIRE(name);
        detail::log_reader<state_type> reader{unit.state};
        return need(reader.open(name->device, name->log, name->seq, stored_at(w, slots().at(i)), std::nullopt)).content;
    }
};

TEST_CASE("segment_committer: a segment is saved before anything is put, and its edits wait until it is") {
    rig r;
    const auto first = edit(r.unit.state, "b", "text"), second = edit(r.unit.state, "a", "text");
    CHECK(need(r.seal()));
    CHECK(r.unit.faults.traffic().requests() == 0);
    const auto pending = r.pending();
    REQUIRE(pending);
    CHECK(pending->seq == 1);
    CHECK(pending->items.size() == 2);
    CHECK(collect(r.unit.state).size() == 2);

    need(r.commits.finish_pending());
    CHECK(r.unit.faults.traffic().puts == 1);
    CHECK(r.unit.faults.traffic().requests() == 1);
    CHECK(stored_at(r.w, r.slot_of(*pending)) == pending->stored);
    CHECK_FALSE(r.pending());
    CHECK(collect(r.unit.state).empty());
    CHECK(r.report.pushed == 2);
    const auto content = r.committed(0);
    REQUIRE(content.changes.size() == 2);
    CHECK(content.changes[0].dot == first); // in the order they were made, whatever they were uploaded in
    CHECK(content.changes[1].dot == second);
    CHECK(content.device_name == "unit");
    CHECK(r.cursors.at(pending->log).seq == 1);
    CHECK(r.cursors.at(pending->log).stored == r.w.cipher.digest(pending->stored));
}

TEST_CASE("segment_committer: the segments of a run are one log, each continuing the one before it") {
    rig r;
    for (const auto* text : {"one", "two", "three"}) {
        edit(r.unit.state, "r", text);
        r.push();
    }
    REQUIRE(r.slots().size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(r.committed(i).version == i + 1);
        CHECK(r.committed(i).log == r.committed(0).log);
    }
    CHECK_FALSE(r.committed(0).previous);
    CHECK(r.committed(2).previous == r.w.cipher.digest(stored_at(r.w, r.slots().at(1))));
}

TEST_CASE("segment_committer: `seen` says what has been merged, and then only what is new since, never its own log") {
    rig r;
    author one{r.w, 1}, two{r.w, 2};
    r.cursors[one.next.log] = {one.next.device, 3, {}};
    edit(r.unit.state, "r", "1");
    r.push();
    edit(r.unit.state, "r", "2");
    r.push();
    r.cursors[one.next.log].seq = 5;
    r.cursors[two.next.log] = {two.next.device, 1, {}};
    edit(r.unit.state, "r", "3");
    r.push();
    CHECK(r.committed(0).seen == std::vector<log_position>{{one.next.log, 3}});
    CHECK(r.committed(1).seen.empty());
    CHECK(r.committed(2).seen == std::vector<log_position>{{one.next.log, 5}, {two.next.log, 1}});
}

TEST_CASE("segment_committer: with nothing ready there is no segment, and without one there is nothing to finish") {
    rig r;
    CHECK_FALSE(need(r.commits.seal({})));
    edit(r.unit.state, "r", "text");
    CHECK_FALSE(need(r.commits.seal(collect(r.unit.state)))); // not uploaded
    CHECK_FALSE(r.pending());
    r.unit.faults.reset_traffic();
    need(r.commits.finish_pending());
    CHECK(r.unit.faults.traffic().requests() == 0);
    CHECK(r.report.pushed == 0);
}

TEST_CASE("segment_committer: what is held goes with none of its group; what was overtaken is tried again") {
    rig r;
    edit_together(r.unit.state, {{"a", "text"}, {"b", "text"}});
    edit_together(r.unit.state, {{"c", "text"}, {"d", "text"}});
    edit(r.unit.state, "e", "text");
    auto edits = r.ready_edits();
    r.held.kept_back.insert(edits[0].row.group);
    r.held.overtaken.insert(edits[2].row.group);
    CHECK(need(r.commits.seal(std::move(edits))));
    need(r.commits.finish_pending());
    REQUIRE(r.committed(0).changes.size() == 1);
    CHECK(r.committed(0).changes[0].id.text() == "e");
    CHECK(collect(r.unit.state).size() == 4);

    r.push(); // those that were overtaken
    CHECK(r.committed(1).changes.size() == 2);
    CHECK_FALSE(need(r.seal())); // those that are kept back are, by this push
    CHECK(collect(r.unit.state).size() == 2);
}

TEST_CASE("segment_committer: a segment that is too large is not saved, and costs neither its edits nor its number") {
    rig r;
    edit(r.unit.state, "r", "text");
    const auto limit = r.unit.state.settings.manifest.bytes_max;
    r.unit.state.settings.manifest.bytes_max = 10;
    CHECK(r.seal().error() == errc::too_large);
    CHECK_FALSE(r.pending());
    CHECK(collect(r.unit.state).size() == 1);
    r.unit.state.settings.manifest.bytes_max = limit;
    r.push();
    CHECK(r.committed(0).version == 1);
}

TEST_CASE("segment_committer: another run finishes a pending segment byte for byte, in the log it was made for") {
    rig r;
    edit(r.unit.state, "r", "text");
    REQUIRE(need(r.seal()));
    const auto pending = r.pending().value();
    r.unit.state.syncing.log.reset(); // the process ended
    r.unit.state.device_name = "renamed";
    edit(r.unit.state, "r", "newer");
    need(r.commits.finish_pending());
    CHECK(stored_at(r.w, r.slot_of(pending)) == pending.stored);
    CHECK_FALSE(r.unit.state.syncing.log); // this run has not begun one
    CHECK(collect(r.unit.state).size() == 1);

    r.push();
    REQUIRE(r.slots().size() == 2);
    const auto& own = r.unit.state.syncing.log.value();
    CHECK(own.id != pending.log);
    CHECK(own.seq == 1);
    CHECK(r.cursors.size() == 2);
}

TEST_CASE("segment_committer: a segment that is in its slot already is committed, and not put over itself") {
    rig r;
    edit(r.unit.state, "r", "text");
    REQUIRE(need(r.seal()));
    const auto pending = r.pending().value();
    store_at(r.w, r.slot_of(pending), pending.stored); // it had landed
    need(r.commits.finish_pending());
    CHECK(r.report.pushed == 1);
    CHECK(r.report.refusals.empty());
    CHECK_FALSE(r.pending());
    CHECK(r.unit.faults.traffic().gets == 1);
}

TEST_CASE("segment_committer: another segment in the slot stays, and the edits go into a new log") {
    rig r;
    edit(r.unit.state, "r", "text");
    r.push();
    edit(r.unit.state, "r", "newer");
    REQUIRE(need(r.seal()));
    const auto pending = r.pending().value();
    store_at(r.w, r.slot_of(pending), "a clone's");
    need(r.commits.finish_pending());
    CHECK(as_text(stored_at(r.w, r.slot_of(pending))) == "a clone's");
    REQUIRE(r.report.refusals.size() == 1);
    CHECK(r.report.refusals[0] == errc::forked);
    CHECK(r.report.refusals[0].object() == r.slot_of(pending));
    CHECK(r.report.pushed == 1);
    CHECK_FALSE(r.pending());
    CHECK(r.cursors.at(pending.log).seq == 1);
    CHECK(collect(r.unit.state).size() == 1);

    r.push();
    const auto& own = r.unit.state.syncing.log.value();
    CHECK(own.id != pending.log);
    CHECK(own.seq == 1);
    CHECK(r.report.pushed == 2);
}

TEST_CASE("segment_committer: an edit replaced while its segment is on its way is committed as it was") {
    rig r;
    const auto first = edit(r.unit.state, "r", "first");
    REQUIRE(need(r.seal()));
    const auto second = edit(r.unit.state, "r", "second");
    need(r.commits.finish_pending());
    CHECK(r.report.pushed == 1);
    CHECK(r.committed(0).changes.at(0).dot == first);
    const auto left = collect(r.unit.state);
    REQUIRE(left.size() == 1);
    CHECK(left[0].row.dot == second);
    r.push();
    CHECK(r.committed(1).changes.at(0).replaces == std::vector{first});
}

TEST_CASE("segment_committer: whichever call to the replica fails, the segment is committed once in the end") {
    for (std::uint64_t n = 0;; ++n) {
        rig r;
        edit(r.unit.state, "a", "text");
        edit(r.unit.state, "b", "text");
        auto edits = r.ready_edits();
        r.unit.row_faults.at(r.unit.row_faults.calls() + n, errc::no_space);
        auto sealed = r.commits.seal(std::move(edits));
        auto finished = sealed ? r.commits.finish_pending() : result<void>{sealed.error()};
        if (r.unit.row_faults.failures() == 0) {
            CHECK(n > 10);
            break;
        }
        REQUIRE_FALSE(finished);
        CHECK(finished.error() == errc::no_space);
        if (!sealed) REQUIRE(need(r.commits.seal(edits)));
        need(r.commits.finish_pending());
        CHECK(r.slots().size() == 1);
        CHECK(r.committed(0).changes.size() == 2);
        CHECK(collect(r.unit.state).empty());
        CHECK(r.report.pushed == 2);
    }
}

TEST_CASE(
    "segment_committer: what the cipher or the store refuses leaves the edits, or the segment, for the next time") {
    struct refusing : plaintext_cipher {
        [[nodiscard]] result<void> seal(const sealing_context&, bytes_view, bytes&) const {
            return failure{errc::too_large, "", "no seal for this"};
        }
        [[nodiscard]] result<void> random(std::span<std::byte>) const { return failure{errc::io_error}; }
    };
    rig r;
    edit(r.unit.state, "r", "text");
    const auto edits = r.ready_edits();
    r.unit.state.syncing.cipher = detail::any_cipher{std::in_place, refusing{}};
    CHECK(r.commits.seal(edits).error() == errc::io_error); // no id for a log
    r.unit.state.syncing.log = detail::own_log{};
    CHECK(r.commits.seal(edits).error() == errc::too_large);
    CHECK_FALSE(r.pending());
    r.unit.state.syncing.cipher = detail::any_cipher{std::in_place, r.w.cipher};
    CHECK(need(r.commits.seal(edits)));
    for (const auto what : {fault::unavailable, fault::lost_answer, fault::throttled}) {
        r.unit.faults.at(r.unit.faults.operations(), what);
        CHECK(r.commits.finish_pending().error().kind() == error_kind::retry);
        CHECK(r.pending());
    }
    need(r.commits.finish_pending());
    CHECK(r.slots().size() == 1);
    CHECK(r.report.pushed == 1);
}

} // namespace
