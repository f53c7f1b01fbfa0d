#include "local_edits.hpp"

namespace {

using namespace vault_fixture;
using state_type = opened_state<>::state_type;
using unit_type = opened_state<>::unit_type;
using place_list = std::vector<std::uint64_t>;

struct rig {
    world w{};
    opened_state<> unit{w};
    detail::held_edits held{};

    explicit rig(std::size_t at_once) { unit.state.settings.changes_per_segment_max = at_once; }

    /// Places 1, 2, ... of the outbox, each in its group; `joined` as an edit of an edit that waits leaves it.
    void fill(const std::vector<std::uint64_t>& groups, std::uint64_t joined = 0) {
        need(unit.state.local.transact([&](unit_type& in) -> result<void> {
            for (std::size_t i = 0; i < groups.size(); ++i) {
                (void)in.append_outbox({record_ref("r" + std::to_string(i)), dot{{}, i + 1}, groups[i]});
            }
            in.state().outbox_joined = joined;
            return {};
        }));
    }
    [[nodiscard]] place_list places(detail::outbox_collector<state_type>& by) {
        place_list all;
        for (const auto& one : need(by.next())) {
            CHECK_FALSE(one.ready);
            all.push_back(one.place);
        }
        return all;
    }
    [[nodiscard]] place_list places() {
        detail::outbox_collector<state_type> by{unit.state, held};
        return places(by);
    }
    void erase(const place_list& gone) {
        need(unit.state.local.transact([&](unit_type& in) -> result<void> {
            for (const auto place : gone) in.erase_outbox(place);
            return {};
        }));
    }
};

TEST_CASE("outbox_collector: an empty outbox gives nothing") {
    rig r{3};
    CHECK(r.places().empty());
}

TEST_CASE("outbox_collector: the oldest edits come first, as many as a segment holds, with their rows") {
    rig r{3};
    r.fill({1, 2, 3, 4, 5});
    CHECK(r.places() == place_list{1, 2, 3});
    CHECK(r.places() == place_list{1, 2, 3}); // until they are committed
    const auto edits = collect(r.unit.state);
    CHECK(edits[1].row.object == record_ref("r1"));
    CHECK(edits[1].row.dot == dot{{}, 2});
    CHECK(edits[1].row.group == 2);
    r.erase({1, 2, 3});
    CHECK(r.places() == place_list{4, 5});
}

TEST_CASE("outbox_collector: a group that has begun is not cut, however few a segment holds") {
    rig r{3};
    r.fill({1, 2, 3, 3, 3, 3, 7});
    CHECK(r.places() == place_list{1, 2, 3, 4, 5, 6});
}

TEST_CASE("outbox_collector: a group whose edits have others between them is whole, too, and those wait") {
    rig r{1};
    r.fill({1, 2, 1, 4, 1, 6}, 5);
    CHECK(r.places() == place_list{1, 3, 5});
    r.erase({1, 3, 5});
    CHECK(r.places() == place_list{2});
}

TEST_CASE("outbox_collector: the newest groups are left out if all together are more than a manifest may hold") {
    rig r{4};
    r.unit.state.settings.manifest.changes_max = 5;
    r.fill({1, 1, 1, 4, 4, 4, 7});
    CHECK(r.places() == place_list{1, 2, 3});
    r.erase({1, 2, 3});
    CHECK(r.places() == place_list{4, 5, 6, 7});
}

TEST_CASE("outbox_collector: one group alone is whole also beyond what a manifest may hold: it fails as one") {
    rig r{2};
    r.unit.state.settings.manifest.changes_max = 2;
    r.fill({1, 1, 1, 1, 5});
    CHECK(r.places() == place_list{1, 2, 3, 4});
}

TEST_CASE("outbox_collector: groups that are kept back are passed over, and take nobody's room") {
    rig r{2};
    r.fill({1, 2, 2, 4, 5});
    r.held.kept_back.insert(2);
    CHECK(r.places() == place_list{1, 4});
    r.held.overtaken.insert(1); // its successor may have joined the group: it is collected again
    CHECK(r.places() == place_list{1, 4});
}

TEST_CASE("outbox_collector: halved, it takes at most half of what was too much, down to one and no further") {
    rig r{100};
    r.fill({1, 2, 3, 4, 5, 6, 7, 8, 9});
    detail::outbox_collector<state_type> by{r.unit.state, r.held};
    CHECK(r.places(by).size() == 9);
    CHECK(by.halve(9));
    CHECK(r.places(by).size() == 4);
    CHECK(by.halve(4));
    CHECK(by.halve(2));
    CHECK(r.places(by).size() == 1);
    CHECK_FALSE(by.halve(1));
}

TEST_CASE("outbox_collector: a group larger than the half stays whole, and is halved down to itself") {
    rig r{100};
    r.fill({1, 1, 1, 1, 5});
    detail::outbox_collector<state_type> by{r.unit.state, r.held};
    CHECK(by.halve(5));
    CHECK(r.places(by).size() == 4);
    CHECK(by.halve(4));
    CHECK(r.places(by).size() == 4);
    CHECK_FALSE(by.halve(4));
}

TEST_CASE("outbox_collector: what the replica cannot read, or never wrote, is told") {
    rig r{3};
    r.fill({1, 2});
    for (std::uint64_t n = 0; n < 2; ++n) { // begin, scan
        r.unit.row_faults.at(r.unit.row_faults.calls() + n, errc::io_error);
        detail::outbox_collector<state_type> by{r.unit.state, r.held};
        CHECK(by.next().error() == errc::io_error);
    }
    auto in = need(r.unit.rows.begin());
    bytes first;
    need(in.scan(replica_table::outbox, {}, [&](bytes_view key, bytes_view) { return first = to_bytes(key), false; }));
    need(in.store(replica_table::outbox, first, "no row"));
    need(in.commit());
    detail::outbox_collector<state_type> by{r.unit.state, r.held};
    CHECK(by.next().error() == errc::replica_corrupt);
}

} // namespace
