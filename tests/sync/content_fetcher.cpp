#include "vault_fixture.hpp"

#include <deque>

namespace {

using namespace vault_fixture;
using state_type = opened_state<>::state_type;
using unit_type = opened_state<>::unit_type;
using fetcher = detail::content_fetcher<state_type>;

sync_settings small() {
    sync_settings settings;
    settings.batch_bytes_max = 100;
    settings.batch_objects_max = 4;
    return settings;
}

std::size_t staged_in(unit_type& in) {
    std::size_t count = 0;
    in.each_staged([&](bytes_view, std::string_view) { ++count; });
    return count;
}

struct rig {
    world w{};
    opened_state<> unit{w, small()};
    author other{w, 1};
    call_context call{};
    std::deque<change> wanted{};
    std::vector<fetcher::need> needs{};

    void want(std::string_view id, std::string_view content) { want(other.record(id, content)); }
    void want(const change& c) {
        const auto& kept = wanted.emplace_back(c);
        needs.push_back({&kept, unit_type::content_key(detail::ref_of(c), sibling_version{c})});
    }
    [[nodiscard]] std::string key(std::size_t i) { return unit.state.key_of(*needs[i].version).text(); }
    [[nodiscard]] result<void> fetch(fetcher& contents) {
        return contents.fetch(needs, [](std::uint64_t) {});
    }
    /// Whether each need is at hand, and settles into its place.
    void check_all(fetcher& contents) {
        need(unit.state.local.transact([&](unit_type& in) -> result<void> {
            for (const auto& one : needs) {
                const auto ref = detail::ref_of(*one.version);
                const sibling_version version{*one.version};
                CHECK(contents.has(in, one.content_key));
                CHECK(contents.settle(in, ref, version) == ref.id.text());
                const auto content = in.content(ref, version);
                REQUIRE(content);
                CHECK(as_text(*content) == "content of " + ref.id.text());
            }
            CHECK(staged_in(in) == 0);
            return {};
        }));
    }
    void want_many(int count) {
        for (int i = 0; i < count; ++i) {
            const auto id = "r" + std::to_string(i);
            want(id, "content of " + id);
        }
    }
};

TEST_CASE("content_fetcher: what is fetched settles in its place, under the name it was sealed with") {
    rig r;
    r.want_many(2);
    fetcher contents{r.unit.state, r.call};
    r.unit.faults.reset_traffic();
    need(r.fetch(contents));
    CHECK(contents.losses().empty());
    CHECK(r.unit.faults.traffic().gets == 2);
    r.check_all(contents);
    CHECK(*contents.collection_names().find(*collection_id::make("emma")) == "emma");
}

TEST_CASE("content_fetcher: more than batch_bytes_max is staged, and found again by another pull") {
    rig r;
    r.want_many(30);
    {
        fetcher contents{r.unit.state, r.call};
        need(r.fetch(contents));
    } // the process ended before anything was committed
    std::size_t found = 0;
    fetcher again{r.unit.state, r.call};
    need(r.unit.state.local.inspect([&](unit_type& in) -> result<void> {
        found = staged_in(in);
        std::erase_if(r.needs, [&](const fetcher::need& one) { return again.has(in, one.content_key); });
        return {};
    }));
    CHECK(found > 20);
    CHECK(r.needs.size() == 30 - found);
}

TEST_CASE("content_fetcher: staged or held, everything settles") {
    rig r;
    r.want_many(30);
    fetcher contents{r.unit.state, r.call};
    need(r.fetch(contents));
    r.check_all(contents);
}

TEST_CASE("content_fetcher: what the store has lost or damaged is a loss, and the others come") {
    rig r;
    r.want_many(6);
    remove_at(r.w, r.key(0));
    store_at(r.w, r.key(1), "damaged");
    store_at(r.w, r.key(2), std::string(1'000, 'x'));
    fetcher contents{r.unit.state, r.call};
    need(r.fetch(contents));
    REQUIRE(contents.losses().size() == 3);
    std::map<std::string, errc> why;
    for (const auto& [key, one] : contents.losses()) why.emplace(one.loss->object(), one.loss->code());
    CHECK(why.at(r.key(0)) == errc::missing_object);
    CHECK(why.at(r.key(1)) == errc::tampered);
    CHECK(why.at(r.key(2)) == errc::tampered);
    for (std::size_t i = 0; i < 6; ++i) CHECK(contents.lost(r.needs[i].content_key) == (i < 3));
    r.needs.erase(r.needs.begin(), r.needs.begin() + 3);
    r.check_all(contents);
}

TEST_CASE("content_fetcher: bytes that are what their segment says and yet no payload are a loss") {
    rig r;
    auto c = r.other.record("r", "x");
    const bytes no_payload{std::byte{9}};
    c.size = no_payload.size();
    c.stored = r.w.cipher.digest(no_payload);
    store_at(r.w, r.unit.state.key_of(c).text(), no_payload);
    r.want(c);
    fetcher contents{r.unit.state, r.call};
    need(r.fetch(contents));
    REQUIRE(contents.losses().size() == 1);
    CHECK(*contents.losses().begin()->second.loss == errc::unknown_format);
}

TEST_CASE("content_fetcher: what was lost and is asked for once more comes if the store has it again") {
    rig r;
    r.want_many(2);
    const auto key = r.key(1);
    const auto whole = stored_at(r.w, key);
    store_at(r.w, key, "damaged");
    fetcher contents{r.unit.state, r.call};
    need(r.fetch(contents));
    CHECK(contents.losses().size() == 1);
    contents.forget_losses();
    CHECK_FALSE(contents.lost(r.needs[1].content_key));
    store_at(r.w, key, whole);
    need(r.fetch(contents));
    CHECK(contents.losses().empty());
    r.check_all(contents);
}

TEST_CASE("content_fetcher: a store that cannot be asked fails the fetch; nothing counts as lost") {
    for (const auto what : {fault::lost_request, fault::unavailable, fault::throttled}) {
        rig r;
        r.want_many(3);
        r.unit.faults.at(r.unit.faults.operations() + 1, what);
        fetcher contents{r.unit.state, r.call};
        const auto outcome = r.fetch(contents);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().kind() == error_kind::retry);
        CHECK(contents.losses().empty());
    }
}

TEST_CASE("content_fetcher: a stopped fetch is cancelled") {
    rig r;
    r.want_many(3);
    std::stop_source stop;
    stop.request_stop();
    const call_context stopped{stop.get_token()};
    fetcher contents{r.unit.state, stopped};
    CHECK(r.fetch(contents).error() == errc::cancelled);
}

TEST_CASE("a pull that is stopped while it fetches goes on from what it has, and asks for nothing twice") {
    world w;
    device a{w}, b{w, "phone", small()};
    for (int i = 0; i < 40; ++i) a.put("r" + std::to_string(i), "content of r" + std::to_string(i));
    a.clean_sync();
    b.faults.at(b.faults.operations() + 30, fault::lost_request);
    CHECK(b->sync().error() == errc::connection_lost);
    CHECK(need(b.emma().list()).empty()); // objects and cursors come together
    b.reopen();
    const auto report = b.clean_sync();
    CHECK(report.requests.get < 2 + 20);
    CHECK(need(b.emma().list()).size() == 40);
    CHECK(b.text("r7") == "content of r7");
}

} // namespace
