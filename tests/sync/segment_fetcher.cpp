#include "vault_fixture.hpp"

#include <sealsync/sync/segment_fetcher.hpp>
#include <sealsync/testing/archetypes.hpp>

namespace {

using namespace vault_fixture;
using state_type = opened_state<>::state_type;
using fetcher = detail::segment_fetcher<state_type>;
using place_list = std::vector<detail::segment_place>;

struct rig {
    world w{};
    opened_state<> unit{w};
    call_context call{};
    log_id log{};
    device_id phone = *device_id::make("phone");
    std::uint64_t seq = 0;

    explicit rig(std::size_t batch_bytes_max) { unit.state.settings.batch_bytes_max = batch_bytes_max; }

    /// What a fetcher fetches need not be a segment.
    place_list store(std::size_t count, std::size_t size) {
        place_list places;
        for (std::size_t i = 0; i < count; ++i) {
            places.push_back({log, phone, ++seq});
            store_at(w, key(places.back()), body_of(places.back(), size));
        }
        return places;
    }
    [[nodiscard]] std::string key(const detail::segment_place& at) const {
        return unit.state.keys.segment(at.device, at.log, at.seq).text();
    }
    [[nodiscard]] static std::string body_of(const detail::segment_place& at, std::size_t size) {
        return std::string(size, static_cast<char>('a' + at.seq % 26));
    }
    [[nodiscard]] fetcher starting_with(std::size_t first) { return fetcher{unit.state, call, first}; }
    /// The number of GETs of one fetch.
    [[nodiscard]] std::uint64_t gets_of(fetcher& by, const place_list& wanted) {
        unit.faults.reset_traffic();
        (void)need(by.fetch(wanted));
        CHECK(unit.faults.traffic().requests() == unit.faults.traffic().gets);
        return unit.faults.traffic().gets;
    }
    /// Talks to this storage from now on.
    template <class Storage>
    void talk_to(Storage store) {
        unit.state.syncing.store = detail::metered_storage{detail::any_storage{std::in_place, std::move(store)}};
    }
};

TEST_CASE("segment_fetcher: each of the first segments is one GET, and in its place") {
    rig r{1'000'000};
    const auto places = r.store(5, 10);
    auto two = r.starting_with(2);
    auto answers = need(two.fetch(places));
    REQUIRE(answers.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) CHECK(as_text(answers[i].body.value()) == rig::body_of(places[i], 10));

    r.unit.faults.reorder(true); // answers come as they like
    auto many = r.starting_with(100);
    answers = need(many.fetch(places));
    REQUIRE(answers.size() == 5);
    for (std::size_t i = 0; i < 5; ++i) CHECK(as_text(answers[i].body.value()) == rig::body_of(places[i], 10));
    CHECK(r.gets_of(many, places) == 5);
}

TEST_CASE("segment_fetcher: the number follows the sizes seen at once, up and down") {
    rig r{1'000};
    const auto small = r.store(40, 9), medium = r.store(40, 99), large = r.store(40, 499), huge = r.store(2, 5'000);
    auto by = r.starting_with(4);
    CHECK(by.at_once() == 4);
    CHECK(r.gets_of(by, small) == 4);
    CHECK(by.at_once() == 16); // room for a hundred, but four times as many at most
    CHECK(r.gets_of(by, medium) == 16);
    CHECK(by.at_once() == 10);
    CHECK(r.gets_of(by, large) == 10);
    CHECK(by.at_once() == 2);
    CHECK(r.gets_of(by, huge) == 2);
    CHECK(by.at_once() == 1); // never none
    CHECK(r.gets_of(by, huge) == 1);
    CHECK(by.at_once() == 1);
    CHECK(r.gets_of(by, small) == 1);
    CHECK(by.at_once() == 4);
}

TEST_CASE("segment_fetcher: the number is never more than segments_per_round_max") {
    rig r{1'000'000};
    r.unit.state.settings.segments_per_round_max = 6;
    const auto small = r.store(40, 9);
    auto by = r.starting_with(16);
    CHECK(by.at_once() == 6);
    CHECK(r.gets_of(by, small) == 6);
    CHECK(by.at_once() == 6);
}

TEST_CASE("segment_fetcher: what came over batch_bytes_max is not held, and comes when it is asked for again") {
    rig r{100};
    auto wanted = r.store(4, 60);
    auto by = r.starting_with(4);
    const auto first = need(by.fetch(wanted));
    REQUIRE(first.size() == 4);
    CHECK(first[0].taken);
    CHECK(first[1].taken); // at 60 there was room
    CHECK_FALSE(first[2].taken);
    CHECK_FALSE(first[3].taken);
    wanted.erase(wanted.begin(), wanted.begin() + 2);
    for (const auto& one : wanted) {
        const auto again = need(by.fetch({&one, 1}));
        CHECK(as_text(again[0].body.value()) == rig::body_of(one, 60));
    }
}

TEST_CASE("segment_fetcher: one that is larger than batch_bytes_max comes alone") {
    rig r{100};
    auto by = r.starting_with(2);
    const auto answers = need(by.fetch(r.store(2, 1'000)));
    CHECK(answers[0].body.value().size() == 1'000);
    CHECK_FALSE(answers[1].taken);
}

TEST_CASE("segment_fetcher: why one did not come is told in its place, whatever is held already") {
    rig r{100};
    r.unit.state.settings.manifest.bytes_max = 1'000;
    auto wanted = r.store(5, 101);
    remove_at(r.w, r.key(wanted[1]));
    store_at(r.w, r.key(wanted[2]), std::string(r.unit.state.settings.sealed_manifest_bytes_max() + 1, 'x'));
    r.unit.faults.at(r.unit.faults.operations() + 3, fault::throttled);
    auto by = r.starting_with(5);
    const auto answers = need(by.fetch(wanted));
    CHECK(answers[0].body.value().size() == 101);
    CHECK(answers[1].body.error() == errc::not_found);
    CHECK(answers[2].body.error() == errc::too_large);
    CHECK(answers[3].body.error() == errc::throttled);
    CHECK_FALSE(answers[4].taken);
}

TEST_CASE("segment_fetcher: a call that is stopped is cancelled") {
    rig r{100};
    std::stop_source stop;
    stop.request_stop();
    r.call.stop = stop.get_token();
    auto by = r.starting_with(2);
    CHECK(by.fetch(r.store(2, 10)).error() == errc::cancelled);
}

/// Answers the first of each batch at most.
struct taciturn : testing::storage_archetype {
    explicit taciturn(bool answers) : storage_archetype{nullptr}, answers_{answers} {}
    [[nodiscard]] result<void> get(std::span<const get_op>, get_sink got, const call_context&) {
        if (answers_) got(0, get_reply{.body = to_bytes("x")});
        return {};
    }
    bool answers_;
};

TEST_CASE("segment_fetcher: what a storage does not answer is asked for again; if it answers nothing, that fails") {
    rig r{100};
    const auto wanted = r.store(3, 10);
    r.talk_to(taciturn{true});
    auto by = r.starting_with(3);
    const auto answers = need(by.fetch(wanted));
    CHECK(answers[0].taken);
    CHECK_FALSE(answers[1].taken);
    CHECK_FALSE(answers[2].taken);
    r.talk_to(taciturn{false});
    const auto outcome = by.fetch(wanted);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::outcome_unknown);
    CHECK(outcome.error().object() == r.key(wanted[0]));
    r.talk_to(testing::storage_archetype{nullptr});
    CHECK(by.fetch(wanted).error() == errc::unsupported);
}

} // namespace
