#include "vault_fixture.hpp"

#include <sealsync/conflict/last_write_wins.hpp>

namespace {

using namespace vault_fixture;
using state_type = opened_state<>::state_type;
using unit_type = opened_state<>::unit_type;
using editor = detail::editor<state_type>;

struct rig {
    world w{};
    opened_state<> unit{w};
    detail::object_ref ref{change_type::record, *collection_id::make("emma"), *object_id::make("r")};

    [[nodiscard]] result<std::optional<version>> edit(std::optional<bytes_view> content, put_options options = {}) {
        return unit.state.local.transact([&](unit_type& in) -> result<std::optional<version>> {
            editor edits{unit.state, in};
            return edits.edit({{ref, std::nullopt, "r"}, content, std::move(options), {}});
        });
    }
    [[nodiscard]] version put(bytes_view content) {
        const auto made = need(edit(content));
        REQUIRE(made);
        return *made;
    }
    [[nodiscard]] detail::object_row row() {
        return need(
            unit.state.local.inspect([&](unit_type& in) -> result<detail::object_row> { return in.object(ref); }));
    }
    [[nodiscard]] std::vector<detail::outbox_row> outbox() {
        return need(unit.state.local.inspect([&](unit_type& in) -> result<std::vector<detail::outbox_row>> {
            std::vector<detail::outbox_row> rows;
            in.each_outbox(0, [&](std::uint64_t, const detail::outbox_row& row) { return rows.push_back(row), true; });
            return rows;
        }));
    }
};

TEST_CASE("editor: an edit is a version with a new dot of this run, its content and a row of the outbox") {
    rig r;
    const auto made = r.put("one");
    CHECK(made.dot == dot{r.unit.state.run, 1});
    CHECK(made.number == 1);
    CHECK(made.device == r.unit.state.device);
    CHECK_FALSE(made.erased);
    CHECK_FALSE(made.committed);
    const auto row = r.row();
    REQUIRE(row.siblings.versions().size() == 1);
    CHECK(row.name == "r");
    CHECK(row.siblings.versions()[0].what.action == change_action::insert);
    CHECK(row.siblings.versions()[0].fetched);
    REQUIRE(r.outbox().size() == 1);
    CHECK(r.outbox()[0].dot == made.dot);
    CHECK(r.outbox()[0].object == r.ref);
}

TEST_CASE("editor: the next edit replaces the one before, which leaves the outbox if it was not published") {
    rig r;
    const auto first = r.put("one");
    const auto second = r.put("two");
    CHECK(second.number == 2);
    CHECK(second.timestamp > first.timestamp); // though the clock stands still
    const auto row = r.row();
    REQUIRE(row.siblings.versions().size() == 1);
    CHECK(row.siblings.versions()[0].unsent == std::vector{first.dot});
    CHECK(row.siblings.versions()[0].what.action == change_action::update);
    CHECK(row.past.empty()); // nobody else ever saw the first
    REQUIRE(r.outbox().size() == 1);
    CHECK(r.outbox()[0].dot == second.dot);
}

TEST_CASE("editor: an erase is a tombstone; of nothing it is nothing") {
    rig r;
    CHECK_FALSE(need(r.edit(std::nullopt)));
    CHECK(r.outbox().empty());
    const auto first = r.put("one");
    const auto erased = need(r.edit(std::nullopt));
    REQUIRE(erased);
    CHECK(erased->erased);
    CHECK(r.row().siblings.versions().at(0).unsent == std::vector{first.dot});
    CHECK_FALSE(need(r.edit(std::nullopt)));
    CHECK(r.put("again").number == 3);
    CHECK(r.row().siblings.versions().at(0).what.action == change_action::insert);
}

TEST_CASE("editor: if_current holds for the version shown and fails for any other, naming what is now") {
    rig r;
    const auto first = r.put("one");
    const auto second = need(r.edit("two", if_current(first)));
    REQUIRE(second);
    const auto stale = r.edit("three", if_current(first));
    REQUIRE_FALSE(stale);
    CHECK(stale.error() == errc::not_current);
    CHECK(stale.error().detail() == "now at version 2");
    (void)need(r.edit(std::nullopt));
    const auto deleted = r.edit("four", if_current(*second));
    REQUIRE_FALSE(deleted);
    CHECK(deleted.error() == errc::not_current);
    CHECK(deleted.error().detail() == "now deleted");
}

TEST_CASE("editor: an attachment must be attached before a record lists it") {
    rig r;
    const auto outcome = r.edit("x", {{}, {*attachment_id::make("never")}});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::not_found);
    CHECK(r.row().siblings.empty());
}

TEST_CASE("editor: listed attachments are kept ascending and without repeats") {
    world w;
    device a{w};
    const auto one = need(a.emma().attach(attachment_source::from_bytes("1"), {}));
    const auto two = need(a.emma().attach(attachment_source::from_bytes("2"), {}));
    a.put("r", "x", {{}, {two, one, two}});
    auto expected = std::vector{one, two};
    std::sort(expected.begin(), expected.end());
    CHECK(need(a.emma().get("r"))->attachments == expected);
}

TEST_CASE("editor: a dot is never used twice, also if its edit was not kept") {
    rig r;
    r.unit.row_faults.at(r.unit.row_faults.calls() + 4, errc::no_space);
    CHECK_FALSE(r.edit("lost"));
    CHECK(r.row().siblings.empty());
    CHECK(r.put("kept").dot.n == 2);
}

TEST_CASE("editor: edits of one unit of work are one group; one that replaces part of a group joins it") {
    world w;
    device a{w};
    const auto groups = [&] {
        std::vector<std::uint64_t> all;
        auto in = detail::unit_of_work<memory_replica::transaction>{need(a.rows.begin())};
        in.each_outbox(0, [&](std::uint64_t, const detail::outbox_row& row) { return all.push_back(row.group), true; });
        return all;
    };
    need(a.emma().update([](auto& batch) {
        batch.put("x", "1");
        batch.put("y", "1");
    }));
    a.put("z", "1");
    auto now = groups();
    REQUIRE(now.size() == 3);
    CHECK(now[0] == now[1]);
    CHECK(now[1] != now[2]);
    a.put("x", "2");
    now = groups();
    REQUIRE(now.size() == 3);
    CHECK(now[0] == now[2]); // y, z, x
    CHECK(now[0] != now[1]);
}

TEST_CASE("editor: more edits together than a segment holds are refused, all of them, before they are acknowledged") {
    sync_settings few;
    few.manifest.changes_max = 5;
    world w;
    device a{w, "laptop", few}, b{w, "phone", few};
    const auto put = [&](int first, int count) {
        return a.emma().update([&](auto& batch) {
            for (int i = first; i < first + count; ++i) batch.put("r" + std::to_string(i), "x");
        });
    };
    const auto refused = put(0, 6);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::too_large);
    CHECK(need(a->pending()) == 0);
    need(put(0, 5));
    for (int again = 0; again < 8; ++again) need(put(2, 1)); // replaces an edit of the group, and adds none
    need(put(0, 5));
    CHECK(put(4, 2).error() == errc::too_large); // would be one group of six
    need(put(5, 5));
    CHECK(need(a->pending()) == 10);
    CHECK(a.clean_sync().pushed == 10);
    need(put(4, 2));
    a.clean_sync();
    b.clean_sync();
    CHECK(need(b.emma().list()).size() == 10);
}

TEST_CASE("editor: edits together whose manifest would be too long are refused, too") {
    sync_settings small;
    small.manifest.bytes_max = 4'000;
    world w;
    device a{w, "laptop", small};
    const auto many = a.emma().update([&](auto& batch) {
        for (int i = 0; i < 20; ++i) batch.put("r" + std::to_string(i), "x");
    });
    CHECK(many.error() == errc::too_large);
    CHECK(need(a->pending()) == 0);
}

TEST_CASE("find_target: an id that stands for a version beside is that version; any other is a record") {
    world w;
    device a{w}, b{w};
    a.put("r", "from a");
    b.put("r", "from b");
    a.clean_sync();
    b.clean_sync();
    const auto id = need(b.emma().get("r"))->conflicts.at(0).id;
    CHECK(id.front() == '~');
    (void)need(b.emma().put(id, "edited beside"));
    CHECK(b.text("r") == "edited beside"); // now the later of the two; the other is as it was
    CHECK(b.beside("r") == std::vector<std::string>{"from b"});
    b.put("~no version", "a record of that name");
    CHECK(b.text("~no version") == "a record of that name");
}

} // namespace
