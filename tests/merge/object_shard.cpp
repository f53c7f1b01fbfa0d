#include "../manifest/samples.hpp"

#include <sealsync/merge/merge_views.hpp>
#include <sealsync/merge/staged_changes.hpp>

#include <doctest/doctest.h>

using namespace sealsync_tests;
using namespace sealsync::detail;

namespace {

struct one_shard {
    merge_outcome merge(const change& c) {
        change_viewer viewer;
        stage.clear();
        stage.stage(viewer(c));
        stage.share_texts(texts);
        const auto& version = stage.shared(0);
        const auto at = shard.guess(stage.hash(0));
        if (at == no_index) return shard.merge(version, stage.hash(0), stage.rest(version));
        return shard.merge(version, stage.hash(0), stage.rest(version), at);
    }
    [[nodiscard]] std::vector<change> siblings() const {
        std::vector<change> all;
        shard.for_each([&](std::uint32_t at) {
            sealsync::object_view{shard, at}.for_each_sibling(
                [&](const auto& each) { all.push_back(each.to_change()); });
        });
        return all;
    }

    seeded_hash hash{3};
    repeated_texts texts{hash};
    covered_edits covered;
    object_shard shard{hash, texts, covered};
    staged_changes stage{hash};
};

change version_of(std::uint8_t run, std::uint64_t n, std::vector<dot> replaces) {
    auto c = record_change();
    c.dot = dot_of(run, n);
    c.replaces = std::move(replaces);
    return c;
}

} // namespace

TEST_CASE("object_shard: a version that arrives after the one that replaces it is known") {
    one_shard one;
    CHECK(one.merge(version_of(1, 2, {dot_of(1, 1)})) == merge_outcome::added);
    CHECK(one.merge(version_of(1, 3, {dot_of(1, 2)})) == merge_outcome::added);
    CHECK(one.merge(version_of(1, 1, {})) == merge_outcome::known);
    CHECK(one.merge(version_of(1, 2, {dot_of(1, 1)})) == merge_outcome::known);
    CHECK(one.siblings() == std::vector{version_of(1, 3, {dot_of(1, 2)})});
}

TEST_CASE("object_shard: what a version that arrives late replaces stays away, too") {
    one_shard one;
    CHECK(one.merge(version_of(1, 3, {dot_of(1, 2)})) == merge_outcome::added);
    CHECK(one.merge(version_of(1, 2, {dot_of(2, 7)})) == merge_outcome::known);
    CHECK(one.merge(version_of(2, 7, {})) == merge_outcome::known);
    CHECK(one.siblings() == std::vector{version_of(1, 3, {dot_of(1, 2)})});
}

TEST_CASE("object_shard: concurrent versions are siblings, ascending, until one replaces them all") {
    one_shard one;
    for (const std::uint8_t run : std::array<std::uint8_t, 4>{3, 1, 4, 2})
        CHECK(one.merge(version_of(run, 1, {})) == merge_outcome::added);
    REQUIRE(one.siblings().size() == 4);
    for (std::uint8_t i = 0; i < 4; ++i) CHECK(one.siblings()[i].dot == dot_of(static_cast<std::uint8_t>(i + 1), 1));
    const auto all = version_of(1, 2, {dot_of(1, 1), dot_of(2, 1), dot_of(3, 1), dot_of(4, 1)});
    CHECK(one.merge(all) == merge_outcome::added);
    CHECK(one.siblings() == std::vector{all});
    CHECK(one.merge(version_of(3, 1, {})) == merge_outcome::known);
}

TEST_CASE("object_shard: one dot with two contents is two siblings, tombstones among them, in either order") {
    auto other = version_of(1, 1, {});
    other.stored = digest_of(0x99);
    auto erased = other;
    erased.action = change_action::erase;
    erased.size = 0;
    erased.stored.reset();
    erased.attachments.clear();
    one_shard one, two;
    for (const auto& c : {version_of(1, 1, {}), other, erased}) static_cast<void>(one.merge(c));
    for (const auto& c : {erased, other, version_of(1, 1, {})}) static_cast<void>(two.merge(c));
    CHECK(one.siblings().size() == 3);
    CHECK(one.siblings() == two.siblings());
    CHECK(one.merge(other) == merge_outcome::known);
    CHECK(one.merge(version_of(1, 2, {dot_of(1, 1)})) == merge_outcome::added);
    CHECK(one.siblings().size() == 1);
}

TEST_CASE("object_shard: versions that replace each other in a circle leave an object without any") {
    for (const bool turned : {false, true}) {
        one_shard one;
        const auto a = version_of(1, 1, {dot_of(2, 1)}), b = version_of(2, 1, {dot_of(1, 1)});
        CHECK(one.merge(turned ? b : a) == merge_outcome::added);
        CHECK(one.merge(turned ? a : b) == merge_outcome::known);
        CHECK(one.siblings().empty());
        CHECK(one.shard.objects() == 1);
        CHECK(one.merge(version_of(3, 1, {})) == merge_outcome::added);
        CHECK(one.siblings().size() == 1);
    }
}

TEST_CASE("object_shard: of plain versions the greatest stays, whatever the order") {
    const auto plain = [](std::uint64_t version, std::int64_t time) {
        auto c = record_change();
        c.dot = {};
        c.replaces.clear();
        c.stored.reset();
        c.size = 0;
        c.attachments.clear();
        c.version = version;
        c.timestamp = {time};
        return c;
    };
    one_shard one, two;
    CHECK(one.merge(plain(2, 1)) == merge_outcome::added);
    CHECK(one.merge(plain(1, 9)) == merge_outcome::known);
    CHECK(one.merge(plain(2, 5)) == merge_outcome::added);
    CHECK(one.merge(plain(2, 5)) == merge_outcome::known);
    for (const auto& c : {plain(2, 5), plain(2, 1), plain(1, 9)}) static_cast<void>(two.merge(c));
    CHECK(one.siblings() == std::vector{plain(2, 5)});
    CHECK(one.siblings() == two.siblings());
    CHECK(one.merge(version_of(1, 1, {})) == merge_outcome::added);
    CHECK(one.siblings().size() == 2);

    one_shard beside;
    CHECK(beside.merge(version_of(1, 1, {})) == merge_outcome::added);
    CHECK(beside.merge(plain(2, 1)) == merge_outcome::added);
    CHECK(beside.merge(plain(2, 5)) == merge_outcome::added);
    CHECK(beside.merge(plain(1, 9)) == merge_outcome::known);
    CHECK(beside.siblings() == one.siblings());

    auto of_run_zero = version_of(1, 7, {}); // plain versions have this run, and replace nothing, too
    of_run_zero.dot.run = {};
    of_run_zero.attachments.clear();
    CHECK(one.merge(of_run_zero) == merge_outcome::added);
    CHECK(one.siblings().size() == 3);
    one_shard alone;
    CHECK(alone.merge(plain(2, 5)) == merge_outcome::added);
    CHECK(alone.merge(of_run_zero) == merge_outcome::added);
    CHECK(alone.siblings().size() == 2);
}

TEST_CASE("object_shard: long ids that begin alike are two objects") {
    one_shard one;
    auto left = record_change(), right = record_change();
    left.id = *object_id::make(std::string(40, 'x') + "-left");
    right.id = *object_id::make(std::string(40, 'x') + "-right");
    right.dot = dot_of(4, 4);
    CHECK(one.merge(left) == merge_outcome::added);
    CHECK(one.merge(right) == merge_outcome::added);
    CHECK(one.shard.objects() == 2);
    CHECK(one.siblings() == std::vector{left, right});
}

TEST_CASE("object_shard: what changed is told once") {
    one_shard one;
    static_cast<void>(one.merge(version_of(1, 1, {})));
    static_cast<void>(one.merge(version_of(1, 2, {dot_of(1, 1)})));
    std::size_t changed = 0;
    one.shard.take_changed([&](std::uint32_t) { ++changed; });
    CHECK(changed == 1);
    static_cast<void>(one.merge(version_of(1, 1, {})));
    one.shard.take_changed([](std::uint32_t) { FAIL("nothing changed"); });
    static_cast<void>(one.merge(version_of(1, 3, {dot_of(1, 2)})));
    one.shard.take_changed([&](std::uint32_t) { ++changed; });
    CHECK(changed == 2);
}

TEST_CASE("object_shard: a size that no codec takes says nothing of the object") {
    one_shard one;
    auto first = version_of(1, 1, {}), second = version_of(2, 1, {});
    first.size = std::uint64_t{1} << 54U;
    second.size = std::uint64_t{1} << 53U;
    CHECK(one.merge(first) == merge_outcome::added);
    CHECK(one.merge(second) == merge_outcome::added);
    CHECK(one.shard.objects() == 1);
    std::size_t seen = 0;
    one.shard.for_each([&](std::uint32_t) { ++seen; });
    CHECK(seen == 1);
    CHECK(one.siblings().size() == 2);
}
