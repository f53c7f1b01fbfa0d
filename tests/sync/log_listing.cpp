#include "vault_fixture.hpp"

#include <sealsync/sync/log_listing.hpp>

namespace {

using namespace vault_fixture;
using state_type = opened_state<>::state_type;

struct rig {
    world w{};
    opened_state<> unit{w};
    call_context call{};

    /// The keys of the segments visited.
    [[nodiscard]] result<std::vector<std::string>> list() {
        std::vector<std::string> keys;
        auto done = detail::list_segments(unit.state, call, [&](state_type::keys_type::segment_name&& name) {
            keys.push_back(unit.state.keys.segment(name.device, name.log, name.seq).text());
        });
        if (!done) return std::move(done).error();
        return keys;
    }
};

TEST_CASE("log_listing: every segment of every device is visited once, in the order of the keys") {
    rig r;
    author one{r.w, 9, "phone"}, two{r.w, 1, "phone"}, three{r.w, 5, "laptop"};
    for (int i = 0; i < 12; ++i) one.push({});
    two.push({});
    three.push({});
    const auto listed = need(r.list());
    CHECK(listed.size() == 14);
    CHECK(listed == keys_with(r.w, "/manifest/"));
}

TEST_CASE("log_listing: what is no segment is passed over, and so is what is not below devices") {
    rig r;
    author one{r.w, 1};
    one.push({one.record("a", "x")});
    one.announce();
    const auto good = r.unit.state.keys.segment(one.next.device, one.next.log, 1).text();
    const auto folder = good.substr(0, good.rfind('/') + 1), devices = r.unit.state.keys.devices_prefix();
    for (const auto& key :
         {folder + "1.json", folder + "00000000000000000000.json", folder + "00000000000000000002.blob",
          folder + "00000000000000000002.json.tmp", folder + "notes/00000000000000000002.json",
          devices + "other/manifest/log/00000000000000000001.json", devices + "holiday.jpg",
          std::string{"users/bob/devices/"} + good.substr(devices.size())}) {
        store_at(r.w, key, "x");
    }
    CHECK(need(r.list()) == std::vector{good});
}

TEST_CASE("log_listing: nothing is fetched, and a listing of many pages is one LIST each") {
    rig r;
    author one{r.w, 1};
    for (int i = 0; i < 1'001; ++i) one.push({});
    r.unit.faults.reset_traffic();
    CHECK(need(r.list()).size() == 1'001);
    CHECK(r.unit.faults.traffic().lists == 2);
    CHECK(r.unit.faults.traffic().requests() == 2);
    r.unit.faults.next(fault::short_page);
    CHECK(need(r.list()).size() == 1'001);
}

TEST_CASE("log_listing: a page that fails fails the listing") {
    rig r;
    author one{r.w, 1};
    for (int i = 0; i < 3; ++i) one.push({});
    for (std::uint64_t page = 0; page < 2; ++page) {
        r.unit.faults.next(fault::short_page); // so that there is another
        r.unit.faults.at(r.unit.faults.operations() + page, fault::unavailable);
        CHECK(r.list().error() == errc::unavailable);
    }
}

} // namespace
