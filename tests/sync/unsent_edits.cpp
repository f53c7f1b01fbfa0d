#include "vault_fixture.hpp"

#include <sealsync/testing/simulated_crash.hpp>

// Edits that are overwritten before a push: a few are still named, and all that a push has taken.

namespace {

using namespace vault_fixture;

constexpr std::size_t few = 2;

[[nodiscard]] sync_settings naming_few() {
    sync_settings settings;
    settings.unsent_edits_named_max = few;
    return settings;
}

void put_many(device& at, std::string_view text, int count) {
    for (int i = 1; i <= count; ++i) at.put("r", std::string{text} + " " + std::to_string(i));
}

/// A sync that may fail, or end with its process.
void try_to_sync(device& at) {
    try {
        (void)at->sync();
    } catch (const testing::simulated_crash&) {
    }
    at.faults.calm();
    at.reopen();
}

/// Breaks each request of a push, one after the other, in each way; `before` and `after` are edits around that sync.
template <class Before, class After, class Check>
void break_each_request(Before&& before, After&& after, Check&& check) {
    constexpr std::uint64_t requests = 5;
    for (std::uint64_t n = 0; n < requests; ++n) {
        for (int way = 0; way < 4; ++way) {
            CAPTURE(n);
            CAPTURE(way);
            world w;
            device a{w, "laptop", naming_few()}, b{w, "phone"};
            a.put("r", "seen by both");
            a.clean_sync();
            b.clean_sync();
            before(a);
            const auto at = a.faults.operations() + n;
            if (way == 0) a.faults.at(at, fault::lost_request);
            if (way == 1) a.faults.at(at, fault::lost_answer);
            if (way == 2) a.faults.crash_at(at, crash_point::before);
            if (way == 3) a.faults.crash_at(at, crash_point::after);
            try_to_sync(a);
            after(a);
            for (int round = 0; round < 2; ++round) a.rediscover(), b.rediscover();
            for (auto* one : {&a, &b}) check(*one);
        }
    }
}

TEST_CASE("unsent_edits: the edit whose push was broken is replaced everywhere by those that came after it") {
    break_each_request([](device& a) { put_many(a, "draft", 5); }, [](device& a) { put_many(a, "later", 5); },
                       [](device& one) {
                           CHECK(one.text("r") == "later 5");
                           CHECK(one.beside("r").empty());
                       });
}

TEST_CASE("unsent_edits: what was erased after a broken push stays erased everywhere") {
    break_each_request([](device& a) { put_many(a, "draft", 5); },
                       [](device& a) {
                           put_many(a, "later", 3);
                           a.erase("r");
                       },
                       [](device& one) { CHECK_FALSE(one.text("r")); });
}

TEST_CASE("unsent_edits: an edit that is overwritten while its segment is sent is named, however many come after it") {
    world w;
    device a{w, "laptop", naming_few()}, b{w, "phone"};
    put_many(a, "draft", 5);
    sync_options options;
    bool done = false;
    options.observer = [&](const sync_progress& progress) {
        if (progress.phase != sync_phase::pushing || std::exchange(done, true)) return;
        put_many(a, "meanwhile", 5);
    };
    a.clean_sync(options);
    put_many(a, "later", 5);
    for (int round = 0; round < 2; ++round) a.rediscover(), b.rediscover();
    for (auto* one : {&a, &b}) {
        CHECK(one->text("r") == "later 5");
        CHECK(one->beside("r").empty());
    }
}

TEST_CASE("unsent_edits: the last of those that no push has taken are named, and no more") {
    world w;
    opened_state<> unit{w, naming_few()};
    const detail::object_ref ref{change_type::record, *collection_id::make("emma"), *object_id::make("r")};
    std::vector<dot> made;
    need(unit.state.local.transact([&](auto& in) -> result<void> {
        detail::editor<opened_state<>::state_type> edits{unit.state, in};
        for (int i = 0; i < 6; ++i)
            made.push_back((*need(edits.edit({{ref, std::nullopt, "r"}, bytes_view{"x"}, {}, {}}))).dot);
        return {};
    }));
    const auto row =
        need(unit.state.local.inspect([&](auto& in) -> result<detail::object_row> { return in.object(ref); }));
    REQUIRE(row.siblings.versions().size() == 1);
    const auto& last = row.siblings.versions()[0];
    CHECK(last.what.replaces.empty());
    CHECK(last.unsent == std::vector{made[2], made[3], made[4]});
    CHECK(detail::pushed_form(last).replaces == last.unsent);
}

TEST_CASE("unsent_edits: places of edits that are long committed are not kept") {
    world w;
    device a{w};
    for (int i = 0; i < 20; ++i) {
        a.put("r" + std::to_string(i % 3), "x");
        a.put("r" + std::to_string(i % 3), "y");
        a.clean_sync();
    }
    const auto kept = a.rows.snapshot();
    memory_replica rows{kept};
    const auto value = need(need(rows.begin()).load(replica_table::header, detail::facts::taken.name));
    REQUIRE(value);
    CHECK(need(result<interval_set>{*interval_set::decode(*value)}).empty());
}

} // namespace
