#include <sealsync/manifest/dot_set.hpp>
#include <sealsync/manifest/sibling_set.hpp>
#include <sealsync/testing/random.hpp>

#include <doctest/doctest.h>

#include <map>
#include <set>

namespace {

using namespace sealsync;

dot edit(std::uint8_t run, std::uint64_t n) {
    dot made{{}, n};
    made.run.value[0] = std::byte{run};
    return made;
}

sibling_version version_of(dot made, std::vector<dot> replaces = {}, change_action action = change_action::update,
                           std::uint8_t content = 1) {
    sibling_version v;
    v.what.dot = made;
    v.what.action = action;
    std::sort(replaces.begin(), replaces.end());
    v.what.replaces = std::move(replaces);
    if (action != change_action::erase) v.what.stored.emplace().value[0] = std::byte{content};
    return v;
}

struct object {
    sibling_set siblings{};
    dot_set met{};
    std::vector<dot> replaced{};

    merge_outcome merge(sibling_version incoming) {
        return siblings.merge(std::move(incoming), met,
                              [&](sibling_version&& old) { replaced.push_back(old.what.dot); });
    }
    [[nodiscard]] std::vector<dot> dots() const {
        std::vector<dot> all;
        for (const auto& v : siblings.versions()) all.push_back(v.what.dot);
        return all;
    }
};

TEST_CASE("sibling_set: a version that replaces nothing stands beside the others, ascending by dot") {
    object o;
    CHECK(o.siblings.empty());
    CHECK_FALSE(o.siblings.live());
    CHECK(o.merge(version_of(edit(2, 1))) == merge_outcome::added);
    CHECK(o.merge(version_of(edit(1, 7))) == merge_outcome::added);
    CHECK(o.dots() == std::vector{edit(1, 7), edit(2, 1)});
    CHECK(o.siblings.live());
    REQUIRE(o.siblings.find(edit(1, 7)) != nullptr);
    CHECK(o.siblings.find(edit(1, 7))->what.dot == edit(1, 7));
    CHECK(o.siblings.find(edit(1, 8)) == nullptr);
}

TEST_CASE("sibling_set: what a version replaces is gone, and handed over") {
    object o;
    (void)o.merge(version_of(edit(1, 1)));
    (void)o.merge(version_of(edit(2, 1)));
    CHECK(o.merge(version_of(edit(3, 1), {edit(1, 1)})) == merge_outcome::added);
    CHECK(o.dots() == std::vector{edit(2, 1), edit(3, 1)});
    CHECK(o.replaced == std::vector{edit(1, 1)});
}

TEST_CASE("sibling_set: an edit met before is ignored even if it is no longer there") {
    object o;
    (void)o.merge(version_of(edit(1, 1)));
    (void)o.merge(version_of(edit(1, 2), {edit(1, 1)}));
    CHECK(o.merge(version_of(edit(1, 1))) == merge_outcome::known);
    CHECK(o.merge(version_of(edit(1, 2), {edit(1, 1)})) == merge_outcome::known);
    CHECK(o.dots() == std::vector{edit(1, 2)});
}

TEST_CASE("sibling_set: what was replaced before it arrived does not come back when it does") {
    object o;
    (void)o.merge(version_of(edit(1, 2), {edit(1, 1)}));
    CHECK(o.replaced.empty());
    CHECK(o.met.contains(edit(1, 1)));
    CHECK(o.merge(version_of(edit(1, 1))) == merge_outcome::known);
    CHECK(o.dots() == std::vector{edit(1, 2)});
}

TEST_CASE("sibling_set: tombstones are kept, and do not make an object live") {
    object o;
    (void)o.merge(version_of(edit(1, 1)));
    (void)o.merge(version_of(edit(1, 2), {edit(1, 1)}, change_action::erase));
    CHECK_FALSE(o.siblings.empty());
    CHECK_FALSE(o.siblings.live());
    (void)o.merge(version_of(edit(2, 1), {edit(1, 1)}));
    CHECK(o.siblings.live());
    CHECK(o.dots() == std::vector{edit(1, 2), edit(2, 1)});
}

TEST_CASE("sibling_set: the dot of a live version with other content is a twin, in either order") {
    object one, two;
    const auto first = version_of(edit(1, 1), {}, change_action::insert, 1);
    const auto second = version_of(edit(1, 1), {}, change_action::insert, 2);
    (void)one.merge(first);
    CHECK(one.merge(second) == merge_outcome::twin);
    CHECK(one.merge(second) == merge_outcome::known);
    (void)two.merge(second);
    CHECK(two.merge(first) == merge_outcome::twin);
    REQUIRE(one.siblings.versions().size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(one.siblings.versions()[i].what == two.siblings.versions()[i].what);
    }
    CHECK(one.siblings.versions()[0].twin != one.siblings.versions()[1].twin);
}

TEST_CASE("sibling_set: replacing a dot takes out its twins, too") {
    object o;
    (void)o.merge(version_of(edit(1, 1), {}, change_action::insert, 1));
    (void)o.merge(version_of(edit(1, 1), {}, change_action::insert, 2));
    (void)o.merge(version_of(edit(2, 1), {edit(1, 1)}));
    CHECK(o.dots() == std::vector{edit(2, 1)});
    CHECK(o.replaced.size() == 2);
}

TEST_CASE("sibling_set: a version not yet stored has no twin: nothing says that it differs") {
    object o;
    auto pending = version_of(edit(1, 1));
    pending.what.stored.reset();
    (void)o.merge(pending);
    CHECK(o.merge(version_of(edit(1, 1))) == merge_outcome::known);
    CHECK(o.siblings.versions().size() == 1);
}

TEST_CASE("sibling_set: it can be put together from versions that were stored") {
    const sibling_set restored{{version_of(edit(1, 1)), version_of(edit(2, 1))}};
    CHECK(restored.versions().size() == 2);
    CHECK(restored.live());
}

/// Edits of a few replicas, each made on some versions that its author saw: what a history of concurrent work gives.
std::vector<sibling_version> random_history(testing::random& rng, std::size_t count) {
    std::map<int, object> replicas;
    std::map<int, std::uint64_t> numbers;
    std::vector<sibling_version> history;
    for (std::size_t i = 0; i < count; ++i) {
        const int author = static_cast<int>(rng.below(3));
        auto& seen = replicas[author];
        for (const auto& one : history) {
            // Causally: a version only after those that it replaces.
            const bool ready = std::all_of(one.what.replaces.begin(), one.what.replaces.end(),
                                           [&](const dot& old) { return seen.met.contains(old); });
            if (ready && rng.chance(0.5)) (void)seen.merge(one);
        }
        std::vector<dot> replaces;
        for (const auto& now : seen.siblings.versions()) {
            if (rng.chance(0.7)) replaces.push_back(now.what.dot);
        }
        const auto action = rng.chance(0.3) ? change_action::erase : change_action::update;
        const auto made = edit(static_cast<std::uint8_t>(author + 1), ++numbers[author]);
        history.push_back(version_of(made, std::move(replaces), action));
        (void)seen.merge(history.back());
    }
    return history;
}

/// The definition: every version known, less those that a known version replaces.
std::set<dot> standing(const std::vector<sibling_version>& known) {
    std::set<dot> all;
    for (const auto& v : known) all.insert(v.what.dot);
    for (const auto& v : known) {
        for (const auto& old : v.what.replaces) all.erase(old);
    }
    return all;
}

TEST_CASE("sibling_set: in any order, however grouped and however often, it is what the definition says") {
    testing::random rng{7};
    for (int round = 0; round < 400; ++round) {
        const auto history = random_history(rng, 1 + rng.below(14));
        const auto expected = standing(history);
        for (int shuffled = 0; shuffled < 6; ++shuffled) {
            auto order = history;
            rng.shuffle(order);
            object o;
            for (const auto& one : order) {
                (void)o.merge(one);
                if (rng.chance(0.3)) (void)o.merge(order[static_cast<std::size_t>(rng.below(order.size()))]);
            }
            for (const auto& one : order) (void)o.merge(one);
            const auto dots = o.dots();
            REQUIRE(std::is_sorted(dots.begin(), dots.end()));
            REQUIRE(std::set<dot>(dots.begin(), dots.end()) == expected);
            REQUIRE(dots.size() == expected.size());
        }
    }
}

} // namespace
