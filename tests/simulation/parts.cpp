#include "random_worlds.hpp"

#include <sealsync/testing/cipher_conformance.hpp>
#include <sealsync/testing/replica_conformance.hpp>

#include <set>

namespace {

using namespace sealsync;
using namespace sealsync::testing;

change edit_of(std::uint64_t n, change_action action = change_action::update) {
    change made;
    made.collection = *collection_id::make("emma");
    made.id = *object_id::make("rec");
    made.dot = {run_id{}, n};
    made.timestamp.nanoseconds = static_cast<std::int64_t>(n);
    made.action = action;
    return made;
}

} // namespace

TEST_CASE("simulated_cipher detects what a cipher must, it only hides nothing") {
    simulated_cipher original{1, 2}, same{1, 3};
    const std::set<std::string> hiding{"an id does not show the name", "another collection, another id",
                                       "another purpose, another id", "the plaintext is not in the sealed bytes",
                                       "a changed chunk shares no key stream with the one before"};
    const auto report = check_cipher(original, same);
    CHECK(report.checks > 1000);
    for (const auto& failure : report.failures) CHECK_MESSAGE(hiding.contains(failure), failure);
}

TEST_CASE("simulated_replica is a replica that tells of each commit, and of nothing else") {
    std::vector<replica_commit> told;
    simulated_replica watched{memory_replica{}, [&](const replica_commit& one) { told.push_back(one); }};
    {
        auto dropped = *watched.begin();
        REQUIRE(dropped.store(replica_table::object, "a", "1").has_value());
    }
    CHECK(told.empty());
    auto kept = *watched.begin();
    REQUIRE(kept.store(replica_table::object, "a", "1").has_value());
    REQUIRE(kept.store(replica_table::cursor, "c", "1").has_value());
    REQUIRE(kept.store(replica_table::header, "pending", "1").has_value());
    REQUIRE(kept.store(replica_table::content, "x", "1").has_value());
    REQUIRE(kept.commit().has_value());
    REQUIRE(told.size() == 1);
    CHECK(told[0].objects == std::set{to_bytes("a")});
    CHECK(told[0].cursors == std::set{to_bytes("c")});
    CHECK(told[0].pending);
}

TEST_CASE("simulated_storage lets others go on before the call that they are planned for, once") {
    interruptions meanwhile;
    simulated_storage store{memory_storage{}, meanwhile};
    int happened = 0;
    meanwhile.before(1, [&] { ++happened; });
    for (int call = 0; call < 3; ++call) {
        REQUIRE(store.list({"prefix", {}, 1}, {}).has_value());
        CHECK(happened == (call == 0 ? 0 : 1));
    }
    CHECK(meanwhile.calls() == 3);
}

TEST_CASE("the model: what is replaced by a known edit is no sibling, also through edits that never arrive") {
    simulation_model model{conflict_rule::keep_both};
    replica_view author, reader;
    const auto first = model.add(edit_of(1), to_bytes("1"), {});
    model.deliver(author, first);
    model.deliver(reader, first);
    const auto never_pushed = model.add(edit_of(2), to_bytes("2"), {first});
    const auto last = model.add(edit_of(3), to_bytes("3"), {never_pushed});
    model.deliver(reader, last);
    const auto ref = detail::ref_of(edit_of(1));
    CHECK(model.siblings(reader, ref) == std::vector{last});
    CHECK(model.siblings(author, ref) == std::vector{first});
    CHECK(reader.reflects(never_pushed));
}

TEST_CASE("the model: each policy's edit replaces what its author was shown, and the tombstones hidden by it") {
    const auto replaced = [](conflict_rule rule) {
        simulation_model model{rule};
        const auto beside = model.add(edit_of(1), to_bytes("1"), {}), shown = model.add(edit_of(2), to_bytes("2"), {});
        const auto erased = model.add(edit_of(3, change_action::erase), {}, {});
        return model.replaced_by({}, {beside, shown, erased}, {});
    };
    CHECK(replaced(conflict_rule::last_write_wins) == std::vector<std::size_t>{0, 1, 2});
    CHECK(replaced(conflict_rule::merge_lines) == std::vector<std::size_t>{0, 1, 2});
    CHECK(replaced(conflict_rule::keep_both) == std::vector<std::size_t>{1, 2});
}

TEST_CASE("the model: what a replica cannot read is neither absorbed nor shown before what it can") {
    for (const auto rule : {conflict_rule::keep_both, conflict_rule::merge_lines}) {
        simulation_model model{rule};
        const auto old = model.add(edit_of(1), to_bytes("1"), {}), newer = model.add(edit_of(2), to_bytes("1"), {});
        replica_view view;
        view.unread.insert(newer);
        const auto seen = model.present(view, {old, newer});
        CHECK(seen.shown == old);
        CHECK(seen.beside == std::vector{newer});
        CHECK(model.replaced_by(view, {old, newer}, {}) == std::vector{old});
        CHECK(model.replaced_by(view, {newer}, {}).empty());
        CHECK(model.replaced_by(view, {old, newer}, edit_of(2).dot) == std::vector{newer});
    }
}

TEST_CASE("equal seeds give equal worlds") {
    const auto walk = [] {
        simulation_counters met;
        CHECK_FALSE(simulate_seeds<keep_both>(11, 14, 120, met));
        return met.text();
    };
    CHECK(walk() == walk());
}

TEST_CASE("a failing run is told step by step, and keeps the steps without which it does not fail") {
    const auto options = simulation_options::draw(3, 60);
    const simulation_failure made_up{options, draw_steps(options), "made up"};
    const auto shrunk = shrink<keep_both>(made_up, 30);
    CHECK(shrunk.steps.size() == made_up.steps.size()); // this world does not fail, whatever is left out
    const auto story = story_of<keep_both>(shrunk);
    CHECK(story.find("makes edit #0") != std::string::npos);
    CHECK(story.ends_with("=> made up\n"));
}
