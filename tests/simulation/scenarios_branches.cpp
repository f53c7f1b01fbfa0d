#include "stage.hpp"

using namespace stage;

namespace {

/// x and y are made without each other, z replaces x alone. `late_y`: y is pushed after z; `looks`: after which of
/// the three pushes a fourth device syncs.
template <class Policy>
void three_way(condition_mode conditions, bool late_y, unsigned looks) {
    scene<Policy> s{conditions};
    auto &a = s.join(), &b = s.join(), &c = s.join(), &reader = s.join();
    for (auto* d : {&a, &b, &c, &reader}) s.sync(*d);
    const auto x = s.put(a, "rec", "x"), y = s.put(b, "rec", "y");
    s.sync(a);
    if ((looks & 1U) != 0) s.sync(reader);
    s.sync(c);
    const auto z = s.put(c, "rec", "z");
    auto &first = late_y ? c : b, &second = late_y ? b : c;
    s.sync(first);
    if ((looks & 2U) != 0) s.sync(reader);
    s.sync(second);
    if ((looks & 4U) != 0) s.sync(reader);
    s.converge();
    for (auto* d : s.world().running()) {
        CHECK(d->view.covered.contains(x));
        CHECK(d->view.reflects(y));
        CHECK(d->view.reflects(z));
        if (s.model().rule() == conflict_rule::merge_lines) continue; // somebody has written y and z as one
        CHECK(s.siblings(*d, "rec").size() == 2);
    }
}

} // namespace

TEST_CASE("three-way concurrency: x beside y, z replaces x, gives one result in every order, policy and store") {
    everywhere([](auto policy, condition_mode conditions) {
        for (unsigned looks = 0; looks < 8; ++looks) {
            three_way<decltype(policy)>(conditions, false, looks);
            three_way<decltype(policy)>(conditions, true, looks);
        }
    });
}

TEST_CASE("an edit made offline on an old version never replaces what its author had not seen") {
    everywhere([](auto policy, condition_mode conditions) {
        scene<decltype(policy)> s{conditions};
        auto &a = s.join(), &offline = s.join();
        (void)s.put(a, "rec", "first");
        s.sync(a);
        s.sync(offline);
        const auto unseen = s.put(a, "rec", "second");
        s.sync(a);
        offline.clock.advance(std::chrono::hours{24 * 365}); // the later edit by any clock
        const auto late = s.put(offline, "rec", "made on first");
        CHECK_FALSE(s.model().edits()[late].covers.contains(unseen));
        s.converge();
        CHECK(s.all_know(unseen));
        CHECK(s.all_know(late));
        if (s.model().rule() != conflict_rule::merge_lines) CHECK(s.siblings(a, "rec").size() == 2);
    });
}

TEST_CASE("a copied replica goes on: both edit and push, a third edits the branch it saw: nothing is lost, all know") {
    everywhere([](auto policy, condition_mode conditions) {
        scene<decltype(policy)> s{conditions};
        auto &a = s.join(), &third = s.join();
        (void)s.put(a, "rec", "before");
        s.sync(a);
        s.sync(third);
        auto& copy = s.world().clone(a);
        const auto mine = s.put(a, "rec", "of the original"), other = s.put(copy, "rec", "of the copy");
        s.sync(a);
        s.sync(third);
        const auto on_mine = s.put(third, "rec", "on the original's");
        s.sync(copy);
        s.sync(third);
        s.converge();
        for (const auto edit : {mine, other, on_mine}) CHECK(s.all_know(edit));
        if (s.model().rule() == conflict_rule::merge_lines) return;
        CHECK(s.siblings(copy, "rec").size() == 2); // the copy's, and the third's in place of the original's
        CHECK(copy.view.covered.contains(mine));
    });
}

TEST_CASE("a replica copied with a sealed segment on its way: both finish it, and both go on") {
    everywhere([](auto policy, condition_mode conditions) {
        scene<decltype(policy)> s{conditions};
        auto& a = s.join();
        s.sync(a);
        const auto first = s.put(a, "rec", "sealed");
        a.faults.next(fault::lost_answer); // the poll
        s.try_sync(a);
        for (std::uint64_t request = 0; request < 4; ++request) // one of them is the segment's
            a.faults.at(a.faults.operations() + 2 + request, fault::lost_request);
        s.try_sync(a);
        auto& copy = s.world().clone(a);
        const auto mine = s.put(a, "rec", "of the original"), other = s.put(copy, "rec", "of the copy");
        s.sync(copy);
        s.sync(a);
        s.converge();
        for (const auto edit : {first, mine, other}) CHECK(s.all_know(edit));
    });
}

TEST_CASE("a replica restored to before its last push loses nothing of it, and goes on") {
    everywhere([](auto policy, condition_mode conditions) {
        scene<decltype(policy)> s{conditions};
        auto &a = s.join(), &b = s.join();
        (void)s.put(a, "rec", "before");
        s.sync(a);
        s.sync(b);
        const auto backup = a.back_up();
        const auto pushed = s.put(a, "rec", "pushed"), erased = s.put(a, "gone", "pushed, too");
        s.sync(a);
        s.world().restore(a, backup);
        const auto again = s.put(a, "rec", "by the restored");
        s.sync(a);
        s.converge();
        for (const auto edit : {pushed, erased, again}) CHECK(s.all_know(edit));
    });
}
