#include "histories.hpp"

#include <doctest/doctest.h>

using namespace sealsync_tests;

namespace {

/// What a device that has merged some segments would write: its siblings, and every edit that it has met.
struct author {
    void add(const segment& s) {
        for (const auto& each : s.changes) {
            merger.add(each);
            met.insert(each.dot);
            for (const auto& old : each.replaces) met.insert(old);
        }
    }
    [[nodiscard]] std::vector<checkpoint> checkpoint_of(std::size_t parts) const {
        std::vector<checkpoint> all(parts);
        for (std::size_t i = 0; i < parts; ++i) {
            all[i].part = i + 1;
            all[i].parts = parts;
        }
        for (const auto& [run, edits] : met.runs()) all.front().met.push_back({run, edits});
        std::size_t at = 0;
        for (const auto& [key, siblings] : merger.siblings()) {
            for (const auto& each : siblings) all[at++ % parts].siblings.push_back(each);
        }
        return all;
    }
    reference_merger merger;
    dot_set met;
};

/// Objects without a version do not show: who starts from a checkpoint never hears of them.
siblings_by_object shown(siblings_by_object all) {
    std::erase_if(all, [](const auto& each) { return each.second.empty(); });
    return all;
}

} // namespace

TEST_CASE("manifest_merger: a checkpoint stands for the segments that it covers, before, after and among others") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        random_history history{seed};
        auto edits = history.edits(80, 7);
        if (seed % 3 == 0) history.add_twins(edits);
        const auto segments = history.segments(std::move(edits));
        auto& random = history.random();

        author some;
        reference_merger reference;
        std::vector<const segment*> others;
        for (const auto& s : segments) {
            const bool covered = random.one_in(2);
            if (covered) some.add(s);
            if (!covered || random.one_in(3)) others.push_back(&s);
            for (const auto& each : s.changes) reference.add(each);
        }
        const auto parts = some.checkpoint_of(1 + random.below(3));

        manifest_merger merger{settings_for(seed)};
        const auto place = random.below(others.size() + 1);
        for (std::size_t i = 0; i <= others.size(); ++i) {
            if (i == place) CHECK(merger.add_checkpoint(parts));
            if (i < others.size()) merger.add(*others[i]);
        }
        CHECK(shown(siblings_of(merger)) == shown(reference.siblings()));
        const auto again = merger.add_checkpoint(parts);
        REQUIRE(again);
        CHECK(again->added == 0);
        CHECK(shown(siblings_of(merger)) == shown(reference.siblings()));
    }
}

TEST_CASE("manifest_merger: checkpoints of two devices agree in either order, also in parallel parts") {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        random_history history{seed};
        const auto segments = history.segments(history.edits(60, 5));
        author left, right;
        reference_merger reference;
        for (const auto& s : segments) {
            const auto who = history.random().below(3);
            if (who != 0) left.add(s);
            if (who != 1) right.add(s);
            for (const auto& each : s.changes) reference.add(each);
        }
        const auto one = left.checkpoint_of(2), other = right.checkpoint_of(1);
        calling_thread workers;
        auto settings = settings_for(seed);
        settings.workers = &workers;
        manifest_merger first{settings}, second{settings_for(7)};
        CHECK(first.add_checkpoint(one));
        CHECK(first.add_checkpoint(other));
        CHECK(second.add_checkpoint(other));
        CHECK(second.add_checkpoint(one));
        CHECK(shown(siblings_of(first)) == shown(reference.siblings()));
        CHECK(shown(siblings_of(second)) == shown(reference.siblings()));
    }
}

TEST_CASE("manifest_merger: what a checkpoint has met and dropped goes, and is told of as changed") {
    auto kept = record_change(), gone = record_change();
    gone.id = *object_id::make("forgotten");
    gone.dot = dot_of(1, 5);
    kept.dot = dot_of(1, 6);
    kept.replaces = gone.replaces = {};
    auto s = sample_segment();
    s.changes = {gone, kept};
    manifest_merger merger{settings_for()};
    merger.add(s);
    merger.take_changed([](const object_view&) {});

    checkpoint all;
    interval_set met;
    for (std::uint64_t n = 1; n <= 6; ++n) met.insert(n);
    all.met = {{kept.dot.run, met}};
    all.siblings = {kept};
    REQUIRE(merger.add_checkpoint({&all, 1}));
    std::vector<std::string> changed;
    merger.take_changed([&](const object_view& object) { changed.push_back(object.id()); });
    CHECK(changed == std::vector<std::string>{"forgotten"});
    CHECK(merger.add(s).known == 2);
    CHECK(merger.find(gone.type, gone.collection.text(), "forgotten")->siblings() == 0);
}

TEST_CASE("manifest_merger: parts that are not all of one checkpoint are refused, and nothing is changed") {
    author some;
    random_history history{3};
    for (const auto& s : history.segments(history.edits(30, 4))) some.add(s);
    const auto whole = some.checkpoint_of(3);
    const auto refused = [&](std::vector<checkpoint> parts) {
        manifest_merger merger{settings_for()};
        const auto added = merger.add_checkpoint(parts);
        return !added && added.error() == errc::invalid_argument && merger.objects() == 0;
    };
    CHECK(refused({}));
    CHECK(refused({whole[0], whole[1]}));
    CHECK(refused({whole[0], whole[2], whole[1]}));
    CHECK(refused({whole[0], whole[1], whole[1]}));
    auto foreign = whole;
    foreign[1].scope = "users/bob";
    CHECK(refused(foreign));
    foreign = whole;
    foreign[2].parts = 4;
    CHECK(refused(foreign));
    foreign = whole;
    foreign[1].vault.value[0] ^= std::byte{1};
    CHECK(refused(foreign));
    CHECK_FALSE(refused(whole));
}
