#include <sealsync/conflict/keep_both.hpp>
#include <sealsync/conflict/last_write_wins.hpp>
#include <sealsync/conflict/merge_with.hpp>
#include <sealsync/sync/presentation.hpp>

#include <doctest/doctest.h>

#include <set>

namespace {

using namespace sealsync;
using namespace sealsync::detail;

dot edit(std::uint8_t run) {
    dot made{{}, 1};
    made.run.value[0] = std::byte{run};
    return made;
}
sibling_version version_of(std::uint8_t run, std::int64_t time, bool erased = false) {
    sibling_version v;
    v.what.dot = edit(run);
    v.what.timestamp = stamp{time};
    v.what.action = erased ? change_action::erase : change_action::update;
    return v;
}

struct set {
    sibling_set siblings;
    std::vector<std::string> contents;

    template <class Policy>
    [[nodiscard]] presentation seen_by(Policy policy) const {
        return present(siblings, policy, [&](std::size_t i) { return bytes_view{contents.at(i)}; }, {});
    }
    template <class Policy>
    [[nodiscard]] std::vector<dot> replaced(Policy policy, std::optional<std::size_t> edited = {}) const {
        const auto seen = seen_by(policy);
        return replaced_by_edit(siblings, seen, edited ? edited : seen.shown);
    }
};

const set nothing{sibling_set{}, {}};
const set deleted{sibling_set{{version_of(1, 10, true), version_of(2, 20, true)}}, {"", ""}};
const set one{sibling_set{{version_of(1, 10)}}, {"a"}};
const set one_and_tombstone{sibling_set{{version_of(1, 10), version_of(2, 20, true)}}, {"a", ""}};
const set two{sibling_set{{version_of(1, 30), version_of(2, 20)}}, {"a", "b"}};
const set two_and_tombstone{sibling_set{{version_of(1, 10), version_of(2, 99, true), version_of(3, 20)}},
                            {"a", "", "c"}};
const set equal_contents{sibling_set{{version_of(1, 10), version_of(2, 20)}}, {"same", "same"}};

struct uncallable {
    static constexpr policy_reads reads = policy_reads::contents;
    result<resolution> resolve(std::span<const sibling>, const merge_base&) const {
        return failure{errc::invalid_argument, "policy", "must not be asked"};
    }
};

TEST_CASE("presentation: what never was and what is deleted is not shown") {
    for (const auto* each : {&nothing, &deleted}) {
        const auto seen = each->seen_by(uncallable{});
        CHECK_FALSE(seen.shown);
        CHECK(seen.beside.empty());
        CHECK_FALSE(seen.merged);
    }
}

TEST_CASE("presentation: one live version is shown without asking the policy, and hides concurrent tombstones") {
    CHECK(one.seen_by(uncallable{}).shown == 0);
    const auto seen = one_and_tombstone.seen_by(uncallable{});
    CHECK(seen.shown == 0);
    CHECK(seen.beside.empty());
}

TEST_CASE("presentation: several live versions are the policy's to judge, by their place in the set") {
    const auto both = two.seen_by(keep_both{});
    CHECK(both.shown == 0);
    CHECK(both.beside == std::vector<std::size_t>{1});
    CHECK(two.seen_by(last_write_wins{}).shown == 0);
    CHECK(two.seen_by(last_write_wins{}).beside.empty());

    const auto around = two_and_tombstone.seen_by(keep_both{});
    CHECK(around.shown == 2);
    CHECK(around.beside == std::vector<std::size_t>{0});
}

TEST_CASE("presentation: siblings of equal content are one") {
    const auto seen = equal_contents.seen_by(keep_both{});
    CHECK(seen.shown == 1);
    CHECK(seen.beside.empty());
}

struct watching {
    static constexpr policy_reads reads = policy_reads::contents;
    bytes_view expected;
    result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) const {
        CHECK(base.is == merge_base::state::known);
        CHECK(base.content == expected);
        REQUIRE(siblings.size() == 2);
        CHECK(as_text(siblings[0].content) == "a");
        CHECK(as_text(siblings[1].content) == "c");
        CHECK(siblings[1].timestamp == stamp{20});
        CHECK(siblings[1].dot == edit(3));
        return resolution{.shown = 1};
    }
};

TEST_CASE("presentation: the policy sees contents, stamps and authors of the live versions, and the base") {
    watching policy{"base"};
    const auto seen = present(two_and_tombstone.siblings, policy,
                              [](std::size_t i) { return bytes_view{two_and_tombstone.contents.at(i)}; },
                              {merge_base::state::known, "base"});
    CHECK(seen.shown == 2);
    CHECK_FALSE(seen.refused);
}

TEST_CASE("presentation: what a policy cannot judge is kept apart, with its reason") {
    uncallable policy;
    const auto seen = present(two.siblings, policy, [](std::size_t i) { return bytes_view{two.contents.at(i)}; }, {});
    CHECK(seen.shown == 0);
    CHECK(seen.beside == std::vector<std::size_t>{1});
    CHECK_FALSE(seen.merged);
    REQUIRE(seen.refused);
    CHECK(seen.refused->detail() == "must not be asked");
    CHECK(equal_contents.seen_by(policy).beside.empty()); // equal contents need no judgement to be one
}

TEST_CASE("presentation: what a policy merged is handed on") {
    const auto concat = [](std::optional<bytes_view>, std::span<const bytes_view> contents) {
        bytes all;
        for (const auto content : contents) append(all, content);
        return all;
    };
    const auto seen = two.seen_by(merge_with{concat});
    REQUIRE(seen.merged);
    CHECK(as_text(*seen.merged) == "ba");
}

// Versions whose contents are not here.

presentation seen_without(const set& all, std::set<std::size_t> unread, const auto& policy) {
    auto asked = policy;
    const auto content = [&](std::size_t i) {
        return unread.contains(i) ? std::nullopt : std::optional{bytes_view{all.contents.at(i)}};
    };
    return present(all.siblings, asked, content, {});
}

TEST_CASE("presentation: what can be read is shown, and what cannot stands beside") {
    const set three{sibling_set{{version_of(1, 10), version_of(2, 20), version_of(3, 30)}}, {"a", "b", "c"}};
    auto seen = seen_without(three, {2}, keep_both{});
    CHECK(seen.shown == 1);
    CHECK(seen.beside == std::vector<std::size_t>{0, 2});
    seen = seen_without(three, {1, 2}, uncallable{});
    CHECK(seen.shown == 0);
    CHECK(seen.beside == std::vector<std::size_t>{2, 1});
    CHECK(replaced_by_edit(three.siblings, seen, seen.shown) == std::vector{edit(1)});
}

TEST_CASE("presentation: of several versions none of which can be read the newest is shown") {
    const auto seen = seen_without(two_and_tombstone, {0, 2}, uncallable{});
    CHECK(seen.shown == 2);
    CHECK(seen.beside == std::vector<std::size_t>{0});
    CHECK(replaced_by_edit(two_and_tombstone.siblings, seen, seen.shown) == std::vector{edit(2), edit(3)});
}

TEST_CASE("presentation: no merge is made without a version that cannot be read") {
    const set three{sibling_set{{version_of(1, 10), version_of(2, 20), version_of(3, 30)}}, {"a", "b", "c"}};
    const auto first = [](std::optional<bytes_view>, std::span<const bytes_view> all) { return to_bytes(all[0]); };
    CHECK(seen_without(three, {}, merge_with{first}).merged);
    const auto seen = seen_without(three, {0}, merge_with{first});
    CHECK_FALSE(seen.merged);
    CHECK(seen.shown == 2);
    CHECK(replaced_by_edit(three.siblings, seen, seen.shown) == std::vector{edit(2), edit(3)});
}

TEST_CASE("an edit replaces the version that it was made on, and hidden tombstones") {
    CHECK(nothing.replaced(keep_both{}).empty());
    CHECK(one.replaced(keep_both{}) == std::vector{edit(1)});
    CHECK(one_and_tombstone.replaced(keep_both{}) == std::vector{edit(1), edit(2)});
    CHECK(deleted.replaced(keep_both{}) == std::vector{edit(1), edit(2)});
}

TEST_CASE("keep_both: an edit of the shown version leaves those beside it, and the other way round") {
    CHECK(two.replaced(keep_both{}) == std::vector{edit(1)});
    CHECK(two.replaced(keep_both{}, 1) == std::vector{edit(2)});
    CHECK(two_and_tombstone.replaced(keep_both{}) == std::vector{edit(2), edit(3)});
    CHECK(two_and_tombstone.replaced(keep_both{}, 0) == std::vector{edit(1), edit(2)});
}

TEST_CASE("an edit of the shown version replaces what the policy absorbed into it") {
    CHECK(two.replaced(last_write_wins{}) == std::vector{edit(1), edit(2)});
    CHECK(equal_contents.replaced(keep_both{}) == std::vector{edit(1), edit(2)});
}

TEST_CASE("twins share a dot: it is named once") {
    auto left = version_of(1, 10), right = version_of(1, 10);
    right.twin = true;
    const set twins{sibling_set{{left, right}}, {"a", "b"}};
    CHECK(twins.replaced(keep_both{}) == std::vector{edit(1)});
}

} // namespace
